//! The table of routes: every operation's own, and the other forms that some gateways know (contract, section 8).

use http::Method;

use crate::call::Call;
use crate::faults::Form;
use crate::gateway::Operation;
use crate::gateway::operations as of;
use crate::handlers::{comments, contacts, conversations, export, files, notifications, uploads};
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::StoreError;

/// Answers one call. It may block on SQLite.
pub(super) type Handler = fn(&Shared, &Call) -> Result<Reply, StoreError>;

/// One way to ask for one operation.
#[derive(Clone)]
pub(super) struct Route {
    /// The operation's name.
    pub(super) operation: &'static str,
    /// The method.
    pub(super) method: Method,
    /// The path after the prefix.
    pub(super) path: &'static str,
    /// Whether this is the form that the operation sends first.
    pub(super) form: Form,
    /// Who answers.
    pub(super) handler: Handler,
}

impl Route {
    fn of<O: Operation>(handler: Handler) -> Self {
        Self { operation: O::NAME, method: O::METHOD, path: O::ROUTE, form: Form::Main, handler }
    }

    fn alternative<O: Operation>(method: Method, path: &'static str, handler: Handler) -> Self {
        Self { operation: O::NAME, method, path, form: Form::Alternative, handler }
    }

    /// Whether the body is multipart.
    pub(super) fn takes_a_file(&self) -> bool {
        self.operation == of::UploadContactFile::NAME
    }
}

/// Every route after the prefix.
pub(super) fn table() -> Vec<Route> {
    vec![
        Route::of::<of::ListContacts>(contacts::list),
        Route::of::<of::SearchContacts>(contacts::search),
        Route::of::<of::ExportContacts>(export::contacts),
        Route::of::<of::GetContact>(contacts::get),
        Route::of::<of::UpdateContact>(contacts::update),
        Route::of::<of::GetContactConversations>(conversations::of_contact),
        Route::of::<of::GetConversationMessages>(conversations::messages),
        Route::of::<of::ListContactComments>(comments::list),
        Route::of::<of::GetContactComment>(comments::get),
        Route::of::<of::ListContactFiles>(files::list),
        Route::of::<of::UploadContactFile>(uploads::upload),
        Route::of::<of::ListNotifications>(notifications::list),
        Route::of::<of::MarkNotificationsRead>(notifications::mark_read),
        Route::of::<of::DismissNotifications>(notifications::dismiss),
        Route::of::<of::DismissAllNotifications>(notifications::dismiss_all),
        Route::alternative::<of::SearchContacts>(Method::POST, of::SearchContacts::ROUTE, contacts::search_posted),
        Route::alternative::<of::ListContactComments>(Method::GET, "contacts/{contact_id}/comments", comments::list),
        Route::alternative::<of::ListContactFiles>(Method::GET, "contacts/{contact_id}/files", files::list),
        Route::alternative::<of::DismissNotifications>(
            Method::POST,
            of::DismissNotifications::ROUTE,
            notifications::dismiss_posted,
        ),
        Route::alternative::<of::DismissAllNotifications>(
            Method::POST,
            of::DismissAllNotifications::ROUTE,
            notifications::dismiss_all,
        ),
    ]
}

/// The names of the operations that have a route of their own here.
pub fn routes() -> Vec<&'static str> {
    table().into_iter().filter(|route| route.form == Form::Main).map(|route| route.operation).collect()
}
