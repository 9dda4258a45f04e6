//! What is done to one request.

use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use http::Method;

use crate::local_gateway::reply::Reply;

/// The faults of one request.
#[derive(Debug)]
pub(in crate::local_gateway) struct Misdeed;

impl Misdeed {
    pub(in crate::local_gateway) fn latency(&self) -> Option<Duration> {
        None
    }
    pub(in crate::local_gateway) fn resets_before(&self) -> bool {
        false
    }
    pub(in crate::local_gateway) fn resets_after(&self) -> bool {
        false
    }
    pub(in crate::local_gateway) fn instead(&self, _method: &Method, _path: &str) -> Option<Reply> {
        None
    }
    pub(in crate::local_gateway) fn change_body(&self, body: Bytes) -> Bytes {
        body
    }
    pub(in crate::local_gateway) fn after(&self, reply: Reply) -> Response {
        reply.into_response()
    }
}
