//! The composition root: a command line and a configuration in, a running server or an answer out.
//!
//! Nothing else builds the parts or knows all of them.

mod assembly;
mod audit;
mod call;
#[cfg(feature = "cleanup")]
mod cleanup;
mod doctor;
mod init;
#[cfg(feature = "local")]
mod local_gateway;
mod observed;
mod renewal;
mod serve;
mod signals;
#[cfg(feature = "cleanup")]
mod snapshots;
#[cfg(all(feature = "cleanup", feature = "postgres"))]
mod state_move;
mod tenants;
mod terminal;
mod tools;

use std::io::Read;

use anyhow::Context as _;

use crate::cli::{
    self, Arguments, AuditCommand, Command, DoctorOptions, GatewayOptions, HttpOptions, ServeOptions, ToolOptions,
};
use crate::config::{self, Layer, LogFormat, Logging, Raw, Settings};
use crate::telemetry;

pub use tools::{effect, manifest};

/// Exit code: done.
pub const DONE: u8 = 0;
/// Exit code: the tool answered an error, or `doctor` found something.
pub const ANSWERED_ERROR: u8 = 1;
/// Exit code: the command line is wrong.
pub const USAGE: u8 = 2;
/// Exit code: contacts are left or an outcome is unknown; the same command goes on.
pub const UNFINISHED: u8 = 3;
/// Exit code: it could not run, because an address is taken or data cannot be read.
pub const COULD_NOT_RUN: u8 = 70;
/// Exit code: the configuration is missing or wrong.
pub const CONFIGURATION: u8 = 78;

/// What belongs into a log filter.
const LOG_FILTER: &str = "a level (off, error, warn, info, debug, trace), or levels by crate such as info,rmcp=debug";

/// How a command ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// What is left to print on stdout.
    pub out: String,
    /// What is left to print on stderr.
    pub err: String,
    /// The exit code.
    pub code: u8,
}

/// A command line that the parser cannot judge: no such tool, or arguments that are no JSON object.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// What is wrong and what is right.
    pub message: String,
}

/// The exit code of an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if error.chain().any(|cause| cause.is::<config::Error>()) {
        CONFIGURATION
    } else if error.chain().any(|cause| cause.is::<UsageError>()) {
        USAGE
    } else {
        COULD_NOT_RUN
    }
}

/// Runs a command to its end.
///
/// # Errors
/// [`config::Error`], [`UsageError`], or what kept the command from running; [`exit_code`] tells them apart.
pub async fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    match arguments.command {
        Command::Call { tool, arguments, yes, gateway, tools } => {
            let raw = configure(HttpOptions::default(), *gateway, *tools, "warn")?;
            let settings = checked(&raw, "call search_contacts '{\"query\":\"nguyen\"}'")?;
            call::call(&settings, &tool, &text_or_stdin(arguments)?, yes).await
        }
        Command::Serve(options) => {
            let ServeOptions { http, gateway, tools } = *options;
            let raw = configure(http, gateway, tools, "warn,imbrace_contacts_mcp=info")?;
            serve::serve(&checked(&raw, "serve")?).await
        }
        Command::Doctor(options) => {
            let DoctorOptions { json, bundle, health, http, gateway, tools } = *options;
            if let Some(address) = health {
                return Ok(doctor::health(address).await);
            }
            let raw = configure(http, gateway, tools, "error")?;
            doctor::examine(&raw, json, bundle.as_deref()).await
        }
        Command::Tools { json, read_only, names } => tools::list(json, read_only, names),
        #[cfg(feature = "local")]
        Command::LocalGateway(options) => local_gateway::run(options).await,
        Command::Init(options) => init::run(*options).await,
        Command::Audit { command: AuditCommand::Verify { file } } => audit::verify(&file),
        #[cfg(feature = "cleanup")]
        Command::Cleanup { command } => {
            // What opens nothing needs no configuration.
            let Some(options) = cleanup::options(&command) else { return cleanup::offline(&command) };
            let mut flags = Layer::default();
            options.clone().add_to(&mut flags);
            let raw = configured(flags, "warn")?;
            cleanup::run(*command, checked(&raw, "cleanup sync")?).await
        }
        #[cfg(feature = "cleanup")]
        Command::State { command } => {
            #[cfg(feature = "postgres")]
            if let cli::StateCommand::Move(given) = *command {
                return state_move::run(&configured(Layer::default(), "warn")?, given).await;
            }
            let mut flags = Layer::default();
            if let Some(options) = cleanup::state_options(&command) {
                options.clone().add_to(&mut flags);
            }
            let raw = configured(flags, "warn")?;
            cleanup::state(*command, checked(&raw, "state pause")?).await
        }
        Command::Completions { shell } => {
            let out = String::from_utf8(cli::completions(shell)).context("the completion script")?;
            Ok(Ending { out, ..Ending::default() })
        }
    }
}

/// Reads the configuration and starts logging by it.
fn configure(http: HttpOptions, gateway: GatewayOptions, tools: ToolOptions, level: &str) -> anyhow::Result<Raw> {
    let mut flags = Layer::default();
    gateway.add_to(&mut flags);
    tools.add_to(&mut flags);
    http.add_to(&mut flags);
    configured(flags, level)
}

/// The same from flags that were collected.
fn configured(flags: Layer, level: &str) -> anyhow::Result<Raw> {
    let raw = Raw::read(flags, |name| std::env::var_os(name).map(|text| text.to_string_lossy().into_owned()))?;
    let logging = Logging::check(&raw)?;
    let filter = logging.filter.as_ref().map_or(level, |given| given.text());
    let started = telemetry::start(filter, logging.format == LogFormat::Json);
    if let (Err(_), Some(given)) = (started, &logging.filter) {
        return Err(given.refused(LOG_FILTER, None).into());
    }
    // A switch that is not read may be the one that was to keep writes off.
    for warning in config::misspelt_variables(std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()))
    {
        tracing::warn!("{warning}");
    }
    Ok(raw)
}

/// Checks the configuration and logs what is odd about it.
fn checked(raw: &Raw, command: &'static str) -> Result<Settings, config::Error> {
    let settings = Settings::check(raw, command)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    Ok(settings)
}

fn text_or_stdin(text: String) -> anyhow::Result<String> {
    if text != "-" {
        return Ok(text);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("stdin")?;
    Ok(text)
}
