//! The command line: what can be written after `imbrace-contacts-mcp`, and the help that teaches it.

#[cfg(feature = "cleanup")]
mod automation;
#[cfg(feature = "cleanup")]
mod cleanup;
mod completions;
mod help;
mod init;
mod options;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand};

#[cfg(feature = "cleanup")]
pub use automation::{
    CheckArguments, ConfirmArguments, ImportArguments, PolicyArguments, PolicyCommand, WatchArguments, WatchFormat,
};
#[cfg(all(feature = "cleanup", feature = "postgres"))]
pub use cleanup::MoveArguments;
#[cfg(all(feature = "cleanup", feature = "http"))]
pub use cleanup::ReviewArguments;
#[cfg(feature = "cleanup")]
pub use cleanup::{
    ApplyArguments, AuditArguments, BackupArguments, CleanupCommand, CleanupOptions, DecideArguments,
    DecisionsArguments, DuplicatesArguments, ExportArguments, Exported, ForgetArguments, PlanArguments,
    ReportArguments, RestoreArguments, SAFE, StateCommand, SyncArguments, UndoArguments, quoted,
};
pub use completions::{Shell, completions};
pub use init::{
    ClientConfiguration, ClientName, InitOptions, InstallLink, ServerOptions, client_configuration, client_parts,
    install_link,
};
pub use options::{GatewayOptions, HttpOptions, ToolOptions};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "imbrace-contacts-mcp", version, about, long_about = help::ABOUT, after_help = help::AFTER, max_term_width = 110)]
#[command(propagate_version = false, disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the tools to an MCP client: on stdin and stdout, or over HTTP with --http
    #[command(after_help = help::SERVE)]
    Serve(Box<ServeOptions>),
    /// Call one tool and print its answer, by the same path that a client's call takes
    #[command(after_help = help::CALL)]
    Call {
        /// The tool, such as search_contacts; `tools` lists them
        tool: String,
        /// Its arguments as a JSON object, or - to read them from stdin
        #[arg(value_name = "JSON", default_value = "{}", hide_default_value = true)]
        arguments: String,
        /// Confirm a call that needs a confirmation; without it a terminal is asked, and elsewhere nothing is done
        #[arg(long)]
        yes: bool,
        /// The gateway.
        #[command(flatten)]
        gateway: Box<GatewayOptions>,
        /// The tools.
        #[command(flatten)]
        tools: Box<ToolOptions>,
    },
    /// List the tools
    #[command(after_help = help::TOOLS)]
    Tools {
        /// Print what an MCP client sees in tools/list
        #[arg(long)]
        json: bool,
        /// Leave out the tools that write
        #[arg(long)]
        read_only: bool,
        /// Only these tools
        #[arg(long = "tools", value_name = "NAME", value_delimiter = ',')]
        names: Vec<String>,
    },
    /// Check the configuration and the way to the gateway, and say in plain words what to fix
    #[command(after_help = help::DOCTOR)]
    Doctor(Box<DoctorOptions>),
    /// Run the local gateway by itself: a real HTTP gateway over SQLite with made-up people
    #[cfg(feature = "local")]
    #[command(after_help = help::LOCAL_GATEWAY)]
    LocalGateway(LocalGatewayOptions),
    /// Print ready configuration for an MCP client and where to put it, or put it there
    #[command(after_help = help::INIT)]
    Init(Box<InitOptions>),
    /// Check an audit file that --audit has written
    #[command(after_help = help::AUDIT)]
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Clean the contact list: audit, duplicates, plans that are previewed, applied and taken back
    #[cfg(feature = "cleanup")]
    #[command(after_help = cleanup::CLEANUP)]
    Cleanup {
        /// Which part of it.
        #[command(subcommand)]
        command: Box<CleanupCommand>,
    },
    /// What is kept on this machine: say, copy or forget it; pause or stop bulk writes
    #[cfg(feature = "cleanup")]
    #[command(after_help = cleanup::STATE)]
    State {
        /// What to do.
        #[command(subcommand)]
        command: Box<StateCommand>,
    },
    /// Print a completion script for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// What `doctor` checks, and how it tells.
#[derive(Debug, clap::Args)]
pub struct DoctorOptions {
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
    /// Also write a file for a support request: report, configuration and system, without credentials.
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Only ask the server that runs at this address whether it is alive, for the health check of a container: nothing is printed, and exit code 0 says
    /// yes.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["json", "bundle"])]
    pub health: Option<std::net::SocketAddr>,
    /// The address that `serve` would listen at.
    #[command(flatten)]
    pub http: HttpOptions,
    /// The gateway.
    #[command(flatten)]
    pub gateway: GatewayOptions,
    /// The tools.
    #[command(flatten)]
    pub tools: ToolOptions,
}

/// What `serve` takes.
#[derive(Debug, clap::Args)]
pub struct ServeOptions {
    /// Where to listen, when it is HTTP.
    #[command(flatten)]
    pub http: HttpOptions,
    /// The gateway.
    #[command(flatten)]
    pub gateway: GatewayOptions,
    /// The tools.
    #[command(flatten)]
    pub tools: ToolOptions,
}

/// `serve` alone.
#[derive(Parser)]
#[command(name = "serve")]
struct Serve {
    #[command(flatten)]
    options: ServeOptions,
}

/// What can be done with an audit file.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check every line's hash and place, and say where the chain breaks
    Verify {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// What `local-gateway` takes.
#[derive(Debug, clap::Args)]
pub struct LocalGatewayOptions {
    /// Address and port to listen at; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9001")]
    pub listen: SocketAddr,
    /// How many contacts to make up when the data is new
    #[arg(long, value_name = "N", default_value_t = 65_681)]
    pub contacts: usize,
    /// Which people to make up: the same seed, the same people
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// List to take instead of made-up people: JSON Lines, one contact of the gateway a line
    #[arg(long, value_name = "FILE", conflicts_with = "contacts")]
    pub people: Option<PathBuf>,
    /// SQLite file that keeps the data; in memory without it
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Largest `limit` of a list
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub max_limit: u64,
    /// What happens to a larger one: lowered in silence, or refused with 400
    #[arg(long, value_name = "WHAT", value_parser = ["lower", "refuse"], default_value = "lower")]
    pub above_limit: String,
    /// Who works on the contacts meanwhile: insert=5,edit=5,delete=2,every=100 (requests)
    #[arg(long, value_name = "TEXT")]
    pub crowd: Option<String>,
    /// How to misbehave; see --help of this command
    #[arg(long, value_name = "TEXT")]
    pub faults: Option<String>,
    /// What to log on stderr: a level or a filter
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    pub log: String,
}

/// Why a command line is not run: it is wrong, or it asked for help or the version.
#[derive(Debug)]
pub struct NotRun(clap::Error);

impl NotRun {
    /// A usage error as text for stderr.
    pub fn text(&self, in_colour: bool) -> String {
        let rendered = self.0.render();
        if in_colour { rendered.ansi().to_string() } else { rendered.to_string() }
    }

    /// Prints a text that was asked for on stdout, with colours on a terminal.
    pub fn print(&self) {
        // A reader that has gone away is no failure of ours.
        let _ = self.0.print();
    }

    /// Whether the command line is wrong.
    pub fn is_error(&self) -> bool {
        self.0.use_stderr()
    }
}

/// Reads a command line, the program's name first.
///
/// # Errors
/// [`NotRun`]: usage errors, and the texts that `--help` and `--version` ask for.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, NotRun> {
    let words: Vec<OsString> = words.into_iter().collect();
    // A client starts `serve` many times a day, and to make all the other commands takes as long as the rest of a start. What
    // is wrong with it, and its help, is said by the whole command line.
    if let Some((_, rest)) = words.split_first()
        && rest.first().is_some_and(|word| word == "serve")
        && let Ok(Serve { options }) = Serve::try_parse_from(rest)
    {
        return Ok(Arguments { command: Command::Serve(Box::new(options)) });
    }
    Arguments::try_parse_from(words).map_err(NotRun)
}

/// The help of a subcommand as plain text, or of the whole program for an empty name; `None` for an unknown one.
pub fn help(subcommand: &str) -> Option<String> {
    let mut command = Arguments::command();
    command.build();
    match subcommand {
        "" => Some(command.render_long_help().to_string()),
        name => command.find_subcommand_mut(name).map(|found| found.render_long_help().to_string()),
    }
}
