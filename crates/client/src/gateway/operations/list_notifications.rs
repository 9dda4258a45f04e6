//! Section 5 of the API document. Listing does not mark as read.

use http::Method;

use crate::gateway::{Operation, Replay, Request};
use crate::model::{Notification, NotificationTab, Page};

/// Lists the notifications of the credential's user.
#[derive(Debug, Clone)]
pub struct ListNotifications {
    /// One tab; `None` is all.
    pub tab: Option<NotificationTab>,
    /// How many rows (1-100).
    pub limit: u64,
    /// How many rows to pass over.
    pub skip: u64,
}

impl Operation for ListNotifications {
    const NAME: &'static str = "list_notifications";
    const METHOD: Method = Method::GET;
    const ROUTE: &'static str = "notifications";
    const REPLAY: Replay = Replay::Read;
    type Response = Page<Notification>;

    fn request(&self) -> Request {
        Request::default()
            .query("limit", self.limit)
            .query("skip", self.skip)
            .query_if("type", self.tab.map(NotificationTab::name))
    }

    fn skip(&self) -> u64 {
        self.skip
    }
}
