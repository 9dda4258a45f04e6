//! Observers of the requests to the gateway: metrics and traces, one or both.

use std::sync::Arc;

use http::HeaderValue;

use crate::gateway::{Attempt, AttemptEnd, AttemptRequest, Client, Observer};
use crate::metrics::Metrics;
use crate::traces::Traces;

/// The observers of a server.
#[derive(Clone, Default)]
pub(super) struct Watched {
    pub(super) metrics: Metrics,
    pub(super) traces: Traces,
}

impl Watched {
    /// Has the requests of a client watched.
    pub(super) fn watch(&self, client: &Client) {
        self.metrics.watch_breaker(client);
        let observer: Arc<dyn Observer> = match (self.metrics.observer(), self.traces.observer()) {
            (Some(metrics), Some(traces)) => Arc::new(Both { first: traces, second: metrics }),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return,
        };
        client.observe(observer);
    }
}

/// Two observers.
struct Both {
    first: Arc<dyn Observer>,
    second: Arc<dyn Observer>,
}

/// One request, as both observe it.
struct OfBoth {
    first: Box<dyn Attempt>,
    second: Box<dyn Attempt>,
}

impl Observer for Both {
    fn begin(&self, request: &AttemptRequest) -> Box<dyn Attempt> {
        Box::new(OfBoth { first: self.first.begin(request), second: self.second.begin(request) })
    }
}

impl Attempt for OfBoth {
    fn traceparent(&self) -> Option<HeaderValue> {
        self.first.traceparent().or_else(|| self.second.traceparent())
    }

    fn end(self: Box<Self>, end: AttemptEnd) {
        self.first.end(end);
        self.second.end(end);
    }
}
