//! What the engine is asked and what it answers.

use std::collections::BTreeMap;

use imbrace_contacts_client::plural::counted;
use serde_json::Value;

use super::Filter;
use super::duplicates::{Candidate, Cluster, Pair, Tier, Verdict};
use super::findings::Kind;
use crate::model::Contact;

/// The field and the kind of a step that stands for a group's link.
pub(crate) const LINK: &str = "link";

/// Names that answers show, and the gateway's fields that they are made of.
pub(crate) const MADE_OF: [(&str, &[&str]); 3] = [
    ("phone", &["area_code", "phone_number"]),
    ("name", &["display_name", "first_name", "last_name"]),
    ("company", &["company_name"]),
];

/// Contacts of a plan that are tried before somebody has had a look at them and agrees to the rest.
pub const TRIAL: u64 = 20;

/// How the snapshot is brought up to date.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SyncRequest {
    /// Reads every contact again, which alone shows those that are gone.
    pub full: bool,
    /// Stops after so many seconds; the next call goes on.
    pub max_seconds: Option<u64>,
    /// Requests a second; `None` is 5, infinity is as many as go.
    pub requests_per_second: Option<f64>,
    /// How long before the newest edit of the last complete pass an incremental one reads again; `None` is 60 seconds. What a gateway
    /// writes with a timestamp older than that is seen by a full sync only.
    pub overlap: Option<std::time::Duration>,
}

/// What is done to the contacts of one organisation by one process at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The snapshot is brought up to date.
    Sync,
    /// A plan is applied.
    Apply,
    /// A plan is taken back.
    Undo,
    /// The state is put back or forgotten.
    Care,
}

impl Work {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Apply => "apply",
            Self::Undo => "undo",
            Self::Care => "care of the state",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        [Self::Apply, Self::Undo, Self::Care].into_iter().find(|work| work.name() == name).unwrap_or(Self::Sync)
    }
}

/// The policy that the operator has confirmed for an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedPolicy {
    /// SHA-256 of its file, in hex.
    pub digest: String,
    /// When it was confirmed.
    pub at: String,
}

/// The check of a contact that is not in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// When the snapshot was last brought up to date.
    pub synced_at: jiff::Timestamp,
    /// Contacts that it was compared with.
    pub contacts: u64,
    /// Its findings, with the correction where there is one.
    pub findings: Vec<(Kind, FindingExample)>,
    /// Whom it could be, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// Those contacts by id, as the snapshot has them.
    pub members: BTreeMap<String, Contact>,
}

/// By which of its values a row says whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKey {
    /// The contact's id.
    Id,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
}

/// A row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The line that it begins in.
    pub line: u64,
    /// The gateway's names of fields, `id` among them, with their values. Empty ones change nothing.
    pub values: Vec<(String, String)>,
}

/// Rows that are to be taken over into contacts that are here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportRequest {
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// By which value alone they say whose they are; by every one that they have, where none is named.
    pub key: Option<ImportKey>,
    /// Only empty fields are filled.
    pub only_empty: bool,
}

/// A row, or a value of it, that is not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRow {
    /// The line that the row begins in.
    pub line: u64,
    /// True if the row would be a new contact.
    pub is_new: bool,
    /// Why.
    pub reason: String,
}

/// The changes that the rows of a file would make.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportReport {
    /// New values, by contact and field.
    pub changes: Vec<Change>,
    /// Rows of contacts that are here.
    pub matched: u64,
    /// Those of them that change nothing.
    pub unchanged: u64,
    /// Rows and values that are not taken over, by line.
    pub left: Vec<LeftRow>,
}

/// A finding that nobody was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFinding {
    /// The contact's id.
    pub contact: String,
    /// What is wrong.
    pub kind: Kind,
    /// The gateway's name of the field that it is wrong with.
    pub field: &'static str,
}

/// A group of duplicates in which two are together that nobody was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// `dup_` and 8 hex digits.
    pub id: String,
    /// True if the group is sure; else a person should see it.
    pub is_sure: bool,
    /// Why they are one person, in words.
    pub because: String,
    /// The members' ids.
    pub members: Vec<String>,
}

/// Findings and groups of duplicates that are new since a watch told them last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// When the snapshot was last brought up to date.
    pub synced_at: jiff::Timestamp,
    /// When somebody was told last; `None` is never, and then nothing is new.
    pub since: Option<String>,
    /// Contacts of the list.
    pub contacts: u64,
    /// Contacts with a finding, new or not.
    pub affected: u64,
    /// Findings, new or not.
    pub findings: u64,
    /// Groups of duplicates, new or not.
    pub groups: u64,
    /// Findings of the kinds that are asked for, by kind and contact.
    pub new_findings: Vec<NewFinding>,
    /// Groups, the sure ones first.
    pub new_groups: Vec<NewGroup>,
    /// Keys of what was not told before, and of what was told and is not there any more.
    pub(crate) added: Vec<i64>,
    pub(crate) gone: Vec<i64>,
}

/// A message to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, the same at every attempt.
    pub id: String,
    /// The body that is sent.
    pub body: String,
}

/// The oldest message that is not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The number of messages that wait, this one among them.
    pub waiting: u64,
    /// Its number in the state.
    pub number: u64,
    /// It.
    pub message: Message,
    /// The number of attempts.
    pub tries: u64,
    /// When it is tried again; `None` is now.
    pub next_at: Option<jiff::Timestamp>,
    /// Since when it fails.
    pub failing_since: Option<jiff::Timestamp>,
    /// Why it failed last.
    pub reason: String,
}

/// The numbers of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// `2026-W01`, by ISO 8601 in UTC.
    pub week: String,
    /// Contacts when the list was last looked at in this week; `None` where nobody looked.
    pub contacts: Option<u64>,
    /// Those of them with a finding.
    pub affected: Option<u64>,
    /// Their findings.
    pub findings: Option<u64>,
    /// Fields that plans wrote.
    pub fixed: u64,
    /// Fields that were taken back.
    pub undone: u64,
    /// Pairs of which somebody said whether they are one person.
    pub decided: u64,
}

impl Week {
    /// Contacts without a finding, in percent and rounded down.
    pub fn score(&self) -> Option<u64> {
        let (contacts, affected) = self.contacts.zip(self.affected)?;
        contacts.saturating_sub(affected).saturating_mul(100).checked_div(contacts)
    }
}

/// What is kept of one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateUsage {
    /// The file.
    pub file: std::path::PathBuf,
    /// Its size, with what is not in it yet.
    pub bytes: u64,
    /// Contacts of the snapshot, whole.
    pub contacts: u64,
    /// When the snapshot was last complete.
    pub synced_at: Option<String>,
    /// Decisions about pairs.
    pub decisions: u64,
    /// Contacts that are linked to others.
    pub links: u64,
    /// Plans.
    pub plans: u64,
    /// When the oldest of them was made.
    pub oldest_plan: Option<String>,
    /// Rows of the journal, which hold contacts as they were before each write.
    pub journal: u64,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Contacts of the snapshot.
    pub contacts: u64,
    /// Decisions about pairs.
    pub decisions: u64,
    /// Steps of plans, with the values before and after.
    pub steps: u64,
    /// Rows of the journal.
    pub journal: u64,
}

/// What a process is at, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtWork {
    /// What it does.
    pub work: Work,
    /// The plan that is applied or taken back.
    pub plan: Option<String>,
    /// Since when.
    pub since: String,
    /// Fields that are written or taken back so far; contacts of the snapshot where it is a sync.
    pub done: u64,
    /// Fields that are left, where that is known.
    pub left: Option<u64>,
}

/// `apply of plan_x since 2026-01-01T12:00:00Z, 120 fields done, 380 left`.
impl std::fmt::Display for AtWork {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plan = self.plan.as_ref().map(|plan| format!(" of {plan}")).unwrap_or_default();
        write!(formatter, "{}{plan} since {}, ", self.work.name(), self.since)?;
        match self.left {
            Some(left) => write!(formatter, "{} done, {left} left", counted(self.done, "field")),
            None => write!(formatter, "{} in the snapshot", counted(self.done, "contact")),
        }
    }
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Contacts in the snapshot now.
    pub contacts: u64,
    /// Contacts that are new in it.
    pub added: u64,
    /// Contacts that were in it and are different now.
    pub changed: u64,
    /// Contacts that the gateway no longer has.
    pub gone: u64,
    /// Rows of the list that have no id that can be read. Nothing is known of them.
    pub nameless: u64,
    /// Requests sent.
    pub requests: u64,
    /// The gateway does not show what was edited last, so every sync reads every contact. What is edited during one may be
    /// seen by the next only.
    pub unsorted: bool,
    /// Plans that were removed with their journals, because they are older than plans are kept.
    pub plans_removed: u64,
    /// `false`: call again, it goes on where it stopped.
    pub complete: bool,
}

/// What is asked of an audit.
#[derive(Debug, Clone, Default)]
pub struct AuditRequest {
    /// Only these kinds; none is every one.
    pub kinds: Vec<Kind>,
    /// Only these contacts. What the others hold is known all the same, as how many share a number.
    pub filter: Filter,
    /// Examples of each kind, with their values.
    pub examples: usize,
}

/// How often a kind of finding occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCount {
    /// The kind.
    pub kind: Kind,
    /// Findings of it.
    pub count: u64,
    /// Those with a fix.
    pub fixable: u64,
    /// Some of them, by the ids of their contacts.
    pub examples: Vec<FindingExample>,
}

/// One finding with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingExample {
    /// The contact's id.
    pub contact: String,
    /// The gateway's name of the field that it is wrong with.
    pub field: &'static str,
    /// The value of that field.
    pub value: String,
    /// The correction, where there is one: field, old value and new value.
    pub fix: Vec<(&'static str, String, String)>,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Contacts looked at, those of the filter.
    pub contacts: u64,
    /// Contacts with a finding.
    pub affected: u64,
    /// The kinds that occur, in the order of [`Kind::ALL`].
    pub kinds: Vec<KindCount>,
    /// When the snapshot was last brought up to date.
    pub synced_at: jiff::Timestamp,
}

impl AuditReport {
    /// Contacts without a finding of those looked at, in percent and rounded down, so that only a clean list has 100.
    pub fn score(&self) -> u64 {
        let clean = self.contacts.saturating_sub(self.affected);
        clean.saturating_mul(100).checked_div(self.contacts).unwrap_or(100)
    }

    /// The kinds that occur, the most severe first.
    pub fn by_severity(&self) -> Vec<&KindCount> {
        let mut kinds: Vec<&KindCount> = self.kinds.iter().collect();
        kinds.sort_by_key(|found| std::cmp::Reverse(found.kind.severity()));
        kinds
    }
}

/// Which duplicates are asked for.
#[derive(Debug, Clone, Default)]
pub struct DuplicatesRequest {
    /// Only this tier.
    pub tier: Option<Tier>,
    /// Only the cluster of this contact.
    pub contact: Option<String>,
    /// Only groups and questions with a contact that is meant.
    pub filter: Filter,
    /// Only open questions of this pattern; where there are none, clusters with a pair of it.
    pub pattern: Option<String>,
    /// All open questions as pairs, instead of clusters.
    pub questions: bool,
    /// At most so many.
    pub limit: usize,
    /// Passing over so many.
    pub skip: usize,
}

/// How many questions have one pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternCount {
    /// The pattern.
    pub pattern: String,
    /// How many.
    pub count: u64,
    /// One of them.
    pub example: Pair,
}

/// Which contacts are one person.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicatesReport {
    /// Contacts looked at, those of the filter.
    pub contacts: u64,
    /// Clusters that are sure.
    pub clusters_auto: u64,
    /// Clusters that a person should see.
    pub clusters_review: u64,
    /// Contacts in the clusters that are sure.
    pub entries_auto: u64,
    /// Contacts in the clusters that a person should see.
    pub entries_review: u64,
    /// Pairs that a person should decide.
    pub questions: u64,
    /// Clusters, or pairs, of this selection.
    pub total: u64,
    /// Those asked for.
    pub clusters: Vec<Cluster>,
    /// Where a pattern with open questions is asked for: those, instead of clusters.
    pub pairs: Vec<Pair>,
    /// The patterns of the questions, the most frequent first.
    pub patterns: Vec<PatternCount>,
    /// The contacts of these clusters, pairs and examples, by their ids, as the snapshot has them.
    pub members: BTreeMap<String, Contact>,
}

impl DuplicatesReport {
    /// Says that no question or group has this pattern, and which patterns are open, the most frequent five by name.
    pub fn no_pattern(&self, pattern: &str) -> String {
        const NAMED: usize = 5;
        let shown = self.patterns.iter().take(NAMED);
        let known: Vec<String> = shown.map(|known| format!("{} ({})", known.pattern, known.count)).collect();
        let open = match self.patterns.len().saturating_sub(NAMED) {
            _ if known.is_empty() => "no question is open".to_owned(),
            0 => format!("open are {}", known.join("; ")),
            more => format!("open are {}; {more} more", known.join("; ")),
        };
        format!("no question or group has the pattern {pattern}; {open}")
    }
}

/// Which shared values are asked for.
#[derive(Debug, Clone, Default)]
pub struct SharedValuesRequest {
    /// Only those of this contact.
    pub contact: Option<String>,
    /// Only values that one of these contacts has.
    pub filter: Filter,
    /// Only values that are shared so.
    pub sharing: Option<Sharing>,
    /// At most so many.
    pub limit: usize,
    /// Passing over so many.
    pub skip: usize,
}

/// How different people come to share a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// Their names are as in a family.
    Family,
    /// Few people whose names say nothing of each other, such as a couple or colleagues.
    People,
    /// A number with extensions, or a value of more people than a family has.
    Switchboard,
    /// A mailbox of a role, such as `info@`.
    Role,
}

impl Sharing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Family, Self::People, Self::Switchboard, Self::Role];

    /// In a word or two.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::People => "people",
            Self::Switchboard => "switchboard",
            Self::Role => "role mailbox",
        }
    }
}

/// How far it is settled that those who share a value are different people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settled {
    /// There is an open question about two of them.
    Question,
    /// Nobody has said so; the matcher keeps them apart.
    Rule,
    /// Somebody has said so of every two of them.
    Decided,
}

impl Settled {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Rule => "rule",
            Self::Decided => "decided",
        }
    }
}

/// One phone number or mailbox of different people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedValue {
    /// The number with its country code, or the mailbox.
    pub value: String,
    /// How they come to share it.
    pub sharing: Sharing,
    /// How far that is settled.
    pub settled: Settled,
    /// The ids of the contacts that have it, by person.
    pub people: Vec<Vec<String>>,
}

impl SharedValue {
    /// Contacts that have it.
    pub fn entries(&self) -> u64 {
        self.people.iter().map(|person| person.len() as u64).sum()
    }
}

/// Returns true if a text is written as a phone number with its country code or as a mailbox, and is no pattern of questions.
pub fn is_shared_value(text: &str) -> bool {
    let digits = text.trim().strip_prefix('+');
    digits.is_some_and(|digits| digits.starts_with(|letter: char| letter.is_ascii_digit())) || text.contains('@')
}

/// Phone numbers and mailboxes that different people share.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedValuesReport {
    /// Contacts that the filter means.
    pub contacts: u64,
    /// Values of this selection.
    pub total: u64,
    /// How many are shared in each way, of all that a contact of the filter has.
    pub counts: BTreeMap<Sharing, u64>,
    /// How many are open questions, of the same.
    pub questions: u64,
    /// Those asked for: open questions first, then the fewest people.
    pub values: Vec<SharedValue>,
    /// Some contacts of each person of these values, by their ids, as the snapshot has them.
    pub members: BTreeMap<String, Contact>,
}

/// The fields beside name, phone and e-mail that tell members of a group apart, as the gateway calls them and as answers do.
const TELLING: [(&str, &str); 10] = [
    ("birthday", "birthday"),
    ("company_name", "company"),
    ("gender", "gender"),
    ("title", "title"),
    ("position", "position"),
    ("location", "location"),
    ("remark", "remark"),
    ("channel_type", "channel"),
    ("language", "language"),
    ("odooContactID", "odooContactID"),
];

/// For each of several contacts, the fields beside name, phone and e-mail that they do not all hold alike, with the values.
pub fn differing(contacts: &[&Contact]) -> Vec<Vec<(&'static str, String)>> {
    let differs = |field: &&(&str, &str)| {
        let mut values = contacts.iter().map(|contact| contact.value(field.0));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let fields: Vec<&(&str, &str)> = TELLING.iter().filter(differs).collect();
    let of = |contact: &&Contact| {
        let values = fields.iter().map(|(field, name)| (*name, contact.value(field)));
        values.filter(|(_, value)| !value.is_empty()).collect()
    };
    contacts.iter().map(of).collect()
}

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decided {
    /// Two contacts.
    Pair(String, String),
    /// Every pair of a cluster.
    Cluster(String),
    /// Every open question of a pattern.
    Pattern(String),
    /// Every two people who share this phone number or mailbox.
    Shared(String),
    /// Every decision about this contact; only to take them back.
    Contact(String),
    /// Every decision with this verdict; only to take them back.
    Verdict(Verdict),
}

impl Decided {
    /// Reads the subject of a decision: a `dup_` group, two `con_` ids with a colon, comma or space between them, a shared value, or a pattern.
    /// `None` for a text that names one contact alone or nothing. Ids are as they are written, short ones too.
    pub fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split([' ', ',', ':']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            _ if is_shared_value(text) => Some(Self::Shared(text.to_owned())),
            [first, second] if words.iter().all(|word| word.starts_with("con_")) => {
                Some(Self::Pair((*first).to_owned(), (*second).to_owned()))
            }
            [group] if group.starts_with("dup_") => Some(Self::Cluster((*group).to_owned())),
            [first, ..] if !first.starts_with("con_") => Some(Self::Pattern(text.to_owned())),
            _ => None,
        }
    }

    /// Reads which decisions to take back: as for a decision, or all about one contact, or all with one verdict.
    pub fn read_taken_back(text: &str) -> Option<Self> {
        if let Some(verdict) = Verdict::ALL.into_iter().find(|verdict| verdict.word() == text) {
            return Some(Self::Verdict(verdict));
        }
        if text.starts_with("con_") && !text.contains([' ', ',', ':']) {
            return Some(Self::Contact(text.to_owned()));
        }
        Self::read(text)
    }
}

/// Characters of a note that are kept.
const NOTE_AT_MOST: usize = 500;

/// One decision, or the withdrawal of one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// About what.
    pub what: Decided,
    /// One person or not; `None` takes back what was decided.
    pub verdict: Option<Verdict>,
    /// Why, in a person's words; often empty.
    pub note: String,
}

impl Answer {
    /// An answer without a note.
    pub const fn new(what: Decided, verdict: Verdict) -> Self {
        Self { what, verdict: Some(verdict), note: String::new() }
    }

    /// Takes back what was decided: it is a question again, if the contacts are likely enough to be one person.
    pub const fn reopen(what: Decided) -> Self {
        Self { what, verdict: None, note: String::new() }
    }

    /// The same with a note.
    #[must_use]
    pub fn with_note(self, note: &str) -> Self {
        Self { note: note.chars().take(NOTE_AT_MOST).collect(), ..self }
    }
}

/// The pairs that answers are about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DecidedPairs {
    /// Said to be one person.
    pub same: u64,
    /// Said to be different people.
    pub different: u64,
    /// Said to be neither.
    pub unsure: u64,
    /// Of which a decision is taken back.
    pub reopened: u64,
}

/// What became of answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecideReport {
    /// Pairs that are settled by them: one person, or different people.
    pub settled: u64,
    /// Pairs of which nobody can tell; they are not asked about until that is taken back.
    pub unsure: u64,
    /// Pairs of which a decision was taken back.
    pub reopened: u64,
    /// Questions that remain.
    pub questions_left: u64,
}

impl DecideReport {
    /// In words: `2 pairs settled, 1 unsure, 3 questions left`.
    pub fn in_words(&self) -> String {
        let said = |count: u64, said: &str| if count > 0 { format!(", {count} {said}") } else { String::new() };
        format!(
            "{} settled{}{}, {} left",
            counted(self.settled, "pair"),
            said(self.unsure, "unsure"),
            said(self.reopened, "taken back"),
            counted(self.questions_left, "question")
        )
    }
}

/// A verdict that is kept about a pair of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptDecision {
    /// The two contacts, the lesser id first.
    pub pair: (String, String),
    /// The verdict.
    pub verdict: Verdict,
    /// When; none where that cannot be read.
    pub at: Option<jiff::Timestamp>,
    /// Why, in words of the person who said so; often empty.
    pub note: String,
    /// Which values agreed then; `None` where it was not kept.
    pub(crate) evidence: Option<String>,
}

/// Which decisions to list.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionsRequest {
    /// Only this verdict.
    pub verdict: Option<Verdict>,
    /// Only those about this contact.
    pub contact: Option<String>,
    /// Only those about a contact that this means.
    pub filter: Filter,
    /// At most so many.
    pub limit: usize,
    /// Pass over so many.
    pub skip: usize,
}

impl Default for DecisionsRequest {
    fn default() -> Self {
        Self { verdict: None, contact: None, filter: Filter::default(), limit: usize::MAX, skip: 0 }
    }
}

/// A decision, and what speaks for the two being one person now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedDecision {
    /// The decisions, the newest first.
    pub kept: KeptDecision,
    /// Which values agree, in words; empty where one of the contacts is gone.
    pub because: String,
}

/// Decisions, the newest first.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DecisionsReport {
    /// Decisions of this selection.
    pub total: u64,
    /// How many there are of each verdict, of all.
    pub counts: BTreeMap<Verdict, u64>,
    /// Those asked for.
    pub decisions: Vec<ListedDecision>,
    /// Their contacts, by id, as the snapshot has them.
    pub members: BTreeMap<String, Contact>,
}

/// What is done with contacts that are one person, without a merge at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// They are read as one here; nothing is written.
    Link,
    /// The survivor's empty fields are filled from the others.
    Fill,
    /// The others' remark says whose duplicate they are.
    Mark,
}

/// One field of one contact to set.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The contact's id.
    pub contact: String,
    /// The gateway's name of the field.
    pub field: String,
    /// The value to set.
    pub value: Value,
}

/// What a plan is made of.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// The findings of these kinds that have a fix.
    pub fix: Vec<Kind>,
    /// The actions on duplicates that are sure; several of them are done with the same groups, in one plan.
    pub merge: Vec<Merge>,
    /// Changes that the caller lists.
    pub changes: Vec<Change>,
    /// Values that are set in every contact of the filter, by field; they need a filter.
    pub set: Vec<(String, Value)>,
    /// Only these contacts; a group of duplicates only when all of it is meant.
    pub filter: Filter,
    /// What must not be touched: ids of contacts, domains of their addresses, written `@example.com`, and labels, written
    /// `#vip`; a star at the end stands for any ending.
    pub protect: Vec<String>,
    /// Contacts that must not be touched either. Without a condition it means nobody.
    pub protect_filter: Filter,
}

impl PlanRequest {
    /// Returns true if a word says by itself what is protected: the id of a contact, `@example.com` or `#vip`. Everything else is a filter.
    pub fn is_protected_word(word: &str) -> bool {
        word.starts_with(['@', '#']) || word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("con_"))
    }
}

/// How many steps are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not yet tried.
    pub pending: u64,
    /// Done, as wanted or in the gateway's form.
    pub applied: u64,
    /// Not done, because the contact had changed or the gateway refused.
    pub skipped: u64,
    /// Sent, and the gateway left the field as it was.
    pub ignored: u64,
    /// Sent, and nobody knows yet.
    pub unknown: u64,
    /// Taken back.
    pub undone: u64,
    /// Not taken back, because somebody has edited the field since.
    pub kept: u64,
}

impl Counts {
    /// All of them.
    pub const fn total(&self) -> u64 {
        let Self { pending, applied, skipped, ignored, unknown, undone, kept } = *self;
        pending + applied + skipped + ignored + unknown + undone + kept
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReport {
    /// `plan_` and 8 hex digits.
    pub id: String,
    /// 16 hex digits of SHA-256 over place and steps.
    pub fingerprint: String,
    /// Steps.
    pub steps: u64,
    /// Contacts that they touch.
    pub contacts: u64,
    /// Groups of contacts that it links.
    pub links: u64,
    /// Steps by field, the most first.
    pub fields: Vec<(String, u64)>,
    /// A few steps.
    pub examples: Vec<Step>,
    /// What was left out: reason and count.
    pub left_out: Vec<(String, u64)>,
    /// How many contacts of the snapshot each part of what is protected means, when the plan is made; none where there is no snapshot.
    pub protected: Vec<(String, u64)>,
    /// Requests that it will take, estimated.
    pub requests: u64,
    /// How far it is.
    pub counts: Counts,
    /// Contacts to which something was sent, whatever became of it.
    pub tried: u64,
    /// How many calls were agreed to: 0, 1 for the first, 2 for the rest.
    pub agreed: u64,
    /// When it was made.
    pub made_at: String,
    /// Groups that are linked now.
    pub linked: u64,
}

impl PlanReport {
    /// How many minutes its requests take at the rate that an apply begins with, [`PlanReport::RATE`].
    pub const fn minutes(&self) -> u64 {
        self.requests.div_ceil(Self::RATE * 60)
    }

    /// Requests a second that an apply begins with. Quick answers make it faster, slow ones slower.
    pub const RATE: u64 = crate::pace::USUAL;
}

/// One field of one contact in a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its number in the plan, from 1.
    pub number: u64,
    /// The contact's id.
    pub contact: String,
    /// The gateway's name of the field.
    pub field: String,
    /// What it held; null also when the contact had no such field.
    pub before: Value,
    /// What it is to hold.
    pub after: Value,
    /// What became of it.
    pub state: StepState,
    /// Why it is in the plan: the kind of finding, `fill`, `mark`, `listed` or `set`; `derived` for what the gateway changed besides,
    /// and `link` for what stands for a link.
    pub kind: String,
    /// The group of duplicates that is the reason for it; empty for others.
    pub group: String,
}

/// How far steps are, as they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StepStatus {
    /// To do.
    Pending,
    /// The contact holds what the plan wants.
    Written,
    /// Left out or ignored by the gateway.
    Skipped,
    /// Left alone because somebody has edited the contact since.
    Conflict,
    /// Taken back.
    Undone,
    /// Sent, and nobody knows yet.
    Unknown,
}

impl StepStatus {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Written, Self::Skipped, Self::Conflict, Self::Undone, Self::Unknown];

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Written => "written",
            Self::Skipped => "skipped",
            Self::Conflict => "conflict",
            Self::Undone => "undone",
            Self::Unknown => "unknown",
        }
    }
}

/// Which steps of a plan are asked for.
#[derive(Debug, Clone, Default)]
pub struct StepsRequest {
    /// The plan's id.
    pub plan: String,
    /// Only those that are meant.
    pub only: StepFilter,
    /// Which page of them.
    pub page: StepPage,
}

/// Steps of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct StepsReport {
    /// Steps of the selection.
    pub total: u64,
    /// Contacts of the selection.
    pub contacts: u64,
    /// Those asked for, in the plan's order.
    pub steps: Vec<Step>,
    /// How many of the whole plan have each status.
    pub counts: BTreeMap<StepStatus, u64>,
}

/// What the next call of a plan writes at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upcoming {
    /// Contacts of that call.
    pub contacts: u64,
    /// Fields of them.
    pub fields: u64,
    /// Contacts that the plan has left, these among them.
    pub remaining: u64,
}

impl StepState {
    /// The status that it is asked for by.
    pub fn status(&self) -> StepStatus {
        match self {
            Self::Pending => StepStatus::Pending,
            Self::Applied | Self::Normalised(_) => StepStatus::Written,
            Self::Skipped(reason) if reason == CHANGED_SINCE => StepStatus::Conflict,
            Self::Kept(_) => StepStatus::Conflict,
            Self::Skipped(_) | Self::Ignored => StepStatus::Skipped,
            Self::Undone => StepStatus::Undone,
            Self::Unknown => StepStatus::Unknown,
        }
    }
}

/// Why a step is skipped whose field somebody has edited since the plan was made.
pub(crate) const CHANGED_SINCE: &str = "changed since the plan";

impl Step {
    /// The contacts that it is about: one, or all that it links.
    pub fn contacts(&self) -> impl Iterator<Item = &str> {
        let linked = self.after.as_array().filter(|_| self.is_link()).into_iter().flatten();
        std::iter::once(self.contact.as_str()).chain(linked.filter_map(Value::as_str))
    }

    /// Returns true if it stands for the link of a group: its contact is the first, and `after` holds the others. Nothing of it is written to
    /// the gateway.
    pub fn is_link(&self) -> bool {
        self.kind == LINK
    }

    /// Why it was not sent, or not taken back; empty for others.
    pub fn why(&self) -> &str {
        match &self.state {
            StepState::Skipped(reason) | StepState::Kept(reason) => reason,
            _ => "",
        }
    }
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum StepState {
    /// Not yet tried.
    Pending,
    /// Done, and the gateway's answer shows it.
    Applied,
    /// Done, and the gateway holds this form of it.
    Normalised(Value),
    /// The gateway left the field as it was.
    Ignored,
    /// Not sent, or refused; why.
    Skipped(String),
    /// Sent, and nobody knows yet.
    Unknown,
    /// Taken back.
    Undone,
    /// Not taken back; why.
    Kept(String),
}

/// How a plan is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplyRequest {
    /// The plan's id.
    pub plan: String,
    /// Its fingerprint, which shows that the caller has seen it.
    pub fingerprint: String,
    /// So many contacts are written; without it the first call of a plan writes 20, and later ones all.
    pub max_writes: Option<u64>,
    /// At most so many seconds; `None` is 45.
    pub max_seconds: Option<u64>,
}

/// What an apply did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplyReport {
    /// The plan's id.
    pub plan: String,
    /// The states of all its steps now.
    pub counts: Counts,
    /// Contacts that hold since this call what the plan wants.
    pub written: u64,
    /// Contacts that held it already, because another copy of this state or somebody had written it.
    pub found_done: u64,
    /// Updates sent in this call, those that did not take among them.
    pub writes: u64,
    /// Requests sent in this call.
    pub requests: u64,
    /// Groups of the plan that are linked now.
    pub linked: u64,
    /// Contacts that are still to do.
    pub remaining: u64,
    /// Why it stopped before the end.
    pub stopped: Option<String>,
}

/// When the writes of a plan were done, by their journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteSpan {
    /// The plan.
    pub plan: String,
    /// [`Work::Apply`] or [`Work::Undo`].
    pub work: Work,
    /// The first of them.
    pub first: String,
    /// The last of them.
    pub last: String,
    /// Contacts that something was sent to.
    pub contacts: u64,
}

/// Which steps are meant; what is empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepFilter {
    /// Ids of contacts.
    pub contacts: Vec<String>,
    /// The gateway's names of fields, or those that answers show; `*` is all, and `link` stands for links.
    pub fields: Vec<String>,
    /// Kinds, as [`Step::kind`].
    pub kinds: Vec<String>,
    /// Groups of duplicates.
    pub groups: Vec<String>,
}

/// A page of the steps that are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepPage {
    /// Only those of this status.
    pub status: Option<StepStatus>,
    /// At most so many.
    pub limit: usize,
    /// Passing over so many.
    pub skip: usize,
}

impl Default for StepPage {
    fn default() -> Self {
        Self { status: None, limit: 20, skip: 0 }
    }
}

impl StepPage {
    /// The page that is named by any of its parts; `None` where none is given, which means all steps.
    pub fn named(status: Option<StepStatus>, limit: Option<usize>, skip: Option<usize>) -> Option<Self> {
        let usual = Self::default();
        let is_named = status.is_some() || limit.is_some() || skip.is_some();
        is_named.then(|| Self { status, limit: limit.unwrap_or(usual.limit), skip: skip.unwrap_or(usual.skip) })
    }
}

/// Steps by status in words: `pending 3, written 2`.
pub fn statuses(counts: &BTreeMap<StepStatus, u64>) -> String {
    let counts: Vec<String> = counts.iter().map(|(status, count)| format!("{} {count}", status.word())).collect();
    counts.join(", ")
}

impl StepFilter {
    /// Returns true if every step is meant.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Returns true if a step is meant.
    pub fn means(&self, step: &Step) -> bool {
        let is_in = |given: &[String], is_it: &dyn Fn(&str) -> bool| {
            given.is_empty() || given.iter().any(|written| is_it(written))
        };
        is_in(&self.contacts, &|written| step.contacts().any(|contact| contact == written))
            && is_in(&self.fields, &|written| is_field(written, &step.field))
            && is_in(&self.kinds, &|written| written.eq_ignore_ascii_case(&step.kind))
            && is_in(&self.groups, &|written| written.eq_ignore_ascii_case(&step.group))
    }
}

/// Returns true if a step's field is the one that is written: by the gateway's name, or by one that answers show.
pub(crate) fn is_field(written: &str, field: &str) -> bool {
    let parts = MADE_OF.iter().find(|(name, _)| name.eq_ignore_ascii_case(written));
    written == "*" || written.eq_ignore_ascii_case(field) || parts.is_some_and(|(_, parts)| parts.contains(&field))
}

/// What is taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UndoRequest {
    /// The plan's id.
    pub plan: String,
    /// Only these steps, and the links of the groups that it names, or of its kind `link`.
    pub only: StepFilter,
    /// Of these only what a page shows, links among it.
    pub page: Option<StepPage>,
    /// Only says what would be done.
    pub dry_run: bool,
    /// At most so many seconds; `None` is 45.
    pub max_seconds: Option<u64>,
}

/// What an undo would write at most: fields that somebody has edited since are left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undoable {
    /// Contacts.
    pub contacts: u64,
    /// Fields of them.
    pub fields: u64,
    /// Groups that would be linked no more.
    pub links: u64,
}

/// What an undo did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UndoReport {
    /// The plan's id.
    pub plan: String,
    /// Steps taken back.
    pub undone: u64,
    /// Steps that were not taken back, each with why in its state.
    pub kept: Vec<Step>,
    /// Dry run: steps that would be taken back.
    pub would: u64,
    /// Steps that were meant and hold nothing to take back, by how far they are.
    pub idle: BTreeMap<StepStatus, u64>,
    /// Groups that are linked no more, or would be: an undo of the whole plan ends its links, one of groups theirs.
    pub unlinked: u64,
    /// Groups that stay linked.
    pub linked: u64,
    /// Contacts written in this call.
    pub writes: u64,
    /// Contacts that are still to do.
    pub remaining: u64,
    /// Why it stopped before the end.
    pub stopped: Option<String>,
}

impl UndoReport {
    /// The sentence of an undo that has no field and no link to take back; `None` for any other.
    pub fn nothing(&self) -> Option<String> {
        if self.has_fields() || self.unlinked + self.linked > 0 {
            return None;
        }
        let steps = if self.idle.is_empty() { "none".to_owned() } else { statuses(&self.idle) };
        Some(format!("nothing to put back; steps that are meant: {steps}"))
    }

    /// Whether it is about fields at all, and not about links alone.
    pub const fn has_fields(&self) -> bool {
        self.undone + self.would + self.remaining > 0 || !self.kept.is_empty()
    }
}
