//! A row of a contact's conversations

use super::Record;

///  the conversation, its contact, its latest messages, its teams (contract, 5.2).:One conversation of a contact, as its user sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactConversation(Record);

impl ContactConversation {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The conversation's id. Here, and only here, `_id` is it and `public_id` is the seat (contract, 4.3 and 5.2).
    pub fn id(&self) -> Option<&str> {
        self.0
            .text("_id")
            .or_else(|| self.0.text_at(&["conversation", "_id"]))
            .or_else(|| self.0.text("id"))
    }

    /// The seat, `tcu_…`, which a conversation's messages are asked by.
    pub fn seat(&self) -> Option<&str> {
        self.0.text("public_id").filter(|id| id.starts_with("tcu_"))
    }
}

impl From<Record> for ContactConversation {
    fn from(record: Record) -> Self {
        Self(record)
    }
}
