//! The place of a database, and how it is opened there.

use std::fmt;
use std::path::PathBuf;

#[cfg(feature = "postgres")]
use super::postgres::{PostgresSchema, PostgresTables};
use super::sqlite::Sqlite;
use super::{Database, Engine, ProcessLock, SqlError};
use crate::StoreError;
use crate::database::Schema;

/// The tables of a database, as each engine makes them.
#[derive(Debug, Clone, Copy)]
pub struct Tables {
    sqlite: Schema,
    #[cfg(feature = "postgres")]
    postgres: Option<PostgresTables>,
}

impl Tables {
    /// Tables of a SQLite file.
    pub const fn new(sqlite: Schema) -> Self {
        Self {
            sqlite,
            #[cfg(feature = "postgres")]
            postgres: None,
        }
    }

    /// The same, which may be in a schema of a PostgreSQL database too.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub const fn with_postgres(self, tables: PostgresTables) -> Self {
        Self { sqlite: self.sqlite, postgres: Some(tables) }
    }
}

/// The place of a database.
#[derive(Debug, Clone)]
pub enum DatabaseLocation {
    /// A SQLite file.
    File(PathBuf),
    /// A schema of its own in a PostgreSQL database.
    #[cfg(feature = "postgres")]
    Schema(PostgresSchema),
}

impl fmt::Display for DatabaseLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.display().fmt(formatter),
            #[cfg(feature = "postgres")]
            Self::Schema(schema) => schema.fmt(formatter),
        }
    }
}

impl DatabaseLocation {
    /// Opens it, which may grow to so many bytes where it is a file, checks it, and makes it when there is none. `meta` are the first rows of the table of
    /// that name, each a name with its value.
    ///
    /// # Errors
    /// [`StoreError`]; what is there is left as it is then.
    pub fn open(&self, tables: &Tables, limit: Option<u64>, meta: &[(&str, &str)]) -> Result<Database, StoreError> {
        match self {
            Self::File(file) => Sqlite::open(&tables.sqlite, (file, limit), meta).map(Engine::Sqlite).map(Database),
            #[cfg(feature = "postgres")]
            Self::Schema(schema) => schema.open(tables.postgres.as_ref(), meta).map(Engine::Postgres).map(Database),
        }
    }

    /// Opens one more connection to what was opened before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn reopen(&self, limit: Option<u64>) -> Result<Database, StoreError> {
        match self {
            Self::File(file) => Sqlite::reopen(file, limit).map(Engine::Sqlite).map(Database),
            #[cfg(feature = "postgres")]
            Self::Schema(schema) => schema.connect().map(Engine::Postgres).map(Database),
        }
    }

    /// Opens what is there to read it, and makes, checks and changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_to_read(&self) -> Result<Database, StoreError> {
        match self {
            Self::File(file) => Sqlite::open_to_read(file).map(Engine::Sqlite).map(Database),
            #[cfg(feature = "postgres")]
            Self::Schema(schema) => schema.connect().map(Engine::Postgres).map(Database),
        }
    }

    /// Returns true if there is one; nothing is made. A database server is not asked: there is always one, which opening makes.
    pub fn exists(&self) -> bool {
        match self {
            Self::File(file) => file.exists(),
            #[cfg(feature = "postgres")]
            Self::Schema(_) => true,
        }
    }

    /// Its lock of this name, held by nobody yet. The database is there.
    ///
    /// # Errors
    /// [`SqlError::Disk`].
    pub fn lock(&self, name: &str) -> Result<ProcessLock, SqlError> {
        match self {
            Self::File(file) => ProcessLock::on_file(&file.with_extension(name)),
            #[cfg(feature = "postgres")]
            Self::Schema(schema) => Ok(ProcessLock::of_session(schema.lock(name))),
        }
    }
}
