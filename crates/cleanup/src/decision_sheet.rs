//! A CSV file of decisions about questions. All of it is right, or none of it is taken and every mistake is named with its line.
//!
//! A row that says the opposite of what was decided since its file was written is a mistake: the file is old, not the decision.

use std::collections::{BTreeMap, HashMap};

use imbrace_contacts_client::characters::escaped_lines;
use imbrace_contacts_store::sql::Database;

use super::csv_import::Sheet;
use super::duplicates::Verdict;
use super::error::CleanupError;
use super::report::{Answer, Decided, KeptDecision};
use super::store::{Store, contacts, decisions};
use crate::model::ContactId;

/// The columns that must be there; besides them `note` and the time of the question are read, and the others are for the person who decides.
const COLUMNS: [&str; 3] = ["decision", "first", "second"];

/// The column with the time at which the questions were written to the file.
const ASKED_AT: &str = "asked_at";

/// The word of a decision that is taken back.
const REOPEN: &str = "reopen";

/// The content of a file of decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionSheet {
    /// One answer a pair. None where there is a mistake.
    pub answers: Vec<Answer>,
    /// Every mistake with its line.
    pub mistakes: Vec<String>,
    /// True if a row is older than the decision it reverses. The caller may take it all the same.
    pub is_outdated: bool,
}

/// Reads the decisions of a file: `same`, `different`, `unsure`, `reopen`, or nothing, which leaves a question open. With `force` they
/// count against decisions that were made since.
///
/// # Errors
/// The state's.
pub(super) async fn read(store: &Store, bytes: Vec<u8>, force: bool) -> Result<DecisionSheet, CleanupError> {
    store.run(move |db| sheet(db, &bytes, force)).await
}

fn sheet(db: &Database, bytes: &[u8], force: bool) -> Result<DecisionSheet, CleanupError> {
    contacts::synced_at(db)?;
    let refused = |mistake: String| DecisionSheet { mistakes: vec![mistake], ..DecisionSheet::default() };
    let sheet = match Sheet::read(without_head_lines(bytes)) {
        Ok(sheet) => sheet,
        Err(error) => return Ok(refused(error.to_string())),
    };
    let [Some(decision), Some(first), Some(second)] = COLUMNS.map(|name| sheet.column(name)) else {
        return Ok(refused(format!("the columns {} are needed", COLUMNS.join(", "))));
    };
    let (asked_at, note) = (sheet.column(ASKED_AT), sheet.column("note"));
    let kept = decisions::kept(db)?;
    let kept: HashMap<&(String, String), &KeptDecision> = kept.iter().map(|kept| (&kept.pair, kept)).collect();
    let mut read = DecisionSheet::default();
    let mut decided: BTreeMap<(String, String), (Option<Verdict>, u64, String)> = BTreeMap::new();
    for (line, cells) in &sheet.rows {
        let cell = |at: usize| cells.get(at).map(|cell| cell.trim()).unwrap_or_default();
        let verdict = match (cell(decision), Verdict::read(cell(decision))) {
            ("", _) => continue,
            (_, Some(verdict)) => Some(verdict),
            (word, None) if word.eq_ignore_ascii_case(REOPEN) => None,
            (word, None) => {
                let word: String = escaped_lines(word).chars().take(40).collect();
                let rule = "write same, different, unsure, or reopen to take a decision back";
                read.mistakes.push(format!("line {line}: \"{word}\" is no decision; {rule}"));
                continue;
            }
        };
        let pair = match pair(db, cell(first), cell(second))? {
            Ok(pair) => pair,
            Err(mistake) => {
                read.mistakes.push(format!("line {line}: {mistake}"));
                continue;
            }
        };
        let known = kept.get(&pair);
        if verdict.is_none() && known.is_none() {
            read.mistakes.push(format!("line {line}: there is no decision about the two contacts to take back"));
            continue;
        }
        let asked = asked_at.and_then(|at| cell(at).parse::<jiff::Timestamp>().ok());
        let reversed = known.filter(|kept| !force && kept.verdict != Verdict::Unsure && Some(kept.verdict) != verdict);
        if let Some(kept) = reversed.filter(|kept| asked.is_none_or(|asked| kept.at.is_none_or(|at| at >= asked))) {
            let at = kept.at.map(|at| at.strftime(" on %Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
            let said = kept.verdict.word();
            read.mistakes.push(format!("line {line}: {said} was decided{at}, after this file was written"));
            read.is_outdated = true;
            continue;
        }
        let note = note.map(cell).unwrap_or_default().to_owned();
        match decided.get_mut(&pair) {
            Some((known, before, _)) if *known != verdict => {
                let other = "it says the opposite of line";
                read.mistakes.push(format!("line {line}: {other} {before} about the same two contacts"));
            }
            // The same row twice is the same decision.
            Some((_, _, before)) if before.is_empty() => *before = note,
            Some(_) => {}
            None => drop(decided.insert(pair, (verdict, *line, note))),
        }
    }
    if decided.is_empty() && read.mistakes.is_empty() {
        return Ok(refused(
            "there is no decision in it: fill the column `decision` with same, different or unsure".to_owned(),
        ));
    }
    if read.mistakes.is_empty() {
        let answer = |((first, second), (verdict, _, note)): (_, (_, _, String))| {
            Answer { what: Decided::Pair(first, second), verdict, note: String::new() }.with_note(&note)
        };
        read.answers = decided.into_iter().map(answer).collect();
    }
    Ok(read)
}

/// A file without the lines in front that an answer begins with, each after a `#`.
fn without_head_lines(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while rest.first() == Some(&b'#') {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        rest = rest.get(end..).unwrap_or_default();
    }
    rest
}

/// The whole ids of two contacts of the snapshot, the lesser first; or what is wrong with them.
fn pair(db: &Database, first: &str, second: &str) -> Result<Result<(String, String), String>, CleanupError> {
    let mut ids = Vec::with_capacity(2);
    for text in [first, second] {
        let id = match contacts::whole_id(db, text)? {
            Ok(id) => id,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Err(error) = ContactId::parse(&id) {
            return Ok(Err(error.to_string()));
        }
        if contacts::document(db, &id)?.is_none() {
            return Ok(Err(format!("{id} is not in the list of contacts")));
        }
        ids.push(id);
    }
    ids.sort_unstable();
    match <[String; 2]>::try_from(ids) {
        Ok([one, other]) if one != other => Ok(Ok((one, other))),
        _ => Ok(Err("a contact is compared with itself".to_owned())),
    }
}
