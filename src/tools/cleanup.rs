//! What the cleanup tools share: the engine, kinds of findings by name, and errors that say what to do next.

use imbrace_contacts_client::suggestion::nearest;
use tokio_util::sync::CancellationToken;

use super::{ArgumentError, ToolError};
use crate::cleanup::findings::{Fixability, Kind};
use crate::cleanup::{CleanupError, Counts, Filter, Gate, SyncRequest, Watch, Workspace};
use crate::context::Context;
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

/// Which contacts are meant.
///
/// # Errors
/// For what is no condition; the words quote it.
pub(super) fn filter(text: &str) -> Result<Filter, ToolError> {
    Filter::parse(text).map_err(|error| ArgumentError::Rule { rule: format!("`filter`: {error}.") }.into())
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
    let synced = workspace.sync(request, &watch(context)).await.map_err(to_tool_error::<T>)?;
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

/// What is said while contacts are being read.
pub(super) fn unread(contacts: u64) -> String {
    format!("read {} so far, nothing is lost; call again to go on", counted(contacts, "contact"))
}

/// The same where rows are expected.
pub(super) fn unread_rows(title: &str, contacts: u64) -> Reply {
    Reply::Table(Table {
        title: title.to_owned(),
        span: Span::default(),
        notes: vec![unread(contacts)],
        columns: Vec::new(),
        rows: Vec::new(),
        none: "not yet known".to_owned(),
    })
}

/// Somebody who sees the progress of a call. Who stops listening drops the call, and with it its request.
pub(super) fn watch(context: &Context) -> Watch {
    let progress = context.progress().clone();
    let to_tool_error = move |done: u64, total: Option<u64>, what: &str| {
        // Counts of contacts are exact in a float.
        progress.report(done as f64, total.map(|total| total as f64), what);
    };
    Watch { progress: Box::new(to_tool_error), cancel: CancellationToken::new() }
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
    match error {
        CleanupError::Gateway(error) => ToolError::Gateway { error: Box::new(error), effect: T::EFFECT, subject: None },
        CleanupError::Refused(refused) => super::record::refused(refused),
        CleanupError::NoSnapshot => refused("no complete snapshot yet: call audit_contacts first"),
        other => ToolError::Cleanup {
            // Customers' words may be in it.
            words: clipped(&other.to_string(), 240),
            may_have_acted: matches!(
                other,
                CleanupError::Disk(_) | CleanupError::Damaged { .. } | CleanupError::Broken
            ),
        },
    }
}

fn refused(words: &str) -> ToolError {
    ToolError::Cleanup { words: words.to_owned(), may_have_acted: false }
}
