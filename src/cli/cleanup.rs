//! `cleanup`: what can be written after it. The engine that does it is `crate::cleanup`.

mod help;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand, ValueHint};

use super::automation::{CheckArguments, ImportArguments, PolicyCommand, WatchArguments};
use super::options::GatewayOptions;
use crate::cleanup::Filter;
use crate::cleanup::findings::{Fixability, Kind};
use crate::config::Layer;

pub(super) use help::{CLEANUP, STATE};

/// The word that stands for every kind whose fix changes the form and not the meaning.
pub const SAFE: &str = "safe";

/// One part of a cleanup.
#[derive(Debug, Subcommand)]
pub enum CleanupCommand {
    /// Read the contacts into the local snapshot, or bring it up to date
    #[command(after_help = help::SYNC)]
    Sync(SyncArguments),
    /// Say what is wrong with single contacts, by kind
    #[command(after_help = help::AUDIT)]
    Audit(AuditArguments),
    /// Show which contacts are one person, and why
    #[command(after_help = help::DUPLICATES)]
    Duplicates(DuplicatesArguments),
    /// Say what is one person and what is not; at a terminal it asks
    #[command(after_help = help::DECIDE)]
    Decide(DecideArguments),
    /// List what was decided about duplicates: when, by which values, with which note
    #[command(after_help = help::DECISIONS)]
    Decisions(DecisionsArguments),
    /// Make a plan, show one, or list them; nothing is written to the gateway
    #[command(after_help = help::PLAN)]
    Plan(PlanArguments),
    /// Carry out a plan, or go on with it
    #[command(after_help = help::APPLY)]
    Apply(ApplyArguments),
    /// Take a plan back; says only what it would do without --write
    #[command(after_help = help::UNDO)]
    Undo(UndoArguments),
    /// Open a page in the browser to look, decide, write and take back
    #[cfg(feature = "http")]
    #[command(after_help = help::REVIEW)]
    Review(ReviewArguments),
    /// Say whom a contact would be a duplicate of and what is wrong with it, before it is saved
    #[command(after_help = help::CHECK)]
    Check(Box<CheckArguments>),
    /// Make a plan of updates from a CSV or vCard file; what would be new contacts is listed
    #[command(after_help = help::IMPORT)]
    Import(Box<ImportArguments>),
    /// Read what changed and tell what is new, once or every so often; with a policy also fix what it allows
    #[command(after_help = help::WATCH)]
    Watch(Box<WatchArguments>),
    /// Check or confirm a policy: which safe findings are fixed without asking, within which limits
    #[command(after_help = help::POLICY)]
    Policy {
        /// What to do with it.
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Write a plan, a journal, a report or the duplicates to a CSV file
    #[command(after_help = help::EXPORT)]
    Export(ExportArguments),
    /// Write what was found, fixed, left and decided to a file to hand on, without anybody's data
    #[command(after_help = help::REPORT)]
    Report(ReportArguments),
}

/// What can be done with the state of an organisation as a whole.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Let no plan be applied or undone, from the next contact on, in whatever process
    Pause(CleanupOptions),
    /// Let plans be applied and undone again
    Resume(CleanupOptions),
    /// Say whether bulk writes are paused, and which sync, apply or undo is at work in whatever process
    Show(CleanupOptions),
    /// Stop the sync, apply or undo that is at work, in whatever process, before its next request
    Cancel(CleanupOptions),
    /// Say what is kept, how much it is, and how old
    Info(CleanupOptions),
    /// Write a copy of snapshot, decisions, plans and journal to a new file, and read it again
    Backup(BackupArguments),
    /// Put a copy in the place of snapshot, decisions, plans and journal
    Restore(RestoreArguments),
    /// Remove everything of a contact, or of all, from this machine; nothing is changed at the gateway
    Forget(ForgetArguments),
    /// Copy short ids, confirmations and writes of a day, of every organisation, from a state directory into a database or back, whole and
    /// compared; what is copied stays where it was
    #[cfg(feature = "postgres")]
    Move(MoveArguments),
}

/// The arguments of `state move`.
#[cfg(feature = "postgres")]
#[derive(Debug, Args)]
pub struct MoveArguments {
    /// A state directory, or a database as postgres://USER@HOST/DATABASE. Its password: IMBRACE_STATE_PASSWORD or IMBRACE_STATE_PASSWORD_FILE
    #[arg(value_name = "FROM")]
    pub from: String,
    /// The same; it must hold no short ids, confirmations and writes of a day
    #[arg(value_name = "TO")]
    pub to: String,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `state backup` takes.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file, which must not exist; it holds contacts, for your eyes alone
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `state restore` takes.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// A file that `state backup` wrote, of the same gateway and organisation
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Replace what is there; without it a terminal is asked
    #[arg(long)]
    pub yes: bool,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `state forget` takes.
#[derive(Debug, Args)]
pub struct ForgetArguments {
    /// A contact by its id, con_…, or all
    #[arg(value_name = "CONTACT|all")]
    pub what: String,
    /// Remove it for good; without it a terminal is asked
    #[arg(long)]
    pub yes: bool,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// Options of every part.
#[derive(Debug, Clone, Default, Args)]
pub struct CleanupOptions {
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Directory for snapshot, plans and journal [env: IMBRACE_STATE_DIR] [default: the user's state directory]
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub state_dir: Option<String>,
    /// PostgreSQL database, postgres://USER@HOST/DATABASE, that keeps short ids and confirmations [env: IMBRACE_STATE_URL] [default: files of
    /// the state directory]
    #[arg(long, value_name = "URL")]
    pub state_url: Option<String>,
    /// Country of phone numbers without one, where the contact says nothing else of it: two letters, such as VN
    /// [env: IMBRACE_DEFAULT_REGION]
    #[arg(long, value_name = "COUNTRY")]
    pub default_region: Option<String>,
    /// Time zone of dates in filters, such as Asia/Hong_Kong [env: IMBRACE_TIME_ZONE] [default: UTC]
    #[arg(long, value_name = "NAME")]
    pub time_zone: Option<String>,
    /// Days that a plan and its journal are kept after it was last worked on: older ones are removed at the end of a sync, and
    /// what they wrote cannot be undone any more [env: IMBRACE_KEEP_PLANS] [default: for good]
    #[arg(long, value_name = "DAYS")]
    pub keep_plans: Option<u32>,
    /// Write nothing to the gateway [env: IMBRACE_READ_ONLY]
    #[arg(long)]
    pub read_only: bool,
    /// File that every write is recorded in, without personal data [env: IMBRACE_AUDIT]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub audit: Option<String>,
    /// The gateway.
    #[command(flatten)]
    pub gateway: GatewayOptions,
}

/// What `cleanup sync` takes.
#[derive(Debug, Args)]
pub struct SyncArguments {
    /// Read every contact again, which alone shows those that are gone
    #[arg(long)]
    pub full: bool,
    /// Stop after so many seconds; the next sync goes on
    #[arg(long, value_name = "N")]
    pub max_seconds: Option<u64>,
    /// Requests a second to begin with; slower when the gateway asks for it [default: 5, no limit with --env local]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup audit` takes.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// Only these kinds, separated by commas
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = kinds())]
    pub kind: Vec<String>,
    /// Only contacts of which this holds, such as 'channel = line and created_at = 2025-09 and email is empty'
    #[arg(long, value_name = "CONDITIONS", value_parser = Filter::parse, default_value = "", hide_default_value = true)]
    pub filter: Filter,
    /// Ids of so many contacts for each kind
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub examples: usize,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup duplicates` takes.
#[derive(Debug, Args)]
pub struct DuplicatesArguments {
    /// Only groups that are sure, only those to review, the questions by pattern, or phone numbers and mailboxes that different people share
    #[arg(long, value_name = "TIER", value_parser = ["sure", "review", "questions", "shared"])]
    pub tier: Option<String>,
    /// Only the group of this contact
    #[arg(long, value_name = "ID")]
    pub contact: Option<String>,
    /// Only groups with a contact of which this holds, as with audit
    #[arg(long, value_name = "CONDITIONS", value_parser = Filter::parse, default_value = "", hide_default_value = true)]
    pub filter: Filter,
    /// The questions of this pattern, else groups that hold a pair of it; with --tier shared: family, people, switchboard or role mailbox
    #[arg(long, value_name = "PATTERN")]
    pub pattern: Option<String>,
    /// At most so many groups, questions, patterns or values
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: usize,
    /// Pass over so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub skip: usize,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup decide` takes.
#[derive(Debug, Args)]
pub struct DecideArguments {
    /// These are one person: a group (dup_…), a pair (con_…:con_…), everybody with a phone number or mailbox, or every
    /// question of a pattern; repeat for more
    #[arg(long, value_name = "WHAT")]
    pub same: Vec<String>,
    /// These are different people; written in the same way
    #[arg(long, value_name = "WHAT")]
    pub different: Vec<String>,
    /// These are undecidable: not joined, and not asked about again until this is taken back
    #[arg(long, value_name = "WHAT")]
    pub unsure: Vec<String>,
    /// Take back what was decided about these, or about one contact (con_…), or every decision that is same, different or unsure
    #[arg(long, value_name = "WHAT")]
    pub reopen: Vec<String>,
    /// Why, kept with the decisions of this call
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, conflicts_with = "file")]
    pub note: String,
    /// CSV file of decisions, as `cleanup export questions` writes it: same, different, unsure, reopen, or nothing, which leaves a
    /// question open; - is stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["same", "different", "unsure", "reopen"])]
    pub file: Option<PathBuf>,
    /// Take the file's decisions also where the opposite was decided since it was written
    #[arg(long, requires = "file")]
    pub force: bool,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// Arguments of `cleanup decisions`.
#[derive(Debug, Args)]
pub struct DecisionsArguments {
    /// Only these: same, different or unsure
    #[arg(long, value_name = "VERDICT", value_parser = ["same", "different", "unsure"])]
    pub verdict: Option<String>,
    /// Only those about this contact
    #[arg(long, value_name = "ID")]
    pub contact: Option<String>,
    /// Only those about a contact of which this holds, as with audit
    #[arg(long, value_name = "CONDITIONS", value_parser = Filter::parse, default_value = "", hide_default_value = true)]
    pub filter: Filter,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: usize,
    /// Pass over so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub skip: usize,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup plan` takes.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// The plan to show; without it and without a source of steps, all plans are listed
    #[arg(value_name = "PLAN", conflicts_with_all = ["fix", "merge", "changes", "set", "protect"])]
    pub plan: Option<String>,
    /// Correct findings of these kinds, separated by commas; `safe` is every kind whose fix changes only the form
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = fixes())]
    pub fix: Vec<String>,
    /// What to do with duplicates that are sure: read them as one, fill the survivor's blanks, or mark the others; several with commas
    #[arg(long, value_name = "HOW", value_delimiter = ',', value_parser = ["link", "fill", "mark"])]
    pub merge: Vec<String>,
    /// Set this value in every contact of --filter; repeat for more fields
    #[arg(long, value_name = "FIELD=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Show the plan's values before and after: pending, written, skipped, conflict, undone or unknown ones, or all
    #[arg(long, value_name = "STATUS", requires = "plan", value_parser = ["all", "pending", "written", "skipped", "conflict", "undone", "unknown"])]
    pub steps: Option<String>,
    /// Only steps of these fields, separated by commas
    #[arg(long, value_name = "FIELD", value_delimiter = ',', requires = "steps")]
    pub field: Vec<String>,
    /// Only steps of these kinds: findings, fill, mark, link, set or listed
    #[arg(long, value_name = "KIND", value_delimiter = ',', requires = "steps")]
    pub kind: Vec<String>,
    /// Only steps of these groups of duplicates (dup_…), and their links
    #[arg(long, value_name = "GROUP", value_delimiter = ',', requires = "steps")]
    pub group: Vec<String>,
    /// Only steps of these contacts
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "steps")]
    pub contact: Vec<String>,
    /// At most so many steps
    #[arg(long, value_name = "N", default_value_t = 20, requires = "steps")]
    pub limit: usize,
    /// Pass over so many steps
    #[arg(long, value_name = "N", default_value_t = 0, requires = "steps")]
    pub skip: usize,
    /// Throw the plan away; not one whose writes can still be undone
    #[arg(long, requires = "plan", conflicts_with = "steps")]
    pub discard: bool,
    /// With --discard: also one whose writes can then never be undone
    #[arg(long, requires = "discard")]
    pub force: bool,
    /// CSV file of changes, with the columns contact,field,value or contact and the fields; - is stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub changes: Option<PathBuf>,
    /// Only contacts of which this holds, as with audit; a group of duplicates only when all of it is meant
    #[arg(long, value_name = "CONDITIONS", value_parser = Filter::parse, default_value = "", hide_default_value = true)]
    pub filter: Filter,
    /// What the plan must not touch: contacts, domains of their addresses (@example.com), labels (#vip, #vip*), separated by commas; or
    /// contacts of which a condition holds, as with --filter
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub protect: Vec<String>,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup apply` takes.
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: String,
    /// Its fingerprint, which shows that you have seen it; without it a terminal is asked
    #[arg(long, value_name = "HEX")]
    pub fingerprint: Option<String>,
    /// So many contacts now; without it the first run of a plan writes 20, and later ones all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_writes: Option<u64>,
    /// Stop after so many seconds; the same command goes on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_seconds: Option<u64>,
    /// Requests a second to begin with; slower when the gateway asks for it [default: 5, no limit with --env local]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Write a copy of the state to this new file before anything else
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub backup: Option<PathBuf>,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup undo` takes.
#[derive(Debug, Args)]
pub struct UndoArguments {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: String,
    /// Only these contacts, separated by commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub contact: Vec<String>,
    /// Only these fields, separated by commas
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub field: Vec<String>,
    /// Only steps of these kinds: findings, fill, mark, link, set or listed
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub kind: Vec<String>,
    /// Only these groups of duplicates (dup_…) and their links
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub group: Vec<String>,
    /// With --limit and --skip: only the page that `cleanup plan PLAN --steps STATUS` shows with the same options
    #[arg(long, value_name = "STATUS", value_parser = ["all", "pending", "written", "skipped", "conflict", "undone", "unknown"])]
    pub status: Option<String>,
    /// At most so many steps [default: all, or 20 with --status or --skip]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Pass over so many steps
    #[arg(long, value_name = "N")]
    pub skip: Option<usize>,
    /// Do it; without this nothing is changed
    #[arg(long)]
    pub write: bool,
    /// Take back many contacts without being asked
    #[arg(long)]
    pub yes: bool,
    /// The plan's fingerprint, which says the same
    #[arg(long, value_name = "HEX")]
    pub fingerprint: Option<String>,
    /// Stop after so many seconds; the same command goes on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_seconds: Option<u64>,
    /// Requests a second to begin with; slower when the gateway asks for it [default: 5, no limit with --env local]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup review` takes.
#[cfg(feature = "http")]
#[derive(Debug, Args)]
pub struct ReviewArguments {
    /// Port on this machine to serve the page at; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Open no browser, only print the link
    #[arg(long)]
    pub no_open: bool,
    /// Requests a second to begin with; slower when the gateway asks for it [default: 5, no limit with --env local]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup export` takes.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// What to write
    #[arg(value_enum)]
    pub what: Exported,
    /// The plan, for plan and journal
    #[arg(value_name = "PLAN", required_if_eq_any = [("what", "plan"), ("what", "journal")])]
    pub plan: Option<String>,
    /// File to write; - is stdout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub csv: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What `cleanup report` takes.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// One HTML file with charts, which loads nothing; - is stdout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present_any = ["md", "csv"])]
    pub html: Option<PathBuf>,
    /// The same as Markdown; - is stdout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub md: Option<PathBuf>,
    /// The figures as CSV, with which a later report is compared; - is stdout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub csv: Option<PathBuf>,
    /// An earlier report, as --csv wrote it: changes since the newest of them, and the score over time; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub compare: Vec<PathBuf>,
    /// So many examples of each kind, with the values of contacts, in HTML and Markdown
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub examples: usize,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
    /// Options of every part.
    #[command(flatten)]
    pub options: CleanupOptions,
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Exported {
    /// What a plan sets: contact, field, before, after
    Plan,
    /// What became of each step
    Journal,
    /// Findings by kind
    Report,
    /// Groups of contacts that are one person
    Duplicates,
    /// Open questions with the values of both contacts and an empty column for the decision; `cleanup decide --file` reads it
    Questions,
    /// Decisions about duplicates, in the columns of the questions; `cleanup decide --file` reads them elsewhere
    Decisions,
}

impl CleanupOptions {
    /// Adds what was given to the layer of the flags.
    pub fn add_to(self, flags: &mut Layer) {
        flags.flag("state_dir", self.state_dir);
        flags.flag("state_url", self.state_url);
        flags.flag("default_region", self.default_region);
        flags.flag("time_zone", self.time_zone);
        flags.flag("keep_plans", self.keep_plans.map(|days| days.to_string()));
        flags.flag("read_only", self.read_only.then(|| true.to_string()));
        flags.flag("audit", self.audit);
        self.gateway.add_to(flags);
    }

    /// The flags that lead another command to the same state and gateway, each after a space, for a shell.
    pub fn again(&self) -> String {
        let gateway = &self.gateway;
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let flags = [
            ("env", gateway.env.clone()),
            ("base-url", gateway.base_url.clone()),
            ("api-prefix", gateway.api_prefix.clone()),
            ("organization-id", gateway.organization_id.clone()),
            ("config", gateway.config.clone()),
            ("local-contacts", number(gateway.local_contacts)),
            ("local-seed", number(gateway.local_seed)),
            ("local-people", gateway.local_people.clone()),
            ("local-data", gateway.local_data.clone()),
            ("state-dir", self.state_dir.clone()),
            ("state-url", self.state_url.clone()),
            ("default-region", self.default_region.clone()),
            ("time-zone", self.time_zone.clone()),
            ("keep-plans", self.keep_plans.map(|days| days.to_string())),
            ("audit", self.audit.clone()),
        ];
        let given = flags.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.map(|(name, value)| format!(" --{name} {}", quoted(&value))).collect()
    }
}

/// A word for a POSIX shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// `language=vi`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("write it as FIELD=VALUE")?;
    Ok((field.trim().to_owned(), value.to_owned()))
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(Kind::ALL.map(value))
}

fn fixes() -> PossibleValuesParser {
    let fixable = Kind::ALL.into_iter().filter(|kind| kind.fixability() != Fixability::None).map(value);
    let safe = PossibleValue::new(SAFE).help("Every kind whose fix changes the form and not the meaning.");
    PossibleValuesParser::new(std::iter::once(safe).chain(fixable))
}

fn value(kind: Kind) -> PossibleValue {
    PossibleValue::new(kind.name()).help(kind.meaning())
}
