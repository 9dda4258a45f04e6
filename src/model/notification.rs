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
