//! Leave to write: what a program's writes must pass before each of them is sent. The cleanup engine writes through a [`Gate`]; the
//! MCP server's gate refuses by the operator's rules and records each write first.

use futures::future::BoxFuture;

use crate::model::Contact;

/// One write to one contact, before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// `apply_cleanup` or `undo_cleanup`.
    pub act: &'static str,
    /// The plan's id.
    pub plan: String,
    /// The contact's id.
    pub contact: String,
    /// The request body, as JSON.
    pub body: String,
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was done.
    Done,
    /// It was certainly not done.
    NotDone,
    /// The outcome is unknown.
    Unknown,
}

/// Why a write is refused. It was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteRefused {
    /// The operator wants no writes.
    #[error("writes are off here (--read-only, IMBRACE_READ_ONLY)")]
    ReadOnly,
    /// The caller has done all the writes of this day.
    #[error(
        "this caller has done as many writes today as --max-writes-per-day={limit} allows; the count begins anew at 00:00 UTC"
    )]
    DailyLimit {
        /// How many writes a day has.
        limit: u64,
    },
    /// It cannot be counted.
    #[error("the state file that counts the writes of a day cannot be written, and --max-writes-per-day is set")]
    Uncounted,
    /// The database that processes share does not answer.
    #[error("the state database does not answer, and nothing is written until it does; reads go on")]
    StateAway,
    /// A policy writes at this hour nothing.
    #[error("it is outside the hours of the policy")]
    OutsideHours,
    /// What a policy may write on one day is written.
    #[error(
        "the policy allows {limit} contacts a day, and they are written; the count begins anew at midnight of its time zone"
    )]
    PolicyDay {
        /// How many contacts a day has.
        limit: u64,
    },
    /// It cannot be counted for a policy.
    #[error("the state that counts the contacts of a day cannot be written, and the policy limits them")]
    PolicyUncounted,
    /// It cannot be recorded.
    #[error("the audit file cannot be written, and no write goes unrecorded")]
    Unrecorded,
}

/// Called once with how the write ended; what it returns is awaited, so that the end is recorded before the next write begins.
/// Dropped uncalled, the write was cancelled.
pub type Permit = Box<dyn FnOnce(Ended) -> BoxFuture<'static, ()> + Send>;

/// Lets writes through, or refuses them. An apply and an undo cannot be called without one.
pub trait Gate: Send + Sync {
    /// Requests a second that an apply or undo begins with; `None` is 5, infinity is as many as go.
    fn requests_per_second(&self) -> Option<f64>;

    /// Checks that writes are allowed, before anything is read for one.
    ///
    /// # Errors
    /// [`WriteRefused`].
    fn check(&self) -> Result<(), WriteRefused>;

    /// Whether a contact, as it was read right before its write, must not be written.
    fn protects(&self, _contact: &Contact) -> bool {
        false
    }

    /// Lets one write through; it is sent when this returns.
    ///
    /// # Errors
    /// [`WriteRefused`]; nothing is sent then.
    fn begin(&self, write: Write) -> BoxFuture<'_, Result<Permit, WriteRefused>>;
}

/// A gate that refuses and records nothing, for programs that are their own operator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenGate {
    /// Requests a second to begin with; `None` is 5, infinity is as many as go.
    pub requests_per_second: Option<f64>,
}

impl OpenGate {
    /// A gate that lets as many requests through as go, for a gateway that nobody else waits for.
    pub const UNPACED: Self = Self { requests_per_second: Some(f64::INFINITY) };
}

impl Gate for OpenGate {
    fn requests_per_second(&self) -> Option<f64> {
        self.requests_per_second
    }

    fn check(&self) -> Result<(), WriteRefused> {
        Ok(())
    }

    fn begin(&self, _write: Write) -> BoxFuture<'_, Result<Permit, WriteRefused>> {
        Box::pin(async {
            let permit: Permit = Box::new(|_| Box::pin(std::future::ready(())));
            Ok(permit)
        })
    }
}
