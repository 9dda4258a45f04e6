//! What somebody decided about pairs of contacts: it lasts.

use rusqlite::{Connection, params};

use crate::duplicates::Verdict;
use crate::error::CleanupError;

/// A pair, what was said of it, and the evidence there was; `None` where it was not kept.
pub(crate) type Decision = (String, String, Verdict, Option<String>);

/// Remembers verdicts; a pair's later one counts.
pub(crate) fn decide(db: &mut Connection, decisions: &[Decision]) -> Result<(), CleanupError> {
    let transaction = db.transaction()?;
    let now = jiff::Timestamp::now().to_string();
    for (first, second, verdict, evidence) in decisions {
        let (first, second) = if first <= second { (first, second) } else { (second, first) };
        let word = if *verdict == Verdict::Same { "same" } else { "different" };
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO decision (first, second, verdict, at, evidence) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![first, second, word, now, evidence])?;
    }
    Ok(transaction.commit()?)
}

/// A verdict that is kept about a pair of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptDecision {
    /// The two contacts, the lesser id first.
    pub pair: (String, String),
    /// What was said.
    pub verdict: Verdict,
    /// When; none where that cannot be read.
    pub at: Option<jiff::Timestamp>,
}

/// Every verdict with its time, by pair.
pub(crate) fn kept(db: &Connection) -> Result<Vec<KeptDecision>, CleanupError> {
    let mut select = db.prepare_cached("SELECT first, second, verdict, at FROM decision ORDER BY first, second")?;
    let rows = select.query_map([], |row| {
        let at = row.get_ref(3)?.as_str().ok().and_then(|at| at.parse().ok());
        Ok(KeptDecision { pair: (row.get(0)?, row.get(1)?), verdict: verdict_of(row.get_ref(2)?.as_str()?), at })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn verdict_of(word: &str) -> Verdict {
    if word == "same" { Verdict::Same } else { Verdict::Different }
}

/// Every verdict, by pair.
pub(crate) fn decisions(db: &Connection) -> Result<Vec<Decision>, CleanupError> {
    let mut select =
        db.prepare_cached("SELECT first, second, verdict, evidence FROM decision ORDER BY first, second")?;
    let rows = select
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, verdict_of(row.get_ref(2)?.as_str()?), row.get(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
