//! Metrics for Prometheus: what the server counts, and the text that a scrape reads. Labels are words of closed sets: no name, id or
//! credential of anybody can become one.
//!
//! Without the feature `metrics`, and until it is told to record, a [`Metrics`] counts nothing and costs nothing.

#[cfg(feature = "metrics")]
mod recorded;
#[cfg(feature = "metrics")]
mod store;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use imbrace_contacts_store::Store;

#[cfg(feature = "metrics")]
use recorded::Recorded;

use crate::gateway::{Client, Observer};

/// The name of every tool that does not exist: names that callers make up are no labels.
pub const OTHER: &str = "_OTHER";

/// The reason why a caller was refused before anything was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// Its `Host` is not allowed.
    Host,
    /// Its `Origin` is not allowed.
    Origin,
    /// It showed no token or key.
    MissingToken,
    /// It showed a token or key that is none here.
    InvalidToken,
    /// Its access token lacks a scope.
    Scope,
    /// Its token or key could not be checked, because the issuer or the gateway did not answer.
    Unchecked,
    /// Its address has shown too many wrong tokens.
    WrongTokens,
    /// It has sent too many requests in a minute.
    CallsPerMinute,
    /// Too many of its calls are under way.
    CallsAtOnce,
    /// Its bodies hold too many bytes at the same time.
    Bytes,
    /// The bodies of all callers hold too many bytes at the same time.
    AllBytes,
}

impl Refused {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Host,
        Self::Origin,
        Self::MissingToken,
        Self::InvalidToken,
        Self::Scope,
        Self::Unchecked,
        Self::WrongTokens,
        Self::CallsPerMinute,
        Self::CallsAtOnce,
        Self::Bytes,
        Self::AllBytes,
    ];

    /// Its name, such as `missing_token`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::MissingToken => "missing_token",
            Self::InvalidToken => "invalid_token",
            Self::Scope => "scope",
            Self::Unchecked => "unchecked",
            Self::WrongTokens => "wrong_tokens",
            Self::CallsPerMinute => "calls_per_minute",
            Self::CallsAtOnce => "calls_at_once",
            Self::Bytes => "bytes",
            Self::AllBytes => "all_bytes",
        }
    }
}

/// A long work of the cleanup engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// The list is read.
    Sync,
    /// A plan is written.
    Apply,
    /// A plan is taken back.
    Undo,
}

impl Work {
    /// Every work.
    pub const ALL: [Self; 3] = [Self::Sync, Self::Apply, Self::Undo];

    /// Its name, such as `sync`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Apply => "apply",
            Self::Undo => "undo",
        }
    }
}

/// How a call ended, in words of closed sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallEnd {
    /// A word of the audit file (`ok`, `error`, `unknown`, `timed_out`, `panicked`, `cancelled`), or `preview` for what waits for its
    /// confirmation.
    pub outcome: &'static str,
    /// True if the answer tells of an error.
    pub is_error: bool,
    /// The reason of a failure, such as `argument` or `not_reached`.
    pub reason: Option<&'static str>,
}

/// The counters of a server. Cheap to clone; clones count together.
#[derive(Clone, Default)]
pub struct Metrics {
    #[cfg(feature = "metrics")]
    recorded: Option<Arc<Recorded>>,
}

impl Metrics {
    /// One that counts, where the build can.
    pub fn recording() -> Self {
        Self {
            #[cfg(feature = "metrics")]
            recorded: Some(Arc::new(Recorded::new())),
        }
    }

    /// True if something is counted.
    pub fn is_on(&self) -> bool {
        #[cfg(feature = "metrics")]
        return self.recorded.is_some();
        #[cfg(not(feature = "metrics"))]
        false
    }

    /// Counts a call of a tool that exists, from now until its end; one that is dropped before counts as `cancelled`.
    pub fn call(&self, tool: &'static str) -> CallInFlight {
        #[cfg(feature = "metrics")]
        if let Some(recorded) = &self.recorded {
            recorded.calls_in_flight.inc();
        }
        CallInFlight { metrics: self.clone(), tool, started: Instant::now(), has_ended: false }
    }

    /// Counts a call of a tool that does not exist.
    pub fn unknown_tool(&self) {
        let end = CallEnd { outcome: "error", is_error: true, reason: Some("unknown_tool") };
        self.call(OTHER).end(end);
    }

    /// Counts a caller that was refused.
    pub fn refused(&self, reason: Refused) {
        #[cfg(feature = "metrics")]
        if let Some(recorded) = &self.recorded {
            recorded.refused(reason);
        }
        #[cfg(not(feature = "metrics"))]
        let _ = reason;
    }

    /// Notes how far a work is.
    pub fn progress(&self, work: Work, done: u64, total: Option<u64>) {
        #[cfg(feature = "metrics")]
        if let Some(recorded) = &self.recorded {
            recorded.progress(work, done, total);
        }
        #[cfg(not(feature = "metrics"))]
        let _ = (work, done, total);
    }

    /// Counts requests to the gateway, for [`Client::observe`].
    pub fn observer(&self) -> Option<Arc<dyn Observer>> {
        #[cfg(feature = "metrics")]
        return self.recorded.as_ref().map(|recorded| recorded.observer());
        #[cfg(not(feature = "metrics"))]
        None
    }

    /// Shows at each scrape the state of this client's breaker; of the first client that it is told.
    pub fn watch_breaker(&self, client: &Client) {
        #[cfg(feature = "metrics")]
        if let Some(recorded) = &self.recorded {
            let _ = recorded.gateway.set(client.clone());
        }
        #[cfg(not(feature = "metrics"))]
        let _ = client;
    }

    /// The same store, whose calls are timed.
    pub fn watch_store(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        #[cfg(feature = "metrics")]
        if let Some(recorded) = &self.recorded {
            return Arc::new(store::TimedStore::new(store, Arc::clone(recorded)));
        }
        store
    }

    /// Shows at each scrape how old the snapshot of this cleanup engine is.
    #[cfg(feature = "cleanup")]
    pub fn watch_snapshot(&self, workspace: &crate::cleanup::Workspace) {
        #[cfg(feature = "metrics")]
        if let Some(recorded) = &self.recorded {
            let _ = recorded.snapshot.set(workspace.clone());
        }
        #[cfg(not(feature = "metrics"))]
        let _ = workspace;
    }

    /// All that was counted, in Prometheus's text format; `None` where nothing is.
    #[cfg(feature = "metrics")]
    pub async fn text(&self) -> Option<String> {
        self.recorded.as_ref()?.text().await
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").field("is_on", &self.is_on()).finish()
    }
}

/// The media type of [`Metrics::text`].
#[cfg(feature = "metrics")]
pub use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// A metric as docs/observability.md and Prometheus know it.
#[cfg(feature = "metrics")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    /// Its name in queries, without `_bucket`, `_sum` or `_count`.
    pub name: &'static str,
    /// `counter`, `gauge`, `histogram` or `info`.
    pub kind: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// Its meaning, in one line.
    pub meaning: &'static str,
}

/// Every metric, in the order of the documentation.
#[cfg(feature = "metrics")]
pub fn catalog() -> &'static [Described] {
    &recorded::CATALOG
}

/// A call that is under way.
#[must_use]
pub struct CallInFlight {
    metrics: Metrics,
    tool: &'static str,
    started: Instant,
    has_ended: bool,
}

impl CallInFlight {
    /// Notes how it ended.
    pub fn end(mut self, end: CallEnd) {
        self.ended(end);
    }

    fn ended(&mut self, end: CallEnd) {
        self.has_ended = true;
        #[cfg(feature = "metrics")]
        if let Some(recorded) = &self.metrics.recorded {
            recorded.calls_in_flight.dec();
            recorded.call_ended(self.tool, end, self.started.elapsed());
        }
        #[cfg(not(feature = "metrics"))]
        let _ = (end, &self.metrics, self.tool, self.started);
    }
}

impl Drop for CallInFlight {
    fn drop(&mut self) {
        if !self.has_ended {
            self.ended(CallEnd { outcome: "cancelled", is_error: true, reason: Some("cancelled") });
        }
    }
}
