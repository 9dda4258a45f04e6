//! The catalog of tools: what a model can ask for, one file a tool.

mod advice;
#[cfg(feature = "cleanup")]
mod apply_cleanup;
mod arguments;
#[cfg(feature = "cleanup")]
mod audit_contacts;
#[cfg(feature = "cleanup")]
mod check_contact;
#[cfg(feature = "cleanup")]
mod cleanup;
#[cfg(feature = "cleanup")]
pub mod cleanup_resources;
mod consent;
#[cfg(feature = "cleanup")]
mod decide_duplicates;
mod dismiss_all_notifications;
mod dismiss_notifications;
mod error;
#[cfg(feature = "cleanup")]
mod find_duplicate_contacts;
mod get_contact;
mod get_contact_comment;
mod get_contact_conversations;
mod get_conversation_messages;
mod input;
mod linked;
mod list_contact_comments;
mod list_contact_files;
mod list_contacts;
mod list_notifications;
mod mark_notifications_read;
#[cfg(feature = "cleanup")]
mod member_rows;
#[cfg(feature = "cleanup")]
mod plan_cleanup;
mod record;
#[cfg(all(feature = "cleanup", feature = "http"))]
mod review;
mod schema;
mod search_contacts;
mod several;
#[cfg(feature = "cleanup")]
mod show_cleanup;
mod tool;
mod tool_set;
mod toolbox;
#[cfg(feature = "cleanup")]
mod undo_cleanup;
mod update_contact;
mod upload_contact_file;
mod verify_write;

pub use consent::{Caller, Confirm, Consent, ConsentError, Question};
pub use error::{ArgumentError, ToolError};
pub use tool::{Effect, Entry, Preview, Tool};
pub use tool_set::{Bounds, DisabledReason, Selection, Surface, ToolSet, UnknownTool};
pub use toolbox::{CallOutcome, Limits, Output, ToolOutput, Toolbox, ToolboxBuilder};

/// The name of [`ToolOutput`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `ToolOutput`")]
pub type Answered = ToolOutput;

/// The name of [`CallOutcome`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `CallOutcome`")]
pub type Said = CallOutcome;

/// The name of [`Surface`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `Surface`")]
pub type Door = Surface;

/// The name of [`DisabledReason`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `DisabledReason`")]
pub type Withheld = DisabledReason;

/// The name of [`ToolSet`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `ToolSet`")]
pub type Offer = ToolSet;

/// The tool whose being offered means that there is a cleanup, with files, prompts and completions.
pub const CLEANUP_TOOL: &str = "plan_cleanup";

/// Every tool, in the order in which clients list them.
pub fn catalog() -> Vec<Entry> {
    let gateway = vec![
        Entry::of::<list_contacts::ListContacts>(),
        Entry::of::<search_contacts::SearchContacts>(),
        Entry::of::<get_contact::GetContact>(),
        Entry::of::<get_contact_conversations::GetContactConversations>(),
        Entry::of::<get_conversation_messages::GetConversationMessages>(),
        Entry::of::<update_contact::UpdateContact>(),
        Entry::of::<list_contact_comments::ListContactComments>(),
        Entry::of::<get_contact_comment::GetContactComment>(),
        Entry::of::<list_contact_files::ListContactFiles>(),
        Entry::of::<upload_contact_file::UploadContactFile>(),
        Entry::of::<list_notifications::ListNotifications>(),
        Entry::of::<mark_notifications_read::MarkNotificationsRead>(),
        Entry::of::<dismiss_notifications::DismissNotifications>(),
        Entry::of::<dismiss_all_notifications::DismissAllNotifications>(),
    ];
    #[cfg(feature = "cleanup")]
    let gateway = gateway.into_iter().chain(cleanup_tools()).collect();
    gateway
}

/// The tools over the cleanup engine.
#[cfg(feature = "cleanup")]
fn cleanup_tools() -> [Entry; 8] {
    [
        Entry::of::<check_contact::CheckContact>(),
        Entry::of::<audit_contacts::AuditContacts>(),
        Entry::of::<find_duplicate_contacts::FindDuplicateContacts>(),
        Entry::of::<decide_duplicates::DecideDuplicates>(),
        Entry::of::<plan_cleanup::PlanCleanup>(),
        Entry::of::<show_cleanup::ShowCleanup>(),
        Entry::of::<apply_cleanup::ApplyCleanup>(),
        Entry::of::<undo_cleanup::UndoCleanup>(),
    ]
}

/// The tools of a selection, as a server offers them whose uploads are on or off.
///
/// # Errors
/// [`UnknownTool`] when the selection names one that does not exist.
pub fn offered(selection: &Selection, uploads: bool) -> Result<Vec<Entry>, UnknownTool> {
    tool_set::Offered::chosen(selection, uploads).map(tool_set::Offered::into_entries)
}
