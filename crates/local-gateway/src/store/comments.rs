//! Messages that carry comments, and single comments.

use rusqlite::{OptionalExtension, Row, params, params_from_iter, types::Value};

use super::conversations::contact;
use super::{Slice, Store, StoreError, Window, count, places};
use crate::json::Object;
use crate::people::teams;
use crate::people::{BUSINESS_UNIT_ID, ORGANIZATION_ID};

/// A message with its comments put together by the database: the columns that [`document`] takes.
const COMMENTED: &str = "SELECT message.id, message.content, conversation.id, conversation.channel_type, \
     conversation.team, conversation.seat, message.created_at, max(comment.updated_at), \
     '[' || group_concat(comment.document, ',' ORDER BY comment.row) || ']' \
     FROM comment JOIN message ON message.row = comment.message \
     JOIN conversation ON conversation.row = message.conversation";

impl Store {
    /// A page of a contact's commented messages by their last change; no channel types are all of them.
    pub(crate) fn commented(
        &self,
        contact_id: &str,
        channel_types: &[&str],
        ascending: bool,
        window: Window,
    ) -> Result<Slice, StoreError> {
        self.read(|db| {
            let Some((row, _)) = contact(db, contact_id)? else {
                return Ok(Slice::default());
            };
            let filter = match channel_types.len() {
                0 => String::new(),
                some => format!(" AND comment.channel_type IN ({})", places(3, some)),
            };
            let direction = if ascending { "ASC" } else { "DESC" };
            let sql = format!(
                "{COMMENTED} WHERE comment.contact = ?1{filter} GROUP BY message.row \
                 ORDER BY max(comment.updated_at) {direction}, message.row {direction} LIMIT ?2 OFFSET ?3"
            );
            let values = |numbers: [u64; 2]| {
                let numbers = numbers.map(|number| Value::Integer(number.min(1 << 40).cast_signed()));
                let channels = channel_types.iter().map(|channel| Value::Text((*channel).to_owned()));
                std::iter::once(Value::Integer(row)).chain(numbers).chain(channels)
            };
            let mut statement = db.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values([window.limit, window.skip])), document)?;
            let rows = rows.collect::<Result<_, _>>()?;
            let counted = format!("SELECT count(DISTINCT message) FROM comment WHERE contact = ?1 AND ?2 = ?3{filter}");
            let count = count(db, &counted, params_from_iter(values([1, 1])))?;
            Ok(Slice { rows, count })
        })
    }

    /// The message that carries a comment of a contact.
    pub(crate) fn comment(&self, contact_id: &str, id: &str) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            let Some((row, _)) = contact(db, contact_id)? else {
                return Ok(None);
            };
            let sql = format!(
                "{COMMENTED} WHERE comment.contact = ?1 \
                 AND comment.message = (SELECT message FROM comment WHERE id = ?2) GROUP BY message.row"
            );
            Ok(db.prepare_cached(&sql)?.query_row(params![row, id], document).optional()?)
        })
    }
}

/// A commented message (contract, 5.8).
fn document(row: &Row<'_>) -> rusqlite::Result<String> {
    let text = |column: usize| row.get::<_, String>(column);
    Ok(Object::new()
        .text("_id", &text(0)?)
        .raw("content", &text(1)?)
        .text("organization_id", ORGANIZATION_ID)
        .text("business_unit_id", BUSINESS_UNIT_ID)
        .text("conversation_id", &text(2)?)
        .text("channel_type", &text(3)?)
        .text("team_id", teams::id(row.get(4)?))
        .text("team_conversation_users_id", &text(5)?)
        .raw("comments", &text(8)?)
        .text("created_at", &text(6)?)
        .text("updated_at", &text(7)?)
        .end())
}
