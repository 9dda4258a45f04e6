//! A transaction, in which nobody else writes.

use std::ops::Deref;

use super::{Database, Engine, SqlError};

/// A transaction. Dropped without [`Self::commit`], it has not happened.
pub struct Transaction<'a> {
    db: &'a Database,
    is_over: bool,
}

impl<'a> Transaction<'a> {
    pub(super) fn begin(db: &'a Database) -> Result<Self, SqlError> {
        match &db.0 {
            Engine::Sqlite(sqlite) => sqlite.begin()?,
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.begin()?,
        }
        Ok(Self { db, is_over: false })
    }

    /// Makes it happen. When this returns it is on the disk.
    ///
    /// # Errors
    /// [`SqlError`]; it has not happened then.
    pub fn commit(mut self) -> Result<(), SqlError> {
        match &self.db.0 {
            Engine::Sqlite(sqlite) => sqlite.commit()?,
            #[cfg(feature = "postgres")]
            Engine::Postgres(postgres) => postgres.commit()?,
        }
        self.is_over = true;
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.db
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            match &self.db.0 {
                Engine::Sqlite(sqlite) => sqlite.roll_back(),
                #[cfg(feature = "postgres")]
                Engine::Postgres(postgres) => postgres.roll_back(),
            }
        }
    }
}
