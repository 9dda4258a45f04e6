//! The store over one SQLite file, which several processes open at once.

mod confirmations;
mod copy;
mod short_ids;
mod writes;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::database::Schema;
use crate::{
    Confirmation, Contents, Digest, Found, Known, LongId, Milliseconds, Portable, SpendError, Store, StoreError,
    Tenant, TenantUsage, Way,
};

/// `id` holds 16 bytes of a UUID, none where the short id stands for itself, and 8 of a digest where it was forgotten. `tail` is the second half of
/// the digits: a short id that looks like another one has its first half, its second half, or two digits in the middle changed.
const SCHEMA: Schema = Schema {
    version: 2,
    newest: "
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE day_of_use (day INTEGER PRIMARY KEY);
CREATE TABLE tenant (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, place TEXT NOT NULL);
CREATE TABLE short_id (tenant INTEGER NOT NULL, short TEXT NOT NULL, tail TEXT NOT NULL, id BLOB NOT NULL, shown INTEGER NOT NULL,
  PRIMARY KEY (tenant, short)) WITHOUT ROWID;
CREATE INDEX short_id_tail ON short_id (tenant, tail);
CREATE TABLE confirmation (nonce BLOB PRIMARY KEY, way INTEGER NOT NULL, call BLOB NOT NULL, content BLOB NOT NULL,
  issued INTEGER NOT NULL, expires INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX confirmation_issued ON confirmation (issued);
CREATE TABLE written (caller BLOB NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (caller, day)) WITHOUT ROWID;
",
    upgrades: &[(
        2,
        "CREATE TABLE written (caller BLOB NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (caller, day)) WITHOUT ROWID;",
    )],
};

/// The store's file in a state directory.
const FILE: &str = "shared.sqlite";

/// The store over one SQLite file. Nothing is opened before it is used.
pub struct SqliteStore {
    file: PathBuf,
    limit: Option<u64>,
    // std mutex: only held on blocking threads.
    db: Mutex<Option<Connection>>,
}

impl SqliteStore {
    /// The store of a state directory, which is made when it is first used.
    pub fn new(directory: &Path) -> Self {
        Self { file: directory.join(FILE), limit: None, db: Mutex::default() }
    }

    /// The same, whose file may grow to so many bytes.
    #[must_use]
    pub fn limited(self, limit: Option<u64>) -> Self {
        Self { limit, ..self }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        if db.is_some() && !self.file.exists() {
            // Somebody moved it away: what is written into it now nobody else would find.
            *db = None;
        }
        let open = match db.as_mut() {
            Some(open) => open,
            None => db.insert(SCHEMA.open(&self.file, self.limit, |_| Ok(()))?),
        };
        let done = work(open).map_err(|error| StoreError::of(&error, &self.file));
        if matches!(done, Err(StoreError::Damaged { .. } | StoreError::Disk { .. })) {
            // It is looked at anew by the next call: it may have been put right.
            *db = None;
        }
        done
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqliteStore").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn look_up(&self, tenant: &Tenant, shorts: &[String]) -> Result<Vec<Found>, StoreError> {
        let found = self.with(|db| short_ids::look_up(db, tenant, shorts));
        match found {
            Err(fault @ StoreError::Disk { .. }) => match SCHEMA.open_unwritable(&self.file)? {
                Some(db) => short_ids::look_up(&db, tenant, shorts).map_err(|error| StoreError::of(&error, &self.file)),
                None => Err(fault),
            },
            other => other,
        }
    }

    fn give_out(&self, tenant: &Tenant, ids: &[LongId], now: Milliseconds) -> Result<Vec<Option<Known>>, StoreError> {
        self.with(|db| short_ids::give_out(db, tenant, ids, crate::day(now)))
    }

    fn sweep(&self, now: Milliseconds) -> Result<u64, StoreError> {
        self.with(|db| short_ids::sweep(db, crate::day(now), (crate::KEPT_DAYS, crate::KEPT_IDS)))
    }

    fn forget(&self, tenant: &Tenant, id: Option<&LongId>) -> Result<u64, StoreError> {
        self.with(|db| short_ids::forget(db, tenant, id))
    }

    fn issue(&self, nonce: &str, confirmation: &Confirmation) -> Result<(), StoreError> {
        self.with(|db| confirmations::issue(db, (nonce, confirmation), crate::KEPT_CONFIRMATIONS))
    }

    fn spend(&self, nonce: &str, way: Way, call: &Digest, now: Milliseconds) -> Result<Digest, SpendError> {
        self.with(|db| confirmations::spend(db, nonce, (way, call), now))?
    }

    fn count_write(&self, caller: &Digest, limit: u64, now: Milliseconds) -> Result<Option<u64>, StoreError> {
        self.with(|db| writes::count(db, caller, limit, crate::day(now)))
    }

    fn uncount_write(&self, caller: &Digest, now: Milliseconds) -> Result<(), StoreError> {
        self.with(|db| writes::uncount(db, caller, crate::day(now)))
    }

    fn usage(&self, tenant: &Tenant) -> Result<Option<TenantUsage>, StoreError> {
        self.with(|db| short_ids::usage(db, tenant))
    }

    fn exists(&self) -> bool {
        self.file.exists()
    }

    fn now(&self) -> Result<Milliseconds, StoreError> {
        Ok(crate::machine_clock())
    }

    fn spans_machines(&self) -> bool {
        false
    }

    fn place(&self) -> String {
        self.file.display().to_string()
    }
}

impl Portable for SqliteStore {
    fn read_all(&self) -> Result<Contents, StoreError> {
        self.with(|db| {
            let moment = db.transaction()?;
            copy::read(&moment)
        })
    }

    fn fill(&self, contents: &Contents) -> Result<(), StoreError> {
        let place = self.place();
        self.with(|db| {
            let transaction = db.transaction()?;
            if let Err(refused) = copy::read(&transaction)?.check_is_empty(&place) {
                return Ok(Err(refused));
            }
            copy::write(&transaction, contents)?;
            if let Err(refused) = copy::read(&transaction)?.check_is(contents, &place) {
                return Ok(Err(refused));
            }
            transaction.commit()?;
            Ok(Ok(()))
        })?
    }
}
