//! A message that carries comments, and the comments (contract, 5.8).

use serde_json::Value;

use super::{Message, Record};

/// A message and the comments that colleagues left on it.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentedMessage(Record);

impl CommentedMessage {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The id of the message, `msg_…`.
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// The message without its comments' view.
    pub fn message(&self) -> Message {
        Message::from(self.0.clone())
    }

    /// The conversation that the message belongs to.
    pub fn conversation_id(&self) -> Option<&str> {
        self.0.text("conversation_id")
    }

    /// The comments, in the gateway's order.
    pub fn comments(&self) -> impl Iterator<Item = Comment> {
        self.0.list("comments").map(Comment::from)
    }

    /// One comment by its id.
    pub fn comment(&self, id: &str) -> Option<Comment> {
        self.comments().find(|comment| comment.id() == Some(id))
    }
}

impl From<Record> for CommentedMessage {
    fn from(record: Record) -> Self {
        Self(record)
    }
}

/// One comment on a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment(Record);

impl Comment {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The id, `cmc_…`.
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// Who wrote it, by name; else by id.
    pub fn author(&self) -> Option<&str> {
        self.0.text_at(&["from", "display_name"]).or_else(|| super::message::sender(&self.0))
    }

    /// The words: `content` as a string or an object; `text` where the server follows the vendor's SDK.
    pub fn text(&self) -> Option<&str> {
        super::message::content_text(&self.0).or_else(|| self.0.text("text"))
    }

    /// The names of its labels.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let labels = self.0.raw("labels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        labels.iter().filter_map(|label| label.as_str().or_else(|| label.get("name")?.as_str()))
    }

    /// When it was written.
    pub fn at(&self) -> Option<&str> {
        self.0.text("created_at")
    }

    /// The channel type of its message.
    pub fn channel(&self) -> Option<&str> {
        self.0.text("channel_type")
    }
}

impl From<Record> for Comment {
    fn from(record: Record) -> Self {
        Self(record)
    }
}
