//! The counters themselves, by the official client library.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use imbrace_contacts_client::gateway::breaker::BreakerState;
use imbrace_contacts_client::gateway::{Attempt, AttemptEnd, AttemptOutcome, AttemptRequest, Observer};
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use super::{CallEnd, Described, Refused, Work};
use crate::gateway::Client;
use crate::telemetry;

/// Bounds of the durations of calls, in seconds: those of OpenTelemetry's conventions for MCP.
const CALL_BUCKETS: [f64; 14] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

/// Bounds of the durations of requests to the gateway, in seconds: those of OpenTelemetry's conventions for HTTP.
const ATTEMPT_BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Bounds of the durations of calls of the store, in seconds: those of OpenTelemetry's conventions for databases.
const STORE_BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// How long a scrape waits for the age of the snapshot.
const AGE_TIMEOUT: Duration = Duration::from_secs(2);

const CALLS: Described = Described {
    name: "mcp_server_operation_duration_seconds",
    kind: "histogram",
    labels: &["mcp_method_name", "gen_ai_tool_name", "error_type", "outcome"],
    meaning: "calls of tools by tool and outcome (ok, error, unknown, timed_out, panicked, cancelled, preview); an unknown tool is _OTHER",
};
const FAILED_CALLS: Described = Described {
    name: "imbrace_failed_calls_total",
    kind: "counter",
    labels: &["gen_ai_tool_name", "reason"],
    meaning: "calls that answered an error, by its reason",
};
const CALLS_IN_FLIGHT: Described =
    Described { name: "imbrace_calls_in_flight", kind: "gauge", labels: &[], meaning: "calls of tools under way" };
const REFUSED: Described = Described {
    name: "imbrace_refused_requests_total",
    kind: "counter",
    labels: &["reason"],
    meaning: "HTTP requests refused before anything was called, by the reason",
};
const ATTEMPTS: Described = Described {
    name: "imbrace_gateway_attempt_duration_seconds",
    kind: "histogram",
    labels: &["http_request_method", "url_template", "status_class", "outcome"],
    meaning: "requests to the gateway, retries among them, by route, class of the status and outcome",
};
const BREAKER: Described = Described {
    name: "imbrace_gateway_breaker_state",
    kind: "gauge",
    labels: &["state"],
    meaning: "1 for the state of the circuit breaker (closed, open, half_open), 0 for the others",
};
const STORE: Described = Described {
    name: "imbrace_store_duration_seconds",
    kind: "histogram",
    labels: &["operation", "outcome"],
    meaning: "calls of the store of short ids, confirmations and counted writes, by operation and outcome (ok, error)",
};
const CLEANUP_DONE: Described = Described {
    name: "imbrace_cleanup_progress_done",
    kind: "gauge",
    labels: &["kind"],
    meaning: "contacts read or steps written in the current stage of the last sync, apply or undo that a tool ran in this process",
};
const CLEANUP_TOTAL: Described = Described {
    name: "imbrace_cleanup_progress_expected",
    kind: "gauge",
    labels: &["kind"],
    meaning: "how many there are in all; 0 where that is not known",
};
const SNAPSHOT_AGE: Described = Described {
    name: "imbrace_snapshot_age_seconds",
    kind: "gauge",
    labels: &[],
    meaning: "time since the snapshot was last brought up to date; -1 where there is none, and with callers' own credentials",
};
const DROPPED_LINES: Described = Described {
    name: "imbrace_log_lines_dropped_total",
    kind: "counter",
    labels: &[],
    meaning: "lines for stderr that were dropped because it took no more",
};
const BUILD: Described = Described {
    name: "imbrace_build_info",
    kind: "gauge",
    labels: &["version"],
    meaning: "1, with the version of the server",
};

/// Every metric, in the order of the documentation.
pub(super) const CATALOG: [Described; 12] = [
    CALLS,
    FAILED_CALLS,
    CALLS_IN_FLIGHT,
    REFUSED,
    ATTEMPTS,
    BREAKER,
    STORE,
    CLEANUP_DONE,
    CLEANUP_TOTAL,
    SNAPSHOT_AGE,
    DROPPED_LINES,
    BUILD,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    mcp_method_name: &'static str,
    gen_ai_tool_name: &'static str,
    error_type: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    gen_ai_tool_name: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    http_request_method: &'static str,
    url_template: &'static str,
    status_class: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoreLabels {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// Makes histograms with these bounds.
#[derive(Debug, Clone, Copy)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

type Histograms<L> = Family<L, Histogram, Buckets>;

/// The counters and histograms.
pub(super) struct Recorded {
    registry: Registry,
    calls: Histograms<CallLabels>,
    failures: Family<FailureLabels, Counter>,
    pub(super) calls_in_flight: Gauge,
    refused: Family<Reason, Counter>,
    attempts: Histograms<AttemptLabels>,
    breaker: Family<State, Gauge>,
    store: Histograms<StoreLabels>,
    cleanup_done: Family<Kind, Gauge>,
    cleanup_total: Family<Kind, Gauge>,
    snapshot_age: Gauge<f64, AtomicU64>,
    dropped_lines: Counter,
    /// Whose breaker is shown.
    pub(super) gateway: OnceLock<Client>,
    /// Whose snapshot's age is shown.
    #[cfg(feature = "cleanup")]
    pub(super) snapshot: OnceLock<crate::cleanup::Workspace>,
}

impl Recorded {
    pub(super) fn new() -> Self {
        let mut registry = Registry::default();
        let recorded = Self {
            calls: histograms(&mut registry, CALLS, &CALL_BUCKETS),
            failures: registered(&mut registry, FAILED_CALLS, Family::default()),
            calls_in_flight: registered(&mut registry, CALLS_IN_FLIGHT, Gauge::default()),
            refused: registered(&mut registry, REFUSED, Family::default()),
            attempts: histograms(&mut registry, ATTEMPTS, &ATTEMPT_BUCKETS),
            breaker: registered(&mut registry, BREAKER, Family::default()),
            store: histograms(&mut registry, STORE, &STORE_BUCKETS),
            cleanup_done: registered(&mut registry, CLEANUP_DONE, Family::default()),
            cleanup_total: registered(&mut registry, CLEANUP_TOTAL, Family::default()),
            snapshot_age: registered(&mut registry, SNAPSHOT_AGE, Gauge::default()),
            dropped_lines: registered(&mut registry, DROPPED_LINES, Counter::default()),
            gateway: OnceLock::new(),
            #[cfg(feature = "cleanup")]
            snapshot: OnceLock::new(),
            registry: Registry::default(),
        };
        let info = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register(BUILD.name.trim_end_matches("_info"), BUILD.meaning, info);
        // Counted from the start, so that the first one is an increase that a query sees.
        for reason in Refused::ALL {
            let _ = recorded.refused.get_or_create(&Reason { reason: reason.name() });
        }
        recorded.show_breaker(BreakerState::Closed);
        recorded.snapshot_age.set(-1.0);
        Self { registry, ..recorded }
    }

    pub(super) fn call_ended(&self, tool: &'static str, end: CallEnd, took: Duration) {
        let error_type = if end.is_error { "tool_error" } else { "" };
        let labels =
            CallLabels { mcp_method_name: "tools/call", gen_ai_tool_name: tool, error_type, outcome: end.outcome };
        self.calls.get_or_create(&labels).observe(took.as_secs_f64());
        if let Some(reason) = end.reason.filter(|_| end.is_error) {
            self.failures.get_or_create(&FailureLabels { gen_ai_tool_name: tool, reason }).inc();
        }
    }

    pub(super) fn refused(&self, reason: Refused) {
        self.refused.get_or_create(&Reason { reason: reason.name() }).inc();
    }

    pub(super) fn progress(&self, work: Work, done: u64, total: Option<u64>) {
        let kind = Kind { kind: work.name() };
        self.cleanup_done.get_or_create(&kind).set(done.cast_signed());
        // One that was known for the stage before is none of this stage.
        self.cleanup_total.get_or_create(&kind).set(total.unwrap_or_default().cast_signed());
    }

    pub(super) fn store_called(&self, operation: &'static str, is_done: bool, took: Duration) {
        let labels = StoreLabels { operation, outcome: if is_done { "ok" } else { "error" } };
        self.store.get_or_create(&labels).observe(took.as_secs_f64());
    }

    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(Attempts { histograms: self.attempts.clone() })
    }

    fn show_breaker(&self, now: BreakerState) {
        for state in BreakerState::ALL {
            self.breaker.get_or_create(&State { state: state.name() }).set(i64::from(state == now));
        }
    }

    /// All of it, in Prometheus's text format. Never fails: a `String` takes everything.
    pub(super) async fn text(&self) -> Option<String> {
        if let Some(client) = self.gateway.get() {
            self.show_breaker(client.breaker_state());
        }
        #[cfg(feature = "cleanup")]
        if let Some(workspace) = self.snapshot.get().filter(|workspace| workspace.is_there()) {
            // A file that somebody else works on must not hold up the scrape: the age stays as it was then.
            let synced_at = tokio::time::timeout(AGE_TIMEOUT, workspace.synced_at()).await;
            match synced_at {
                Ok(Ok(Some(at))) => {
                    self.snapshot_age.set(jiff::Timestamp::now().duration_since(at).as_secs_f64().max(0.0));
                }
                Ok(Ok(None)) => {
                    self.snapshot_age.set(-1.0);
                }
                Ok(Err(_)) | Err(_) => {}
            }
        }
        self.dropped_lines.inner().store(telemetry::dropped_lines(), Ordering::Relaxed);
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry).ok()?;
        Some(text)
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorded").finish_non_exhaustive()
    }
}

/// The name under which the library knows a metric: it adds `_total` and the unit itself.
fn own_name(described: Described) -> &'static str {
    described.name.trim_end_matches("_total").trim_end_matches("_seconds")
}

fn registered<M: Metric + Clone>(registry: &mut Registry, described: Described, metric: M) -> M {
    let is_total = described.kind == "counter";
    let name = if is_total { described.name.trim_end_matches("_total") } else { described.name };
    registry.register(name, described.meaning, metric.clone());
    metric
}

fn histograms<L>(registry: &mut Registry, described: Described, bounds: &'static [f64]) -> Histograms<L>
where
    L: Clone + std::hash::Hash + Eq + fmt::Debug + EncodeLabelSet + Send + Sync + 'static,
{
    let family = Histograms::new_with_constructor(Buckets(bounds));
    registry.register_with_unit(own_name(described), described.meaning, Unit::Seconds, family.clone());
    family
}

/// Counts the requests to a gateway.
struct Attempts {
    histograms: Histograms<AttemptLabels>,
}

/// One of them, under way.
struct OneAttempt {
    histograms: Histograms<AttemptLabels>,
    method: &'static str,
    route: &'static str,
    started: Instant,
    has_ended: bool,
}

impl Observer for Attempts {
    fn begin(&self, request: &AttemptRequest) -> Box<dyn Attempt> {
        Box::new(OneAttempt {
            histograms: self.histograms.clone(),
            method: method(&request.method),
            route: request.route,
            started: Instant::now(),
            has_ended: false,
        })
    }
}

impl OneAttempt {
    fn ended(&mut self, status_class: &'static str, outcome: AttemptOutcome) {
        self.has_ended = true;
        let labels = AttemptLabels {
            http_request_method: self.method,
            url_template: self.route,
            status_class,
            outcome: outcome.name(),
        };
        self.histograms.get_or_create(&labels).observe(self.started.elapsed().as_secs_f64());
    }
}

impl Attempt for OneAttempt {
    fn end(mut self: Box<Self>, end: AttemptEnd) {
        self.ended(end.status_class(), end.outcome);
    }
}

impl Drop for OneAttempt {
    fn drop(&mut self) {
        if !self.has_ended {
            self.ended("none", AttemptOutcome::Abandoned);
        }
    }
}

/// The methods that operations have.
fn method(method: &http::Method) -> &'static str {
    match *method {
        http::Method::GET => "GET",
        http::Method::POST => "POST",
        http::Method::PUT => "PUT",
        http::Method::PATCH => "PATCH",
        http::Method::DELETE => "DELETE",
        _ => super::OTHER,
    }
}
