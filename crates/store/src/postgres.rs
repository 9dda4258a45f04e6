//! The store over one PostgreSQL database, which processes of several machines share.
//!
//! Everything lies in a schema of its own, so that the database may hold other things too. A connection is checked, and the schema
//! migrated, when it is opened; nothing is opened before the store is used. No statement is prepared and nothing is kept in a session
//! that a transaction depends on.

mod address;
mod confirmations;
pub(crate) mod connection;
mod copy;
#[cfg(test)]
#[path = "../tests/databases/mod.rs"]
mod databases;
pub(crate) mod schema;
mod short_ids;
mod writes;

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool::managed::{Object, Pool, PoolError};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Error};

pub use address::{AddressError, PostgresAddress};
use connection::{ANSWERED_WITHIN, Connections, fault};

use crate::{
    Confirmation, Contents, Digest, Found, Known, LongId, Milliseconds, Portable, SpendError, Store, StoreError,
    Tenant, TenantUsage, Way,
};

/// Connections of one process, at most. A call that finds all of them taken waits for one.
const CONNECTIONS: usize = 8;

/// How long a server that could not be reached is left alone. Calls meanwhile fail at once, so that reads do not wait for it.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// How long the removal of old short ids may take, once a day. Of millions it takes seconds.
const SWEPT_WITHIN: Duration = Duration::from_secs(60);

/// How long a copy of everything may take.
const COPIED_WITHIN: Duration = Duration::from_secs(3600);

/// How often something is done anew that the server has certainly not done: it gave way to another process.
const TRIES: usize = 5;

/// The store over one PostgreSQL database.
pub struct PostgresStore {
    place: String,
    connections: Pool<Connections>,
    /// Drives the connections. Taken when the store is dropped, which may happen on an async thread.
    runtime: Option<Runtime>,
    /// Since when the server cannot be reached, and why. std mutex: held for a look.
    away: Mutex<Option<(Instant, StoreError)>>,
    /// The day on which old short ids were last removed, as far as this process knows.
    swept: AtomicI64,
}

/// Says of a statement if it may be sent again when the connection was lost before the answer came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// The second time it does nothing more.
    Harmless,
    /// It would happen twice.
    Twice,
}

impl PostgresStore {
    /// The store of a database. `authorities` are certificates (DER) that are trusted beside the system's.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] where this machine has no thread or no certificates to trust.
    pub fn new(address: &PostgresAddress, authorities: Vec<Vec<u8>>) -> Result<Self, StoreError> {
        let place = address.place().to_owned();
        let unusable = |reason: String| StoreError::Unusable { place: place.clone(), reason };
        let connections = Connections::new(address, authorities, &schema::STORE).map_err(unusable)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("state-database")
            .enable_all()
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let connections = Pool::builder(connections)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(ANSWERED_WITHIN))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let (away, swept) = (Mutex::default(), AtomicI64::new(i64::MIN));
        Ok(Self { place, connections, runtime: Some(runtime), away, swept })
    }

    /// Server and database, without user and password.
    pub fn place(&self) -> &str {
        &self.place
    }

    fn unreachable(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Unreachable { place: self.place.clone(), reason: reason.into() }
    }

    /// Does something over a connection, within a time.
    fn run<T>(
        &self,
        (again, within): (Again, Duration),
        work: impl AsyncFn(&mut Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let Some(runtime) = &self.runtime else { return Err(self.unreachable("this process ends")) };
        let known = self.away.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((since, fault)) = known
            && since.elapsed() < LEFT_ALONE
        {
            return Err(fault);
        }
        let done = runtime.handle().block_on(self.attempts((again, within), work));
        let away = done.as_ref().err().filter(|fault| matches!(fault, StoreError::Unreachable { .. }));
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = away.map(|fault| (Instant::now(), fault.clone()));
        done
    }

    async fn attempts<T>(
        &self,
        (again, within): (Again, Duration),
        work: impl AsyncFn(&mut Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut connection = self.connections.get().await.map_err(|error| match error {
                PoolError::Backend(fault) => fault,
                PoolError::Timeout(_) => self.unreachable("all connections are taken"),
                other => self.unreachable(other.to_string()),
            })?;
            let error = match tokio::time::timeout(within, work(&mut connection)).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => error,
                Err(_) => {
                    // It may still be at work on that statement: nobody gets this connection again.
                    drop(Object::take(connection));
                    return Err(self.unreachable(format!("no answer within {} s", within.as_secs())));
                }
            };
            let is_lost = connection.is_closed() || connection::is_lost(&error);
            if is_lost {
                drop(Object::take(connection));
            }
            let may_repeat = connection::gave_way(&error) || (is_lost && again == Again::Harmless && tries == 1);
            if !may_repeat || tries >= TRIES {
                return Err(fault(&self.place, &error));
            }
        }
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.connections.close();
        if let Some(runtime) = self.runtime.take() {
            // Dropped the ordinary way it would wait, which an async thread must not.
            runtime.shutdown_background();
        }
    }
}

/// Shows the place; neither user nor password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresStore").field("place", &self.place).finish_non_exhaustive()
    }
}

/// For statements that are sent again harmlessly, in the usual time.
const HARMLESS: (Again, Duration) = (Again::Harmless, ANSWERED_WITHIN);

impl Store for PostgresStore {
    fn look_up(&self, tenant: &Tenant, shorts: &[String]) -> Result<Vec<Found>, StoreError> {
        self.run(HARMLESS, async |client| short_ids::look_up(client, tenant, shorts).await)
    }

    fn give_out(&self, tenant: &Tenant, ids: &[LongId], now: Milliseconds) -> Result<Vec<Option<Known>>, StoreError> {
        self.run(HARMLESS, async |client| short_ids::give_out(client, tenant, ids, crate::day(now)).await)
    }

    fn sweep(&self, now: Milliseconds) -> Result<u64, StoreError> {
        let today = crate::day(now);
        if self.swept.load(Ordering::Relaxed) == today {
            return Ok(0);
        }
        let kept = (crate::KEPT_DAYS, crate::KEPT_IDS);
        let removed =
            self.run((Again::Harmless, SWEPT_WITHIN), async |client| short_ids::sweep(client, today, kept).await)?;
        self.swept.store(today, Ordering::Relaxed);
        Ok(removed)
    }

    fn forget(&self, tenant: &Tenant, id: Option<&LongId>) -> Result<u64, StoreError> {
        self.run((Again::Twice, SWEPT_WITHIN), async |client| short_ids::forget(client, tenant, id).await)
    }

    fn issue(&self, nonce: &str, confirmation: &Confirmation) -> Result<(), StoreError> {
        let given = (nonce, confirmation);
        self.run(HARMLESS, async |client| confirmations::issue(client, given, crate::KEPT_CONFIRMATIONS).await)
    }

    fn spend(&self, nonce: &str, way: Way, call: &Digest, now: Milliseconds) -> Result<Digest, SpendError> {
        // Known by this, a use whose answer was lost is not taken for another one's when it is sent again.
        let user = uuid::Uuid::new_v4();
        self.run(HARMLESS, async |client| confirmations::spend(client, (nonce, user), (way, call), now).await)?
    }

    fn count_write(&self, caller: &Digest, limit: u64, now: Milliseconds) -> Result<Option<u64>, StoreError> {
        let once = (Again::Twice, ANSWERED_WITHIN);
        self.run(once, async |client| writes::count(client, caller, limit, crate::day(now)).await)
    }

    fn uncount_write(&self, caller: &Digest, now: Milliseconds) -> Result<(), StoreError> {
        let once = (Again::Twice, ANSWERED_WITHIN);
        self.run(once, async |client| writes::uncount(client, caller, crate::day(now)).await)
    }

    fn usage(&self, tenant: &Tenant) -> Result<Option<TenantUsage>, StoreError> {
        self.run(HARMLESS, async |client| short_ids::usage(client, tenant).await)
    }

    /// True: the database is somebody's, and only asking it would tell what it holds.
    fn exists(&self) -> bool {
        true
    }

    /// By the server's clock: those of several machines may differ by minutes.
    fn now(&self) -> Result<Milliseconds, StoreError> {
        self.run(HARMLESS, async |client| {
            let clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
            client.query_typed_one(clock, &[]).await?.try_get(0)
        })
    }

    fn spans_machines(&self) -> bool {
        true
    }

    fn place(&self) -> String {
        self.place.clone()
    }
}

impl Portable for PostgresStore {
    fn read_all(&self) -> Result<Contents, StoreError> {
        self.run((Again::Harmless, COPIED_WITHIN), copy::read_all)
    }

    fn fill(&self, contents: &Contents) -> Result<(), StoreError> {
        let once = (Again::Twice, COPIED_WITHIN);
        self.run(once, async |client| copy::fill(client, contents, &self.place).await)?
    }
}

#[cfg(test)]
mod tests {
    use super::databases::Database;
    use super::schema::Schema;
    use super::{Again, HARMLESS, PostgresStore, confirmations, short_ids};
    use crate::{Confirmation, LongId, SpendError, Store, StoreError, Tenant, Way};

    fn tenant() -> Tenant {
        Tenant { key: [1; 32], place: "local".to_owned() }
    }

    fn id() -> LongId {
        LongId::Uuid("con", uuid::Uuid::new_v4())
    }

    fn give_out(store: &PostgresStore, day: i64) {
        store.run(HARMLESS, async |client| short_ids::give_out(client, &tenant(), &[id()], day).await).unwrap();
    }

    fn sweep(store: &PostgresStore, day: i64, kept: (u32, u64)) -> u64 {
        store.run(HARMLESS, async |client| short_ids::sweep(client, day, kept).await).unwrap()
    }

    /// Both rules must agree: old, and beyond the newest. As over SQLite.
    #[test]
    fn old_ids_go_only_beyond_the_newest_ones() {
        let Some(database) = Database::new() else { return };
        let store = database.store();
        for day in 0..200 {
            give_out(&store, day);
        }
        assert_eq!(sweep(&store, 200, (90, 1000)), 0, "all are among the newest");
        assert_eq!(sweep(&store, 200, (90, 50)), 0, "once a day");
        assert_eq!(sweep(&store, 201, (90, 50)), 110, "90 days of use are kept: 110 to 199");
        assert_eq!(database.number("SELECT count(*) FROM imbrace_contacts_mcp.short_id"), 90);
        assert_eq!(sweep(&store, 202, (90, 95)), 0);
        // Ten years ahead, for an answer: one day of use more, whatever the calendar says.
        give_out(&store, 3800);
        assert_eq!(sweep(&store, 3800, (90, 1)), 1);
    }

    #[test]
    fn of_too_many_confirmations_the_oldest_confirms_nothing() {
        let Some(database) = Database::new() else { return };
        let store = database.store();
        for (nonce, issued) in [("first", 0), ("second", 1), ("third", 2)] {
            let confirmation = Confirmation { way: Way::Argument, call: [1; 32], content: [2; 32], issued, expires: 9 };
            store.run(HARMLESS, async |client| confirmations::issue(client, (nonce, &confirmation), 2).await).unwrap();
        }
        let spent = |nonce| store.spend(nonce, Way::Argument, &[1; 32], 5);
        assert!(matches!(spent("first"), Err(SpendError::Unknown)));
        assert!(spent("second").is_ok() && spent("third").is_ok());
    }

    /// A use whose answer was lost is the same use when it is sent again, and nobody else's.
    #[test]
    fn a_use_that_is_sent_again_is_the_same_use() {
        let Some(database) = Database::new() else { return };
        let store = database.store();
        let confirmation = Confirmation { way: Way::Argument, call: [1; 32], content: [2; 32], issued: 0, expires: 9 };
        store.issue("nonce", &confirmation).unwrap();
        let user = uuid::Uuid::new_v4();
        let spend = |user| {
            let call = (Way::Argument, &[1; 32]);
            store.run(HARMLESS, async |client| confirmations::spend(client, ("nonce", user), call, 5).await).unwrap()
        };
        assert!(spend(user).is_ok() && spend(user).is_ok());
        assert!(matches!(spend(uuid::Uuid::new_v4()), Err(SpendError::Used)));
    }

    /// A statement that could happen twice is not sent again when the connection is lost.
    #[test]
    fn what_could_happen_twice_is_sent_once() {
        let Some(database) = Database::new() else { return };
        let store = database.store();
        store.now().unwrap();
        let attempts = |again: Again| {
            let count = std::cell::Cell::new(0);
            let refused = store.run((again, HARMLESS.1), async |client| {
                count.set(count.get() + 1);
                let end = "SELECT pg_terminate_backend(pg_backend_pid())";
                client.batch_execute(end).await
            });
            assert!(matches!(refused, Err(StoreError::Unreachable { .. })), "{refused:?}");
            std::thread::sleep(super::LEFT_ALONE);
            count.get()
        };
        assert_eq!((attempts(Again::Twice), attempts(Again::Harmless)), (1, 2));
    }

    const FIRST: Schema =
        Schema { name: "test", version: 1, newest: "CREATE TABLE item (number bigint, text text)", upgrades: &[] };
    const SECOND: Schema = Schema {
        name: "test",
        version: 2,
        newest: "",
        upgrades: &[(
            2,
            "ALTER TABLE item ADD COLUMN more text; UPDATE item SET more = 'second'; SELECT pg_sleep(0.5); \
             UPDATE item SET text = text || ' moved'",
        )],
    };

    /// The connection ends while the migration is at work, as it does when the process or the server is killed.
    #[test]
    fn a_migration_that_is_killed_has_happened_or_it_has_not() {
        let Some(database) = Database::new() else { return };
        let store = database.store();
        let prepare = |schema: &'static Schema| {
            store.run(HARMLESS, async |client| Ok(schema.prepare(client, "here").await)).unwrap()
        };
        prepare(&FIRST).unwrap();
        database.execute("INSERT INTO imbrace_contacts_mcp.item SELECT n, n::text FROM generate_series(1, 1000) n");
        let version = "SELECT value FROM imbrace_contacts_mcp.meta WHERE name = 'test'";
        let at_work = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' \
                       AND datname = current_database() AND pid <> pg_backend_pid()";
        std::thread::scope(|scope| {
            let killed = scope.spawn(|| prepare(&SECOND));
            while database.number(at_work) == 0 {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            database.cut_connections();
            assert!(killed.join().unwrap().is_err());
        });
        assert_eq!(database.number(version), 1, "nothing of it has happened");
        let as_before = "SELECT count(*) FROM imbrace_contacts_mcp.item WHERE text = number::text";
        assert_eq!(database.number(as_before), 1000);
        // Two at once: one migrates, the other finds it done.
        let other = database.store();
        std::thread::scope(|scope| {
            let prepare_too = || other.run(HARMLESS, async |client| Ok(SECOND.prepare(client, "here").await)).unwrap();
            let (one, two) = (scope.spawn(|| prepare(&SECOND)), scope.spawn(prepare_too));
            assert_eq!((one.join().unwrap(), two.join().unwrap()), (Ok(()), Ok(())));
        });
        let moved =
            "SELECT count(*) FROM imbrace_contacts_mcp.item WHERE text = number || ' moved' AND more = 'second'";
        assert_eq!((database.number(version), database.number(moved)), (2, 1000), "once and whole");
    }
}
