//! Only one sync, apply or undo at a time, among all processes: a lock on a file beside the state, which the system lets
//! go when its holder ends in whatever way.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use imbrace_contacts_store::database;

use crate::error::CleanupError;

/// A lock that is let go at this moment is waited for: its holder may be ending, and a program that its process starts holds
/// the file open until it runs.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Held for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it, or says who waits.
    pub(super) fn take(directory: &Path, file: &Path) -> Result<Self, CleanupError> {
        database::make_directory(directory)?;
        let file = database::private(file)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(CleanupError::Disk(error.to_string())),
            }
        }
        Err(CleanupError::Busy)
    }
}
