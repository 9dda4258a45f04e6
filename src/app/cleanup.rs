//! `cleanup`: the engine from the shell, so that an operator can do without a model.

mod ask;
mod changes;
mod check;
mod decisions;
mod export;
mod import;
mod json;
mod policy;
mod progress;
mod questions;
mod report;
#[cfg(feature = "http")]
mod review;
mod state;
mod watch;
mod words;

use std::sync::Arc;

use imbrace_contacts_client::characters::escaped_json;
use imbrace_contacts_store::{Store, Tenant};
use serde_json::Value;

use super::assembly::{self, Reached, StopLocal};
use super::snapshots::Snapshots;
use super::tenants::State;
use super::terminal::Asked;
use super::{ANSWERED_ERROR, COULD_NOT_RUN, DONE, Ending, UNFINISHED, UsageError, signals};
use crate::audit::Audit;
use crate::cleanup::duplicates::Tier;
use crate::cleanup::findings::{Fixability, Kind};
use crate::cleanup::{
    ApplyRequest, AuditRequest, CleanupError, DuplicatesRequest, Filter, Gate, Merge, PlanRequest, SharedValuesRequest,
    Sharing, StepFilter, StepPage, StepStatus, StepsRequest, SyncRequest, UndoRequest, Workspace, WriteRefused,
};
use crate::cli::{self, CleanupCommand, CleanupOptions, PolicyCommand, SAFE, StateCommand};
use crate::config::{Address, Settings};
use crate::context::GatewayTarget;
use crate::gateway::Client;
use crate::http_client::Authorities;
use crate::policy::EXAMPLE;
use crate::render::{list_age, quoted};
use crate::write_gate::{SHELL, WriteGate, WriteRules};

/// A person waits as long as it takes, and ends it when they please: a week.
const AS_LONG_AS_IT_TAKES: u64 = 7 * 24 * 3600;

/// What a part of a cleanup works with.
struct CleanupSession {
    workspace: Workspace,
    gateway: Client,
    place: GatewayTarget,
    is_local: bool,
    /// Flags that lead another command to the same state.
    again: String,
    json: bool,
    /// Whether the operator wants no writes.
    read_only: bool,
    /// Where writes are recorded.
    audit: Option<Audit>,
    /// The places whose states there were when this one had none.
    missing_from: Vec<String>,
    /// Short ids, of every tenant, and whose are meant.
    short_ids: Option<(Arc<dyn Store>, Tenant)>,
    /// Where states are kept.
    state_directory: std::path::PathBuf,
    /// Whom connections to others than the gateway trust.
    authorities: Authorities,
    /// Serves until the command has ended.
    _local: Option<StopLocal>,
}

impl CleanupSession {
    async fn open(mut settings: Settings, again: String, (json, writes): (bool, bool)) -> anyhow::Result<Self> {
        // Parts that only read leave the file to a server that may be writing it.
        let audit = if writes { crate::app::audit::open(&settings)? } else { None };
        let read_only = settings.tools.read_only;
        let state = settings.state.snapshots()?.to_owned();
        let state_directory = state.clone();
        let is_local = settings.gateway.address == Address::InProcess;
        if is_local && settings.local.data.is_none() {
            // The next command is another process, and must find the same people.
            progress::make_directory(&state)?;
            settings.local.data = Some(state.join("local-gateway.sqlite"));
        }
        let Reached { client, base_url, credential, local } = assembly::reach(&settings).await?;
        let place = assembly::place(&settings, &base_url);
        let state = State::of(&settings, &place)?;
        let workspace = Snapshots::of(&settings).workspace((&state, &place), (&credential, false), &client)?;
        // Before anything is opened, which makes a state.
        let missing_from = workspace.other_places().await;
        let short_ids = state.shared(&place, &credential);
        Ok(Self {
            workspace,
            gateway: client,
            place,
            is_local,
            again,
            json,
            read_only,
            audit,
            missing_from,
            short_ids,
            state_directory,
            authorities: settings.gateway.authorities.clone(),
            _local: local,
        })
    }

    /// Requests a second to begin with.
    fn rate(&self, given: Option<u32>) -> Option<f64> {
        given.map(f64::from).or(self.is_local.then_some(f64::INFINITY))
    }

    /// What the writes of this command must pass.
    fn gate(&self, rate: Option<u32>) -> WriteGate {
        let (read_only, audit) = (self.read_only, self.audit.clone());
        let rules = WriteRules { read_only, audit, requests_per_second: self.rate(rate), ..WriteRules::default() };
        WriteGate::new(rules, SHELL, self.place.environment.name())
    }

    fn said(&self, text: String, value: &Value, err: String, code: u8) -> Ending {
        let out = if self.json { escaped_json(&format!("{value:#}\n")).into_owned() } else { text };
        Ending { out, err, code }
    }

    /// The same for what comes from the snapshot: with how old it is.
    async fn said_of_list(&self, text: String, value: Value, err: String) -> anyhow::Result<Ending> {
        let synced_at = self.workspace.synced_at().await?;
        let value = dated(value, synced_at);
        let age = synced_at.map(|at| list_age(at) + "\n").unwrap_or_default();
        Ok(self.said(text + &age, &value, err, DONE))
    }

    /// A filter whose dates are those of the operator.
    fn zoned(&self, filter: &Filter) -> Filter {
        filter.clone().in_time_zone(self.workspace.time_zone())
    }

    /// Says that a filter means nobody, and how old the list is: a table of zeros would look like a fact.
    fn no_match(&self, filter: &Filter, value: &Value, synced_at: jiff::Timestamp) -> Ending {
        self.said(words::no_match(filter, synced_at), value, String::new(), DONE)
    }

    /// `next: imbrace-contacts-mcp cleanup … --env local`, for stderr.
    fn next(&self, words: &str) -> String {
        if self.json { String::new() } else { format!("next: imbrace-contacts-mcp cleanup {words}{}\n", self.again) }
    }
}

/// The options of a part; none of one that opens no state.
pub(super) fn options(command: &CleanupCommand) -> Option<&CleanupOptions> {
    Some(match command {
        CleanupCommand::Sync(given) => &given.options,
        CleanupCommand::Audit(given) => &given.options,
        CleanupCommand::Duplicates(given) => &given.options,
        CleanupCommand::Decide(given) => &given.options,
        CleanupCommand::Decisions(given) => &given.options,
        CleanupCommand::Plan(given) => &given.options,
        CleanupCommand::Apply(given) => &given.options,
        CleanupCommand::Undo(given) => &given.options,
        #[cfg(feature = "http")]
        CleanupCommand::Review(given) => &given.options,
        CleanupCommand::Check(given) => &given.options,
        CleanupCommand::Import(given) => &given.options,
        CleanupCommand::Watch(given) => &given.options,
        CleanupCommand::Policy { command } => return command.options(),
        CleanupCommand::Export(given) => &given.options,
        CleanupCommand::Report(given) => &given.options,
    })
}

/// Runs a part that opens no state.
///
/// # Errors
/// [`UsageError`] for a policy with mistakes, or what keeps it from being read.
pub(super) fn offline(command: &CleanupCommand) -> anyhow::Result<Ending> {
    match command {
        CleanupCommand::Policy { command: PolicyCommand::Check(given) } => policy::check(given),
        _ => Ok(Ending { out: EXAMPLE.to_owned(), ..Ending::default() }),
    }
}

/// Runs one part.
///
/// # Errors
/// [`config::Error`] for a configuration that is missing or wrong, [`UsageError`] for arguments that do not go together or
/// a file of changes with mistakes, or what kept the command from running.
pub(super) async fn run(command: CleanupCommand, settings: Settings) -> anyhow::Result<Ending> {
    let Some(given) = options(&command) else { return offline(&command) };
    let writes = match &command {
        CleanupCommand::Apply(_) => true,
        CleanupCommand::Undo(given) => given.write,
        CleanupCommand::Watch(given) => given.apply,
        #[cfg(feature = "http")]
        CleanupCommand::Review(given) => !given.options.read_only,
        _ => false,
    };
    let session = CleanupSession::open(settings, given.again(), (given.json, writes)).await?;
    let ended = match command {
        CleanupCommand::Sync(given) => sync(&session, &given).await,
        CleanupCommand::Audit(given) => audit(&session, &given).await,
        CleanupCommand::Duplicates(given) => duplicates(&session, &given).await,
        CleanupCommand::Decide(given) => decide(&session, &given).await,
        CleanupCommand::Decisions(given) => decisions::list(&session, &given).await,
        CleanupCommand::Plan(given) => plan(&session, given).await,
        CleanupCommand::Apply(given) => apply(&session, &given).await,
        CleanupCommand::Undo(given) => undo(&session, given).await,
        #[cfg(feature = "http")]
        CleanupCommand::Review(given) => review::review(&session, &given).await,
        CleanupCommand::Check(given) => check::check(&session, &given).await,
        CleanupCommand::Import(given) => import::import(&session, &given).await,
        CleanupCommand::Watch(given) => watch::watch(&session, &given).await,
        CleanupCommand::Policy { command: PolicyCommand::Confirm(given) } => policy::confirm(&session, &given).await,
        CleanupCommand::Policy { command } => offline(&CleanupCommand::Policy { command }),
        CleanupCommand::Export(given) => export::export(&session, &given).await,
        CleanupCommand::Report(given) => report::report(&session, &given).await,
    };
    match ended {
        Ok(ending) => Ok(ending),
        // What the engine refuses is an answer; what the machine refuses is none.
        Err(error) => match error.downcast_ref::<CleanupError>() {
            Some(refused) => Ok(Ending {
                err: words::refused(refused, &session.again) + &elsewhere(&session, refused).await,
                code: code(refused),
                ..Ending::default()
            }),
            None => Err(error),
        },
    }
}

/// Does something with what is kept of an organisation as a whole.
///
/// # Errors
/// As [`run`].
pub(super) async fn state(command: StateCommand, settings: Settings) -> anyhow::Result<Ending> {
    let given = state_options(&command).cloned().unwrap_or_default();
    let session = CleanupSession::open(settings, given.again(), (given.json, false)).await?;
    match state::run(&session, command).await {
        Ok(ending) => Ok(ending),
        Err(error) => match error.downcast_ref::<CleanupError>() {
            Some(refused) => {
                let err = words::refused(refused, &session.again);
                Ok(Ending { err, code: code(refused), ..Ending::default() })
            }
            None => Err(error),
        },
    }
}

/// The options that every part of `state` takes.
pub(super) fn state_options(command: &StateCommand) -> Option<&CleanupOptions> {
    Some(match command {
        StateCommand::Pause(options)
        | StateCommand::Resume(options)
        | StateCommand::Show(options)
        | StateCommand::Cancel(options)
        | StateCommand::Info(options) => options,
        StateCommand::Backup(given) => &given.options,
        StateCommand::Restore(given) => &given.options,
        StateCommand::Forget(given) => &given.options,
        #[cfg(feature = "postgres")]
        StateCommand::Move(_) => return None,
    })
}

/// Which states the directory has instead of the one that was meant: its address may have been spelled otherwise.
async fn elsewhere(session: &CleanupSession, refused: &CleanupError) -> String {
    if !matches!(refused, CleanupError::NoSnapshot | CleanupError::UnknownPlan(_)) {
        return String::new();
    }
    let others = session.missing_from.iter().map(|place| crate::render::clipped(place, 120)).collect::<Vec<_>>();
    if others.is_empty() {
        return String::new();
    }
    let own = session.workspace.place();
    format!(
        "There was no state for \"{own}\"; the state directory has \"{}\". Was the address, environment or organisation spelled otherwise?\n",
        others.join("\", \"")
    )
}

const fn code(refused: &CleanupError) -> u8 {
    match refused {
        CleanupError::Disk(_)
        | CleanupError::Database(_)
        | CleanupError::Damaged { .. }
        | CleanupError::Newer { .. }
        | CleanupError::Broken
        | CleanupError::Refused(WriteRefused::Unrecorded | WriteRefused::Uncounted | WriteRefused::StateAway) => {
            COULD_NOT_RUN
        }
        _ => ANSWERED_ERROR,
    }
}

async fn sync(session: &CleanupSession, given: &cli::SyncArguments) -> anyhow::Result<Ending> {
    let rate = session.rate(given.rate);
    let max_seconds = Some(given.max_seconds.unwrap_or(AS_LONG_AS_IT_TAKES));
    let request = SyncRequest { full: given.full, max_seconds, requests_per_second: rate, ..SyncRequest::default() };
    let (watch, bar) = progress::watch(signals::stop_signal()?, "contacts");
    let report = session.workspace.sync(request, &watch).await;
    bar.end();
    let report = report?;
    let (code, next) = if report.complete { (DONE, session.next("audit")) } else { (UNFINISHED, session.next("sync")) };
    Ok(session.said(words::synced(&report), &json::synced(&report), next, code))
}

async fn audit(session: &CleanupSession, given: &cli::AuditArguments) -> anyhow::Result<Ending> {
    let request =
        AuditRequest { kinds: kinds(&given.kind), filter: session.zoned(&given.filter), examples: given.examples };
    let report = session.workspace.audit(request).await?;
    if report.contacts == 0 && !given.filter.is_empty() {
        return Ok(session.no_match(&session.zoned(&given.filter), &json::audited(&report, false), report.synced_at));
    }
    let next = session.next("plan --fix safe") + &session.next("duplicates");
    let is_whole = given.kind.is_empty();
    let text = words::audited(&report, is_whole) + &words::dates(&session.zoned(&given.filter));
    Ok(session.said(text, &json::audited(&report, is_whole), next, DONE))
}

async fn duplicates(session: &CleanupSession, given: &cli::DuplicatesArguments) -> anyhow::Result<Ending> {
    let tier = match given.tier.as_deref() {
        Some("sure") => Some(Tier::Auto),
        Some("review") => Some(Tier::Review),
        _ => None,
    };
    let contact = match &given.contact {
        Some(contact) => Some(session.workspace.whole_id(contact).await?),
        None => None,
    };
    let pattern = given.pattern.clone();
    if given.tier.as_deref() == Some("shared") {
        let sharing = pattern.as_deref().map(sharing).transpose()?;
        let filter = session.zoned(&given.filter);
        let request = SharedValuesRequest { contact, filter, sharing, limit: given.limit, skip: given.skip };
        let report = session.workspace.shared_values(request).await?;
        if report.contacts == 0 && !given.filter.is_empty() {
            let synced_at = session.workspace.synced_at().await?.unwrap_or_else(jiff::Timestamp::now);
            let value = dated(json::shared_values(&report), Some(synced_at));
            return Ok(session.no_match(&session.zoned(&given.filter), &value, synced_at));
        }
        let next = session.next("decide --different VALUE");
        let text = words::shared_values(&report, given.skip) + &words::dates(&session.zoned(&given.filter));
        let value = json::shared_values(&report);
        return session.said_of_list(text, value, next).await;
    }
    let filter = session.zoned(&given.filter);
    // One contact's groups, and the questions of a pattern, are listed one by one.
    let by_pattern = given.tier.as_deref() == Some("questions") && contact.is_none() && pattern.is_none();
    let limit = if by_pattern { 0 } else { given.limit };
    let request = DuplicatesRequest { tier, contact, filter, pattern, questions: false, limit, skip: given.skip };
    let report = session.workspace.duplicates(request).await?;
    if report.contacts == 0 && !given.filter.is_empty() {
        let synced_at = session.workspace.synced_at().await?.unwrap_or_else(jiff::Timestamp::now);
        let value = dated(json::duplicates(&report), Some(synced_at));
        return Ok(session.no_match(&session.zoned(&given.filter), &value, synced_at));
    }
    let next = if report.questions > 0 { session.next("decide") } else { session.next("plan --merge fill") };
    if by_pattern {
        let text = words::questions(&report, given) + &words::dates(&session.zoned(&given.filter));
        let value = json::questions(&report, given);
        return session.said_of_list(text, value, next).await;
    }
    let mut text = words::duplicates(&report, given.skip) + &words::dates(&session.zoned(&given.filter));
    if let Some(pattern) = given.pattern.as_ref().filter(|_| report.total == 0) {
        text.push_str(&format!("\n{}\n", report.no_pattern(&quoted(pattern, 80))));
    }
    session.said_of_list(text, json::duplicates(&report), next).await
}

/// An object with the time of the snapshot.
fn dated(mut value: Value, synced_at: Option<jiff::Timestamp>) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.insert("synced_at".to_owned(), synced_at.map(|at| at.to_string()).into());
    }
    value
}

fn sharing(word: &str) -> anyhow::Result<Sharing> {
    Sharing::ALL.into_iter().find(|sharing| sharing.words() == word).ok_or_else(|| {
        let message =
            format!("--pattern with --tier shared is one of: {}", Sharing::ALL.map(Sharing::words).join(", "));
        UsageError { message }.into()
    })
}

async fn decide(session: &CleanupSession, given: &cli::DecideArguments) -> anyhow::Result<Ending> {
    let answers = match &given.file {
        Some(file) => decisions::read(session, file, given.force).await?,
        None => decisions::of_command(&session.workspace, given).await?,
    };
    let report = if answers.is_empty() {
        questions::ask(&session.workspace).await?
    } else {
        session.workspace.decide(answers).await?
    };
    session.said_of_list(words::decided(&report), json::decided(&report), session.next("plan --merge fill")).await
}

async fn plan(session: &CleanupSession, given: cli::PlanArguments) -> anyhow::Result<Ending> {
    if let (Some(plan), true) = (&given.plan, given.discard) {
        session.workspace.discard(plan, given.force).await?;
        let value = serde_json::json!({ "plan": plan, "discarded": true });
        return Ok(session.said(format!("{plan} is thrown away\n"), &value, String::new(), DONE));
    }
    if let (Some(plan), Some(status)) = (&given.plan, &given.steps) {
        return steps(session, plan, status, &given).await;
    }
    let mut dates = String::new();
    let report = if let Some(plan) = &given.plan {
        session.workspace.show(plan).await?
    } else if given.fix.is_empty() && given.merge.is_empty() && given.changes.is_none() && given.set.is_empty() {
        let plans = session.workspace.plans().await?;
        let value = Value::Array(plans.iter().map(json::planned).collect());
        return Ok(session.said(words::plans(&plans), &value, String::new(), DONE));
    } else {
        let how = |how: &String| match how.as_str() {
            "link" => Merge::Link,
            "mark" => Merge::Mark,
            _ => Merge::Fill,
        };
        let merge = given.merge.iter().map(how).collect();
        let mut changes = given.changes.as_deref().map(changes::read).transpose()?.unwrap_or_default();
        for change in &mut changes {
            change.contact = session.workspace.whole_id(&change.contact).await?;
        }
        // A condition has commas of its own, so that it comes in parts.
        let is_filter = !given.protect.iter().all(|word| PlanRequest::is_protected_word(word.trim()));
        let (words, condition) =
            if is_filter { (Vec::new(), given.protect.join(",")) } else { (given.protect, String::new()) };
        let protect_filter =
            Filter::parse(&condition).map_err(|error| UsageError { message: format!("--protect: {error}") })?;
        if is_filter && protect_filter.is_empty() {
            let message = "--protect names nothing; leave it out to protect nobody".to_owned();
            return Err(UsageError { message }.into());
        }
        let protect_filter = session.zoned(&protect_filter);
        let (fix, filter, protect) =
            (kinds(&given.fix), session.zoned(&given.filter), whole_ids(session, &words).await?);
        dates = words::dates(if filter.has_dates() { &filter } else { &protect_filter });
        let set = given.set.into_iter().map(|(field, value)| (field, value.into())).collect();
        session.workspace.plan(PlanRequest { fix, merge, changes, set, filter, protect, protect_filter }).await?
    };
    let next = if report.counts.pending > 0 || report.links > 0 {
        session.next(&format!("apply {} --fingerprint {}", report.id, report.fingerprint))
    } else {
        String::new()
    };
    if given.plan.is_some() {
        return Ok(session.said(words::planned(&report), &json::planned(&report), next, DONE));
    }
    session.said_of_list(words::planned(&report) + &dates, json::planned(&report), next).await
}

/// Values of a plan before and after.
async fn steps(
    session: &CleanupSession,
    plan: &str,
    status: &str,
    given: &cli::PlanArguments,
) -> anyhow::Result<Ending> {
    let contacts = whole_ids(session, &given.contact).await?;
    let cli::PlanArguments { field, kind, group, .. } = given;
    let only = StepFilter { contacts, fields: field.clone(), kinds: kind.clone(), groups: group.clone() };
    let page = StepPage { status: status_of(status), limit: given.limit, skip: given.skip };
    let request = StepsRequest { plan: plan.to_owned(), only, page };
    let report = session.workspace.steps_page(request).await?;
    Ok(session.said(words::steps(&report, given.skip), &json::steps(&report), String::new(), DONE))
}

async fn apply(session: &CleanupSession, given: &cli::ApplyArguments) -> anyhow::Result<Ending> {
    let gate = session.gate(given.rate);
    gate.check().map_err(CleanupError::from)?;
    let shown = session.workspace.show(&given.plan).await?;
    let upcoming = session.workspace.upcoming(&given.plan, given.max_writes).await?;
    match ask::apply(&shown, upcoming, given.fingerprint.as_deref(), &session.place.named())? {
        Asked::Yes => {}
        Asked::No => return Ok(refused("Nothing was written.\n".to_owned())),
        Asked::Nobody => {
            let err = "Nothing was written. Without a terminal, --fingerprint says that the plan was seen.\n";
            return Ok(refused(err.to_owned()));
        }
    }
    if let Some(file) = &given.backup {
        session.workspace.backup(file).await?;
    }
    let fingerprint = shown.fingerprint.clone();
    let max_seconds = Some(given.max_seconds.unwrap_or(AS_LONG_AS_IT_TAKES));
    let request = ApplyRequest { plan: given.plan.clone(), fingerprint, max_writes: given.max_writes, max_seconds };
    let (watch, bar) = progress::watch(signals::stop_signal()?, "contacts");
    let report = session.workspace.apply(request, &gate, &watch).await;
    bar.end();
    let report = report?;
    let is_done = report.remaining == 0 && report.counts.unknown == 0;
    let (code, next) = if is_done {
        (DONE, session.next(&format!("undo {}", report.plan)))
    } else {
        (UNFINISHED, session.next(&format!("apply {} --fingerprint {}", report.plan, shown.fingerprint)))
    };
    Ok(session.said(words::applied(&report, &session.place.named()), &json::applied(&report), next, code))
}

/// Words, those that are short ids of contacts as whole ones.
async fn whole_ids(session: &CleanupSession, words: &[String]) -> anyhow::Result<Vec<String>> {
    let mut whole = Vec::with_capacity(words.len());
    for word in words {
        whole.push(session.workspace.whole_id(word).await?);
    }
    Ok(whole)
}

/// The status of a word; none for `all`.
fn status_of(word: &str) -> Option<StepStatus> {
    StepStatus::ALL.into_iter().find(|known| known.word() == word)
}

/// The page that an undo names; none where all is meant.
fn page_of(given: &cli::UndoArguments) -> Option<StepPage> {
    let page = StepPage::named(given.status.as_deref().and_then(status_of), given.limit, given.skip);
    // `--status all` names the first page of all.
    page.or_else(|| given.status.is_some().then(StepPage::default))
}

/// The flags of an undo that say what is meant, so that the command that goes on means the same.
fn meant_again(given: &cli::UndoArguments) -> String {
    let number = |number: Option<usize>| number.map(|number| number.to_string());
    let flags = [
        ("contact", given.contact.join(",")),
        ("field", given.field.join(",")),
        ("kind", given.kind.join(",")),
        ("group", given.group.join(",")),
        ("status", given.status.clone().unwrap_or_default()),
        ("limit", number(given.limit).unwrap_or_default()),
        ("skip", number(given.skip).unwrap_or_default()),
    ];
    let given = flags.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!(" --{name} {}", cli::quoted(&value))).collect()
}

async fn undo(session: &CleanupSession, mut given: cli::UndoArguments) -> anyhow::Result<Ending> {
    given.contact = whole_ids(session, &given.contact).await?;
    let (contacts, fields) = (given.contact.clone(), given.field.clone());
    let only = StepFilter { contacts, fields, kinds: given.kind.clone(), groups: given.group.clone() };
    let (gate, page, meant) = (session.gate(given.rate), page_of(&given), meant_again(&given));
    if given.write {
        gate.check().map_err(CleanupError::from)?;
        let shown = session.workspace.show(&given.plan).await?;
        let found = session.workspace.undoable(&given.plan, &only, page).await?;
        let place = session.place.named();
        match ask::undo(&shown, found, (given.yes, given.fingerprint.as_deref()), &place)? {
            Asked::Yes => {}
            Asked::No => return Ok(refused("Nothing was written.\n".to_owned())),
            Asked::Nobody => {
                let question = words::would_undo(found, &given.plan, &place);
                return Ok(refused(format!("Nothing was written. {question} Confirm with --yes.\n")));
            }
        }
    }
    let (watch, bar) = progress::watch(signals::stop_signal()?, "contacts");
    let max_seconds = Some(given.max_seconds.unwrap_or(AS_LONG_AS_IT_TAKES));
    let request = UndoRequest { plan: given.plan.clone(), only, page, dry_run: !given.write, max_seconds };
    let report = session.workspace.undo(request, &gate, &watch).await;
    bar.end();
    let report = report?;
    let is_over = given.write || report.nothing().is_some();
    let again = if is_over { String::new() } else { session.next(&format!("undo {}{meant} --write", given.plan)) };
    let (code, next) = match (given.write, report.remaining) {
        // The page of a status has other steps on it once some of them are taken back.
        (true, 1..) if given.status.is_some() => {
            (UNFINISHED, session.next(&format!("plan {} --steps all", given.plan)))
        }
        (true, 1..) => (UNFINISHED, session.next(&format!("undo {}{meant} --write --yes", given.plan))),
        _ => (DONE, again),
    };
    Ok(session.said(words::undone(&report, given.write, &session.place.named()), &json::undone(&report), next, code))
}

fn refused(err: String) -> Ending {
    Ending { err, code: ANSWERED_ERROR, ..Ending::default() }
}

/// Kinds by their names, which the parser has checked.
fn kinds(names: &[String]) -> Vec<Kind> {
    let is_meant = |kind: &Kind| {
        names.iter().any(|name| name == kind.name() || (name == SAFE && kind.fixability() == Fixability::Safe))
    };
    Kind::ALL.into_iter().filter(is_meant).collect()
}
