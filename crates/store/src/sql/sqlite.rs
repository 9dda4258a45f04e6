//! SQLite under the layer.

use std::path::Path;

pub(super) use rusqlite::Row as Cells;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Params, ToSql, params_from_iter};

use super::value::Cells as RowCells;
use super::{Row, SqlError, Value};
use crate::StoreError;
use crate::database::{self, Fault, Schema};

/// The message of a trigger of a fence.
const FENCED: &str = "taken over";

/// A connection to a SQLite file.
pub(super) struct Sqlite(Connection);

impl Sqlite {
    pub(super) fn open(
        schema: &Schema,
        (file, limit): (&Path, Option<u64>),
        meta: &[(&str, &str)],
    ) -> Result<Self, StoreError> {
        let fill = |transaction: &rusqlite::Transaction<'_>| {
            let mut insert = transaction.prepare("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
            meta.iter().try_for_each(|row| insert.execute(*row).map(drop))
        };
        schema.open(file, limit, fill).map(Self)
    }

    pub(super) fn reopen(file: &Path, limit: Option<u64>) -> Result<Self, StoreError> {
        database::reopen(file, limit).map(Self)
    }

    pub(super) fn open_to_read(file: &Path) -> Result<Self, StoreError> {
        let opened = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
        opened.map(Self).map_err(|error| StoreError::of(&error, file))
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        Ok(self.0.prepare_cached(sql)?.execute(params_from_iter(values))? as u64)
    }

    pub(super) fn each<E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut show: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.0.prepare_cached(sql).map_err(SqlError::from)?;
        show_rows(&mut statement, params_from_iter(values), &mut show)
    }

    pub(super) fn insert_many<'v>(
        &self,
        (table, columns): (&str, &[&str]),
        on_conflict: &str,
        rows: &[impl AsRef<[Value<'v>]>],
    ) -> Result<(), SqlError> {
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let (columns, places) = (columns.join(", "), places.join(", "));
        let mut insert =
            self.0.prepare_cached(&format!("INSERT INTO {table} ({columns}) VALUES ({places}) {on_conflict}"))?;
        rows.iter().try_for_each(|row| insert.execute(params_from_iter(row.as_ref())).map(drop))?;
        Ok(())
    }

    pub(super) fn each_by_key<E: From<SqlError>>(
        &self,
        (select, column): (&str, &str),
        keys: &[Value<'_>],
        show: &mut impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("{select} WHERE {column} = ?1");
        let mut statement = self.0.prepare_cached(&sql).map_err(SqlError::from)?;
        keys.iter().try_for_each(|key| show_rows(&mut statement, [key], show))
    }

    pub(super) fn delete_by_key(&self, (table, column): (&str, &str), keys: &[Value<'_>]) -> Result<(), SqlError> {
        let mut delete = self.0.prepare_cached(&format!("DELETE FROM {table} WHERE {column} = ?1"))?;
        keys.iter().try_for_each(|key| delete.execute([key]).map(drop))?;
        Ok(())
    }

    pub(super) fn begin(&self) -> Result<(), SqlError> {
        // A transaction that reads first and finds that somebody wrote meanwhile would fail at once, without waiting.
        self.execute("BEGIN IMMEDIATE", &[]).map(drop)
    }

    pub(super) fn commit(&self) -> Result<(), SqlError> {
        self.execute("COMMIT", &[]).map(drop)
    }

    pub(super) fn roll_back(&self) {
        // SQLite has done so already after some errors. Where it fails the connection is of no use, which the next statement says.
        if !self.0.is_autocommit() {
            let _ = self.execute("ROLLBACK", &[]);
        }
    }

    pub(super) fn set_fence(&self, tables: &[&str], fence: i64) -> Result<(), SqlError> {
        self.0.pragma_update(None, "temp_store", "MEMORY")?;
        for table in tables {
            for change in ["INSERT", "UPDATE", "DELETE"] {
                self.0.execute_batch(&format!(
                    "CREATE TEMP TRIGGER fence_{table}_{change} BEFORE {change} ON main.{table} \
                     WHEN (SELECT fence FROM main.lease) IS NOT {fence} BEGIN SELECT RAISE(ABORT, '{FENCED}'); END"
                ))?;
            }
        }
        Ok(())
    }

    pub(super) fn set_lazy(&self) -> Result<(), SqlError> {
        Ok(self.0.pragma_update(None, "synchronous", "OFF")?)
    }

    pub(super) fn bytes(&self) -> Result<u64, SqlError> {
        let number = |sql: &str| self.0.query_row(sql, [], |row| row.get::<_, i64>(0));
        let bytes = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
        Ok(u64::try_from(bytes).unwrap_or_default())
    }

    pub(super) fn disk_bytes(&self) -> u64 {
        let file = self.0.path().unwrap_or_default();
        let size = |file: &str| std::fs::metadata(file).map_or(0, |found| found.len());
        size(file) + size(&format!("{file}-wal"))
    }

    pub(super) fn columns(&self, table: &str) -> Result<Vec<String>, SqlError> {
        let mut select = self.0.prepare("SELECT name FROM pragma_table_info(?1, 'main')")?;
        let names = select.query_map([table], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn find_damage(&self) -> Result<Option<String>, SqlError> {
        let told: String = self.0.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok((told != "ok").then_some(told))
    }

    pub(super) fn copy_to(&self, file: &Path) -> Result<(), SqlError> {
        self.0.execute("VACUUM INTO ?1", [file.to_string_lossy()])?;
        Ok(())
    }

    pub(super) fn overwrite_deleted(&self) -> Result<(), SqlError> {
        Ok(self.0.pragma_update(None, "secure_delete", "ON")?)
    }

    pub(super) fn compact(&self) -> Result<(), SqlError> {
        self.0.execute_batch("VACUUM")?;
        // The log still has what was there before; a reader elsewhere may hold it up for a moment.
        Ok(self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

fn show_rows<E: From<SqlError>>(
    statement: &mut rusqlite::Statement<'_>,
    values: impl Params,
    show: &mut impl FnMut(&Row<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = statement.query(values).map_err(SqlError::from)?;
    while let Some(row) = rows.next().map_err(SqlError::from)? {
        show(&Row(RowCells::Sqlite(row)))?;
    }
    Ok(())
}

/// A value of a row.
pub(super) fn value<'a>(row: &'a Cells<'_>, place: usize) -> Result<Value<'a>, SqlError> {
    let wrong = || SqlError::Damaged(format!("value {place} of a row is neither a number nor a text"));
    match row.get_ref(place)? {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(text) => std::str::from_utf8(text).map(Value::Text).map_err(|_| wrong()),
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(wrong()),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        if matches!(&error, rusqlite::Error::SqliteFailure(_, Some(words)) if words == FENCED) {
            return Self::Fenced;
        }
        match Fault::of(&error) {
            Fault::Disk => Self::Disk(error.to_string()),
            Fault::Busy => Self::Busy,
            Fault::NoLocks | Fault::Damaged => Self::Damaged(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DatabaseLocation, Tables};
    use super::SqlError;
    use crate::database::Schema;
    use crate::values;

    const TABLES: Tables = Tables::new(Schema {
        version: 1,
        newest: "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); CREATE TABLE lease (fence INTEGER);",
        upgrades: &[],
    });

    #[test]
    fn a_fence_that_was_raised_lets_no_change_through() {
        let directory = tempfile::tempdir().unwrap();
        let place = DatabaseLocation::File(directory.path().join("state.sqlite"));
        let db = place.open(&TABLES, None, &[("place", "here")]).unwrap();
        db.execute("INSERT INTO lease (fence) VALUES (1)", &[]).unwrap();
        let fenced = place.reopen(None).unwrap();
        fenced.set_fence(&["meta"], 1).unwrap();
        let set = "INSERT INTO meta (name, value) VALUES ('synced_at', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1";
        fenced.execute(set, values!["first"]).unwrap();
        db.execute("UPDATE lease SET fence = 2", &[]).unwrap();
        assert_eq!(fenced.execute(set, values!["second"]), Err(SqlError::Fenced));
        for change in ["DELETE FROM meta", "UPDATE meta SET value = ''"] {
            assert_eq!(fenced.execute(change, &[]), Err(SqlError::Fenced), "{change}");
        }
        let kept: String = db.value("SELECT value FROM meta WHERE name = 'synced_at'", &[]).unwrap();
        assert_eq!(kept, "first");
        db.execute(set, values!["by the one who took over"]).unwrap();
    }
}
