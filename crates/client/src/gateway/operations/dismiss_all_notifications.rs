//! Section 6 of the API document. Without a tab it removes every notification of the user.

use http::Method;

use crate::gateway::{Alternative, Operation, Refusal, Replay, Request};
use crate::model::NotificationTab;

/// Removes all notifications of one tab, or of all.
#[derive(Debug, Clone)]
pub struct DismissAllNotifications {
    /// One tab; `None` is every notification.
    pub tab: Option<NotificationTab>,
}

impl Operation for DismissAllNotifications {
    const NAME: &'static str = "dismiss_all_notifications";
    const METHOD: Method = Method::DELETE;
    const ROUTE: &'static str = "notifications/dismiss/all";
    const REPLAY: Replay = Replay::Never;
    type Response = ();

    fn request(&self) -> Request {
        Request::default().query_if("type", self.tab.map(NotificationTab::name))
    }

    /// `POST`, as the vendor's OpenAPI document has it (contract, section 8 row 5).
    fn alternative(&self) -> Option<Alternative> {
        Some(Alternative {
            method: Method::POST,
            route: Self::ROUTE,
            request: self.request(),
            when: Refusal::is_undone_delete,
        })
    }
}
