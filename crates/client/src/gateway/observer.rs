//! Observers of the requests to the gateway: they are told route, status and end. No value of a request or an answer is in it.

use http::{HeaderValue, Method, StatusCode};

use super::error::GatewayError;

/// Is told of every request to a gateway ([`super::Client::observe`]).
///
/// # Examples
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use imbrace_contacts_client::gateway::{Attempt, AttemptEnd, AttemptRequest, Observer};
///
/// struct Count(&'static AtomicU64);
/// struct Counted(&'static AtomicU64);
///
/// impl Observer for Count {
///     fn begin(&self, _request: &AttemptRequest) -> Box<dyn Attempt> {
///         Box::new(Counted(self.0))
///     }
/// }
///
/// impl Attempt for Counted {
///     fn end(self: Box<Self>, end: AttemptEnd) {
///         println!("{} {}", end.outcome.name(), self.0.fetch_add(1, Ordering::Relaxed));
///     }
/// }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Is called right before a request is sent, or left out because the gateway is left alone.
    fn begin(&self, request: &AttemptRequest) -> Box<dyn Attempt>;
}

/// One request that an observer was told of. It is dropped without an end when nobody waits for the answer any more.
pub trait Attempt: Send {
    /// The W3C `traceparent` that the request is to carry; none by default.
    fn traceparent(&self) -> Option<HeaderValue> {
        None
    }

    /// Is called once, when the answer was read or it is certain that there is none.
    fn end(self: Box<Self>, end: AttemptEnd);
}

/// A request before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptRequest {
    /// The operation, such as `get_contact`.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The template of the path, such as `/contacts/{id}`: never an id.
    pub route: &'static str,
}

impl AttemptRequest {
    pub(super) const fn new(operation: &'static str, method: Method, route: &'static str) -> Self {
        Self { operation, method, route }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptEnd {
    /// Its outcome.
    pub outcome: AttemptOutcome,
    /// The status of a refusal or a redirection.
    pub status: Option<StatusCode>,
}

impl AttemptEnd {
    /// The class of the status, from `1xx` to `5xx`; `none` where there was no answer.
    pub fn status_class(self) -> &'static str {
        match (self.status.map(|status| status.as_u16() / 100), self.outcome) {
            (Some(1), _) => "1xx",
            (Some(2), _) | (None, AttemptOutcome::Answered | AttemptOutcome::Unreadable) => "2xx",
            (Some(3), _) => "3xx",
            (Some(4), _) => "4xx",
            (Some(5), _) => "5xx",
            _ => "none",
        }
    }
}

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// It was answered, and the answer was read.
    Answered,
    /// The gateway refused it.
    Refused,
    /// It was answered with a redirection, which is not followed.
    Redirected,
    /// No connection was made, so it was not sent.
    NotReached,
    /// It may have been sent, and no whole answer came.
    NoAnswer,
    /// The answer is none of this gateway.
    Unreadable,
    /// It was not sent, because the breaker is open.
    Paused,
    /// Nobody waited for its answer.
    Abandoned,
}

impl AttemptOutcome {
    /// Every outcome.
    pub const ALL: [Self; 8] = [
        Self::Answered,
        Self::Refused,
        Self::Redirected,
        Self::NotReached,
        Self::NoAnswer,
        Self::Unreadable,
        Self::Paused,
        Self::Abandoned,
    ];

    /// Its name, such as `not_reached`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Redirected => "redirected",
            Self::NotReached => "not_reached",
            Self::NoAnswer => "no_answer",
            Self::Unreadable => "unreadable",
            Self::Paused => "paused",
            Self::Abandoned => "abandoned",
        }
    }
}

impl AttemptEnd {
    /// The end of a request that was answered with success, or with this error.
    pub(super) fn of(error: Option<&GatewayError>) -> Self {
        let Some(error) = error else { return Self { outcome: AttemptOutcome::Answered, status: None } };
        let (outcome, status) = match error {
            GatewayError::Refused(refusal) => (AttemptOutcome::Refused, Some(refusal.status)),
            GatewayError::Redirected { status, .. } => (AttemptOutcome::Redirected, Some(*status)),
            GatewayError::NotReached { .. } | GatewayError::NotSent { .. } => (AttemptOutcome::NotReached, None),
            GatewayError::NoAnswer { .. } | GatewayError::Missing { .. } => (AttemptOutcome::NoAnswer, None),
            GatewayError::Paused { .. } => (AttemptOutcome::Paused, None),
            GatewayError::Unreadable { .. } | GatewayError::WrongShape { .. } | GatewayError::Mismatch { .. } => {
                (AttemptOutcome::Unreadable, None)
            }
        };
        Self { outcome, status }
    }
}
