//! PostgreSQL under the layer: a schema of its own for each state, over one connection a user of it.
//!
//! A transaction begins with a lock of its schema, so that one writer is at work at a time, as over a SQLite file. The server ends a
//! transaction whose process stands still.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
pub(super) use tokio_postgres::Row as Cells;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Error, Statement};

use super::value::Cells as RowCells;
use super::{Row, SqlError, Value};
use crate::StoreError;
use crate::postgres::PostgresAddress;
use crate::postgres::connection::{Connections, describe, fault};
use crate::postgres::schema::STORE;

/// Rows that one statement puts in.
const BATCH: usize = 5_000;

/// The error code of the trigger of a fence.
const FENCED: &str = "IMF01";

/// The tables of a schema.
#[derive(Debug, Clone, Copy)]
pub struct PostgresTables {
    /// The version of `newest`; tables of a newer one are not touched.
    pub version: i64,
    /// Makes an empty schema one of this version.
    pub newest: &'static str,
    /// The statements of each version beyond the one before it, oldest first.
    pub upgrades: &'static [(i64, &'static str)],
    /// Tables that [`super::Database::set_fence`] is for.
    pub fenced: &'static [&'static str],
}

/// A PostgreSQL database, as this process reaches it. Cheap to clone.
#[derive(Clone)]
pub struct PostgresServer(Arc<Server>);

struct Server {
    connections: Connections,
    place: String,
    /// Drives the connections. Taken when it is dropped, which may happen on an async thread.
    runtime: Option<Runtime>,
}

impl PostgresServer {
    /// A database. `authorities` are certificates (DER) that are trusted beside the system's. Nothing is opened yet.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] where this machine has no thread or no certificates to trust.
    pub fn new(address: &PostgresAddress, authorities: Vec<Vec<u8>>) -> Result<Self, StoreError> {
        let place = address.place().to_owned();
        let unusable = |reason: String| StoreError::Unusable { place: place.clone(), reason };
        let connections = Connections::new(address, authorities, &STORE).map_err(unusable)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("cleanup-database")
            .enable_all()
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self(Arc::new(Server { connections, place, runtime: Some(runtime) })))
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.0.runtime.as_ref().map(|runtime| runtime.handle().block_on(work))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropped the ordinary way it would wait, which an async thread must not.
            runtime.shutdown_background();
        }
    }
}

/// Shows the place; neither user nor password.
impl fmt::Debug for PostgresServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresServer").field("place", &self.0.place).finish_non_exhaustive()
    }
}

/// A schema of a database.
#[derive(Debug, Clone)]
pub struct PostgresSchema {
    server: PostgresServer,
    name: String,
}

impl fmt::Display for PostgresSchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, schema {}", self.server.0.place, self.name)
    }
}

impl PostgresSchema {
    /// A schema by its name: small ASCII letters, digits and underscores. Nothing is made yet.
    pub fn new(server: PostgresServer, name: String) -> Self {
        Self { server, name }
    }

    /// The number of a lock of this schema.
    fn lock_number(&self, lock: &str) -> i64 {
        let digest = Sha256::digest(format!("{}.{lock}", self.name));
        digest.iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
    }

    pub(super) fn lock(&self, name: &str) -> SessionLock {
        SessionLock { number: self.lock_number(name), schema: self.clone(), session: Mutex::default() }
    }

    /// The settings of every connection. A statement that is cut off was not done.
    fn session(&self) -> String {
        format!(
            "SET search_path TO {}, pg_catalog; SET statement_timeout TO '60s'; SET lock_timeout TO '10s'; \
             SET idle_in_transaction_session_timeout TO '5s'; SET TIME ZONE 'UTC'; \
             SET default_transaction_isolation TO 'read committed'; SET synchronous_commit TO on; \
             SET client_min_messages TO error",
            self.name
        )
    }

    pub(super) fn connect(&self) -> Result<Postgres, StoreError> {
        let place = || self.server.0.place.clone();
        let client = self.server.wait(self.server.0.connections.connect(&self.session()));
        let client = client.ok_or_else(|| StoreError::Unusable { place: place(), reason: "it ends".to_owned() })??;
        Ok(Postgres { schema: self.clone(), client, statements: RefCell::default(), is_lost: Cell::default() })
    }

    pub(super) fn open(&self, tables: Option<&PostgresTables>, meta: &[(&str, &str)]) -> Result<Postgres, StoreError> {
        let place = || self.server.0.place.clone();
        let unmade = || StoreError::Unusable { place: place(), reason: "its tables are for SQLite only".to_owned() };
        let tables = tables.ok_or_else(unmade)?;
        let opened = self.connect()?;
        let prepared = self.server.wait(opened.prepare_tables(tables, meta));
        match prepared.transpose().map_err(|error| fault(&place(), &error))? {
            Some(found) if found > tables.version => {
                Err(StoreError::NewerDatabase { place: place(), found, known: tables.version })
            }
            _ => Ok(opened),
        }
    }
}

/// A connection whose statements are about one schema.
pub(super) struct Postgres {
    schema: PostgresSchema,
    client: Client,
    statements: RefCell<HashMap<String, Statement>>,
    /// True if a statement was not answered. The end of the connection may be seen a little later.
    is_lost: Cell<bool>,
}

impl Postgres {
    /// Makes or migrates the tables, in one transaction and by one process at a time; the version that was found.
    async fn prepare_tables(&self, tables: &PostgresTables, meta: &[(&str, &str)]) -> Result<i64, Error> {
        let found = self.version().await?;
        if found >= tables.version {
            return Ok(found);
        }
        let begin = format!(
            "BEGIN; SET LOCAL lock_timeout TO '60s'; SELECT pg_advisory_xact_lock({})",
            self.schema.lock_number("tables")
        );
        let made = async {
            self.client.batch_execute(&begin).await?;
            let found = self.version().await?;
            if found == 0 {
                self.make(tables, meta).await?;
            }
            for (_, more) in tables.upgrades.iter().filter(|(version, _)| (1..*version).contains(&found)) {
                self.client.batch_execute(more).await?;
            }
            if found < tables.version {
                let version = format!("DELETE FROM version; INSERT INTO version (number) VALUES ({})", tables.version);
                self.client.batch_execute(&version).await?;
            }
            self.client.batch_execute("COMMIT").await?;
            Ok(found.min(tables.version))
        };
        let made = made.await;
        if made.is_err() {
            let _ = self.client.batch_execute("ROLLBACK").await;
        }
        made
    }

    async fn make(&self, tables: &PostgresTables, meta: &[(&str, &str)]) -> Result<(), Error> {
        // A schema that is there already is not made: that would need a right that using it does not.
        let is_there = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)";
        let is_there: bool = self.client.query_one(is_there, &[&self.schema.name]).await?.try_get(0)?;
        if !is_there {
            self.client.batch_execute(&format!("CREATE SCHEMA {}", self.schema.name)).await?;
        }
        self.client.batch_execute("CREATE TABLE version (number bigint NOT NULL)").await?;
        self.client.batch_execute(tables.newest).await?;
        self.client
            .batch_execute(&format!(
                "CREATE FUNCTION check_fence() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
                 DECLARE
                   mine text := current_setting('imbrace.fence', true);
                   held bigint;
                 BEGIN
                   IF mine IS NULL OR mine = '' THEN RETURN NULL; END IF;
                   SELECT fence INTO held FROM lease FOR SHARE;
                   IF held IS DISTINCT FROM mine::bigint THEN RAISE EXCEPTION 'taken over' USING ERRCODE = '{FENCED}'; END IF;
                   RETURN NULL;
                 END $$"
            ))
            .await?;
        for table in tables.fenced {
            let trigger = format!(
                "CREATE TRIGGER fence BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION check_fence()"
            );
            self.client.batch_execute(&trigger).await?;
        }
        for (name, value) in meta {
            self.client.execute("INSERT INTO meta (name, value) VALUES ($1, $2)", &[name, value]).await?;
        }
        Ok(())
    }

    /// The version of the tables; 0 where there are none.
    async fn version(&self) -> Result<i64, Error> {
        // The catalog itself, and no function that looks a name up: that may answer from what this session knew before another made it.
        let is_there = "SELECT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
                        WHERE nspname = $1 AND relname = 'version')";
        let is_there = self.client.query_one(is_there, &[&self.schema.name]).await?;
        if !is_there.try_get::<_, bool>(0)? {
            return Ok(0);
        }
        let version = self.client.query_opt("SELECT number FROM version", &[]).await?;
        version.map_or(Ok(0), |row| row.try_get(0))
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, SqlError> {
        let done = self.schema.server.wait(work);
        done.ok_or_else(|| SqlError::Unreachable("this process ends".to_owned()))?.map_err(|error| self.fault(error))
    }

    fn fault(&self, error: Error) -> SqlError {
        let fault = SqlError::from(error);
        if matches!(fault, SqlError::Unreachable(_)) {
            self.is_lost.set(true);
        }
        fault
    }

    /// A statement, prepared once for each connection.
    fn statement(&self, sql: &str) -> Result<Statement, SqlError> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.wait(self.client.prepare(&sql.replace('?', "$")))?;
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        let (statement, values) = (self.statement(sql)?, parameters(values));
        self.wait(self.client.execute(&statement, &values))
    }

    fn run(&self, statements: &str) -> Result<(), SqlError> {
        self.wait(self.client.batch_execute(statements))
    }

    pub(super) fn each<E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut show: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let statement = self.statement(sql)?;
        self.show_rows(&statement, parameters(values), &mut show)
    }

    fn show_rows<E: From<SqlError>>(
        &self,
        statement: &Statement,
        values: Vec<&(dyn ToSql + Sync)>,
        show: &mut impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let shown = self.schema.server.wait(async {
            let rows = self.client.query_raw(statement, values).await.map_err(|error| self.fault(error))?;
            let mut rows = pin!(rows);
            while let Some(row) = rows.try_next().await.map_err(|error| self.fault(error))? {
                show(&Row(RowCells::Postgres(&row)))?;
            }
            Ok(())
        });
        shown.unwrap_or_else(|| Err(SqlError::Unreachable("this process ends".to_owned()).into()))
    }

    pub(super) fn insert_many<'v>(
        &self,
        (table, columns): (&str, &[&str]),
        on_conflict: &str,
        rows: &[impl AsRef<[Value<'v>]>],
    ) -> Result<(), SqlError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (places, names) = ((1..=columns.len()), columns.join(", "));
        let one: Vec<String> = places.clone().map(|place| format!("?{place}")).collect();
        // The server knows the types of the columns.
        let one = self.statement(&format!("INSERT INTO {table} ({names}) VALUES ({})", one.join(", ")))?;
        let many: Vec<String> =
            places.zip(one.params()).map(|(place, is)| format!("?{place}::{}[]", is.name())).collect();
        let many = format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({}) {on_conflict}", many.join(", "));
        let statement = self.statement(&many)?;
        for batch in rows.chunks(BATCH) {
            let column = |place: usize| -> Vec<Value<'v>> {
                batch.iter().map(|row| row.as_ref().get(place).copied().unwrap_or(Value::Null)).collect()
            };
            let lists: Vec<Vec<Value<'v>>> = (0..columns.len()).map(column).collect();
            let values: Vec<&(dyn ToSql + Sync)> = lists.iter().map(|list| list as &(dyn ToSql + Sync)).collect();
            self.wait(self.client.execute(&statement, &values))?;
        }
        Ok(())
    }

    pub(super) fn each_by_key<E: From<SqlError>>(
        &self,
        (select, column): (&str, &str),
        keys: &[Value<'_>],
        show: &mut impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let statement = self.statement(&format!("{select} WHERE {column} = ANY(?1)"))?;
        let keys = keys.to_vec();
        self.show_rows(&statement, vec![&keys], show)
    }

    pub(super) fn delete_by_key(&self, (table, column): (&str, &str), keys: &[Value<'_>]) -> Result<(), SqlError> {
        let statement = self.statement(&format!("DELETE FROM {table} WHERE {column} = ANY(?1)"))?;
        let keys = keys.to_vec();
        self.wait(self.client.execute(&statement, &[&keys])).map(drop)
    }

    pub(super) fn begin(&self) -> Result<(), SqlError> {
        let begun = self.run(&format!("BEGIN; SELECT pg_advisory_xact_lock({})", self.schema.lock_number("writer")));
        if begun.is_err() {
            self.roll_back();
        }
        begun
    }

    pub(super) fn commit(&self) -> Result<(), SqlError> {
        self.run("COMMIT")
    }

    pub(super) fn roll_back(&self) {
        // If this fails the connection is lost, and the server rolls back.
        let _ = self.run("ROLLBACK");
    }

    pub(super) fn set_fence(&self, tables: &[&str], fence: i64) -> Result<(), SqlError> {
        let fenced = "SELECT relname::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid \
                      WHERE tgname = 'fence' AND relnamespace = current_schema()::regnamespace AND tgenabled <> 'D'";
        let mut fenced_tables: Vec<String> = Vec::new();
        self.each(fenced, &[], |row| {
            fenced_tables.push(row.get(0)?);
            Ok::<_, SqlError>(())
        })?;
        if let Some(open) = tables.iter().find(|table| !fenced_tables.iter().any(|fenced| fenced == *table)) {
            return Err(SqlError::Damaged(format!("the table {open} has no fence")));
        }
        self.run(&format!("SET imbrace.fence TO '{fence}'"))
    }

    pub(super) fn set_lazy(&self) -> Result<(), SqlError> {
        self.run("SET synchronous_commit TO off")
    }

    pub(super) fn bytes(&self) -> Result<u64, SqlError> {
        let sum = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class \
                   WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'";
        let mut bytes = 0_i64;
        self.each(sum, &[], |row| {
            bytes = row.get(0)?;
            Ok::<_, SqlError>(())
        })?;
        Ok(bytes.unsigned_abs())
    }

    pub(super) fn columns(&self, table: &str) -> Result<Vec<String>, SqlError> {
        let names = "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(?1) AND attnum > 0 \
                     AND NOT attisdropped ORDER BY attnum";
        let mut columns = Vec::new();
        self.each(names, &[Value::Text(table)], |row| {
            columns.push(row.get(0)?);
            Ok::<_, SqlError>(())
        })?;
        Ok(columns)
    }

    pub(super) fn skip_numbers(&self, table: &str, column: &str) -> Result<(), SqlError> {
        let counter = format!("pg_get_serial_sequence('{table}', '{column}')");
        let skip =
            format!("SELECT setval({counter}, greatest(nextval({counter}), (SELECT max({column}) FROM {table})))");
        self.run(&skip)
    }

    pub(super) fn compact(&self) -> Result<(), SqlError> {
        let tables =
            "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'";
        let mut names: Vec<String> = Vec::new();
        self.each(tables, &[], |row| {
            names.push(row.get(0)?);
            Ok::<_, SqlError>(())
        })?;
        self.run(&format!("VACUUM FULL {}", names.join(", ")))
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.get() || self.client.is_closed()
    }
}

/// A lock that a session of the server holds, and lets go when the session ends in whatever way.
pub(super) struct SessionLock {
    schema: PostgresSchema,
    number: i64,
    /// The session that asks for it, and whether it has it. std mutex: held on blocking threads only, or by the one user that is left.
    session: Mutex<Option<(Client, bool)>>,
}

impl fmt::Debug for SessionLock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionLock").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl SessionLock {
    pub(super) fn try_lock(&self) -> Result<bool, SqlError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match session.take().filter(|(client, _)| !client.is_closed()) {
            Some((client, true)) => {
                *session = Some((client, true));
                return Ok(true);
            }
            Some((client, false)) => client,
            None => self.schema.connect()?.client,
        };
        let ask = format!("SELECT pg_try_advisory_lock({})", self.number);
        let told = self.schema.server.wait(client.query_one(&ask, &[]));
        let told = told.ok_or_else(|| SqlError::Unreachable("this process ends".to_owned()))??;
        let is_ours: bool = told.try_get(0)?;
        *session = Some((client, is_ours));
        Ok(is_ours)
    }

    /// Ends the session, without waiting for it.
    pub(super) fn unlock(&self) {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

fn parameters<'a>(values: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// A value of a row.
pub(super) fn value(row: &Cells, place: usize) -> Result<Value<'_>, SqlError> {
    let wrong = || SqlError::Damaged(format!("value {place} of a row is neither a number nor a text"));
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    match *row.columns().get(place).ok_or_else(wrong)?.type_() {
        Type::INT8 => Ok(number(row.try_get(place)?)),
        Type::INT4 => Ok(number(row.try_get::<_, Option<i32>>(place)?.map(i64::from))),
        Type::BOOL => Ok(number(row.try_get::<_, Option<bool>>(place)?.map(i64::from))),
        Type::TEXT => Ok(row.try_get::<_, Option<&str>>(place)?.map_or(Value::Null, Value::Text)),
        _ => Err(wrong()),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, is: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => match *is {
                Type::INT8 => number.to_sql(is, out),
                Type::INT4 => i32::try_from(*number)?.to_sql(is, out),
                Type::BOOL => (*number != 0).to_sql(is, out),
                _ => Err(format!("a number is no {}", is.name()).into()),
            },
            // The server keeps every character but this one.
            Self::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(is, out),
            Self::Text(text) => text.to_sql(is, out),
        }
    }

    fn accepts(is: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::TEXT].contains(is)
    }

    to_sql_checked!();
}

impl From<Error> for SqlError {
    fn from(error: Error) -> Self {
        let Some(code) = error.code() else { return Self::Unreachable(describe(&error)) };
        let busy = [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::QUERY_CANCELED,
        ];
        if code.code() == FENCED {
            Self::Fenced
        } else if busy.contains(code) {
            Self::Busy
        } else if ["08", "57", "28"].iter().any(|class| code.code().starts_with(class))
            || *code == SqlState::TOO_MANY_CONNECTIONS
        {
            Self::Unreachable(describe(&error))
        } else if ["53", "58", "42501", "25006"].iter().any(|class| code.code().starts_with(class)) {
            Self::Disk(describe(&error))
        } else {
            Self::Damaged(describe(&error))
        }
    }
}

impl From<StoreError> for SqlError {
    fn from(error: StoreError) -> Self {
        Self::Unreachable(error.to_string())
    }
}
