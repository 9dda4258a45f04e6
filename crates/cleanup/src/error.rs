//! Why the engine cannot do what was asked; every message says what to do next.

use super::duplicates::Verdict;
use super::gate::WriteRefused;
use super::report::AtWork;
use crate::gateway::GatewayError;

/// Why the engine cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// Contacts have not been read yet.
    #[error("there is no complete snapshot of the contacts yet; sync first")]
    NoSnapshot,
    /// No plan of that id.
    #[error("there is no plan `{0}` here; make one, or list the plans")]
    UnknownPlan(String),
    /// A plan does not have what is named.
    #[error("the plan {plan} has no {what} `{written}`{hint}")]
    NotInPlan {
        /// The plan.
        plan: String,
        /// A field, a kind, a group or a contact.
        what: &'static str,
        /// The name as it was written.
        written: String,
        /// The nearest name, or the names that the plan has, as the end of the sentence.
        hint: String,
    },
    /// The plan is of another environment, organisation or credential.
    #[error("this state belongs to another place or tenant; make a plan here")]
    OtherPlace,
    /// The fingerprint is another one.
    #[error("the fingerprint does not belong to this plan; look at the plan again and use the fingerprint it shows")]
    Fingerprint,
    /// The plan's stored steps are not those that were shown.
    #[error("the plan was altered after it was made; nothing was written. Make a new plan")]
    Altered,
    /// Somebody else is at work.
    #[error(
        "another sync, apply or undo is at work on these contacts, so nothing was changed; wait until it has ended"
    )]
    Busy,
    /// The same, and what it is.
    #[error(
        "another sync, apply or undo is at work on these contacts ({0}), so nothing was changed; wait until it has ended, or stop it with `state cancel`"
    )]
    AtWork(AtWork),
    /// A copy of the state that cannot be made or taken back.
    #[error("{file} cannot be used as a copy of the state: {reason}; nothing was changed")]
    Copy {
        /// The copy.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// Something is to be forgotten of which a write is open.
    #[error(
        "nothing was forgotten: nobody knows yet what became of a write of {plan}; apply or undo that plan first, which finds it out"
    )]
    OpenWrite {
        /// The plan.
        plan: String,
    },
    /// Another process has taken over because this one did not move for some seconds.
    #[error(
        "this process stood still and another one has taken over, so nothing more was written here; look at the plan to see how far it is"
    )]
    TakenOver,
    /// The state file is of a newer version of this program.
    #[error(
        "the cleanup state was written by a newer version (schema {found}, this one knows {known}); update this program, or use another state directory"
    )]
    Newer {
        /// The file's.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The state file cannot be read.
    #[error(
        "the cleanup state file {file} is damaged ({reason}); move it away and sync again. Plans and their undo are in it"
    )]
    Damaged {
        /// Where it is.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// Contacts of the snapshot that are no contacts any more. Nothing is told of the others: counts and groups would be wrong.
    #[error(
        "{count} {} of the snapshot cannot be read, so nothing is counted or planned over it; read every contact again: audit_contacts with refresh=true, or `cleanup sync --full`",
        if *.count == 1 { "contact" } else { "contacts" }
    )]
    Unreadable {
        /// How many.
        count: u64,
    },
    /// The disk refuses.
    #[error(
        "the cleanup state cannot be written ({0}); nothing was sent after that. Free some space or fix the permissions, then go on with the same call"
    )]
    Disk(String),
    /// The database of the state does not answer, or does not let this program in.
    #[error("the cleanup state: {0}. Nothing was sent after that; go on with the same call when the database answers")]
    Database(String),
    /// The gateway refuses.
    #[error("the gateway: {0}")]
    Gateway(#[from] GatewayError),
    /// A filter that means nobody.
    #[error("no contact of {contacts} matches {filter}, so there is nothing to do")]
    NoMatch {
        /// The filter, as it was read.
        filter: String,
        /// How many contacts there are.
        contacts: u64,
    },
    /// A plan without a step.
    #[error("there is nothing to do{}", .0.iter().map(|(reason, count)| format!("; {count} left out: {reason}")).collect::<String>())]
    NothingToDo(Vec<(String, u64)>),
    /// A value to be set in contacts that nobody has named.
    #[error("no plan was made: to set a value in many contacts takes a filter that says in which")]
    SetWithoutFilter,
    /// A plan that is not thrown away.
    #[error("{plan} is not thrown away: {reason}")]
    Kept {
        /// The plan.
        plan: String,
        /// Why.
        reason: String,
    },
    /// A listed change that cannot be sent.
    #[error("no plan was made: {contact}: {reason}")]
    Change {
        /// Whose.
        contact: String,
        /// Why.
        reason: String,
    },
    /// A short id that several contacts have.
    #[error("several contacts begin with {0}; write more of the id, or all of it")]
    ShortId(String),
    /// A contact that is asked about and that the snapshot does not have.
    #[error("the list of contacts has no {0}: it may be gone, or newer than the list")]
    NotInList(String),
    /// An answer about something that is not there.
    #[error("there is no {0} to decide; list the duplicates again")]
    NoSuchDuplicate(String),
    /// A decision that nobody has made.
    #[error("there is no {0} to take back; list the decisions")]
    NoSuchDecision(String),
    /// Answers that contradict each other.
    #[error("nothing was kept: two of the answers say different things of {first} and {second}")]
    Contradiction {
        /// One of the contacts.
        first: String,
        /// The other.
        second: String,
    },
    /// A pair got another decision after the caller had looked at it.
    #[error(
        "nothing was kept: somebody has {} about {first} and {second} since you looked; look again",
        .verdict.map_or_else(|| "taken back the decision".to_owned(), |verdict| format!("decided \"{}\"", verdict.word()))
    )]
    DecidedMeanwhile {
        /// One of the contacts.
        first: String,
        /// The other.
        second: String,
        /// The other decision; `None` where a decision was taken back.
        verdict: Option<Verdict>,
    },
    /// The operator has paused bulk writes of this organisation.
    #[error(
        "bulk writes are paused here since {since} (`state pause`), so nothing more was written; `imbrace-contacts-mcp state resume` lets them go on"
    )]
    Paused {
        /// Since when.
        since: String,
    },
    /// A write is not let through.
    #[error("nothing was written: {0}")]
    Refused(#[from] WriteRefused),
    /// A contact to check has a field that contacts do not have.
    #[error("no field is called `{written}`{}; nothing was checked", .meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default())]
    NoSuchField {
        /// The name as it was written.
        written: String,
        /// The field that is most like it.
        meant: Option<&'static str>,
    },
    /// A field of a contact to check is given twice, perhaps by two of its names.
    #[error("`{0}` is given twice; nothing was checked")]
    FieldTwice(String),
    /// A contact to check has no value.
    #[error("the contact has no value, so there is nothing to check")]
    NothingToCheck,
    /// Cancelled by who asked.
    #[error("cancelled")]
    Cancelled,
    /// A part of the engine broke off.
    #[error("the cleanup engine broke off; nothing was sent after that. Go on with the same call")]
    Broken,
}
