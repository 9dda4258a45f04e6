//! A notification of the credential's user (contract, 6.4).

use super::Record;

/// One notification.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification(Record);

impl Notification {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The id, `not_…`.
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// The type's number, such as 201 for a new conversation; an open set.
    pub fn kind(&self) -> Option<i64> {
        self.0.integer("type")
    }

    /// The tab that shows it, by the hundreds of the type's number.
    pub fn tab(&self) -> Option<NotificationTab> {
        match self.kind()? {
            100..200 => Some(NotificationTab::Assigns),
            200..300 => Some(NotificationTab::Conversations),
            300..400 => Some(NotificationTab::Teams),
            _ => None,
        }
    }

    /// The name of the conversation, the record or the team.
    pub fn title(&self) -> Option<&str> {
        self.0.text("title")
    }

    /// The last message or the inviter's name; often absent.
    pub fn content(&self) -> Option<&str> {
        super::message::content_text(&self.0)
    }

    /// The name of the team or user that it comes from.
    pub fn sender(&self) -> Option<&str> {
        self.0.text("from").or_else(|| self.0.text_at(&["from", "display_name"]))
    }

    /// Whether the user has read it.
    pub fn is_read(&self) -> Option<bool> {
        self.0.boolean("is_read")
    }

    /// When it came.
    pub fn at(&self) -> Option<&str> {
        self.0.text("created_at")
    }

    /// The channel type; only for conversations.
    pub fn channel(&self) -> Option<&str> {
        self.0.text("channel_type")
    }

    /// The seat in the conversation that it leads to.
    pub fn participant_id(&self) -> Option<&str> {
        self.action("team_conversation_user_id")
    }

    /// One of the ids that it leads to: `team_conversation_user_id`, `team_own_conversation_id`, `board_id`,
    /// `board_item_id`, `team_id` or `team_user_id`, by type.
    pub fn action(&self, name: &str) -> Option<&str> {
        self.0.text_at(&["action_to", name])
    }

    /// Every id that it leads to, with its name.
    pub fn actions(&self) -> impl Iterator<Item = (&str, &str)> {
        let object = self.0.raw("action_to").and_then(serde_json::Value::as_object);
        object.into_iter().flatten().filter_map(|(name, id)| Some((name.as_str(), id.as_str()?)))
    }
}

impl From<Record> for Notification {
    fn from(record: Record) -> Self {
        Self(record)
    }
}

/// A tab of the notification centre, as the `type` query names it (contract, 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationTab {
    /// New conversations, invitations, assignments: types 2xx.
    Conversations,
    /// CRM assignments: types 1xx.
    Assigns,
    /// Team invitations and requests: types 3xx.
    Teams,
}

impl NotificationTab {
    /// Every tab.
    pub const ALL: [Self; 3] = [Self::Conversations, Self::Assigns, Self::Teams];

    /// The word in the query.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Assigns => "assigns",
            Self::Teams => "teams",
        }
    }
}
