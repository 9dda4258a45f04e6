//! A small layer between SQL and the engine that runs it: values, rows, statements and transactions.
//!
//! Statements are written once, with placeholders `?1`, `?2`, in what the engines have in common; where they differ, [`Database`] has a
//! method. Only integers and texts are kept. Every call blocks for as long as the engine takes.

mod error;
mod location;
mod lock;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod transaction;
mod value;

use std::path::Path;

pub use error::SqlError;
pub use location::{DatabaseLocation, Tables};
pub use lock::ProcessLock;
#[cfg(feature = "postgres")]
use postgres::Postgres;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresSchema, PostgresServer, PostgresTables};
use sqlite::Sqlite;
pub use transaction::Transaction;
pub use value::{FromValue, OwnedValue, Row, Value};

/// Values of a statement, in the order of its placeholders: `values![id, number]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}

/// An open database. Statements are prepared once and kept.
pub struct Database(Engine);

enum Engine {
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

impl Database {
    /// Changes rows; how many.
    ///
    /// # Errors
    /// [`SqlError`]; nothing is changed then.
    pub fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.execute(sql, values),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.execute(sql, values),
        }
    }

    /// Shows each row as it comes. No other statement may run meanwhile.
    ///
    /// # Errors
    /// [`SqlError`], or what `show` fails with, which ends it.
    pub fn each<E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        show: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.each(sql, values, show),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.each(sql, values, show),
        }
    }

    /// Reads each row, and returns the results.
    ///
    /// # Errors
    /// [`SqlError`], or what `read` fails with.
    pub fn query<T, E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(read(row)?);
            Ok::<_, E>(())
        })?;
        Ok(found)
    }

    /// Reads the first row, where there is one.
    ///
    /// # Errors
    /// [`SqlError`], or what `read` fails with.
    pub fn query_optional<T, E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        Ok(self.query(sql, values, read)?.into_iter().next())
    }

    /// The first value of the one row that there always is.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn value<T: FromValue>(&self, sql: &str, values: &[Value<'_>]) -> Result<T, SqlError> {
        let found = self.query_optional(sql, values, |row| row.get(0))?;
        found.ok_or_else(|| SqlError::Damaged("a row that has to be there is missing".to_owned()))
    }

    /// Puts rows into a table, with the end of the statement that says what happens to one whose key is there already: empty, or
    /// `ON CONFLICT …`. No key may come twice.
    ///
    /// # Errors
    /// [`SqlError`]; inside a transaction, which has to be given up then.
    pub fn insert_many<'v>(
        &self,
        (table, columns): (&str, &[&str]),
        on_conflict: &str,
        rows: &[impl AsRef<[Value<'v>]>],
    ) -> Result<(), SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.insert_many((table, columns), on_conflict, rows),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.insert_many((table, columns), on_conflict, rows),
        }
    }

    /// Reads the rows that have one of these keys in a column. `select` ends before `WHERE`.
    ///
    /// # Errors
    /// [`SqlError`], or what `read` fails with.
    pub fn query_by_key<T, E: From<SqlError>>(
        &self,
        (select, column): (&str, &str),
        keys: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut found = Vec::new();
        let mut take = |row: &Row<'_>| {
            found.push(read(row)?);
            Ok::<_, E>(())
        };
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.each_by_key((select, column), keys, &mut take)?,
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.each_by_key((select, column), keys, &mut take)?,
        }
        Ok(found)
    }

    /// Deletes the rows of a table that have one of these keys in a column.
    ///
    /// # Errors
    /// [`SqlError`]; inside a transaction, which has to be given up then.
    pub fn delete_by_key(&self, (table, column): (&str, &str), keys: &[Value<'_>]) -> Result<(), SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.delete_by_key((table, column), keys),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.delete_by_key((table, column), keys),
        }
    }

    /// Begins a transaction, in which nobody else writes. Dropped, it has not happened.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn transaction(&mut self) -> Result<Transaction<'_>, SqlError> {
        Transaction::begin(self)
    }

    /// From now on this connection changes these tables only while the column `fence` of the table `lease` is this number, which is
    /// looked at in the same transaction as each change. Otherwise a change is [`SqlError::Fenced`].
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn set_fence(&self, tables: &[&str], fence: i64) -> Result<(), SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.set_fence(tables, fence),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.set_fence(tables, fence),
        }
    }

    /// From now on a commit of this connection returns before it is on the disk.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn set_lazy(&self) -> Result<(), SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.set_lazy(),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.set_lazy(),
        }
    }

    /// How many bytes the tables take, what is free in them among it.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn bytes(&self) -> Result<u64, SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.bytes(),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.bytes(),
        }
    }

    /// How many bytes it takes on the disk, with what is still in a log of its own.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn disk_bytes(&self) -> Result<u64, SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => Ok(sqlite.disk_bytes()),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.bytes(),
        }
    }

    /// The names of a table's columns.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn columns(&self, table: &str) -> Result<Vec<String>, SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.columns(table),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.columns(table),
        }
    }

    /// Looks for damage; the first that is found, in words.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn find_damage(&self) -> Result<Option<String>, SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.find_damage(),
            #[cfg(feature = "postgres")]
            // The server looks after its files itself.
            Engine::Postgres(_) => Ok(None),
        }
    }

    /// Writes everything, as of one moment, into an empty SQLite file, where the engine can; false where rows have to be copied.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn copy_to(&self, file: &Path) -> Result<bool, SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.copy_to(file).map(|()| true),
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => Ok(false),
        }
    }

    /// After rows came with numbers of their own: a number that a table counts up itself will be greater than theirs.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn skip_numbers(&self, table: &str, column: &str) -> Result<(), SqlError> {
        match &self.0 {
            // It looks at the rows itself.
            Engine::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.skip_numbers(table, column),
        }
    }

    /// Returns true if the connection is gone for good.
    pub fn is_lost(&self) -> bool {
        match &self.0 {
            Engine::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.is_lost(),
        }
    }

    /// From now on this connection overwrites what it deletes.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn overwrite_deleted(&self) -> Result<(), SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.overwrite_deleted(),
            #[cfg(feature = "postgres")]
            // It is removed by `compact`.
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Removes what is left of deleted rows, and gives their room back. Not inside a transaction.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn compact(&self) -> Result<(), SqlError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.compact(),
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.compact(),
        }
    }
}
