//! The tables. Every list has the index that its order and its filter need; the text that is searched stands apart from
//! the documents, so that reading all of it touches little.

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;

/// Marks a file as ours: "iMlg" in ASCII.
const APPLICATION: i64 = 0x694d_6c67;
/// Raised with every change of the tables; older files are refused, because the people can be made again.
const VERSION: i64 = 2;

const TABLES: &str = "
CREATE TABLE contact (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL, display_name TEXT NOT NULL,
    document TEXT NOT NULL);
CREATE TABLE contact_text (row INTEGER PRIMARY KEY, folded TEXT NOT NULL);
CREATE TABLE conversation (
    row INTEGER PRIMARY KEY, contact INTEGER NOT NULL, id TEXT NOT NULL, seat TEXT NOT NULL, user TEXT NOT NULL,
    team INTEGER NOT NULL, channel_id TEXT NOT NULL, channel_type TEXT NOT NULL, status TEXT NOT NULL,
    name TEXT NOT NULL, language TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE message (
    row INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL,
    type TEXT NOT NULL, content TEXT NOT NULL, created_at TEXT NOT NULL, file_of INTEGER);
CREATE TABLE comment (
    row INTEGER PRIMARY KEY, message INTEGER NOT NULL, contact INTEGER NOT NULL, id TEXT NOT NULL,
    channel_type TEXT NOT NULL, updated_at TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE notification (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, recipient TEXT NOT NULL, kind INTEGER NOT NULL,
    is_read INTEGER NOT NULL, created_at TEXT NOT NULL, head TEXT NOT NULL, tail TEXT NOT NULL);
CREATE TABLE tally (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE upload (name TEXT PRIMARY KEY, media_type TEXT NOT NULL, content BLOB NOT NULL);
CREATE VIRTUAL TABLE contact_search USING fts5(
    folded, content='contact_text', content_rowid='row', columnsize=0, tokenize='trigram case_sensitive 1');
";

const INDEXES: &str = "
CREATE UNIQUE INDEX contact_id ON contact (id);
CREATE INDEX contact_created_at ON contact (created_at, id);
CREATE INDEX contact_updated_at ON contact (updated_at, id);
CREATE INDEX contact_first_name ON contact (first_name, id);
CREATE INDEX contact_last_name ON contact (last_name, id);
CREATE INDEX contact_email ON contact (email, id);
CREATE INDEX contact_display_name ON contact (display_name, id);
CREATE INDEX conversation_contact ON conversation (contact);
CREATE INDEX conversation_seat ON conversation (seat);
CREATE INDEX message_conversation ON message (conversation, created_at);
CREATE INDEX message_file ON message (file_of, created_at) WHERE file_of IS NOT NULL;
CREATE INDEX comment_id ON comment (id);
CREATE INDEX comment_message ON comment (message);
CREATE INDEX comment_contact ON comment (contact, updated_at);
CREATE UNIQUE INDEX notification_id ON notification (id);
CREATE INDEX notification_recipient ON notification (recipient, created_at);
";

/// Counts and the search index follow every change from here on. After the rows, too.
const TRIGGERS: &str = "
INSERT INTO tally VALUES ('contacts', (SELECT count(*) FROM contact)), ('newcomers', 0);
CREATE TRIGGER contact_comes AFTER INSERT ON contact BEGIN
    UPDATE tally SET number = number + 1 WHERE name = 'contacts'; END;
CREATE TRIGGER contact_goes AFTER DELETE ON contact BEGIN
    UPDATE tally SET number = number - 1 WHERE name = 'contacts'; END;
CREATE TRIGGER text_comes AFTER INSERT ON contact_text BEGIN
    INSERT INTO contact_search (rowid, folded) VALUES (new.row, new.folded); END;
CREATE TRIGGER text_goes AFTER DELETE ON contact_text BEGIN
    INSERT INTO contact_search (contact_search, rowid, folded) VALUES ('delete', old.row, old.folded); END;
CREATE TRIGGER text_changes AFTER UPDATE ON contact_text BEGIN
    INSERT INTO contact_search (contact_search, rowid, folded) VALUES ('delete', old.row, old.folded);
    INSERT INTO contact_search (rowid, folded) VALUES (new.row, new.folded); END;
";

/// Whether nothing is there yet; refuses a file that is something else.
pub(super) fn is_new(connection: &Connection, path: Option<&Path>) -> Result<bool, StoreError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    if number("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(true);
    }
    if number("PRAGMA application_id")? == APPLICATION && number("PRAGMA user_version")? == VERSION {
        return Ok(false);
    }
    Err(StoreError::Foreign { path: path.unwrap_or(Path::new("memory")).to_owned() })
}

/// Makes the tables.
pub(super) fn create(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(TABLES)?;
    let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};");
    connection.execute_batch(&marks)?;
    Ok(())
}

/// Makes the indexes and what keeps them in step; after the rows, which is several times faster.
pub(super) fn index(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("INSERT INTO contact_search (contact_search) VALUES ('rebuild');")?;
    connection.execute_batch(INDEXES)?;
    connection.execute_batch(TRIGGERS)?;
    Ok(())
}
