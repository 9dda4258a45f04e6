//! A store whose calls are timed.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use imbrace_contacts_store::{
    Confirmation, Digest, Found, Known, LongId, Milliseconds, SpendError, Store, StoreError, Tenant, TenantUsage, Way,
};

use super::recorded::Recorded;

/// The store behind it, and where its calls are counted.
pub(super) struct TimedStore {
    store: Arc<dyn Store>,
    recorded: Arc<Recorded>,
}

impl TimedStore {
    pub(super) fn new(store: Arc<dyn Store>, recorded: Arc<Recorded>) -> Self {
        Self { store, recorded }
    }

    fn timed<T>(
        &self,
        operation: &'static str,
        call: impl FnOnce(&dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let started = Instant::now();
        let result = call(&*self.store);
        self.recorded.store_called(operation, result.is_ok(), started.elapsed());
        result
    }
}

impl fmt::Debug for TimedStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(formatter)
    }
}

impl Store for TimedStore {
    fn look_up(&self, tenant: &Tenant, shorts: &[String]) -> Result<Vec<Found>, StoreError> {
        self.timed("look_up", |store| store.look_up(tenant, shorts))
    }

    fn give_out(&self, tenant: &Tenant, ids: &[LongId], now: Milliseconds) -> Result<Vec<Option<Known>>, StoreError> {
        self.timed("give_out", |store| store.give_out(tenant, ids, now))
    }

    fn sweep(&self, now: Milliseconds) -> Result<u64, StoreError> {
        self.timed("sweep", |store| store.sweep(now))
    }

    fn forget(&self, tenant: &Tenant, id: Option<&LongId>) -> Result<u64, StoreError> {
        self.timed("forget", |store| store.forget(tenant, id))
    }

    fn issue(&self, nonce: &str, confirmation: &Confirmation) -> Result<(), StoreError> {
        self.timed("issue", |store| store.issue(nonce, confirmation))
    }

    fn spend(&self, nonce: &str, way: Way, call: &Digest, now: Milliseconds) -> Result<Digest, SpendError> {
        let started = Instant::now();
        let result = self.store.spend(nonce, way, call, now);
        // One that was used, or never given, is an answer of a store that works.
        let is_done = !matches!(result, Err(SpendError::Store(_)));
        self.recorded.store_called("spend", is_done, started.elapsed());
        result
    }

    fn count_write(&self, caller: &Digest, limit: u64, now: Milliseconds) -> Result<Option<u64>, StoreError> {
        self.timed("count_write", |store| store.count_write(caller, limit, now))
    }

    fn uncount_write(&self, caller: &Digest, now: Milliseconds) -> Result<(), StoreError> {
        self.timed("uncount_write", |store| store.uncount_write(caller, now))
    }

    fn usage(&self, tenant: &Tenant) -> Result<Option<TenantUsage>, StoreError> {
        self.timed("usage", |store| store.usage(tenant))
    }

    fn exists(&self) -> bool {
        self.store.exists()
    }

    fn now(&self) -> Result<Milliseconds, StoreError> {
        self.timed("now", |store| store.now())
    }

    fn spans_machines(&self) -> bool {
        self.store.spans_machines()
    }

    fn place(&self) -> String {
        self.store.place()
    }
}
