//! What is wrong with a configuration, told to the operator: the key, where it stands, and what to do.

use std::path::PathBuf;

use super::features::HAS_LOCAL;
use super::source::Source;

/// What is wrong with a configuration. No variant holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cleanup has no place for its state.
    #[error("there is no directory for the cleanup's state: set --state-dir or IMBRACE_STATE_DIR")]
    StateMissing,
    /// The operator wants no contacts on this machine.
    #[error(
        "cleanup needs a snapshot of the contacts, and `state = {0}` (--state, IMBRACE_STATE) keeps none on this machine; with `on` it is kept"
    )]
    SnapshotOff(&'static str),
    /// No gateway was named and no credential given.
    #[error(
        "nothing is configured, so there is no gateway to talk to.\n\
         \n\
{}\
         To use your own contacts, set:  IMBRACE_ENV=product (or demo, dev, sandbox, productv2)\n\
         \u{20}                               IMBRACE_ACCESS_TOKEN_FILE=/path/to/a/file/with/your/acc_…/token\n\
         To see what is set and missing: imbrace-contacts-mcp doctor",
        try_it(command)
    )]
    NothingConfigured {
        /// The command that was run, with what it needs.
        command: &'static str,
    },
    /// A gateway that needs a credential, and none.
    #[error(
        "the {environment} gateway needs a credential: set IMBRACE_ACCESS_TOKEN, IMBRACE_API_KEY, or IMBRACE_JWT with \
         IMBRACE_ORGANIZATION_ID (each also as …_FILE, the path of a file that holds it)"
    )]
    CredentialMissing {
        /// The environment's name.
        environment: &'static str,
    },
    /// Two credentials: which one is meant?
    #[error("more than one credential is set: {first} and {second}. Keep one of them")]
    TwoCredentials {
        /// One.
        first: Source,
        /// Another.
        second: Source,
    },
    /// A value that the part which uses it refuses: a credential, an address, faults.
    #[error("{place}: {reason}")]
    Unusable {
        /// Where it came from.
        place: Source,
        /// Why it cannot be used; never the value itself.
        reason: String,
    },
    /// A file named by a key that cannot be used.
    #[error("{place}: {} cannot be used: {reason}", .path.display())]
    File {
        /// Who names it.
        place: Source,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A directory for uploads that cannot be opened.
    #[error("upload_dir: {} cannot be opened: {reason}", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A configuration file that was asked for and cannot be read.
    #[error("the configuration file {} cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No TOML.
    #[error("{}, line {line}, column {column}: {reason}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// A key that does not exist.
    #[error(
        "{}, line {line}: unknown key `{key}`; {}", .path.display(),
        .meant.map_or_else(|| format!("the keys are {known}"), |meant| format!("did you mean `{meant}`?"))
    )]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was written.
        key: String,
        /// The nearest known one.
        meant: Option<&'static str>,
        /// All known ones.
        known: String,
    },
    /// A value of another type in the file.
    #[error("{}, line {line}: `{key}` must be {expected}, not {found}", .path.display())]
    Type {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key.
        key: &'static str,
        /// What belongs there.
        expected: &'static str,
        /// What is there, by its type.
        found: &'static str,
    },
    /// The placeholder of a variable that nobody filled in.
    #[error(
        "{place} holds the placeholder `{placeholder}` as it is written: the program that starts this one did not fill it in. Set that \
         variable where that program runs, or write the value{}",
        if *.is_secret { " into a file and name it with …_FILE" } else { "" }
    )]
    Unexpanded {
        /// Where it came from.
        place: Source,
        /// The placeholder.
        placeholder: String,
        /// Whether the value is a credential, which no settings file should hold.
        is_secret: bool,
    },
    /// A value that cannot be meant.
    #[error(
        "{place}: must be {expected}, not `{found}`{}",
        .meant.as_deref().map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default()
    )]
    Value {
        /// Where it came from.
        place: Source,
        /// What belongs there.
        expected: String,
        /// What was written.
        found: String,
        /// The nearest allowed word, for a closed set.
        meant: Option<String>,
    },
    /// A base URL beside a named environment: which of the two gateways is meant?
    #[error(
        "{base_url} gives an address, but {environment} names `{name}`, which has its own. Keep one of them (an address of \
         your own goes without an environment, or with `custom`)"
    )]
    TwoGateways {
        /// Where the address came from.
        base_url: Source,
        /// Where the name came from.
        environment: Source,
        /// The environment's name.
        name: &'static str,
    },
    /// The environment `custom` without an address.
    #[error("{place} says `custom`, so base_url must be set too (--base-url or IMBRACE_BASE_URL)")]
    BaseUrlMissing {
        /// Where `custom` came from.
        place: Source,
    },
    /// A setting of a feature that this build does not have.
    #[error("{place} needs the feature `{feature}`, which this build does not have; build with `--features {feature}`")]
    FeatureMissing {
        /// Where it came from.
        place: Source,
        /// The feature.
        feature: &'static str,
    },
    /// A setting that means nothing without another.
    #[error("{place} needs {needs}")]
    Alone {
        /// Where it came from.
        place: Source,
        /// What it needs.
        needs: &'static str,
    },
}

/// The line about the local gateway, where it is built in.
fn try_it(command: &str) -> String {
    if HAS_LOCAL {
        format!("To try it without an account:   imbrace-contacts-mcp {command} --env local\n")
    } else {
        String::new()
    }
}
