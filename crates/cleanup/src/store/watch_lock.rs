//! One watch at a time on one organisation: a lock on a file beside the state, which the system lets go when its holder ends.

use std::fs::{File, TryLockError};

use imbrace_contacts_store::database;

use super::Store;
use crate::error::CleanupError;

/// The right to watch, for as long as it lives.
#[derive(Debug)]
pub struct WatchLock {
    _file: File,
}

impl Store {
    /// Takes the right to watch; none where another watch has it.
    pub(crate) async fn watch_lock(&self) -> Result<Option<WatchLock>, CleanupError> {
        let (store, file) = (self.clone(), self.state.with_extension("watch"));
        let take = move || {
            // The directory is made with the state.
            store.with(|_| Ok(()))?;
            let file = database::private(&file)?;
            match file.try_lock() {
                Ok(()) => Ok(Some(WatchLock { _file: file })),
                Err(TryLockError::WouldBlock) => Ok(None),
                Err(TryLockError::Error(error)) => Err(CleanupError::Disk(error.to_string())),
            }
        };
        tokio::task::spawn_blocking(take).await.unwrap_or(Err(CleanupError::Broken))
    }
}
