//! A media message of a contact, and what an upload answers (contract, 5.9 and 5.10).

use super::Record;

/// A file that went through one of a contact's conversations.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactFile(Record);

impl ContactFile {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The id, `msg_…`: a file is a media message.
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }
}

impl From<Record> for ContactFile {
    fn from(record: Record) -> Self {
        Self(record)
    }
}

/// What an upload answers: an address that anyone can read (contract, 5.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Where the file now is.
    pub url: String,
}
