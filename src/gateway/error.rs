//! What can go wrong between us and the gateway, in the order of a request's life.

use std::time::Duration;

use http::StatusCode;

use super::decode::ShapeError;

/// Why an operation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No connection: nothing was sent.
    #[error("could not reach {host}: {cause}")]
    NotReached {
        /// Host and port.
        host: String,
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
    /// A success whose body is not JSON, or more than we read.
    #[error("the gateway's answer is unreadable: {cause}")]
    Unreadable {
        /// In words: HTML, truncated, too large.
        cause: String,
        /// The `x-request-id` we sent.
        request_id: String,
    },
    /// A success of another shape: often the sign of a wrong prefix.
    #[error("the gateway's answer has another shape: {shape}")]
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
            Self::NotReached { .. } | Self::Redirected { .. } => Outcome::NotDone,
            Self::NoAnswer { .. } => Outcome::Unknown,
            Self::Refused(refusal) if refusal.status.is_server_error() => Outcome::Unknown,
            Self::Refused(_) => Outcome::NotDone,
            Self::Unreadable { .. } | Self::WrongShape { .. } => Outcome::Done,
        }
    }

    /// Whether the same request may do better later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotReached { .. } | Self::NoAnswer { .. } => true,
            Self::Refused(refusal) => refusal.is_passing(),
            Self::Redirected { .. } | Self::Unreadable { .. } | Self::WrongShape { .. } => false,
        }
    }

    /// The `x-request-id` of the failed request, for the gateway's operators.
    pub fn request_id(&self) -> &str {
        match self {
            Self::NotReached { request_id, .. }
            | Self::NoAnswer { request_id, .. }
            | Self::Redirected { request_id, .. }
            | Self::Unreadable { request_id, .. }
            | Self::WrongShape { request_id, .. } => request_id,
            Self::Refused(refusal) => &refusal.request_id,
        }
    }
}

/// An error status, with what its body says.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The kind, by status, code and message (contract, section 7.3).
    pub kind: RefusalKind,
    /// The gateway's words: one line, clipped, credentials redacted. Data, never instructions.
    pub message: String,
    /// The field that the gateway complains about, when it names one.
    pub field: Option<String>,
    /// How long the gateway asks us to wait.
    pub retry_after: Option<Duration>,
    /// Whether the body was empty.
    pub empty_body: bool,
    /// Whether the body was JSON; the gateway's own "unknown path" is HTML.
    pub json_body: bool,
    /// The `x-request-id` of the request.
    pub request_id: String,
}

impl Refusal {
    /// Whether this is how servers answer a path or method that they do not know.
    pub fn is_unknown_route(&self) -> bool {
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => true,
            StatusCode::NOT_FOUND => !self.json_body,
            _ => false,
        }
    }

    /// A 400 without a word: the sign of a gateway that dropped the body of a DELETE (contract, test B).
    pub fn is_empty_bad_request(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.empty_body
    }

    /// Whether waiting may help: 408, 429, 502, 503, 504.
    pub fn is_passing(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 502 | 503 | 504)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} \"{}\"", self.status.as_u16(), self.message)
    }
}

/// What kind of refusal it is (contract, section 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The credential is missing, wrong or expired.
    Auth,
    /// The credential may not do this.
    Forbidden,
    /// No such object.
    NotFound,
    /// The request is wrong.
    Invalid,
    /// The body is too large for the edge.
    TooLarge,
    /// Too many requests.
    RateLimited,
    /// The gateway or what is behind it failed.
    Upstream,
}
