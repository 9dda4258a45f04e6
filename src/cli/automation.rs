//! What keeps a list clean by itself, as it is written after `cleanup`: policies.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::cleanup::CleanupOptions;

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
