//! News of a watch as the state keeps them: keys of the findings and pairs that were told, and messages that are not delivered yet.

use std::collections::HashSet;

use imbrace_contacts_store::sql::{Database, Row, Transaction, Value};
use imbrace_contacts_store::values;

use super::{contacts, count, whole};
use crate::error::CleanupError;
use crate::report::{Message, Undelivered};

/// When somebody was told last.
pub(crate) fn since(db: &Database) -> Result<Option<String>, CleanupError> {
    contacts::meta(db, "told_at")
}

/// Every key.
pub(crate) fn keys(db: &Database) -> Result<HashSet<i64>, CleanupError> {
    let mut keys = HashSet::new();
    db.each("SELECT key FROM told", &[], |row| {
        keys.insert(row.get(0)?);
        Ok::<_, CleanupError>(())
    })?;
    Ok(keys)
}

/// Keeps what was told now, and the message that tells it, at once.
pub(crate) fn tell(
    db: &mut Database,
    (added, gone): (&[i64], &[i64]),
    message: Option<&Message>,
) -> Result<(), CleanupError> {
    let transaction = db.transaction()?;
    let added: Vec<[Value<'_>; 1]> = added.iter().map(|key| [Value::from(*key)]).collect();
    transaction.insert_many(("told", &["key"]), "ON CONFLICT DO NOTHING", &added)?;
    let gone: Vec<Value<'_>> = gone.iter().map(|key| Value::from(*key)).collect();
    transaction.delete_by_key(("told", "key"), &gone)?;
    contacts::set_meta(&transaction, "told_at", Some(&format!("{:.0}", jiff::Timestamp::now())))?;
    message.map_or(Ok(()), |message| keep(&transaction, message))?;
    Ok(transaction.commit()?)
}

fn keep(db: &Transaction<'_>, message: &Message) -> Result<(), CleanupError> {
    db.execute(
        "INSERT INTO message (id, at, body) VALUES (?1, ?2, ?3)",
        values![&message.id, &jiff::Timestamp::now().to_string(), &message.body],
    )?;
    Ok(())
}

/// Messages that are not delivered, the oldest first; how many, and the first of them.
pub(crate) fn undelivered(db: &Database) -> Result<Option<Undelivered>, CleanupError> {
    let waiting = count(db.value("SELECT count(*) FROM message", &[])?);
    let first = "SELECT number, id, body, tries, next_at, failing_since, reason FROM message ORDER BY number LIMIT 1";
    let row = |row: &Row<'_>| {
        let moment = |text: String| text.parse().ok();
        Ok(Undelivered {
            waiting,
            number: count(row.get(0)?),
            message: Message { id: row.get(1)?, body: row.get(2)? },
            tries: count(row.get(3)?),
            next_at: moment(row.get(4)?),
            failing_since: row.get::<Option<String>>(5)?.and_then(moment),
            reason: row.get(6)?,
        })
    };
    db.query_optional(first, &[], row)
}

/// Forgets a message that was delivered.
pub(crate) fn delivered(db: &Database, number: u64) -> Result<(), CleanupError> {
    db.execute("DELETE FROM message WHERE number = ?1", values![whole(number)])?;
    Ok(())
}

/// Notes that a message was not delivered, why, and when it is tried again.
pub(crate) fn failed(
    db: &Database,
    number: u64,
    reason: &str,
    (now, next_at): (jiff::Timestamp, jiff::Timestamp),
) -> Result<(), CleanupError> {
    db.execute(
        "UPDATE message SET tries = tries + 1, reason = ?2, next_at = ?3, failing_since = coalesce(failing_since, ?4) \
         WHERE number = ?1",
        values![whole(number), reason, &next_at.to_string(), &now.to_string()],
    )?;
    Ok(())
}
