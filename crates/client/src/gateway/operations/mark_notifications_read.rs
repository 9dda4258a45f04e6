//! An un-numbered section of the vendor's page: the body is a bare array of ids (contract, section 9).

use http::Method;

use super::{ids_as_json, objection_to_ids};
use crate::gateway::{Operation, Replay, Request};
use crate::model::NotificationId;

/// Marks notifications as read.
#[derive(Debug, Clone)]
pub struct MarkNotificationsRead {
    /// Which; 1 to 100.
    pub ids: Vec<NotificationId>,
}

impl Operation for MarkNotificationsRead {
    const NAME: &'static str = "mark_notifications_read";
    const METHOD: Method = Method::PUT;
    const ROUTE: &'static str = "notifications/read";
    const REPLAY: Replay = Replay::Repeatable;
    type Response = ();

    fn request(&self) -> Request {
        Request::default().json(ids_as_json(&self.ids))
    }

    fn validate(&self) -> Option<&'static str> {
        objection_to_ids(&self.ids)
    }
}
