//! What the cleanup tools share: the engine, kinds of findings by name, and errors that say what to do next.

use std::time::Duration;

use imbrace_contacts_client::suggestion::nearest;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::error::value_found;
use super::{ArgumentError, Effect, ToolError, arguments};
use crate::cleanup::findings::{Fixability, Kind};
use crate::cleanup::{
    CleanupError, Counts, Filter, FilterError, Gate, ListRequest, NoMatch, StepStatus, SyncRequest, Watch, Workspace,
};
use crate::context::Context;
use crate::metrics::Work;
use crate::model::ContactId;
use crate::plural::counted;
use crate::render::{self, Reply, Span, Table, clipped, quoted};

/// How long a tool reads or writes before it answers and is to be called again: clients give up after a minute.
pub(super) const SECONDS: u64 = 40;

/// The word for every kind whose fix changes the form and not the meaning.
const SAFE: &str = "safe";

/// The engine of this credential.
///
/// # Errors
/// Where the operator has given it no place for its state.
pub(super) fn workspace(context: &Context) -> Result<&Workspace, ToolError> {
    context.cleanup().ok_or_else(|| refused(&format!("cleanup is off: {}", context.cleanup_off())))
}

/// Which contacts an argument means. Short ids in it are those of answers.
///
/// # Errors
/// For what is no filter, with what is possible; and for the id of nobody.
pub(super) fn filter(context: &Context, name: &str, text: &str) -> Result<Filter, ToolError> {
    let filter = Filter::parse(text).map_err(|error| wrong_field(name, &error))?;
    let filter =
        context.cleanup().map(|workspace| filter.clone().in_time_zone(workspace.time_zone())).unwrap_or(filter);
    filter.with_whole_ids(|id| arguments::id(context, name, id).map(|id: ContactId| id.to_string()))
}

/// An argument that is no filter, or no field to sort or to count by.
pub(super) fn wrong_field(name: &str, error: &FilterError) -> ToolError {
    let words = error.to_string();
    let end = if words.ends_with('?') { "" } else { "." };
    ArgumentError::Rule { rule: format!("`{name}`: {words}{end}") }.into()
}

/// What is said where a filter means nobody, and whose days its dates are.
pub(super) fn no_match(filter: &Filter) -> String {
    let zone = if filter.has_dates() { format!(" (dates in {})", filter.time_zone()) } else { String::new() };
    format!("no contact matches {}{zone}", clipped(&filter.to_string(), 200))
}

/// The same of so many contacts, with the part that alone means nobody and the values there are, where that is known.
pub(super) fn nobody(filter: &Filter, contacts: u64, reason: Option<&NoMatch>) -> String {
    if contacts == 0 {
        return "the organisation has none".to_owned();
    }
    let mut words = format!("no contact of {contacts} matches {}", clipped(&filter.to_string(), 200));
    if let Some(NoMatch { part, values }) = reason {
        if *part != filter.to_string() {
            words.push_str(&format!("; none alone matches {}", clipped(part, 100)));
        }
        if let Some((field, values)) = values {
            let values: Vec<String> = values.iter().map(|value| quoted(value, 30)).collect();
            words.push_str(&format!("; {field} is one of {}", values.join(" ")));
        }
    }
    words
}

/// How old the list is that an answer comes from, and whose days the dates of its filter are.
pub(super) fn as_of(filter: &Filter, synced_at: jiff::Timestamp) -> String {
    let age = render::list_age(synced_at);
    if filter.has_dates() { format!("{age}; dates in {}", filter.time_zone()) } else { age }
}

/// A list older than this is brought up to date before it answers.
const STALE: Duration = Duration::from_secs(600);

/// A list older than this is brought up to date while it answers.
pub(super) const AGING: Duration = Duration::from_secs(60);

/// Brings the snapshot up to date as far as a question of the list needs it: before the answer where there is none, where it is older than
/// ten minutes or where a contact was written since; else behind it, at most once a minute. Contacts read so far where the first sync takes
/// longer than a call may.
///
/// # Errors
/// The gateway's and the state's.
pub(super) async fn refreshed<T: super::Tool>(
    context: &Context,
    workspace: &Workspace,
) -> Result<Option<u64>, ToolError> {
    let Some(age) = workspace.age().await.map_err(to_tool_error::<T>)? else {
        return sync::<T>(context, workspace, false).await;
    };
    if age > STALE {
        let requests_per_second = context.writes().requests_per_second();
        let request = SyncRequest { max_seconds: Some(SECONDS), requests_per_second, ..SyncRequest::default() };
        match workspace.sync(request, &watch(context, Work::Sync)).await {
            // Another process is at it; until it has ended the answer is as old as it says.
            Ok(_) | Err(CleanupError::Busy | CleanupError::AtWork(_)) => {}
            Err(error) => return Err(to_tool_error::<T>(error)),
        }
    } else if age > AGING {
        workspace.refresh(context.writes().requests_per_second(), Duration::from_secs(SECONDS));
    }
    Ok(None)
}

/// Brings the snapshot up to date; contacts read so far if that takes longer than a call may.
///
/// # Errors
/// The gateway's and the state's.
pub(super) async fn sync<T: super::Tool>(
    context: &Context,
    workspace: &Workspace,
    full: bool,
) -> Result<Option<u64>, ToolError> {
    let requests_per_second = context.writes().requests_per_second();
    let request = SyncRequest { full, max_seconds: Some(SECONDS), requests_per_second, ..SyncRequest::default() };
    let synced = workspace.sync(request, &watch(context, Work::Sync)).await.map_err(to_tool_error::<T>)?;
    Ok((!synced.complete).then_some(synced.contacts))
}

/// The same where nothing has been read yet: nobody has to know which tool is called first.
///
/// # Errors
/// The gateway's and the state's.
pub(super) async fn first_sync<T: super::Tool>(
    context: &Context,
    workspace: &Workspace,
) -> Result<Option<u64>, ToolError> {
    if workspace.is_synced().await.map_err(to_tool_error::<T>)? {
        return Ok(None);
    }
    sync::<T>(context, workspace, false).await
}

/// How old the list is that an answer comes from; nothing where it comes from none.
pub(super) async fn list_age<T: super::Tool>(workspace: &Workspace) -> Result<Option<String>, ToolError> {
    Ok(workspace.synced_at().await.map_err(to_tool_error::<T>)?.map(render::list_age))
}

/// An id of the snapshot as a model sees it: what a gateway calls an id may be any text.
pub(super) fn shown_id(context: &Context, id: &str) -> String {
    clipped(&context.short_ids().show(id), 80)
}

/// The members of a group of duplicates, as the snapshot has it, at most `limit`. `name` is the argument that names the group.
///
/// # Errors
/// The state's, and [`ArgumentError::Rule`] for a group that has no members.
pub(super) async fn members(
    context: &Context,
    name: &str,
    group: &str,
    limit: usize,
) -> Result<Vec<String>, ToolError> {
    let rule = |rule: String| ToolError::from(ArgumentError::Rule { rule });
    let workspace = workspace(context)?;
    let filter = Filter::parse(&format!("group = {group}")).map_err(|error| rule(error.to_string()))?;
    let request = ListRequest { filter, sort: None, limit, skip: 0 };
    let report = workspace.list(request).await.map_err(|error| error_of(error, Effect::Read))?;
    let found: Vec<String> = report.rows.iter().filter_map(|row| row.id().map(str::to_owned)).collect();
    if found.is_empty() {
        let group = value_found(group);
        return Err(rule(format!("`{name}`: no group {group} any more. Use find_duplicate_contacts.")));
    }
    Ok(found)
}

/// How many people these contacts are: linked ones are one, and so are those that are surely duplicates where that is known.
pub(super) async fn people(context: &Context, ids: &[&str]) -> usize {
    let Some(workspace) = context.cleanup() else { return ids.len() };
    let whole = ids.iter().map(|id| (*id).to_owned()).collect();
    workspace.people(whole).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "people cannot be counted");
        ids.len()
    })
}

/// What is said while contacts are being read.
pub(super) fn unread(contacts: u64) -> String {
    format!("read {} so far, nothing is lost; call again to go on", counted(contacts, "contact"))
}

/// The same where rows are expected.
pub(super) fn unread_rows(title: &str, contacts: u64) -> Reply {
    let mut table = empty_rows(title, "not yet known".to_owned());
    table.notes.push(unread(contacts));
    Reply::Table(table)
}

/// A list without a row, and why.
pub(super) fn empty_rows(title: &str, none: String) -> Table {
    Table {
        title: title.to_owned(),
        span: Span::default(),
        notes: Vec::new(),
        columns: Vec::new(),
        rows: Vec::new(),
        none,
    }
}

/// Somebody who sees the progress of a call. Who stops listening drops the call, and with it its request.
pub(super) fn watch(context: &Context, work: Work) -> Watch {
    let (progress, metrics) = (context.progress().clone(), context.metrics().clone());
    let report = move |done: u64, total: Option<u64>, what: &str| {
        metrics.progress(work, done, total);
        // Counts of contacts are exact in a float.
        progress.report(done as f64, total.map(|total| total as f64), what);
    };
    Watch { progress: Box::new(report), cancel: CancellationToken::new() }
}

/// Kinds by their names, separated by commas or spaces; `safe` is every kind with a safe fix.
///
/// # Errors
/// For a name of none, with the nearest one.
pub(super) fn kinds(argument: &str, text: &str) -> Result<Vec<Kind>, ToolError> {
    let mut kinds = Vec::new();
    for word in text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        if word == SAFE {
            kinds.extend(Kind::ALL.into_iter().filter(|kind| kind.fixability() == Fixability::Safe));
        } else if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == word) {
            kinds.push(kind);
        } else {
            let names = || Kind::ALL.iter().map(|kind| kind.name()).chain([SAFE]);
            let hint = match nearest(word, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "audit_contacts names them.".to_owned(),
            };
            let rule = format!("`{argument}`: no finding is called {}; {hint}", quoted(word, 40));
            return Err(ArgumentError::Rule { rule }.into());
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// The status of steps, as an argument.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Pending,
    Written,
    Skipped,
    Conflict,
    Undone,
    Unknown,
}

impl Status {
    /// The status that the engine knows.
    pub(super) const fn meant(self) -> StepStatus {
        match self {
            Self::Pending => StepStatus::Pending,
            Self::Written => StepStatus::Written,
            Self::Skipped => StepStatus::Skipped,
            Self::Conflict => StepStatus::Conflict,
            Self::Undone => StepStatus::Undone,
            Self::Unknown => StepStatus::Unknown,
        }
    }
}

/// The words of an argument, between commas or spaces; none where it is not given.
///
/// # Errors
/// Where it is given and names nothing: that would mean all.
pub(super) fn words(name: &str, text: &str) -> Result<Vec<String>, ToolError> {
    let words: Vec<String> = text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if words.is_empty() && !text.trim().is_empty() {
        let rule = format!("`{name}` names nothing; leave it out to mean all. Nothing was changed.");
        return Err(ArgumentError::Rule { rule }.into());
    }
    Ok(words)
}

/// The states of a plan's steps that occur: `applied 12, skipped 1`.
pub(super) fn states(counts: &Counts) -> String {
    let Counts { pending, applied, skipped, ignored, unknown, undone, kept } = *counts;
    let named = [
        ("applied", applied),
        ("skipped", skipped),
        ("ignored by the gateway", ignored),
        ("outcome unknown", unknown),
        ("undone", undone),
        ("kept", kept),
        ("to do", pending),
    ];
    let occurring: Vec<String> =
        named.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}")).collect();
    if occurring.is_empty() { "nothing to do".to_owned() } else { occurring.join(", ") }
}

/// What the engine says, for a model.
pub(super) fn to_tool_error<T: super::Tool>(error: CleanupError) -> ToolError {
    error_of(error, T::EFFECT)
}

/// The same for a tool with this effect.
fn error_of(error: CleanupError, effect: Effect) -> ToolError {
    match error {
        CleanupError::Gateway(error) => ToolError::Gateway { error: Box::new(error), effect, subject: None },
        CleanupError::Refused(refused) => super::record::refused(refused),
        CleanupError::NoSnapshot => refused("no complete snapshot yet: call audit_contacts first"),
        other => ToolError::Cleanup {
            // Customers' words may be in it.
            words: clipped(&other.to_string(), 240),
            may_have_acted: matches!(
                other,
                CleanupError::Disk(_) | CleanupError::Database(_) | CleanupError::Damaged { .. } | CleanupError::Broken
            ),
        },
    }
}

fn refused(words: &str) -> ToolError {
    ToolError::Cleanup { words: words.to_owned(), may_have_acted: false }
}
