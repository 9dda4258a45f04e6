//! What goes wrong, told to a model: what happened, in whose words, and what to do next.

use crate::context::uploads::UploadError;
use crate::gateway::GatewayError;
use crate::render::{quoted, shown};

/// Why a tool has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// An argument that cannot be meant. Nothing was sent.
    #[error("{0}")]
    Argument(ArgumentError),
    /// The gateway did not do it.
    #[error("{}", super::advice::advise(.error, .effect, .subject.as_deref()))]
    Gateway {
        /// What happened.
        error: Box<GatewayError>,
        /// Whether the call was to change something.
        effect: super::Effect,
        /// The id that was asked for, if one was.
        subject: Option<String>,
    },
    /// What a write reads first could not be read, so nothing was written.
    #[error("{} Nothing was changed.", super::advice::advise(.error, &super::Effect::Read, Some(.subject)))]
    BeforeWrite {
        /// What happened.
        error: Box<GatewayError>,
        /// The id that was asked for.
        subject: String,
    },
    /// A write whose answer got lost; what is there was looked at where that is possible.
    #[error("Outcome unknown ({happened}): {found}.")]
    Unsettled {
        /// What went wrong, in few words.
        happened: String,
        /// What is there now, and what to do.
        found: String,
    },
    /// The gateway answered, but what was asked for is not in the answer.
    #[error("No {subject} at the gateway. Use {finder} to find the id.")]
    Missing {
        /// What was asked for.
        subject: String,
        /// The tool that finds the right id.
        finder: &'static str,
    },
    /// A file that may not or cannot be uploaded. Nothing was sent.
    #[error("Nothing was uploaded: {0}.")]
    Upload(#[from] UploadError),
    /// The cleanup engine cannot; in its own words, which say what to do next.
    #[error("{}", sentence(.words))]
    Cleanup {
        /// What it says.
        words: String,
        /// Whether a part may have been done before: the journal of the plan knows which.
        may_have_acted: bool,
    },
    /// Longer than a call may take.
    #[error("No answer within {seconds} s{}. Ask for less (a smaller limit), or try again.", if *.may_have_acted { "; it may still have been done, so read before repeating" } else { "" })]
    TimedOut {
        /// The limit in seconds.
        seconds: u64,
        /// Whether a write may have happened.
        may_have_acted: bool,
    },
    /// More calls in flight than are allowed.
    #[error(
        "Too many calls at once ({limit} in flight). Wait for some to end, then repeat this one; nothing was done."
    )]
    Busy {
        /// How many calls may be in flight.
        limit: usize,
    },
    /// A call that needs a confirmation first; what it would do. Nothing was done.
    #[error("{}", .0.for_person())]
    Unconfirmed(Box<super::Question>),
    /// A confirmation that does not hold. Nothing was done.
    #[error("Nothing was done: this confirmation {0}. Call without `confirm` for a new preview.")]
    Consent(#[from] super::ConsentError),
    /// The store of confirmations cannot be used. Nothing was done.
    #[error(
        "Nothing was done: confirmations cannot be kept, and nothing is destroyed without one. Tell the operator: {0}."
    )]
    ConfirmationStore(#[from] imbrace_contacts_store::StoreError),
    /// A tool that this server does not offer.
    #[error("Nothing was done: `{name}` is not offered, because {why}.")]
    Disabled {
        /// Its name.
        name: &'static str,
        /// Whose choice that is.
        why: super::DisabledReason,
    },
    /// A write whose intent cannot be recorded in the audit file.
    #[error(
        "Nothing was done: the audit file cannot be written, and no write goes unrecorded. Tell the operator; tools that read still work."
    )]
    Unrecorded,
    /// A bug of ours, contained.
    #[error("This tool failed inside the server{}. The operator finds the place in the log; other calls are not affected.", if *.may_have_acted { "; a write may have happened, so read before repeating" } else { "" })]
    Panicked {
        /// Whether a write may have happened.
        may_have_acted: bool,
    },
}

/// An argument that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// No such argument.
    #[error("No argument `{name}`{}. Arguments: {known}.", did_you_mean(.meant.as_deref()))]
    Unknown {
        /// What was written.
        name: String,
        /// The nearest known one.
        meant: Option<String>,
        /// All known ones.
        known: String,
    },
    /// A required argument is absent or empty.
    #[error("`{name}` is missing: {expected}.")]
    Missing {
        /// Its name.
        name: String,
        /// What belongs there.
        expected: String,
    },
    /// A value of another type or outside its bounds.
    #[error("`{name}` must be {expected}, not {found}.")]
    Value {
        /// Its name.
        name: String,
        /// What it may be.
        expected: String,
        /// What it is, quoted and clipped.
        found: String,
    },
    /// No id of the wanted kind.
    #[error("`{name}`: {problem}, not {found}. {hint}.")]
    Id {
        /// The argument's name.
        name: String,
        /// Why it is none.
        problem: String,
        /// What it is, quoted and clipped.
        found: String,
        /// Where the right one is found.
        hint: String,
    },
    /// A column that does not exist.
    #[error("`fields`: no column {name}{}. Columns: {known}.", did_you_mean(.meant.as_deref()))]
    Field {
        /// What was written, quoted and clipped.
        name: String,
        /// The nearest one.
        meant: Option<String>,
        /// All that may be added.
        known: String,
    },
    /// Arguments that do not go together, or a rule of one tool.
    #[error("{rule}")]
    Rule {
        /// The rule, and how to keep it.
        rule: String,
    },
}

impl ToolError {
    /// Whether the gateway says that what was asked for does not exist.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Gateway { error, .. } if error.is_not_found())
    }
}

impl From<ArgumentError> for ToolError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

/// The words of an inner error as a sentence.
fn sentence(words: &str) -> String {
    let words = words.trim_end_matches('.');
    let end = if words.ends_with('?') { "" } else { "." };
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(end.chars()).collect()).unwrap_or_default()
}

/// A name as it was written, for a sentence.
pub(super) fn name_found(text: &str) -> String {
    shown(text, most(text)).replace('`', "'")
}

/// A value as it was written, for a sentence.
pub(super) fn value_found(text: &str) -> String {
    quoted(text, most(text))
}

/// How much of a text an error repeats: rare scripts cost four tokens a letter.
fn most(text: &str) -> usize {
    if text.is_ascii() { 40 } else { 12 }
}

fn did_you_mean(meant: Option<&str>) -> String {
    meant.map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default()
}
