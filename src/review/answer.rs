//! Answers to the page: JSON without secrets, or an error with a code that the page has a sentence for and one of ours.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use imbrace_contacts_client::characters::{escaped_json, escaped_lines};
use serde_json::{Value, json};

use crate::cleanup::CleanupError;
use crate::render::clipped;
use crate::telemetry;

/// Characters of an error's sentence.
const SENTENCE: usize = 600;

/// An answer.
pub(super) struct Answer(pub(super) Value);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        response(StatusCode::OK, &self.0)
    }
}

/// An error that the page shows.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

/// What a handler gives.
pub(super) type Answered = Result<Answer, Refused>;

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// An argument that says nothing that can be done.
    pub(super) fn argument(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "argument", message)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": clipped(&self.message, SENTENCE) } })
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        response(self.status, &self.to_json())
    }
}

impl From<CleanupError> for Refused {
    fn from(error: CleanupError) -> Self {
        let (status, code) = match &error {
            CleanupError::NoSnapshot => (StatusCode::CONFLICT, "no_snapshot"),
            CleanupError::DecidedMeanwhile { .. }
            | CleanupError::NoSuchDuplicate(_)
            | CleanupError::NoSuchDecision(_) => (StatusCode::CONFLICT, "decided"),
            CleanupError::UnknownPlan(_) => (StatusCode::NOT_FOUND, "no_plan"),
            CleanupError::Fingerprint | CleanupError::Altered => (StatusCode::CONFLICT, "plan_changed"),
            CleanupError::Busy | CleanupError::AtWork(_) => (StatusCode::CONFLICT, "busy"),
            CleanupError::Paused { .. } => (StatusCode::CONFLICT, "paused"),
            CleanupError::NothingToDo(_) | CleanupError::NoMatch { .. } => (StatusCode::CONFLICT, "nothing_to_do"),
            CleanupError::Refused(_) => (StatusCode::FORBIDDEN, "refused"),
            CleanupError::Gateway(_) => (StatusCode::BAD_GATEWAY, "gateway"),
            CleanupError::Disk(_) | CleanupError::Database(_) | CleanupError::Damaged { .. } | CleanupError::Broken => {
                (StatusCode::INTERNAL_SERVER_ERROR, "state")
            }
            _ => (StatusCode::CONFLICT, "other"),
        };
        Self::new(status, code, error.to_string())
    }
}

fn response(status: StatusCode, value: &Value) -> Response {
    let text = telemetry::secrets().redactor().owned(value.to_string());
    let text = escaped_json(&text).into_owned();
    (status, [(header::CONTENT_TYPE, "application/json")], Body::from(text)).into_response()
}

/// A stranger's text with what hides or reorders written out, and how many characters of it are left out.
pub(super) fn shown(text: &str, most: usize) -> Value {
    let count = text.chars().count();
    if count <= most {
        return json!(escaped_lines(text));
    }
    let kept: String = text.chars().take(most).collect();
    json!({ "text": escaped_lines(&kept), "more": count - most })
}
