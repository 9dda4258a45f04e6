//! The nouns of the gateway: ids, records, pages, and one thin view a noun.
//!
//! The gateway's objects are kept as they came ([`Record`]), because every field is optional, unknown fields must not
//! be lost, and `null`, `""` and absent mean the same to a reader but not to a lossless answer. A noun is a view over
//! its record: named accessors for what we use.

mod base_url;
mod changes;
mod channel;
pub mod codes;
mod comment;
mod contact;
mod contacts_csv;
mod conversation;
mod environment;
mod file;
pub mod id;
mod message;
mod misread;
mod notification;
mod page;
mod record;
pub mod shape;

pub use base_url::{BaseUrl, BaseUrlError};
pub use changes::{ChangeError, ContactChanges};
pub use channel::{CHANNEL_TYPES, channel_type_is_known};
pub use comment::{Comment, CommentedMessage};
pub use contact::{CONTACT_FIELDS, Contact, UPDATABLE_FIELDS};
pub use contacts_csv::ContactsCsv;
pub use conversation::ContactConversation;
pub use environment::{Environment, Prefix, PrefixChoice};
pub use file::{ContactFile, UploadedFile, is_file_address};
pub use id::{CommentId, ContactId, ConversationId, Id, IdError, NotificationId, TeamConversationUserId};
pub use message::Message;
pub(crate) use misread::ReadError;
pub use misread::{Misread, MisreadReason};
pub use notification::{Notification, NotificationTab};
pub use page::Page;
pub use record::{Record, integer};
pub use shape::Json;
