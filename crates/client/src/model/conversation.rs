//! A row of a contact's conversations: the conversation, its contact, its latest messages, its teams (contract, 5.2).

use super::{Contact, Message, Record};

/// One conversation of a contact, as the credential's user sees it. Every part but the ids may be missing.
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
            .or_else(|| self.0.text_at(&["conversation", "id"]))
            .or_else(|| self.0.text("id"))
    }

    /// The seat, `tcu_…`, which a conversation's messages are asked by.
    pub fn participant_id(&self) -> Option<&str> {
        ["public_id", "id", "_id"].into_iter().filter_map(|name| self.0.text(name)).find(|id| id.starts_with("tcu_"))
    }

    /// The channel type that it runs over.
    pub fn channel(&self) -> Option<&str> {
        self.core("channel_type")
    }

    /// The status, such as `pending` or `rep needed`; an open set.
    pub fn status(&self) -> Option<&str> {
        self.core("status")
    }

    /// The name, as a rule the contact's name and a day.
    pub fn name(&self) -> Option<&str> {
        self.core("name")
    }

    /// When something last happened in it: the conversation's timestamp, else its latest message, else its changes.
    pub fn at(&self) -> Option<&str> {
        self.core("timestamp")
            .or_else(|| self.0.text_at(&["latest_message", "created_at"]))
            .or_else(|| self.core("updated_at"))
            .or_else(|| self.core("created_at"))
    }

    /// The latest message, whoever wrote it.
    pub fn latest_message(&self) -> Option<Message> {
        self.0.nested("latest_message").or_else(|| self.0.nested("contacts_latest_message")).map(Message::from)
    }

    /// The contact's own latest message.
    pub fn contacts_latest_message(&self) -> Option<Message> {
        self.0.nested("contacts_latest_message").map(Message::from)
    }

    /// The contact, as far as the row holds it.
    pub fn contact(&self) -> Option<Contact> {
        self.0.nested("contact").map(Contact::from)
    }

    /// The contact's id.
    pub fn contact_id(&self) -> Option<&str> {
        self.core("contact_id").or_else(|| self.0.text_at(&["contact", "_id"]))
    }

    /// The names of the teams that it belongs to.
    pub fn team_names(&self) -> impl Iterator<Item = &str> {
        let teams = self.0.raw("teams").and_then(serde_json::Value::as_array).map(Vec::as_slice).unwrap_or_default();
        teams.iter().filter_map(|team| team.get("name")?.as_str()).filter(|name| !name.is_empty())
    }

    /// A field of the conversation itself, which some servers put in the row.
    fn core(&self, name: &str) -> Option<&str> {
        self.0.text_at(&["conversation", name]).or_else(|| self.0.text(name))
    }
}

impl From<Record> for ContactConversation {
    fn from(record: Record) -> Self {
        Self(record)
    }
}
