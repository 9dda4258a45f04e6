//! Uploaded files, by the name that their address ends in.

use rusqlite::{OptionalExtension, params};

use super::{Store, StoreError};

impl Store {
    /// Keeps a file.
    pub(crate) fn add_upload(&self, name: &str, media_type: &str, content: &[u8]) -> Result<(), StoreError> {
        let insert = "INSERT INTO upload (name, media_type, content) VALUES (?1, ?2, ?3)";
        self.writer().prepare_cached(insert)?.execute(params![name, media_type, content])?;
        Ok(())
    }

    /// Media type and content of a file.
    pub(crate) fn upload(&self, name: &str) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT media_type, content FROM upload WHERE name = ?1")?;
            Ok(statement.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })
    }
}
