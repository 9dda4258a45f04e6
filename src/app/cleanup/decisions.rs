//! A CSV file of decisions about questions. All of it is right, or none of it is taken and every mistake is named with its line.
//!
//! A row that says the opposite of what was decided since its file was written is a mistake: the file is old, not the decision.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::{CleanupSession, changes};
use crate::cleanup::csv_import::Sheet;
use crate::cleanup::duplicates::Verdict;
use crate::cleanup::{Answer, Decided, KeptDecision};
use crate::model::ContactId;

/// The columns that are read; the others are for the person who decides.
const COLUMNS: [&str; 3] = ["decision", "first", "second"];

/// The column with the time at which the questions were written to the file.
const ASKED_AT: &str = "asked_at";

/// Reads the decisions of a file: `same`, `different`, or `unsure` and nothing, which leave a question open. `-` is stdin. With
/// `force` they count against decisions that were made since.
///
/// # Errors
/// Every mistake with its line; what keeps the file from being read; the state's.
pub(super) async fn read(session: &CleanupSession, path: &Path, force: bool) -> anyhow::Result<Vec<Answer>> {
    let sheet =
        Sheet::read(&changes::bytes(path, "the decisions in")?).map_err(|error| refused(vec![error.to_string()]))?;
    let [Some(decision), Some(first), Some(second)] = COLUMNS.map(|name| sheet.column(name)) else {
        return Err(refused(vec![format!("the columns {} are needed", COLUMNS.join(", "))]));
    };
    let asked_at = sheet.column(ASKED_AT);
    let kept = if force { Vec::new() } else { session.workspace.decisions().await? };
    let kept: HashMap<&(String, String), &KeptDecision> = kept.iter().map(|kept| (&kept.pair, kept)).collect();
    let mut mistakes = Vec::new();
    let mut decided: BTreeMap<(String, String), (Verdict, u64)> = BTreeMap::new();
    for (line, cells) in &sheet.rows {
        let cell = |at: usize| cells.get(at).map(|cell| cell.trim()).unwrap_or_default();
        let verdict = match cell(decision).to_lowercase().as_str() {
            "" | "unsure" => continue,
            "same" | "yes" | "s" => Verdict::Same,
            "different" | "no" | "d" => Verdict::Different,
            other => {
                let word = crate::render::quoted(other, 40);
                mistakes.push(format!("line {line}: {word} is no decision; write same, different or unsure"));
                continue;
            }
        };
        let mut ids = [session.workspace.whole_id(cell(first)).await?, session.workspace.whole_id(cell(second)).await?];
        ids.sort_unstable();
        if let Some(error) = ids.iter().find_map(|id| ContactId::parse(id).err()) {
            mistakes.push(format!("line {line}: {error}"));
            continue;
        }
        let pair: (String, String) = ids.into();
        let asked = asked_at.and_then(|at| cell(at).parse::<jiff::Timestamp>().ok());
        if let Some(kept) = kept.get(&pair).filter(|kept| kept.verdict != verdict)
            && asked.is_none_or(|asked| kept.at.is_none_or(|at| at >= asked))
        {
            mistakes.push(format!("line {line}: {}", decided_since(kept)));
            continue;
        }
        match decided.get(&pair) {
            Some((known, before)) if *known != verdict => {
                mistakes
                    .push(format!("line {line}: it says the opposite of line {before} about the same two contacts"));
            }
            // The same row twice is the same decision.
            Some(_) => {}
            None => drop(decided.insert(pair, (verdict, *line))),
        }
    }
    if decided.is_empty() && mistakes.is_empty() {
        mistakes.push("there is no decision in it: fill the column `decision` with same or different".to_owned());
    }
    if !mistakes.is_empty() {
        return Err(refused(mistakes));
    }
    let answer = |((first, second), (verdict, _))| Answer { what: Decided::Pair(first, second), verdict };
    Ok(decided.into_iter().map(answer).collect())
}

/// What was decided about the two contacts of a row, and what to do.
fn decided_since(kept: &KeptDecision) -> String {
    let said = if kept.verdict == Verdict::Same { "same" } else { "different" };
    let at = kept.at.map(|at| at.strftime(" on %Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
    format!("{said} was decided{at}, after this file was written; take the row out, or give --force")
}

fn refused(mistakes: Vec<String>) -> anyhow::Error {
    changes::refused("no decision was taken", mistakes)
}
