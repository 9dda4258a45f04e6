//! What can go wrong between us and the gateway, in the order of a request's life.

use std::time::Duration;

use http::StatusCode;

use super::answer::Unreadable;
use super::decode::ShapeError;
use super::refusal::{Refusal, RefusalKind};
use crate::http_client::ConnectFailure;

/// Why an operation has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GatewayError {
    /// The request must not be sent: see [`super::Operation::validate`].
    #[error("not sent: {reason}")]
    NotSent {
        /// Why.
        reason: &'static str,
        /// The `x-request-id` that it would have had.
        request_id: String,
    },
    /// The gateway has been failing and is left alone for a while: nothing was sent.
    #[error("not sent: {host} has been failing; next try in {} s", .wait.as_secs() + 1)]
    Paused {
        /// Host and port.
        host: String,
        /// How long until it is tried again.
        wait: Duration,
        /// The `x-request-id` that it would have had.
        request_id: String,
    },
    /// No connection: nothing was sent.
    #[error("could not reach {host}: {cause}")]
    NotReached {
        /// Host and port.
        host: String,
        /// What kind of failure.
        failure: ConnectFailure,
        /// In words: refused, name not found, TLS failed, timed out.
        cause: String,
        /// The `x-request-id` we chose.
        request_id: String,
    },
    /// The request left, no whole answer came.
    #[error("no answer from the gateway: {cause}")]
    NoAnswer {
        /// In words: timed out, connection closed.
        cause: String,
        /// Whether we stopped waiting; then the gateway may still be at work on it.
        timed_out: bool,
        /// The `x-request-id` we sent.
        request_id: String,
    },
    /// The gateway answered with an error status.
    #[error("the gateway refused: {0}")]
    Refused(Refusal),
    /// The gateway answered with a redirect, which is never followed: it would carry the credential elsewhere.
    #[error("the gateway redirects (status {status}) instead of answering")]
    Redirected {
        /// The status, 3xx.
        status: StatusCode,
        /// The `x-request-id` we sent.
        request_id: String,
    },
    /// A success that says in its shape that there is no such object (contract, 5.8).
    #[error("the gateway has no such object")]
    Missing {
        /// The `x-request-id` we sent.
        request_id: String,
    },
    /// A success about something else than was asked for, such as another contact.
    #[error("the gateway answered with {found}")]
    Mismatch {
        /// What was there instead.
        found: &'static str,
        /// The `x-request-id` we sent.
        request_id: String,
    },
    /// A success whose body is not JSON, or more than we read.
    #[error("the gateway answered under {prefix} with {cause}")]
    Unreadable {
        /// What was there instead of JSON.
        cause: Unreadable,
        /// The prefix that was used; a web page is often the sign of a wrong one.
        prefix: &'static str,
        /// The `x-request-id` we sent.
        request_id: String,
    },
    /// A success of another shape: often the sign of a wrong prefix.
    #[error("the gateway's answer has an unexpected shape (wrong prefix {prefix}?): {shape}")]
    WrongShape {
        /// What was expected, and where.
        shape: ShapeError,
        /// The prefix that was used.
        prefix: &'static str,
        /// The `x-request-id` we sent.
        request_id: String,
    },
}

/// Whether the gateway acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Certainly not.
    NotDone,
    /// Nobody here knows.
    Unknown,
    /// It said that it did, in words we could not read.
    Done,
}

impl GatewayError {
    /// Whether the gateway acted on the request that failed this way.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent { .. }
            | Self::Paused { .. }
            | Self::NotReached { .. }
            | Self::Redirected { .. }
            | Self::Missing { .. } => Outcome::NotDone,
            // A page is what an edge or a wall answers, and it need not be the gateway that acted.
            Self::NoAnswer { .. }
            | Self::Mismatch { .. }
            | Self::Unreadable { cause: Unreadable::WebPage { .. }, .. } => Outcome::Unknown,
            Self::Refused(refusal) if refusal.kind == RefusalKind::Upstream => Outcome::Unknown,
            Self::Refused(_) => Outcome::NotDone,
            Self::Unreadable { .. } | Self::WrongShape { .. } => Outcome::Done,
        }
    }

    /// Whether the same request may do better later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotReached { .. } | Self::NoAnswer { .. } => true,
            Self::Refused(refusal) => refusal.is_passing(),
            Self::NotSent { .. }
            | Self::Paused { .. }
            | Self::Redirected { .. }
            | Self::Missing { .. }
            | Self::Mismatch { .. }
            | Self::Unreadable { .. }
            | Self::WrongShape { .. } => false,
        }
    }

    /// What happened, in few words: `timed out after 12 s`, `503`.
    pub fn in_brief(&self) -> String {
        match self {
            Self::NotSent { reason, .. } => (*reason).to_owned(),
            Self::NotReached { cause, .. } | Self::NoAnswer { cause, .. } => cause.clone(),
            Self::Refused(refusal) => refusal.status.as_u16().to_string(),
            Self::Redirected { status, .. } => status.as_u16().to_string(),
            Self::Paused { .. } => "not sent".to_owned(),
            Self::Missing { .. } => "not found".to_owned(),
            Self::Mismatch { found, .. } => (*found).to_owned(),
            Self::Unreadable { .. } | Self::WrongShape { .. } => "unreadable answer".to_owned(),
        }
    }

    /// Whether nothing was sent because the gateway is left alone.
    pub fn is_pause(&self) -> bool {
        matches!(self, Self::Paused { .. })
    }

    /// Whether an outage would explain it; what the breaker counts as a failure.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::NotReached { .. } | Self::NoAnswer { .. } => true,
            Self::Refused(refusal) => {
                refusal.kind == RefusalKind::Upstream && refusal.status != StatusCode::NOT_IMPLEMENTED
            }
            _ => false,
        }
    }

    /// Whether the gateway may act after we stopped waiting: our time ran out, or that of somebody on the way.
    pub fn may_still_act(&self) -> bool {
        match self {
            Self::NoAnswer { timed_out, .. } => *timed_out,
            Self::Refused(refusal) => matches!(refusal.status.as_u16(), 408 | 504),
            _ => false,
        }
    }

    /// Whether the gateway says that there is no such object (and not: no such route).
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Missing { .. } => true,
            Self::Refused(refusal) => refusal.kind == RefusalKind::NotFound && !refusal.is_unknown_route(),
            _ => false,
        }
    }

    /// The `x-request-id` of the failed request, for the gateway's operators.
    pub fn request_id(&self) -> &str {
        match self {
            Self::NotSent { request_id, .. }
            | Self::Paused { request_id, .. }
            | Self::NotReached { request_id, .. }
            | Self::NoAnswer { request_id, .. }
            | Self::Redirected { request_id, .. }
            | Self::Missing { request_id }
            | Self::Mismatch { request_id, .. }
            | Self::Unreadable { request_id, .. }
            | Self::WrongShape { request_id, .. } => request_id,
            Self::Refused(refusal) => &refusal.request_id,
        }
    }
}
