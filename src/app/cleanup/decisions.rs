//! Decisions about duplicates at the shell: those of a CSV file, those of a command, and the list of them.

use std::path::Path;

use super::{CleanupSession, changes, json, words};
use crate::app::{Ending, UsageError};
use crate::cleanup::duplicates::Verdict;
use crate::cleanup::{Answer, Decided, DecisionsRequest, Workspace, is_shared_value};
use crate::cli;

/// Reads the decisions of a file; `-` is stdin. With `force` they count against decisions that were made since it was written.
///
/// # Errors
/// Every mistake with its line; what keeps the file from being read; the state's.
pub(super) async fn read(session: &CleanupSession, path: &Path, force: bool) -> anyhow::Result<Vec<Answer>> {
    let bytes = changes::bytes(path, "the decisions in")?;
    let sheet = session.workspace.read_decisions(bytes, force).await?;
    if sheet.mistakes.is_empty() {
        return Ok(sheet.answers);
    }
    let advice = "; take the rows that reverse later decisions out, or give --force";
    let said = format!("no decision was taken{}", if sheet.is_outdated { advice } else { "" });
    Err(changes::refused(&said, sheet.mistakes))
}

/// The decisions of a command.
///
/// # Errors
/// [`UsageError`] for what cannot be decided about, or the state's.
pub(super) async fn of_command(workspace: &Workspace, given: &cli::DecideArguments) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    let said = [
        (&given.same, Some(Verdict::Same)),
        (&given.different, Some(Verdict::Different)),
        (&given.unsure, Some(Verdict::Unsure)),
        (&given.reopen, None),
    ];
    for (given_of, verdict) in said {
        for what in given_of {
            answers.push(match verdict {
                Some(verdict) => Answer::new(decided(workspace, what).await?, verdict).with_note(given.note.clone()),
                None => Answer::reopen(taken_back(workspace, what).await?),
            });
        }
    }
    Ok(answers)
}

/// What an answer is about, as it is written in a shell.
async fn decided(workspace: &Workspace, what: &str) -> anyhow::Result<Decided> {
    match what.split_once(':') {
        Some((first, second)) if first.starts_with("con_") && second.starts_with("con_") => {
            Ok(Decided::Pair(workspace.whole_id(first).await?, workspace.whole_id(second).await?))
        }
        _ if what.starts_with("con_") => {
            Err(UsageError { message: format!("`{what}` is one contact: a pair is con_…:con_…") }.into())
        }
        _ if what.starts_with("dup_") => Ok(Decided::Cluster(what.to_owned())),
        _ if is_shared_value(what) => Ok(Decided::Shared(what.to_owned())),
        _ => Ok(Decided::Pattern(what.to_owned())),
    }
}

/// What is taken back: also every decision about one contact, and every decision of one kind.
async fn taken_back(workspace: &Workspace, what: &str) -> anyhow::Result<Decided> {
    if let Some(verdict) = Verdict::ALL.into_iter().find(|verdict| verdict.word() == what) {
        return Ok(Decided::Verdict(verdict));
    }
    if what.starts_with("con_") && !what.contains(':') {
        return Ok(Decided::Contact(workspace.whole_id(what).await?));
    }
    decided(workspace, what).await
}

/// Lists what was decided.
///
/// # Errors
/// The state's.
pub(super) async fn list(session: &CleanupSession, given: &cli::DecisionsArguments) -> anyhow::Result<Ending> {
    let verdict = given.verdict.as_deref().and_then(Verdict::read);
    let contact = match &given.contact {
        Some(contact) => Some(session.workspace.whole_id(contact).await?),
        None => None,
    };
    let filter = given.filter.clone();
    let request = DecisionsRequest { verdict, contact, filter, limit: given.limit, skip: given.skip };
    let report = session.workspace.decisions(request).await?;
    let next = if report.total > 0 { session.next("decide --reopen WHAT") } else { String::new() };
    session.said_of_list(words::decisions(&report, given.skip), json::decisions(&report), next).await
}
