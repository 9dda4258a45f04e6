//! The tables, and how they are made and migrated: in one transaction, by one process at a time.

use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, Transaction};

use super::connection::fault;
use crate::StoreError;

/// The schema that everything lies in.
const NAME: &str = "imbrace_contacts_mcp";

/// Held while tables are made or changed, for the end of that transaction: "imbr" in ASCII.
const LOCK: i64 = 0x696d_6272;

/// How long a migration may take, the wait for another process's included.
const MIGRATED_WITHIN: Duration = Duration::from_secs(600);

/// Tables with a version.
pub(crate) struct Schema {
    /// The name under which the version is kept.
    pub(super) name: &'static str,
    /// The version of `newest`; tables of a newer one are not touched.
    pub(super) version: i64,
    /// Makes an empty schema one of this version.
    pub(super) newest: &'static str,
    /// The statements of each version beyond the one before it, oldest first.
    pub(super) upgrades: &'static [(i64, &'static str)],
}

/// As in SQLite (`sqlite.rs`). Short ids are compared byte by byte, whatever language the database sorts by. `used_by` is who used a
/// confirmation up: the same one may ask again whether it did.
pub(crate) const STORE: Schema = Schema {
    name: "store",
    version: 1,
    newest: r#"
CREATE TABLE day_of_use (day bigint PRIMARY KEY);
CREATE TABLE tenant (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key bytea NOT NULL UNIQUE, place text NOT NULL);
CREATE TABLE short_id (tenant bigint NOT NULL, short text COLLATE "C" NOT NULL, tail text COLLATE "C" NOT NULL, id bytea NOT NULL,
  shown bigint NOT NULL, PRIMARY KEY (tenant, short));
CREATE INDEX short_id_tail ON short_id (tenant, tail);
CREATE TABLE confirmation (nonce bytea PRIMARY KEY, way bigint NOT NULL, call bytea NOT NULL, content bytea NOT NULL,
  issued bigint NOT NULL, expires bigint NOT NULL, used_by bytea);
CREATE INDEX confirmation_issued ON confirmation (issued);
CREATE INDEX confirmation_expires ON confirmation (expires);
CREATE TABLE written (caller bytea NOT NULL, day bigint NOT NULL, count bigint NOT NULL, PRIMARY KEY (caller, day));
"#,
    upgrades: &[],
};

impl Schema {
    /// Makes, migrates or only checks the tables.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed then.
    pub(super) async fn prepare(&self, client: &mut Client, place: &str) -> Result<(), StoreError> {
        let found = match self.found(client).await {
            // There is no schema yet.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => 0,
            found => found.map_err(|error| fault(place, &error))?,
        };
        if found < self.version {
            let migrating = tokio::time::timeout(MIGRATED_WITHIN, self.migrate(client));
            let migrated = migrating.await.map_err(|_| StoreError::Unreachable {
                place: place.to_owned(),
                reason: format!("not migrated within {} s", MIGRATED_WITHIN.as_secs()),
            })?;
            migrated.map_err(|error| match error.code() {
                Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => StoreError::Unusable {
                    place: place.to_owned(),
                    reason: format!("the user may not make the schema {NAME}; make it first: CREATE SCHEMA {NAME} AUTHORIZATION the_user"),
                },
                _ => fault(place, &error),
            })?;
        }
        if found > self.version {
            return Err(StoreError::NewerDatabase { place: place.to_owned(), found, known: self.version });
        }
        Ok(())
    }

    async fn found(&self, client: &Client) -> Result<i64, Error> {
        let version = "SELECT value FROM meta WHERE name = $1";
        let row = client.query_typed_opt(version, &[(&self.name, tokio_postgres::types::Type::TEXT)]).await?;
        row.map_or(Ok(0), |row| row.try_get(0))
    }

    /// Makes or changes the tables, unless another process has just done so.
    async fn migrate(&self, client: &mut Client) -> Result<(), Error> {
        let transaction = client.transaction().await?;
        let begin = format!(
            "SET LOCAL statement_timeout TO 0; SET LOCAL lock_timeout TO 0; SELECT pg_advisory_xact_lock({LOCK})"
        );
        transaction.batch_execute(&begin).await?;
        // A schema that is there already is not made: that would need a right that reading it does not.
        let schema = format!("SELECT to_regnamespace('{NAME}') IS NULL");
        if transaction.query_typed_one(&schema, &[]).await?.try_get(0)? {
            transaction.batch_execute(&format!("CREATE SCHEMA {NAME}")).await?;
        }
        let meta = format!("CREATE TABLE IF NOT EXISTS {NAME}.meta (name text PRIMARY KEY, value bigint NOT NULL)");
        transaction.batch_execute(&meta).await?;
        self.change(&transaction).await?;
        transaction.commit().await
    }

    async fn change(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let found = self.found(transaction.client()).await?;
        if found == 0 {
            transaction.batch_execute(self.newest).await?;
        } else {
            for (_, more) in self.upgrades.iter().filter(|(version, _)| found < *version) {
                transaction.batch_execute(more).await?;
            }
        }
        if found < self.version {
            let version = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value";
            let (text, number) = (tokio_postgres::types::Type::TEXT, tokio_postgres::types::Type::INT8);
            transaction.execute_typed(version, &[(&self.name, text), (&self.version, number)]).await?;
        }
        Ok(())
    }
}
