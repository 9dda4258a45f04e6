//! A message of a conversation (contract, 6.3).

use super::Record;

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message(Record);

impl Message {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The id, `msg_…`.
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }
}

impl From<Record> for Message {
    fn from(record: Record) -> Self {
        Self(record)
    }
}
