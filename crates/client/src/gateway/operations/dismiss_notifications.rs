//! The first "5." of the API document that deletes: the body is a bare array of ids (contract, 5.6).

use http::Method;
use serde_json::json;

use super::{ids_as_json, objection_to_ids};
use crate::gateway::{Alternative, Operation, Refusal, Replay, Request};
use crate::model::NotificationId;

/// Removes notifications for good.
#[derive(Debug, Clone)]
pub struct DismissNotifications {
    /// Which; 1 to 100, because an empty array may mean every one.
    pub ids: Vec<NotificationId>,
}

impl Operation for DismissNotifications {
    const NAME: &'static str = "dismiss_notifications";
    const METHOD: Method = Method::DELETE;
    const ROUTE: &'static str = "notifications/dismiss";
    const REPLAY: Replay = Replay::Repeatable;
    type Response = ();

    fn request(&self) -> Request {
        Request::default().json(ids_as_json(&self.ids))
    }

    fn validate(&self) -> Option<&'static str> {
        objection_to_ids(&self.ids)
    }

    /// `POST {ids}`, for gateways that cannot forward a DELETE's body (contract, 5.6; test B).
    fn alternative(&self) -> Option<Alternative> {
        Some(Alternative {
            method: Method::POST,
            route: Self::ROUTE,
            request: Request::default().json(json!({ "ids": ids_as_json(&self.ids) })),
            when: Refusal::is_undone_delete,
        })
    }
}
