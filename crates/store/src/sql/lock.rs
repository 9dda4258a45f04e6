//! A lock among processes that its holder's end lets go, in whatever way it ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::SqlError;
use crate::database::private;

/// A lock among processes. The system lets it go when its holder ends; dropped, it is let go too.
#[derive(Debug)]
pub struct ProcessLock(File);

impl ProcessLock {
    /// A lock on a file, which is made when there is none. Nobody holds it yet.
    pub(super) fn on_file(file: &Path) -> Result<Self, SqlError> {
        private(file).map(Self).map_err(|error| SqlError::Disk(error.to_string()))
    }

    /// Whether it is held by this one now. It may be asked for again by whoever holds it.
    ///
    /// # Errors
    /// [`SqlError::Disk`].
    pub fn try_lock(&self) -> Result<bool, SqlError> {
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(SqlError::Disk(error.to_string())),
        }
    }

    /// Lets it go.
    ///
    /// # Errors
    /// [`SqlError::Disk`].
    pub fn unlock(&self) -> Result<(), SqlError> {
        self.0.unlock().map_err(|error| SqlError::Disk(error.to_string()))
    }
}
