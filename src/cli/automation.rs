//! Arguments of the commands that keep a list clean: `cleanup watch`, `policy`, `check` and `import`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};

use super::cleanup::{CleanupOptions, assignment};

/// What can be done with a policy.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print a policy to begin with
    Example,
    /// Say what a policy does, or what is wrong with it; nothing is opened or sent
    Check(Box<PolicyArguments>),
    /// Agree to a policy, so that `cleanup watch --apply` may write by it; a file that is changed later has to be confirmed again
    Confirm(Box<ConfirmArguments>),
}

impl PolicyCommand {
    /// The options of the part that opens a state; none of the others do.
    pub(crate) const fn options(&self) -> Option<&CleanupOptions> {
        match self {
            Self::Confirm(given) => Some(&given.policy.options),
            Self::Example | Self::Check(_) => None,
        }
    }
}

/// What `cleanup policy check` takes.
#[derive(Debug, Args)]
pub struct PolicyArguments {
    /// The policy, a TOML file (docs/automation.md)
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup policy confirm` takes.
#[derive(Debug, Args)]
pub struct ConfirmArguments {
    /// The policy.
    #[command(flatten)]
    pub policy: PolicyArguments,
    /// Agree to it; without this a terminal is asked
    #[arg(long)]
    pub yes: bool,
}

/// What `cleanup check` takes.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Its fields, by the names of answers or of the gateway
    #[arg(value_name = "FIELD=VALUE", required = true, value_parser = assignment)]
    pub fields: Vec<(String, String)>,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup import` takes.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// A CSV or vCard file; - is stdin
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// This column is this field; nothing behind = leaves it out. Repeat for more
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = assignment)]
    pub map: Vec<(String, String)>,
    /// Which column alone says whose a row is [default: every one of them that a row fills]
    #[arg(long, value_name = "KEY", value_parser = ["id", "email", "phone"])]
    pub key: Option<String>,
    /// Fill empty fields, and replace nothing but by adding to the remark
    #[arg(long)]
    pub only_empty: bool,
    /// Only show which column is which field and what would become of the rows; make no plan
    #[arg(long)]
    pub show: bool,
    /// Write the rows that are left, such as those that would be new contacts, to this CSV file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rest: Option<PathBuf>,
    /// Replace the file of --rest if it is there
    #[arg(long, requires = "rest")]
    pub force: bool,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup watch` takes.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// One round, and an exit code that says how it went: for timers
    #[arg(long, required_unless_present = "interval", conflicts_with = "interval")]
    pub once: bool,
    /// A round every so often, such as 15m or 1h, until it is stopped
    #[arg(long, value_name = "TIME", value_parser = interval)]
    pub interval: Option<Duration>,
    /// What may be fixed without asking (docs/automation.md); without --apply it is only planned
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// Write what the policy allows, which the operator has confirmed (`cleanup policy confirm`)
    #[arg(long, requires = "policy")]
    pub apply: bool,
    /// Send what is new to this address, signed
    #[arg(long, value_name = "URL", requires = "webhook_secret_file")]
    pub webhook: Option<String>,
    /// The file with the secret of the signatures, 16 bytes or more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "webhook")]
    pub webhook_secret_file: Option<PathBuf>,
    /// How a round is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", conflicts_with = "json")]
    pub format: WatchFormat,
    /// Directory for a report of each round with news, as Markdown and CSV [default with --policy: reports in the state directory]
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub reports: Option<PathBuf>,
    /// Wait for the end of another watch on the same contacts, instead of leaving
    #[arg(long)]
    pub wait: bool,
    /// Read every contact in each round, which alone shows those that are gone
    #[arg(long)]
    pub full: bool,
    /// Requests a second to begin with; slower when the gateway asks for it [default: 5, no limit with --env local]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// The form in which a round of a watch is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WatchFormat {
    /// A few lines
    Text,
    /// Markdown
    Md,
    /// CSV
    Csv,
}

/// `90s`, `15m`, `1h` or `1d`; ten seconds at least.
fn interval(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write it as 90s, 15m, 1h or 1d";
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(FORM)?;
    let number: u64 = number.parse().map_err(|_| FORM)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(FORM.to_owned()),
    };
    let seconds = number.checked_mul(factor).filter(|seconds| *seconds <= 31 * 86_400).ok_or("at most 31d")?;
    if seconds < 10 { Err("at least 10s".to_owned()) } else { Ok(Duration::from_secs(seconds)) }
}
