//! What HTTP clients get when a request is refused: a status, and a JSON-RPC error that says why.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::message::Refusal;

/// A refusal with this status; the text says what was wrong and what would be right.
pub(crate) fn refused(status: StatusCode, message: &str) -> Response {
    error(status, &Refusal::invalid(None, message))
}

/// The same with one more header.
pub(crate) fn refused_with(status: StatusCode, header: (HeaderName, &'static str), message: &str) -> Response {
    let mut response = refused(status, message);
    response.headers_mut().insert(header.0, HeaderValue::from_static(header.1));
    response
}

/// This JSON-RPC error.
pub(crate) fn error(status: StatusCode, refusal: &Refusal) -> Response {
    json(status, refusal.to_json().to_string())
}

/// JSON that is text already.
pub(crate) fn json(status: StatusCode, text: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text.into()).into_response()
}
