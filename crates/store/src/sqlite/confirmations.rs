//! Confirmations: one row each, used by one UPDATE, so that one of any number of concurrent uses succeeds.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::confirmation::{KEPT_AFTER_END, refusal};
use crate::{Confirmation, Digest, Milliseconds, SpendError, Way, confirmation};

pub(super) fn issue(
    db: &mut Connection,
    (nonce, confirmation): (&str, &Confirmation),
    kept: u64,
) -> rusqlite::Result<()> {
    let Confirmation { way, call, content, issued, expires } = confirmation;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // One of the future was given out before the clock was turned back, and holds again only if it is turned on.
    let over = "DELETE FROM confirmation WHERE expires < ?1";
    transaction.prepare_cached(over)?.execute([issued.saturating_sub(KEPT_AFTER_END)])?;
    transaction
        .prepare_cached(
            "INSERT INTO confirmation (nonce, way, call, content, issued, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![confirmation::digest(nonce), way.number(), call, content, issued, expires])?;
    let count: i64 =
        transaction.prepare_cached("SELECT count(*) FROM confirmation")?.query_row([], |row| row.get(0))?;
    let more = count.saturating_sub(kept.cast_signed());
    if more > 0 {
        let oldest =
            "DELETE FROM confirmation WHERE nonce IN (SELECT nonce FROM confirmation ORDER BY issued LIMIT ?1)";
        transaction.prepare_cached(oldest)?.execute([more])?;
    }
    transaction.commit()
}

pub(super) fn spend(
    db: &mut Connection,
    nonce: &str,
    (way, call): (Way, &Digest),
    now: Milliseconds,
) -> rusqlite::Result<Result<Digest, SpendError>> {
    let nonce = confirmation::digest(nonce);
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let spent: Option<Digest> = transaction
        .prepare_cached(
            "UPDATE confirmation SET spent = 1 WHERE nonce = ?1 AND spent = 0 AND way = ?2 AND call = ?3 \
             AND issued <= ?4 AND expires > ?4 RETURNING content",
        )?
        .query_row(params![nonce, way.number(), call, now], |row| row.get(0))
        .optional()?;
    if let Some(content) = spent {
        transaction.commit()?;
        return Ok(Ok(content));
    }
    let why = |row: &Row<'_>| {
        let (kept_way, kept_call): (i64, Digest) = (row.get(0)?, row.get(1)?);
        let (issued, expires): (Milliseconds, Milliseconds) = (row.get(2)?, row.get(3)?);
        Ok(refusal((kept_way, &kept_call), (issued, expires), (way, call), now))
    };
    let why = transaction
        .prepare_cached("SELECT way, call, issued, expires FROM confirmation WHERE nonce = ?1")?
        .query_row([nonce], why)
        .optional()?;
    Ok(Err(why.unwrap_or(SpendError::Unknown)))
}

#[cfg(test)]
mod tests {
    use super::{issue, spend};
    use crate::{Confirmation, SpendError, Way};

    #[test]
    fn of_too_many_the_oldest_confirms_nothing() {
        let mut db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(super::super::SCHEMA.newest).unwrap();
        for (nonce, issued) in [("first", 0), ("second", 1), ("third", 2)] {
            let confirmation = Confirmation { way: Way::Argument, call: [1; 32], content: [2; 32], issued, expires: 9 };
            issue(&mut db, (nonce, &confirmation), 2).unwrap();
        }
        let mut spent = |nonce| spend(&mut db, nonce, (Way::Argument, &[1; 32]), 5).unwrap();
        assert!(matches!(spent("first"), Err(SpendError::Unknown)));
        assert!(spent("second").is_ok() && spent("third").is_ok());
    }
}
