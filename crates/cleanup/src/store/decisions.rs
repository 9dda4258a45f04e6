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

/// Every verdict, by pair.
pub(crate) fn decisions(db: &Connection) -> Result<Vec<Decision>, CleanupError> {
    let mut select =
        db.prepare_cached("SELECT first, second, verdict, evidence FROM decision ORDER BY first, second")?;
    let rows = select.query_map([], |row| {
        let verdict = if row.get_ref(2)?.as_str()? == "same" { Verdict::Same } else { Verdict::Different };
        Ok((row.get(0)?, row.get(1)?, verdict, row.get(3)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
