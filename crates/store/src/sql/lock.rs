//! A lock among processes that its holder's end lets go, in whatever way it ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::SqlError;
#[cfg(feature = "postgres")]
use super::postgres::SessionLock;
use crate::database::private;

/// A lock among processes. The system, or the database server, lets it go when its holder ends; dropped, it is let go too.
#[derive(Debug)]
pub struct ProcessLock(Kind);

#[derive(Debug)]
enum Kind {
    File(File),
    #[cfg(feature = "postgres")]
    Session(Box<SessionLock>),
}

impl ProcessLock {
    /// A lock on a file, which is made when there is none. Nobody holds it yet.
    pub(super) fn on_file(file: &Path) -> Result<Self, SqlError> {
        private(file).map(Kind::File).map(Self).map_err(|error| SqlError::Disk(error.to_string()))
    }

    /// A lock that a session of a database server holds.
    #[cfg(feature = "postgres")]
    pub(super) fn of_session(session: SessionLock) -> Self {
        Self(Kind::Session(Box::new(session)))
    }

    /// Tries to take it; returns true if this one holds it now. It may be asked for again by whoever holds it.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn try_lock(&self) -> Result<bool, SqlError> {
        match &self.0 {
            Kind::File(file) => match file.try_lock() {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(error)) => Err(SqlError::Disk(error.to_string())),
            },
            #[cfg(feature = "postgres")]
            Kind::Session(session) => session.try_lock(),
        }
    }

    /// Lets it go, without waiting for the server where one holds it.
    ///
    /// # Errors
    /// [`SqlError::Disk`].
    pub fn unlock(&self) -> Result<(), SqlError> {
        match &self.0 {
            Kind::File(file) => file.unlock().map_err(|error| SqlError::Disk(error.to_string())),
            #[cfg(feature = "postgres")]
            Kind::Session(session) => {
                session.unlock();
                Ok(())
            }
        }
    }
}
