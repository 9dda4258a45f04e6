//! Decisions about duplicates at the shell: those of a CSV file, those of a command, and the list of them.

use std::path::Path;

use super::{CleanupSession, changes, json, words};
use crate::app::{Ending, UsageError};
use crate::cleanup::duplicates::Verdict;
use crate::cleanup::{Answer, Decided, DecisionsRequest, Workspace};
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
                Some(verdict) => {
                    Answer::new(whole(workspace, what, Decided::read).await?, verdict).with_note(&given.note)
                }
                None => Answer::reopen(whole(workspace, what, Decided::read_taken_back).await?),
            });
        }
    }
    Ok(answers)
}

/// A subject with whole ids.
async fn whole(workspace: &Workspace, text: &str, read: fn(&str) -> Option<Decided>) -> anyhow::Result<Decided> {
    Ok(match read(text) {
        Some(Decided::Pair(first, second)) => {
            Decided::Pair(workspace.whole_id(&first).await?, workspace.whole_id(&second).await?)
        }
        Some(Decided::Contact(contact)) => Decided::Contact(workspace.whole_id(&contact).await?),
        Some(other) => other,
        None => {
            let message =
                format!("`{text}` is nothing to decide: give dup_…, con_…:con_…, a shared value or a pattern");
            return Err(UsageError { message }.into());
        }
    })
}

/// Lists the decisions.
///
/// # Errors
/// The state's.
pub(super) async fn list(session: &CleanupSession, given: &cli::DecisionsArguments) -> anyhow::Result<Ending> {
    let verdict = given.verdict.as_deref().and_then(Verdict::read);
    let contact = match &given.contact {
        Some(contact) => Some(session.workspace.whole_id(contact).await?),
        None => None,
    };
    let filter = session.zoned(&given.filter);
    let request = DecisionsRequest { verdict, contact, filter, limit: given.limit, skip: given.skip };
    let report = session.workspace.decisions(request).await?;
    let next = if report.total > 0 { session.next("decide --reopen WHAT") } else { String::new() };
    let text = words::decisions(&report, given.skip) + &words::dates(&session.zoned(&given.filter));
    session.said_of_list(text, json::decisions(&report), next).await
}
