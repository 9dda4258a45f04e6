//! What other people do to the contacts: new ones come, some go. (Changes are [`Store::update_contact`], as for clients.)

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::contacts::Columns;
use super::{Store, StoreError, texts};
use crate::model::Record;

impl Store {
    /// Adds a contact.
    pub(crate) fn insert_contact(&self, document: &str) -> Result<(), StoreError> {
        let contact: Record = serde_json::from_str(document)?;
        let text = |name| contact.text(name).unwrap_or_default();
        let columns = Columns::of(text);
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut insert = transaction.prepare_cached(super::contacts::INSERT)?;
        columns.insert(&mut insert, text("id"), document)?;
        drop(insert);
        transaction
            .prepare_cached("INSERT INTO contact_text (row, folded) VALUES (?1, ?2)")?
            .execute(params![transaction.last_insert_rowid(), columns.folded])?;
        Ok(transaction.commit()?)
    }

    /// Removes a contact with its conversations, its comments and its files; `false` when there is none.
    pub(crate) fn delete_contact(&self, id: &str) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let row: Option<i64> =
            transaction.query_row("SELECT row FROM contact WHERE id = ?1", [id], |row| row.get(0)).optional()?;
        let Some(row) = row else { return Ok(false) };
        remove(&transaction, row)?;
        transaction.commit()?;
        Ok(true)
    }

    /// The id of the contact that a number falls on; `None` when there is nobody.
    pub(crate) fn somebody(&self, number: u64) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            let last: Option<i64> = db.query_row("SELECT max(row) FROM contact", [], |row| row.get(0))?;
            let start = number.checked_rem(last.unwrap_or_default().cast_unsigned()).unwrap_or_default();
            let mut statement = db.prepare_cached("SELECT id FROM contact WHERE row > ?1 ORDER BY row LIMIT 1")?;
            Ok(statement.query_row([start.cast_signed()], |row| row.get(0)).optional()?)
        })
    }

    /// Reserves so many numbers for new contacts, never given before in this data; the first of them.
    pub(crate) fn newcomers(&self, count: u64) -> Result<u64, StoreError> {
        let writer = self.writer();
        let sql = "UPDATE tally SET number = number + ?1 WHERE name = 'newcomers' RETURNING number";
        let next: i64 = writer.query_row(sql, [count.cast_signed()], |row| row.get(0))?;
        Ok(next.cast_unsigned().saturating_sub(count))
    }

    /// Every contact's document, by id.
    pub(crate) fn documents(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| texts(db, "SELECT document FROM contact ORDER BY id", []))
    }
}

fn remove(transaction: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    let db: &Connection = transaction;
    for sql in [
        "DELETE FROM contact WHERE row = ?1",
        "DELETE FROM contact_text WHERE row = ?1",
        "DELETE FROM comment WHERE contact = ?1",
        // Row numbers are given again: nothing may point to this one any more.
        "UPDATE message SET file_of = NULL WHERE file_of = ?1",
        "DELETE FROM conversation WHERE contact = ?1",
    ] {
        db.prepare_cached(sql)?.execute([row])?;
    }
    Ok(())
}
