//! `state`: what is kept of an organisation is told, copied, brought back and forgotten; what is at work is stopped.

use anyhow::Context as _;
use imbrace_contacts_store::{Found, LongId, TenantUsage};
use serde_json::json;

use super::super::terminal::{self, Asked};
use super::super::{DONE, Ending, UsageError};
use super::{CleanupSession, refused};
use crate::cli::{ForgetArguments, RestoreArguments, StateCommand};
use crate::plural::{agree, counted};

/// What the audit file has of somebody who is forgotten.
const AUDIT: &str = "The audit file, where there is one, keeps its lines: ids and digests, no values.";

/// Runs one part.
///
/// # Errors
/// The engine's and the store's, or a terminal that cannot be read.
pub(super) async fn run(session: &CleanupSession, command: StateCommand) -> anyhow::Result<Ending> {
    match command {
        StateCommand::Info(_) => info(session).await,
        StateCommand::Backup(given) => {
            let contacts = session.workspace.backup(&given.file).await?;
            let text = format!("{} in {}, read again and whole\n", counted(contacts, "contact"), given.file.display());
            Ok(session.said(text, &json!({ "file": given.file, "contacts": contacts }), String::new(), DONE))
        }
        StateCommand::Restore(given) => restore(session, &given).await,
        StateCommand::Forget(given) => forget(session, &given).await,
        other => writes(session, other).await,
    }
}

/// Pauses or resumes bulk writes, stops what is at work, or says how it is.
async fn writes(session: &CleanupSession, command: StateCommand) -> anyhow::Result<Ending> {
    let (workspace, place) = (&session.workspace, session.place.named());
    let mut at_work = workspace.at_work().await?;
    let (text, since) = match command {
        StateCommand::Pause(_) => {
            let since = workspace.pause().await?;
            let text = format!(
                "bulk writes are paused in {place} since {since}; nothing is applied or undone until `state resume`\n"
            );
            (text, Some(since))
        }
        StateCommand::Resume(_) => match workspace.resume().await? {
            Some(since) => (format!("bulk writes may go on in {place}; they were paused since {since}\n"), None),
            None => (format!("bulk writes were not paused in {place}\n"), None),
        },
        StateCommand::Cancel(_) => {
            at_work = workspace.cancel().await?;
            let text = match &at_work {
                Some(at_work) => format!("told to stop: {at_work}; the same command goes on later\n"),
                None => format!("nothing is at work in {place}\n"),
            };
            (text, workspace.paused().await?)
        }
        _ => {
            let since = workspace.paused().await?;
            let mut text = match &since {
                Some(since) => format!("bulk writes are paused in {place} since {since}\n"),
                None => format!("bulk writes are not paused in {place}\n"),
            };
            if let Some(at_work) = &at_work {
                text += &format!("at work: {at_work}\n");
            }
            (text, since)
        }
    };
    let at_work = at_work.map(|at_work| at_work.to_string());
    Ok(session.said(text, &json!({ "paused_since": since, "at_work": at_work }), String::new(), DONE))
}

async fn info(session: &CleanupSession) -> anyhow::Result<Ending> {
    let usage = session.workspace.usage().await?;
    let shared = shared_usage(session).await?;
    let mut text = match &usage {
        None => format!("no snapshot, decisions or plans of {}\n", session.place.named()),
        Some(usage) => format!(
            "{}: {} bytes\n  {}, complete as of {}\n  {}, {}, {} (the oldest of {}), {} of the journal\n",
            usage.file.display(),
            usage.bytes,
            counted(usage.contacts, "contact"),
            usage.synced_at.as_deref().unwrap_or("never"),
            counted(usage.decisions, "decision"),
            counted(usage.links, "link"),
            counted(usage.plans, "plan"),
            usage.oldest_plan.as_deref().unwrap_or("never"),
            counted(usage.journal, "row"),
        ),
    };
    let (mut short_ids, mut days) = (0, None);
    if let Some(shared) = shared {
        short_ids = shared.short_ids;
        days = shared.shown.map(|(oldest, newest)| [date(oldest), date(newest)]);
        let shown = days.as_ref().map(|[oldest, newest]| format!(", last shown from {oldest} to {newest}"));
        let place = session.short_ids.as_ref().map(|(store, _)| store.place()).unwrap_or_default();
        text += &format!("{place}: {}{}\n", short_ids_counted(short_ids), shown.unwrap_or_default());
    }
    let value = usage.map(|usage| {
        json!({
            "file": usage.file, "bytes": usage.bytes, "contacts": usage.contacts, "synced_at": usage.synced_at,
            "decisions": usage.decisions, "links": usage.links, "plans": usage.plans, "oldest_plan": usage.oldest_plan,
            "journal": usage.journal,
        })
    });
    let value = json!({ "cleanup": value, "short_ids": short_ids, "short_ids_shown": days });
    Ok(session.said(text, &value, String::new(), DONE))
}

fn short_ids_counted(count: u64) -> String {
    format!("{count} {}", agree(count, "short id", "short ids"))
}

/// A day counted from 1970.
fn date(day: i64) -> String {
    jiff::Timestamp::from_second(day.saturating_mul(24 * 3600))
        .map_or_else(|_| day.to_string(), |moment| moment.to_zoned_datetime(jiff::tz::TimeZone::UTC).date().to_string())
}

/// The tenant's part of the store; none where it is off or nothing was made.
async fn shared_usage(session: &CleanupSession) -> anyhow::Result<Option<TenantUsage>> {
    let Some((store, tenant)) = session.short_ids.clone() else { return Ok(None) };
    if !store.exists() {
        return Ok(None);
    }
    Ok(tokio::task::spawn_blocking(move || store.usage(&tenant)).await??)
}

async fn restore(session: &CleanupSession, given: &RestoreArguments) -> anyhow::Result<Ending> {
    let place = session.place.named();
    if session.workspace.is_there()
        && let Some(ending) =
            unasked(given.yes, &format!("Replace snapshot, decisions, plans and journal of {place}?"))?
    {
        return Ok(ending);
    }
    let contacts = session.workspace.restore(&given.file).await?;
    let text = format!("{} back in {place} from {}\n", counted(contacts, "contact"), given.file.display());
    let next = session.next("sync");
    Ok(session.said(text, &json!({ "contacts": contacts }), next, DONE))
}

async fn forget(session: &CleanupSession, given: &ForgetArguments) -> anyhow::Result<Ending> {
    let (place, what) = (session.place.named(), given.what.trim());
    let contact = match what {
        "all" => None,
        text => Some(whole_id(session, text).await?),
    };
    let whom = contact.as_deref().unwrap_or("every contact");
    if let Some(ending) = unasked(given.yes, &format!("Remove everything of {whom} in {place} from this machine?"))? {
        return Ok(ending);
    }
    let forgotten = session.workspace.forget(contact.as_deref()).await?;
    let mut short_ids = 0;
    if let Some((store, tenant)) = session.short_ids.clone()
        && store.exists()
    {
        let id = contact.as_deref().and_then(LongId::parse);
        short_ids = tokio::task::spawn_blocking(move || store.forget(&tenant, id.as_ref())).await??;
    }
    let mut text = format!(
        "forgotten of {whom}: {} of the snapshot, {}, {} of plans, {} of the journal, {}\n{AUDIT}\n",
        counted(forgotten.contacts, "contact"),
        counted(forgotten.decisions, "decision"),
        counted(forgotten.steps, "step"),
        counted(forgotten.journal, "row"),
        short_ids_counted(short_ids),
    );
    text +=
        "What is still at the gateway comes back with the next sync. Copies that were made before are not changed.\n";
    let value = json!({
        "contacts": forgotten.contacts, "decisions": forgotten.decisions, "steps": forgotten.steps,
        "journal": forgotten.journal, "short_ids": short_ids,
    });
    Ok(session.said(text, &value, String::new(), DONE))
}

/// The whole id of a contact: as the snapshot has it, or as an answer showed it.
async fn whole_id(session: &CleanupSession, text: &str) -> anyhow::Result<String> {
    let id = session.workspace.whole_id(text).await?;
    if matches!(LongId::parse(&id), Some(LongId::Uuid("con", _))) {
        return Ok(id);
    }
    if let Some((store, tenant)) = session.short_ids.clone()
        && store.exists()
    {
        let asked = vec![id.clone()];
        let found = tokio::task::spawn_blocking(move || store.look_up(&tenant, &asked)).await??;
        if let Some(Found::Known(known)) = found.into_iter().next() {
            return Ok(known.id.to_string());
        }
    }
    Err(UsageError { message: format!("`{text}` is no id of a contact that is known here, and not `all`") }.into())
}

/// How it ends where nobody says yes.
fn unasked(yes: bool, question: &str) -> anyhow::Result<Option<Ending>> {
    if yes {
        return Ok(None);
    }
    Ok(match terminal::ask(question).context("the terminal")? {
        Asked::Yes => None,
        Asked::No => Some(refused("Nothing was done.\n".to_owned())),
        Asked::Nobody => Some(refused(format!("Nothing was done. {question} Confirm with --yes.\n"))),
    })
}
