//! State that processes share and that outlives them: short ids, confirmations, and the writes of the day by caller.
//!
//! [`Store`] is the interface; `SqliteStore` keeps everything in one SQLite file of the state directory, for the processes of one machine,
//! and `PostgresStore` in a PostgreSQL database, for those of several. Every call blocks for as long as the disk or the network takes, so an
//! async caller makes it on a blocking thread; elsewhere `PostgresStore` panics. Moments come from the caller.
//!
//! `database` opens SQLite files: private, checked, and migrated in one transaction. `sql` is the layer over which the cleanup engine
//! keeps its state. They and `SqliteStore` are the feature `sqlite`, which is on by default; `PostgresStore`
//! and the layer's second engine are the feature `postgres`.

// The tests of the engines and those in tests/ share a module, which names the crate.
#[cfg(all(test, feature = "postgres"))]
extern crate self as imbrace_contacts_store;

mod confirmation;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod contents;
#[cfg(feature = "sqlite")]
pub mod database;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
pub mod short_id;
#[cfg(feature = "sqlite")]
pub mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::fmt;

pub use confirmation::{Confirmation, Digest, SpendError, Way};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use contents::{Contents, ContentsCount, Portable};
pub use error::StoreError;
#[cfg(feature = "postgres")]
pub use postgres::{AddressError, PostgresAddress, PostgresStore};
pub use short_id::LongId;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// A moment in milliseconds since 1970 (UTC), by the caller's clock.
pub type Milliseconds = i64;

/// Days that a short id is kept after it was last shown, at least. Only days on which the store was in use count, so that a clock that
/// jumps ahead removes nothing.
pub const KEPT_DAYS: u32 = 90;

/// Short ids of a tenant that are kept for good, the last shown first.
pub const KEPT_IDS: u64 = 1_000_000;

/// Confirmations that are kept. Of more, the oldest is forgotten, and a forgotten one confirms nothing.
pub const KEPT_CONFIRMATIONS: u64 = 100_000;

/// Whose short ids: the processes of one organisation, or of one credential, at one gateway.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenant {
    /// Tells tenants apart. Made of digests; never the credential itself.
    pub key: [u8; 32],
    /// Environment, gateway and organisation, in words for an operator.
    pub place: String,
}

/// What a short id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The short id.
    pub short: String,
    /// The id.
    pub id: LongId,
    /// The day on which it was last shown, counted from 1970.
    pub shown: i64,
}

/// What is known of a text that looks like a short id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It was given out.
    Known(Known),
    /// It was not; short ids that look alike.
    Unknown(Vec<String>),
}

/// How much a tenant has in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUsage {
    /// Short ids.
    pub short_ids: u64,
    /// The days on which the oldest and the newest were last shown, counted from 1970.
    pub shown: Option<(i64, i64)>,
}

/// The day of a moment, counted from 1970.
pub const fn day(now: Milliseconds) -> i64 {
    now.div_euclid(24 * 3600 * 1000)
}

/// The moment by the clock of this machine.
pub fn machine_clock() -> Milliseconds {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Milliseconds::try_from(since.as_millis()).unwrap_or(Milliseconds::MAX)
}

/// The interface. What has returned is on the disk, and every other process sees it.
pub trait Store: fmt::Debug + Send + Sync {
    /// What these short ids stand for, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn look_up(&self, tenant: &Tenant, shorts: &[String]) -> Result<Vec<Found>, StoreError>;

    /// The short ids of these ids, in their order: given out now where there was none. `None` where every length is taken by ids that
    /// look alike.
    ///
    /// Ids that are known, and were shown on this day already, are only read.
    ///
    /// # Errors
    /// [`StoreError`]; none of them is given out then.
    fn give_out(&self, tenant: &Tenant, ids: &[LongId], now: Milliseconds) -> Result<Vec<Option<Known>>, StoreError>;

    /// Removes short ids that were last shown more than [`KEPT_DAYS`] days of use ago and are not among the [`KEPT_IDS`] newest of
    /// their tenant, at most once a day; how many.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is removed then.
    fn sweep(&self, now: Milliseconds) -> Result<u64, StoreError>;

    /// Forgets what the short ids of a tenant stand for. They are not given out to other ids: a process may still know them.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is forgotten then.
    fn forget(&self, tenant: &Tenant, id: Option<&LongId>) -> Result<u64, StoreError>;

    /// Keeps a confirmation under a nonce, which nobody can guess. Only a digest of the nonce is kept.
    ///
    /// # Errors
    /// [`StoreError`]; it confirms nothing then.
    fn issue(&self, nonce: &str, confirmation: &Confirmation) -> Result<(), StoreError>;

    /// Uses a confirmation and returns the digest of the preview it was given with. Of any number of uses in any number of processes,
    /// one succeeds.
    ///
    /// # Errors
    /// [`SpendError`]; it is not used up by this call then, but where the store's answer was lost, which [`SpendError::Store`] means: it may be.
    fn spend(&self, nonce: &str, way: Way, call: &Digest, now: Milliseconds) -> Result<Digest, SpendError>;

    /// Counts one write of a caller on the day (UTC) of a moment; how many the caller has done with it, or `None` where it had done `limit`
    /// already. All processes count together. `caller` is a digest of who calls.
    ///
    /// # Errors
    /// [`StoreError`]; it is not counted then, but where a database's answer was lost: it may be.
    fn count_write(&self, caller: &Digest, limit: u64, now: Milliseconds) -> Result<Option<u64>, StoreError>;

    /// Takes back one counted write of that day which was certainly not done.
    ///
    /// # Errors
    /// [`StoreError`]; it stays counted then.
    fn uncount_write(&self, caller: &Digest, now: Milliseconds) -> Result<(), StoreError>;

    /// How much a tenant has; `None` where nothing was given out.
    ///
    /// # Errors
    /// [`StoreError`].
    fn usage(&self, tenant: &Tenant) -> Result<Option<TenantUsage>, StoreError>;

    /// Whether there is anything; nothing is made.
    fn exists(&self) -> bool;

    /// The moment by the clock that the processes over this store have in common, for confirmations and the writes of a day. Where they are on
    /// one machine it is the machine's.
    ///
    /// # Errors
    /// [`StoreError`] where only the store knows it and does not answer.
    fn now(&self) -> Result<Milliseconds, StoreError>;

    /// Returns true if processes of several machines may be over it: then nothing is written that it did not answer for, because the others would not
    /// know.
    fn spans_machines(&self) -> bool;

    /// Its place, in words for an operator.
    fn place(&self) -> String;
}
