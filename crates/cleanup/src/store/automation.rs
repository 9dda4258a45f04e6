//! Rows behind automatic writes: the policy that was confirmed, its draft, and the number of writes of each day.

use imbrace_contacts_store::sql::Database;
use imbrace_contacts_store::values;

use super::{contacts, count, whole};
use crate::error::CleanupError;
use crate::report::ConfirmedPolicy;

/// Days whose writes are kept. By their number and not by the clock: one that jumps ahead and back forgets nothing.
const DAYS: i64 = 400;

/// Counts one more write of a day; whether it may be done.
pub(crate) fn count_write(db: &mut Database, day: &str, limit: u64) -> Result<bool, CleanupError> {
    let transaction = db.transaction()?;
    let written = writes(&transaction, day)?;
    if written >= limit {
        return Ok(false);
    }
    let set =
        "INSERT INTO automatic (day, writes) VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET writes = excluded.writes";
    transaction.execute(set, values![day, whole(written + 1)])?;
    let expire =
        "DELETE FROM automatic WHERE day <> ?1 AND day NOT IN (SELECT day FROM automatic ORDER BY day DESC LIMIT ?2)";
    transaction.execute(expire, values![day, DAYS])?;
    transaction.commit()?;
    Ok(true)
}

/// Takes one back that was certainly not done.
pub(crate) fn uncount_write(db: &Database, day: &str) -> Result<(), CleanupError> {
    db.execute("UPDATE automatic SET writes = writes - 1 WHERE day = ?1 AND writes > 0", values![day])?;
    Ok(())
}

/// The number of contacts that were written on a day.
pub(crate) fn writes(db: &Database, day: &str) -> Result<u64, CleanupError> {
    let found = db.query_optional("SELECT writes FROM automatic WHERE day = ?1", values![day], |row| row.get(0))?;
    Ok(found.map(count).unwrap_or_default())
}

/// The policy that was confirmed last.
pub(crate) fn confirmed(db: &Database) -> Result<Option<ConfirmedPolicy>, CleanupError> {
    let Some(digest) = contacts::meta(db, "policy")? else { return Ok(None) };
    Ok(Some(ConfirmedPolicy { digest, at: contacts::meta(db, "policy_at")?.unwrap_or_default() }))
}

/// Keeps the digest of the policy that is confirmed, in the place of the one before; or none.
pub(crate) fn confirm(db: &Database, confirmed: Option<&ConfirmedPolicy>) -> Result<(), CleanupError> {
    contacts::set_meta(db, "policy", confirmed.map(|policy| policy.digest.as_str()))?;
    contacts::set_meta(db, "policy_at", confirmed.map(|policy| policy.at.as_str()))
}
