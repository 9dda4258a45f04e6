//! The catalog of operations: one file an endpoint.

mod dismiss_all_notifications;
mod dismiss_notifications;
mod export_contacts;
mod get_contact;
mod get_contact_comment;
mod get_contact_conversations;
mod get_conversation_messages;
mod list_contact_comments;
mod list_contact_files;
mod list_contacts;
mod list_notifications;
mod mark_notifications_read;
mod search_contacts;
mod update_contact;
mod upload_contact_file;

pub use dismiss_all_notifications::DismissAllNotifications;
pub use dismiss_notifications::DismissNotifications;
pub use export_contacts::ExportContacts;
pub use get_contact::GetContact;
pub use get_contact_comment::GetContactComment;
pub use get_contact_conversations::GetContactConversations;
pub use get_conversation_messages::GetConversationMessages;
pub use list_contact_comments::ListContactComments;
pub use list_contact_files::ListContactFiles;
pub use list_contacts::ListContacts;
pub use list_notifications::ListNotifications;
pub use mark_notifications_read::MarkNotificationsRead;
pub use search_contacts::SearchContacts;
pub use update_contact::UpdateContact;
pub use upload_contact_file::UploadContactFile;

use http::Method;
use serde_json::Value;

use super::operation::Operation;
use crate::model::NotificationId;

/// What is known of an operation without sending it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The operation's name.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its route after the prefix.
    pub route: &'static str,
}

impl Entry {
    fn of<O: Operation>() -> Self {
        Self { name: O::NAME, method: O::METHOD, route: O::ROUTE }
    }
}

/// Every operation, in the order of the API document, then the neighbours.
pub fn catalog() -> Vec<Entry> {
    vec![
        Entry::of::<ListContacts>(),
        Entry::of::<SearchContacts>(),
        Entry::of::<GetContact>(),
        Entry::of::<GetContactConversations>(),
        Entry::of::<GetConversationMessages>(),
        Entry::of::<UpdateContact>(),
        Entry::of::<ListContactComments>(),
        Entry::of::<GetContactComment>(),
        Entry::of::<ListContactFiles>(),
        Entry::of::<UploadContactFile>(),
        Entry::of::<ListNotifications>(),
        Entry::of::<MarkNotificationsRead>(),
        Entry::of::<DismissNotifications>(),
        Entry::of::<DismissAllNotifications>(),
        Entry::of::<ExportContacts>(),
    ]
}

/// A bare array of ids, the body that the notification routes take.
fn ids_as_json(ids: &[NotificationId]) -> Value {
    ids.iter().map(|id| Value::from(id.as_str())).collect()
}

/// The most ids that one request carries (contract, 5.6).
const MOST_IDS: usize = 100;

/// Why a list of ids must not be sent: the vendor's own monitor sends an empty one to dismiss everything.
fn objection_to_ids(ids: &[NotificationId]) -> Option<&'static str> {
    match ids.len() {
        0 => Some("an empty list of ids may stand for every notification"),
        1..=MOST_IDS => None,
        _ => Some("more than 100 ids in one request"),
    }
}
