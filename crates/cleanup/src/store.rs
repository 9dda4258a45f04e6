//! The state of one organisation and credential: snapshot, decisions, plans and journal in one database.
//!
//! The directory is its owner's alone, and so is the file. A commit is on the disk before it returns.

pub(super) mod automation;
mod care;
pub(super) mod contacts;
pub(super) mod decisions;
pub(super) mod journal;
mod lease;
pub(super) mod plans;
mod schema;
pub(super) mod steps;

mod watch_lock;
pub(super) mod watch_news;
pub(super) mod weeks;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use imbrace_contacts_store::StoreError;
use imbrace_contacts_store::sql::{Database, DatabaseLocation, ProcessLock, SqlError};
#[cfg(feature = "postgres")]
use imbrace_contacts_store::sql::{PostgresSchema, PostgresServer};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::error::CleanupError;
use super::location::StateLocation;
use super::report::Work;

pub(super) use contacts::{Crawl, Difference, Watermarks};
pub(super) use journal::{Act, Intent, StepOutcomes};
pub(super) use lease::Lease;
pub(super) use plans::{Draft, Group, Origin};
pub use watch_lock::WatchLock;

/// The state, opened when it is first used. Cheap to clone.
#[derive(Clone)]
pub(super) struct Store {
    home: Arc<StateLocation>,
    /// Where the state is, with its locks.
    state: Arc<DatabaseLocation>,
    /// The largest state, in bytes.
    limit: Option<u64>,
    /// The fencing token of a lease, where it is worked under one.
    fence: Option<i64>,
    // std mutex: only held on blocking threads.
    db: Arc<Mutex<Option<Database>>>,
}

impl Store {
    /// Nothing is opened yet.
    pub(super) fn new(home: StateLocation, limit: Option<u64>) -> Self {
        let state = DatabaseLocation::File(home.directory.join(name(&home)).with_extension("sqlite"));
        Self::at(home, state, limit)
    }

    /// The state in a schema of its own of a database.
    #[cfg(feature = "postgres")]
    pub(super) fn in_database(home: StateLocation, server: PostgresServer) -> Self {
        let schema = PostgresSchema::new(server, format!("imbrace_cleanup_{}", name(&home)));
        Self::at(home, DatabaseLocation::Schema(schema), None)
    }

    fn at(home: StateLocation, state: DatabaseLocation, limit: Option<u64>) -> Self {
        Self { home: Arc::new(home), state: Arc::new(state), limit, fence: None, db: Arc::default() }
    }

    /// Does something with the state, off the async threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, CleanupError> + Send + 'static,
    ) -> Result<T, CleanupError> {
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || store.with(work)).await;
        done.unwrap_or(Err(CleanupError::Broken))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Database) -> Result<T, CleanupError>) -> Result<T, CleanupError> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        if db.as_ref().is_some_and(Database::is_lost) {
            db.take();
        }
        let open = match (db.as_mut(), self.fence) {
            (Some(open), _) => Ok(open),
            (None, Some(fence)) => lease::open_fenced(&self.state, self.limit, fence).map(|opened| db.insert(opened)),
            (None, None) => schema::open(&self.home, &self.state, self.limit).map(|opened| db.insert(opened)),
        };
        open.and_then(work).map_err(|error| match error {
            CleanupError::Damaged { reason, .. } => CleanupError::Damaged { file: self.state.to_string(), reason },
            other => other,
        })
    }

    /// Whether there is a state at all; nothing is made.
    pub(super) fn exists(&self) -> bool {
        self.state.exists()
    }

    /// The places of the other states in the directory, in order; none where this state is there.
    pub(super) fn other_places(&self) -> Vec<String> {
        if self.exists() {
            return Vec::new();
        }
        let files = std::fs::read_dir(&self.home.directory).into_iter().flatten().flatten().map(|entry| entry.path());
        let states = files.filter(|path| path.extension().is_some_and(|extension| extension == "sqlite"));
        let place = |path: PathBuf| contacts::meta(&DatabaseLocation::File(path).open_to_read().ok()?, "place").ok()?;
        let mut places: Vec<String> = states.filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Takes the right to sync, apply or undo, in this process and among all. The token is cancelled when another process asks for that.
    pub(super) async fn lease(
        &self,
        work: Work,
        plan: Option<&str>,
        cancel: &CancellationToken,
    ) -> Result<Lease, CleanupError> {
        let (store, plan, cancel) = (self.clone(), plan.map(str::to_owned), cancel.clone());
        let taken = tokio::task::spawn_blocking(move || Lease::take(&store, (work, plan.as_deref()), cancel)).await;
        taken.unwrap_or(Err(CleanupError::Broken))
    }

    /// Whether nobody has taken over what this state is worked on for.
    pub(super) async fn check_fence(&self) -> Result<(), CleanupError> {
        match self.fence {
            Some(fence) => self.run(move |db| lease::check(db, fence)).await,
            None => Ok(()),
        }
    }

    /// The same state over a connection that changes nothing after somebody else has taken over.
    fn fenced(&self, fence: i64) -> Result<Self, CleanupError> {
        let db = lease::open_fenced(&self.state, self.limit, fence)?;
        Ok(Self { fence: Some(fence), db: Arc::new(Mutex::new(Some(db))), ..self.clone() })
    }

    /// The lock that says who works.
    fn lock(&self) -> Result<ProcessLock, SqlError> {
        self.state.lock("lock")
    }
}

impl From<SqlError> for CleanupError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Fenced => Self::TakenOver,
            SqlError::Busy => Self::Busy,
            SqlError::Unreachable(reason) => Self::Database(reason),
            SqlError::Damaged(reason) => Self::Damaged { file: String::new(), reason },
            other => Self::Disk(other.to_string()),
        }
    }
}

impl From<StoreError> for CleanupError {
    fn from(error: StoreError) -> Self {
        let file = |file: std::path::PathBuf| file.display().to_string();
        match error {
            StoreError::Newer { found, known, .. } | StoreError::NewerDatabase { found, known, .. } => {
                Self::Newer { found, known }
            }
            StoreError::Unreachable { .. } | StoreError::Login { .. } | StoreError::Unusable { .. } => {
                Self::Database(error.to_string())
            }
            StoreError::Damaged { file: damaged, reason } => Self::Damaged { file: file(damaged), reason },
            StoreError::Busy { .. } => Self::Busy,
            StoreError::Disk { file: unwritten, reason } => Self::Disk(format!("{}: {reason}", file(unwritten))),
            other => Self::Disk(other.to_string()),
        }
    }
}

impl From<serde_json::Error> for CleanupError {
    fn from(error: serde_json::Error) -> Self {
        // Only what the state holds is read with it.
        Self::Damaged { file: String::new(), reason: error.to_string() }
    }
}

/// The name of the state of a place and tenant: 16 hex digits.
fn name(home: &StateLocation) -> String {
    let digest = Sha256::digest(format!("{}\n{}", home.place, home.tenant));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A number as the state keeps it.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that the state kept.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
