//! A message of a conversation (contract, 6.3).

use serde_json::Value;

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

    /// What it is: `text`, `image`, `whatsapp.template` and others; an open set.
    pub fn kind(&self) -> Option<&str> {
        self.0.text("type")
    }

    /// Who wrote it: `con_…` is the customer, `u_…` an agent or bot. The gateway sends an id or an object with one.
    pub fn sender(&self) -> Option<&str> {
        sender(&self.0)
    }

    /// When it was written.
    pub fn at(&self) -> Option<&str> {
        self.0.text("created_at").or_else(|| self.0.text("timestamp"))
    }

    /// The seat or conversation that it belongs to.
    pub fn conversation_id(&self) -> Option<&str> {
        self.0.text("conversation_id")
    }

    /// The channel type, where the gateway names it.
    pub fn channel(&self) -> Option<&str> {
        self.0.text("channel_type")
    }

    /// The content as it came: a string, or an object by type.
    pub fn content(&self) -> Option<&Value> {
        self.0.raw("content").filter(|content| !content.is_null())
    }

    /// The words of it: the content itself when it is a string, else its `text`, its `title`, or its `description`.
    pub fn text(&self) -> Option<&str> {
        content_text(&self.0)
    }

    /// The caption of a media message.
    pub fn caption(&self) -> Option<&str> {
        self.0.text_at(&["content", "caption"])
    }

    /// The address of a media message's file.
    pub fn url(&self) -> Option<&str> {
        self.0.text_at(&["content", "url"])
    }
}

impl From<Record> for Message {
    fn from(record: Record) -> Self {
        Self(record)
    }
}

/// The id in `from`, which is a string or an object.
pub(super) fn sender(record: &Record) -> Option<&str> {
    let nested = || ["_id", "id", "public_id"].into_iter().find_map(|name| record.text_at(&["from", name]));
    record.text("from").or_else(nested)
}

/// The words in `content`, which is a string or an object.
pub(super) fn content_text(record: &Record) -> Option<&str> {
    let nested = || ["text", "title", "description"].into_iter().find_map(|name| record.text_at(&["content", name]));
    record.text("content").or_else(nested)
}
