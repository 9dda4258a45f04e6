//! How a SQLite file of the state directory is made, opened, checked and migrated.
//!
//! The directory is its owner's alone, and so is the file. WAL lets several processes share it; a commit is on the disk before it
//! returns. A migration is one transaction: killed at any moment, it has happened or it has not.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::StoreError;

/// How long a process waits for another one's transaction.
const BUSY: Duration = Duration::from_secs(10);

/// The pause before a file is opened again that another process holds.
const RETRY: Duration = Duration::from_millis(5);

/// The tables of a file.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The version of `newest`; a file of a newer one is not touched.
    pub version: i64,
    /// Makes an empty file one of this version.
    pub newest: &'static str,
    /// What each version has more than the one before it, oldest first.
    pub upgrades: &'static [(i64, &'static str)],
}

impl Schema {
    /// Opens a file that may grow to so many bytes, and makes it when there is none. `fill` adds the first rows to a new one.
    ///
    /// # Errors
    /// [`StoreError`]; what is in the file is left as it is then.
    pub fn open(
        &self,
        file: &Path,
        limit: Option<u64>,
        fill: impl Fn(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<Connection, StoreError> {
        if let Some(directory) = file.parent() {
            make_directory(directory)?;
        }
        drop(private(file)?);
        let db = retry_while_busy(|| self.open_through(file, None, &fill))?;
        if let Some(limit) = limit {
            cap(&db, limit).map_err(|error| StoreError::of(&error, file))?;
        }
        Ok(db)
    }

    /// Opens a file to read it where nothing can be written, not even what readers coordinate by. `None` where there is no file, or where
    /// other processes have commits that are not in it yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn open_unwritable(&self, file: &Path) -> Result<Option<Connection>, StoreError> {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let has_commits = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
        if has_commits || !file.is_file() {
            return Ok(None);
        }
        let fault = |error: rusqlite::Error| StoreError::of(&error, file);
        let escaped = file.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags).map_err(fault)?;
        Ok((version(&db).map_err(fault)? == self.version).then_some(db))
    }

    /// Opens a file by a named file system layer of SQLite.
    fn open_through(
        &self,
        file: &Path,
        layer: Option<&str>,
        fill: impl Fn(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<Connection, StoreError> {
        let fault = |error: rusqlite::Error| StoreError::of(&error, file);
        let mut db = match layer {
            Some(layer) => Connection::open_with_flags_and_vfs(file, OpenFlags::default(), layer),
            None => Connection::open(file),
        }
        .map_err(fault)?;
        db.busy_timeout(BUSY).map_err(fault)?;
        let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fault)?;
        if sound != "ok" {
            return Err(StoreError::Damaged { file: file.to_owned(), reason: sound });
        }
        let found: i64 = version(&db).map_err(fault)?;
        if found > self.version {
            return Err(StoreError::Newer { file: file.to_owned(), found, known: self.version });
        }
        // Where processes cannot share memory SQLite keeps another mode and says so.
        let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(fault)?;
        if mode != "wal" {
            return Err(StoreError::NoLocks { file: file.to_owned() });
        }
        settle(&mut db).map_err(fault)?;
        if found < self.version {
            self.migrate(&mut db, fill).map_err(fault)?;
        }
        Ok(db)
    }

    /// Makes or changes the tables, unless another process has just done so.
    fn migrate(
        &self,
        db: &mut Connection,
        fill: impl Fn(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = version(&transaction)?;
        if found == 0 {
            transaction.execute_batch(self.newest)?;
            fill(&transaction)?;
        } else {
            for (_, more) in self.upgrades.iter().filter(|(version, _)| found < *version) {
                transaction.execute_batch(more)?;
            }
        }
        if found < self.version {
            transaction.pragma_update(None, "user_version", self.version)?;
        }
        transaction.commit()
    }
}

/// Opens one more connection to a file that was opened by [`Schema::open`], which has checked it.
///
/// # Errors
/// [`StoreError`].
pub fn reopen(file: &Path, limit: Option<u64>) -> Result<Connection, StoreError> {
    let open = || {
        let mut db = Connection::open_with_flags(file, OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE)?;
        db.busy_timeout(BUSY)?;
        settle(&mut db)?;
        if let Some(limit) = limit {
            cap(&db, limit)?;
        }
        Ok(db)
    };
    retry_while_busy(|| open().map_err(|error| StoreError::of(&error, file)))
}

/// Opens a file again until no other process is in the way, for as long as one waits for a transaction.
///
/// `busy_timeout` alone is not enough: SQLite answers "busy" at once, without waiting, while another process changes the journal mode of a
/// new file, recovers its log, or closes it as the last one (<https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode>).
fn retry_while_busy<T>(mut open: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let deadline = Instant::now() + BUSY;
    loop {
        match open() {
            Err(StoreError::Busy { .. }) if Instant::now() < deadline => std::thread::sleep(RETRY),
            done => return done,
        }
    }
}

/// What every connection has.
fn settle(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "synchronous", "FULL")?;
    // A transaction that reads first and finds that somebody wrote meanwhile would fail at once, without waiting.
    db.set_transaction_behavior(TransactionBehavior::Immediate);
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Lets no page be added beyond so many bytes. A file that is larger already stays as it is, and grows no more.
fn cap(db: &Connection, limit: u64) -> rusqlite::Result<()> {
    let page: i64 = db.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let pages = limit.cast_signed().checked_div(page).unwrap_or(i64::MAX).max(1);
    db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Makes a directory that is its owner's alone.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn make_directory(directory: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let disk = |error: std::io::Error| StoreError::Disk { file: directory.to_owned(), reason: error.to_string() };
    builder.create(directory).map_err(disk)
}

/// Opens a file that is its owner's alone, and makes it when there is none. What SQLite puts beside it is like it.
///
/// # Errors
/// [`StoreError::Disk`].
pub fn private(file: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let disk = |reason: &dyn std::fmt::Display| StoreError::Disk { file: file.to_owned(), reason: reason.to_string() };
    if let Ok(found) = std::fs::symlink_metadata(file)
        && let Some(reason) = refusal(&found)
    {
        return Err(disk(&reason));
    }
    options.open(file).map_err(|error| disk(&error))
}

/// Why something is not taken for a file of the state. Opening a pipe or a device may wait, or do something, and what a link or a
/// file of another user leads to is not the state's owner's.
fn refusal(found: &Metadata) -> Option<&'static str> {
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

/// The faults of SQLite that are told apart.
pub(crate) enum Fault {
    Busy,
    NoLocks,
    Disk,
    Damaged,
}

impl Fault {
    pub(crate) fn of(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::FileLockingProtocolFailed | ErrorCode::NoLargeFileSupport) => Self::NoLocks,
            Some(
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied,
            ) => Self::Disk,
            _ => Self::Damaged,
        }
    }
}

impl StoreError {
    /// SQLite's opinion of a file.
    pub fn of(error: &rusqlite::Error, file: &Path) -> Self {
        let file = file.to_owned();
        match Fault::of(error) {
            Fault::Busy => Self::Busy { file },
            Fault::NoLocks => Self::NoLocks { file },
            Fault::Disk => Self::Disk { file, reason: error.to_string() },
            Fault::Damaged => Self::Damaged { file, reason: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;
    use crate::StoreError;

    const SCHEMA: Schema = Schema { version: 1, newest: "CREATE TABLE meta (name TEXT)", upgrades: &[] };

    /// SQLite does not wait to change the journal mode: a process that makes the same new file at the same moment made it fail at once.
    #[test]
    fn a_new_file_that_another_process_is_making_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("shared.sqlite");
        let mut other = rusqlite::Connection::open(&file).unwrap();
        let (begun, wait) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let making = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
                begun.send(()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(100));
                making.commit().unwrap();
            });
            wait.recv().unwrap();
            assert_eq!(SCHEMA.open(&file, None, |_| Ok(())).map(drop), Ok(()));
        });
    }

    /// SQLite's layer that locks by files beside the database has no shared memory, as a network drive has none.
    #[cfg(unix)]
    #[test]
    fn a_drive_where_processes_cannot_share_memory_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("shared.sqlite");
        let refused = SCHEMA.open_through(&file, Some("unix-dotfile"), |_| Ok(())).unwrap_err();
        assert!(matches!(refused, StoreError::NoLocks { .. }), "{refused}");
        assert!(refused.to_string().contains("network drive"), "{refused}");
    }
}
