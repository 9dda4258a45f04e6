//! How the state file is made and opened.

use std::fs::{DirBuilder, File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::CleanupError;
use crate::workspace::StateLocation;

/// The version of [`SCHEMA`]; a file of a newer one is not touched.
const VERSION: i64 = 3;

/// `before` and `after` are JSON values; `document` is the gateway's object of a contact, its fields in their order.
const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE contact (id TEXT PRIMARY KEY, created_at TEXT, updated_at TEXT, edition INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX contact_edition ON contact (edition);
CREATE INDEX contact_updated_at ON contact (updated_at);
CREATE INDEX contact_created_at ON contact (created_at);
CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE gone (id TEXT PRIMARY KEY, edition INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE decision (first TEXT, second TEXT, verdict TEXT NOT NULL, at TEXT NOT NULL, evidence TEXT, PRIMARY KEY (first, second)) WITHOUT ROWID;
CREATE TABLE plan (id TEXT PRIMARY KEY, made_at TEXT NOT NULL, fingerprint TEXT NOT NULL, left_out TEXT NOT NULL);
CREATE TABLE step (plan TEXT, number INTEGER, planned INTEGER NOT NULL, contact TEXT NOT NULL, field TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', detail TEXT NOT NULL DEFAULT '',
  other TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (plan, number)) WITHOUT ROWID;
CREATE INDEX step_state ON step (plan, state, number);
CREATE INDEX step_contact ON step (plan, contact);
CREATE TABLE link (plan TEXT, cluster TEXT, contact TEXT, active INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (plan, cluster, contact)) WITHOUT ROWID;
CREATE INDEX link_contact ON link (contact);
CREATE TABLE journal (number INTEGER PRIMARY KEY AUTOINCREMENT, intent INTEGER, at TEXT NOT NULL, plan TEXT NOT NULL, contact TEXT NOT NULL,
  act TEXT NOT NULL, document TEXT NOT NULL, body TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE UNIQUE INDEX journal_intent ON journal (intent) WHERE intent IS NOT NULL;
";

/// What the second version has more than the first: the evidence on which somebody decided.
const SECOND: &str = "ALTER TABLE decision ADD COLUMN evidence TEXT;";

/// What the third has more: why a step is in a plan. How often a plan was called says nothing that the journal does not.
const THIRD: &str = "ALTER TABLE step ADD COLUMN other TEXT NOT NULL DEFAULT '';
ALTER TABLE step ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE plan DROP COLUMN calls;";

/// Opens the state, and makes it when there is none.
pub(super) fn open(home: &StateLocation, file: &Path) -> Result<Connection, CleanupError> {
    make_directory(&home.directory)?;
    drop(private(file)?);
    let mut db = Connection::open(file)?;
    db.busy_timeout(Duration::from_secs(10))?;
    let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(CleanupError::Damaged { file: String::new(), reason: sound });
    }
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION {
        return Err(CleanupError::Newer { found, known: VERSION });
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.set_prepared_statement_cache_capacity(64);
    make(&mut db, home)?;
    let place: Option<String> =
        db.query_row("SELECT value FROM meta WHERE name = 'place'", [], |row| row.get(0)).optional()?;
    let tenant: Option<String> =
        db.query_row("SELECT value FROM meta WHERE name = 'tenant'", [], |row| row.get(0)).optional()?;
    if place.as_ref() != Some(&home.place) || tenant.as_ref() != Some(&home.tenant) {
        return Err(CleanupError::OtherPlace);
    }
    Ok(db)
}

/// Makes the tables, unless another process has just done so.
fn make(db: &mut Connection, home: &StateLocation) -> Result<(), CleanupError> {
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found == 0 {
        transaction.execute_batch(SCHEMA)?;
        let mut insert = transaction.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
        insert.execute(params!["place", home.place])?;
        insert.execute(params!["tenant", home.tenant])?;
        drop(insert);
    } else {
        for (version, more) in [(2, SECOND), (3, THIRD)] {
            if found < version {
                transaction.execute_batch(more)?;
            }
        }
    }
    if found < VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

/// Makes a directory that is its owner's alone.
pub(super) fn make_directory(directory: &Path) -> Result<(), CleanupError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| CleanupError::Disk(format!("{}: {error}", directory.display())))
}

/// Opens a file that is its owner's alone, and makes it when there is none. What SQLite puts beside it is like it.
pub(super) fn private(file: &Path) -> Result<File, CleanupError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let disk = |reason: &dyn std::fmt::Display| CleanupError::Disk(format!("{}: {reason}", file.display()));
    if let Ok(found) = std::fs::symlink_metadata(file)
        && let Some(reason) = refusal(&found)
    {
        return Err(disk(&reason));
    }
    options.open(file).map_err(|error| disk(&error))
}

/// Why something is not taken for a file of the state. Opening a pipe or a device may wait, or do something, and what a link or a
/// file of another user leads to is not the state's owner's.
fn refusal(found: &std::fs::Metadata) -> Option<&'static str> {
    if found.file_type().is_symlink() {
        return Some("it is a symbolic link");
    }
    if !found.is_file() {
        return Some("it is no regular file");
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(found) != rustix::process::geteuid().as_raw() {
        return Some("it belongs to another user");
    }
    None
}
