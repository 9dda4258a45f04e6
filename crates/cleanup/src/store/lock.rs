//! Only one sync, apply or undo at a time, among all processes: a lock on a file beside the state, which the system lets
//! go when its holder ends in whatever way.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::schema;
use crate::error::CleanupError;

/// Held for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it, or says who waits.
    pub(super) fn take(directory: &Path, file: &Path) -> Result<Self, CleanupError> {
        schema::make_directory(directory)?;
        let file = schema::private(file)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(CleanupError::Busy),
            Err(TryLockError::Error(error)) => Err(CleanupError::Disk(error.to_string())),
        }
    }
}
