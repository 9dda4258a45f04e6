//! Conversations of a contact, messages of a conversation, files of a contact.

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::{Slice, Store, StoreError, Window, count, places};
use crate::json::Object;
use crate::model::Record;
use crate::people::teams;
use crate::people::{BUSINESS_UNIT_ID, ORGANIZATION_ID};

/// The columns of a message, in the order that [`StoredMessage::read`] takes them.
const MESSAGE: &str = "message.id, message.sender, message.type, message.content, message.created_at";

/// A message as it is stored.
struct StoredMessage {
    id: String,
    sender: String,
    kind: String,
    content: String,
    created_at: String,
}

impl StoredMessage {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            sender: row.get(1)?,
            kind: row.get(2)?,
            content: row.get(3)?,
            created_at: row.get(4)?,
        })
    }

    /// As the messages route shows it (contract, 6.3).
    fn in_list(&self, conversation: &str) -> String {
        Object::new()
            .text("object_name", "message")
            .text("id", &self.id)
            .text("organization_id", ORGANIZATION_ID)
            .text("business_unit_id", BUSINESS_UNIT_ID)
            .text("conversation_id", conversation)
            .text("from", &self.sender)
            .text("type", &self.kind)
            .raw("content", &self.content)
            .text("created_at", &self.created_at)
            .text("updated_at", &self.created_at)
            .end()
    }

    /// As a row of a contact's files (contract, 5.9).
    fn as_file(&self) -> String {
        Object::new()
            .text("_id", &self.id)
            .text("type", &self.kind)
            .text("from", &self.sender)
            .raw("content", &self.content)
            .text("created_at", &self.created_at)
            .text("updated_at", &self.created_at)
            .end()
    }

    /// As a conversation shows its latest one (contract, 5.2).
    fn as_latest(&self) -> String {
        Object::new()
            .text("_id", &self.id)
            .text("type", &self.kind)
            .raw("content", &self.content)
            .text("created_at", &self.created_at)
            .end()
    }
}

impl Store {
    /// A contact's conversations on some channel types, latest first; `None` when there is no such contact.
    pub(crate) fn conversations(
        &self,
        contact_id: &str,
        channel_types: &[&str],
    ) -> Result<Option<Vec<String>>, StoreError> {
        self.read(|db| {
            let Some((row, document)) = contact(db, contact_id)? else {
                return Ok(None);
            };
            let contact: Record = serde_json::from_str(&document)?;
            let sql = format!(
                "SELECT row, id, seat, user, team, channel_id, channel_type, status, name, language, created_at, \
                 updated_at FROM conversation WHERE contact = {row} AND channel_type IN ({}) \
                 ORDER BY updated_at DESC, row",
                places(0, channel_types.len())
            );
            let mut statement = db.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(channel_types))?;
            let mut conversations = Vec::new();
            while let Some(row) = rows.next()? {
                conversations.push(conversation(db, row, contact_id, &contact)?);
            }
            Ok(Some(conversations))
        })
    }

    /// A page of the messages of a seat's conversation, newest first.
    pub(crate) fn messages(&self, seat: &str, window: Window) -> Result<Slice, StoreError> {
        self.read(|db| {
            let sql = "SELECT row, id FROM conversation WHERE seat = ?1";
            let found = db.prepare_cached(sql)?.query_row([seat], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((row, id)): Option<(i64, String)> = found else {
                return Ok(Slice::default());
            };
            let page = format!(
                "SELECT {MESSAGE} FROM message WHERE conversation = ?1 ORDER BY created_at DESC, row DESC \
                 LIMIT ?2 OFFSET ?3"
            );
            let (limit, skip) = (window.limit.cast_signed(), window.skip.min(1 << 40).cast_signed());
            let mut statement = db.prepare_cached(&page)?;
            let messages = statement.query_map(params![row, limit, skip], StoredMessage::read)?;
            let rows = messages.map(|message| Ok(message?.in_list(&id))).collect::<Result<_, StoreError>>()?;
            let counted = "SELECT count(*) FROM message WHERE conversation = ?1";
            let count = count(db, counted, [row])?;
            Ok(Slice { rows, count })
        })
    }

    /// A contact's files, newest first; none for an unknown contact.
    pub(crate) fn files(&self, contact_id: &str) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            let Some((row, _)) = contact(db, contact_id)? else {
                return Ok(Vec::new());
            };
            let sql = format!("SELECT {MESSAGE} FROM message WHERE file_of = ?1 ORDER BY created_at DESC, row DESC");
            let mut statement = db.prepare_cached(&sql)?;
            let messages = statement.query_map([row], StoredMessage::read)?;
            messages.map(|message| Ok(message?.as_file())).collect()
        })
    }
}

/// A contact's row number and document.
pub(super) fn contact(db: &Connection, id: &str) -> Result<Option<(i64, String)>, StoreError> {
    let mut statement = db.prepare_cached("SELECT row, document FROM contact WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// A row of the conversations route: the conversation, its contact, its latest messages, its team (contract, 5.2).
fn conversation(db: &Connection, row: &Row<'_>, contact_id: &str, contact: &Record) -> Result<String, StoreError> {
    let number: i64 = row.get(0)?;
    let id: String = row.get(1)?;
    let seat: String = row.get(2)?;
    let user: String = row.get(3)?;
    let created_at: String = row.get(10)?;
    let latest = latest(db, number)?;
    let theirs = latest_of(db, number, contact_id)?;
    let seats = Object::new().text("_id", &seat).text("user_id", &user).end();
    let mut document = Object::new()
        .text("_id", &id)
        .text("doc_name", "team_conversation_user")
        .text("public_id", &seat)
        .text("organization_id", ORGANIZATION_ID)
        .text("business_unit_id", BUSINESS_UNIT_ID)
        .text("assign_from", "")
        .text("created_at", &created_at)
        .text("updated_at", &created_at)
        .raw("conversation", &core(row, contact_id, latest.as_ref())?)
        .raw("contact", &embedded(contact));
    if let Some(message) = &latest {
        document = document.raw("latest_message", &message.as_latest());
    }
    if let Some(message) = &theirs {
        document = document.raw("contacts_latest_message", &message.as_latest());
    }
    let team = teams::document(row.get(4)?);
    Ok(document.raw("available_team_conversations", &format!("[{seats}]")).raw("teams", &format!("[{team}]")).end())
}

/// The conversation itself (contract, 6.2).
fn core(row: &Row<'_>, contact_id: &str, latest: Option<&StoredMessage>) -> Result<String, StoreError> {
    let text = |column: usize| row.get::<_, String>(column);
    let (id, status, updated_at) = (text(1)?, text(7)?, text(11)?);
    let timestamp = latest.map_or(updated_at.as_str(), |message| &message.created_at);
    let unattended = status == "unassigned" || status == "pending";
    Ok(Object::new()
        .text("_id", &id)
        .text("doc_name", "conversation")
        .text("public_id", &id)
        .text("organization_id", ORGANIZATION_ID)
        .text("business_unit_id", BUSINESS_UNIT_ID)
        .text("channel_id", &text(5)?)
        .text("channel_type", &text(6)?)
        .text("contact_id", contact_id)
        .text("status", &status)
        .text("name", &text(8)?)
        .text("timestamp", timestamp)
        .with("is_ready", &true)
        .with("is_agent_joined", &!unattended)
        .text("created_at", &text(10)?)
        .text("updated_at", &updated_at)
        .text("_language", &text(9)?)
        .text("mode", "hybrid")
        .end())
}

/// The contact inside a conversation: no `object_name`, `odooContactID` and `additional_params`, but the fields that
/// link it to its channel and its board (contract, 5.2).
fn embedded(contact: &Record) -> String {
    let id = contact.id().unwrap_or_default();
    let number = id.trim_start_matches("con_");
    let mut document = Object::new().text("_id", id).text("doc_name", "contact").text("public_id", id);
    for (name, value) in contact.fields() {
        if !matches!(name, "object_name" | "id" | "odooContactID" | "additional_params") {
            document = document.with(name, value);
        }
    }
    document
        .text("provider_user_id", &format!("guest-{}", number.split('-').next().unwrap_or_default()))
        .text("_language", contact.text("language").unwrap_or("en"))
        .text("board_id", "brd_imbrace_contacts")
        .text("board_item_id", &format!("bi_{number}"))
        .end()
}

fn latest(db: &Connection, conversation: i64) -> Result<Option<StoredMessage>, StoreError> {
    let sql =
        format!("SELECT {MESSAGE} FROM message WHERE conversation = ?1 ORDER BY created_at DESC, row DESC LIMIT 1");
    Ok(db.prepare_cached(&sql)?.query_row([conversation], StoredMessage::read).optional()?)
}

fn latest_of(db: &Connection, conversation: i64, sender: &str) -> Result<Option<StoredMessage>, StoreError> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message WHERE conversation = ?1 AND sender = ?2 \
         ORDER BY created_at DESC, row DESC LIMIT 1"
    );
    Ok(db.prepare_cached(&sql)?.query_row(params![conversation, sender], StoredMessage::read).optional()?)
}
