//! One watch at a time on one organisation: a lock of the state, which the system lets go when its holder ends.

use imbrace_contacts_store::sql::ProcessLock;

use super::Store;
use crate::error::CleanupError;

/// The right to watch, for as long as it lives.
#[derive(Debug)]
pub struct WatchLock {
    _lock: ProcessLock,
}

impl Store {
    /// Takes the right to watch; none where another watch has it.
    pub(crate) async fn watch_lock(&self) -> Result<Option<WatchLock>, CleanupError> {
        let store = self.clone();
        let take = move || {
            // The place of the lock is made with the state.
            store.with(|_| Ok(()))?;
            let lock = store.state.lock("watch")?;
            Ok(lock.try_lock()?.then_some(WatchLock { _lock: lock }))
        };
        tokio::task::spawn_blocking(take).await.unwrap_or(Err(CleanupError::Broken))
    }
}
