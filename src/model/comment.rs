//! A message that carries comments (contract, 5.8).

use super::Record;

/// A message and the comments that colleagues left on it.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentedMessage(Record);

impl CommentedMessage {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }
}

impl From<Record> for CommentedMessage {
    fn from(record: Record) -> Self {
        Self(record)
    }
}
