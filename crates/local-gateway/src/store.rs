//! The data of a local gateway: SQLite, in a file or in memory.
//!
//! Documents are stored as the JSON text that answers carry, beside the columns that they are found and sorted by, so
//! that a page is a concatenation. A file is read by several connections while one writes (WAL); memory has one
//! connection for both, because SQLite's shared memory would lock whole tables between connections.

mod comments;
mod contacts;
mod conversations;
mod edits;
mod merge;
mod notifications;
mod schema;
mod search;
mod seed;
mod uploads;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::Options;
use super::people::ListError;

pub(super) use contacts::Sort;
pub(super) use notifications::Tab;

/// Which rows of a list are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The most rows.
    pub(super) limit: u64,
    /// How many rows come before.
    pub(super) skip: u64,
}

/// Why the data did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened, or is no database.
    #[error("cannot open {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database says.
        source: rusqlite::Error,
    },
    /// A directory, pipe, socket or device.
    #[error("{path} is no regular file")]
    NoRegularFile {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database, but not one of a local gateway of this version.
    #[error("{path} is no data of this version of the local gateway; choose another file or delete it")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A statement failed.
    #[error("the database refused a statement")]
    Statement(#[from] rusqlite::Error),
    /// A stored document is not the JSON that was written.
    #[error("a stored document is unreadable")]
    Document(#[from] serde_json::Error),
    /// A row could not be written as CSV.
    #[error("a row cannot be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// The list of contacts that it was to be filled with cannot be used.
    #[error(transparent)]
    List(#[from] ListError),
    /// The work was given up because the process is ending, or panicked.
    #[error("the work on the data was stopped")]
    Stopped,
}

/// Some rows of a list, as JSON texts, and how many there are in all.
#[derive(Debug, Default)]
pub(super) struct Slice {
    /// The rows of the page.
    pub(super) rows: Vec<String>,
    /// How many rows match in all.
    pub(super) count: u64,
}

impl Slice {
    /// Whether rows follow after this page.
    pub(super) fn has_more(&self, skip: u64) -> bool {
        skip.saturating_add(self.rows.len() as u64) < self.count
    }
}

/// The data.
#[derive(Debug)]
pub(super) struct Store {
    // std mutexes: only ever locked on blocking threads.
    writer: Mutex<Connection>,
    /// Idle read connections; empty for memory.
    readers: Mutex<Vec<Connection>>,
    path: Option<PathBuf>,
}

impl Store {
    /// Opens the data, and fills it when it is new.
    pub(super) fn open(options: &Options) -> Result<Self, StoreError> {
        let path = options.data.as_deref();
        let mut writer = match path {
            Some(path) => connect(path)?,
            None => Connection::open_in_memory()?,
        };
        let open_error = |source| StoreError::Open { path: path.unwrap_or(Path::new("memory")).to_owned(), source };
        // One transaction: a file that is closed on the way stays empty, and of two processes that open a new file at
        // once one waits for the other. It is also the first to read the file, so it notices when it is no database.
        let begin = writer.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.map_err(open_error)?;
        if schema::is_new(&transaction, path)? {
            schema::create(&transaction)?;
            seed::fill(&transaction, options)?;
            schema::index(&transaction)?;
        }
        transaction.commit()?;
        if path.is_some() {
            // Only now: another program's file must not be changed, not even in its journal mode.
            log_ahead(&writer)?;
        }
        Ok(Self { writer: Mutex::new(writer), readers: Mutex::default(), path: path.map(Into::into) })
    }

    /// Runs a reading closure on an idle connection.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let Some(path) = &self.path else {
            return work(&self.writer());
        };
        let idle = lock(&self.readers).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => connect(path)?,
        };
        let result = work(&reader);
        lock(&self.readers).push(reader);
        result
    }

    /// The connection that writes.
    fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }
}

/// A poisoned lock only says that another request panicked; a statement is whole or rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much of a file a connection keeps in memory, in KiB with a minus as SQLite has it: an index of a million contacts is
/// 70 MiB, and a page far down the list goes through most of it. Small files take no more than their size.
const CACHE: i64 = -131_072;

/// How long one process waits for another at the same file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sets the journal mode that lets many read beside one who writes. Of two who do so at once SQLite lets one wait for the
/// other not at all, lest each waits for the other: it says so, and is asked again.
fn log_ahead(writer: &Connection) -> Result<(), rusqlite::Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        match writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let open_error = |source| StoreError::Open { path: path.to_owned(), source };
    // SQLite would read a pipe or a device as an empty database.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(StoreError::NoRegularFile { path: path.to_owned() });
    }
    let connection = Connection::open(path).map_err(open_error)?;
    connection.busy_timeout(PATIENCE).map_err(open_error)?;
    connection.pragma_update(None, "cache_size", CACHE).map_err(open_error)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The one column of every row, as text.
fn texts<P: rusqlite::Params>(connection: &Connection, sql: &str, values: P) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The count that a statement answers.
fn count<P: rusqlite::Params>(connection: &Connection, sql: &str, values: P) -> Result<u64, StoreError> {
    let count: i64 = connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

/// `?3,?4,…` for a list of values that follows `before` other ones.
fn places(before: usize, values: usize) -> String {
    let places: Vec<String> = (1..=values).map(|position| format!("?{}", before + position)).collect();
    places.join(",")
}
