//! Decisions that somebody made about pairs of contacts: they last until somebody takes them back.

use std::collections::HashMap;

use imbrace_contacts_store::sql::Database;
use imbrace_contacts_store::values;

use super::weeks;
use crate::duplicates::Verdict;
use crate::error::CleanupError;
use crate::report::KeptDecision;

/// A verdict to keep: the pair, the lesser id first, what is said of it, the evidence there is, and a note.
pub(crate) struct NewDecision {
    pub(crate) pair: (String, String),
    pub(crate) verdict: Verdict,
    pub(crate) evidence: String,
    pub(crate) note: String,
}

/// The verdicts that somebody has seen of the pairs that they decide about; of a pair that is not in it they have seen none.
pub(crate) type SeenVerdicts = HashMap<(String, String), Verdict>;

/// Keeps verdicts and takes others back, all or none. A pair's later verdict counts; its note stays where the same is said again.
///
/// # Errors
/// [`CleanupError::DecidedMeanwhile`] where a pair has another verdict than was seen, and than is said now.
pub(crate) fn decide(
    db: &mut Database,
    decisions: &[NewDecision],
    taken_back: &[(String, String)],
    seen: Option<&SeenVerdicts>,
) -> Result<(), CleanupError> {
    // No other process decides between the look and the write.
    let transaction = db.transaction()?;
    if let Some(seen) = seen {
        let kept = verdicts(&transaction)?;
        let said = decisions.iter().map(|new| (&new.pair, Some(new.verdict)));
        for (pair, said) in said.chain(taken_back.iter().map(|pair| (pair, None))) {
            let verdict = kept.get(pair).copied();
            if verdict != seen.get(pair).copied() && verdict != said {
                let (first, second) = pair.clone();
                return Err(CleanupError::DecidedMeanwhile { first, second, verdict });
            }
        }
    }
    let now = jiff::Timestamp::now().to_string();
    for (first, second) in taken_back {
        transaction.execute("DELETE FROM decision WHERE first = ?1 AND second = ?2", values![first, second])?;
    }
    for NewDecision { pair: (first, second), verdict, evidence, note } in decisions {
        transaction.execute(
            "INSERT INTO decision (first, second, verdict, at, evidence, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (first, second) DO UPDATE SET at = excluded.at, evidence = excluded.evidence,
               note = CASE WHEN excluded.note = '' AND excluded.verdict = decision.verdict THEN decision.note ELSE excluded.note END,
               verdict = excluded.verdict",
            values![first, second, verdict.word(), &now, evidence, note],
        )?;
    }
    weeks::add(&transaction, weeks::Deed::Decided, decisions.len() as u64)?;
    Ok(transaction.commit()?)
}

/// Every verdict, by pair.
pub(crate) fn kept(db: &Database) -> Result<Vec<KeptDecision>, CleanupError> {
    let sql = "SELECT first, second, verdict, at, note, evidence FROM decision ORDER BY first, second";
    db.query(sql, &[], |row| {
        let word = row.text(2);
        let Some(verdict) = Verdict::ALL.into_iter().find(|verdict| verdict.word() == word) else {
            let reason = "a decision about duplicates has a verdict that is none".to_owned();
            return Err(CleanupError::Damaged { file: String::new(), reason });
        };
        let pair = (row.get(0)?, row.get(1)?);
        Ok(KeptDecision { pair, verdict, at: row.text(3).parse().ok(), note: row.get(4)?, evidence: row.get(5)? })
    })
}

/// The verdicts, by pair.
pub(crate) fn verdicts(db: &Database) -> Result<HashMap<(String, String), Verdict>, CleanupError> {
    Ok(kept(db)?.into_iter().map(|kept| (kept.pair, kept.verdict)).collect())
}
