//! Writes of a day: one row a caller and day, counted by one statement, so that processes never count beyond the limit together.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::Digest;

/// Counts one more; how many there are with it, or `None` where there were `limit` already.
pub(super) fn count(db: &mut Connection, caller: &Digest, limit: u64, day: i64) -> rusqlite::Result<Option<u64>> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // A day that is over is of no use. One is kept besides, for processes whose clocks disagree about midnight.
    transaction.prepare_cached("DELETE FROM written WHERE day < ?1")?.execute([day.saturating_sub(1)])?;
    let counted: Option<i64> = transaction
        .prepare_cached(
            "INSERT INTO written (caller, day, count) VALUES (?1, ?2, 1) \
             ON CONFLICT (caller, day) DO UPDATE SET count = count + 1 WHERE count < ?3 RETURNING count",
        )?
        .query_row(params![caller, day, limit.min(i64::MAX.unsigned_abs()).cast_signed()], |row| row.get(0))
        .optional()?;
    transaction.commit()?;
    Ok(counted.map(i64::unsigned_abs))
}

/// Takes one back.
pub(super) fn uncount(db: &mut Connection, caller: &Digest, day: i64) -> rusqlite::Result<()> {
    let less = "UPDATE written SET count = count - 1 WHERE caller = ?1 AND day = ?2 AND count > 0";
    db.prepare_cached(less)?.execute(params![caller, day]).map(|_| ())
}
