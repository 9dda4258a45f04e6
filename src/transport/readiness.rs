//! `/readyz`: whether the gateway can be reached and takes the credential, asked at most every few seconds whoever asks us.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::reply;

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(5);

/// Why calls would fail, in one line without details.
pub type NotReady = &'static str;

/// Finds out whether calls can succeed.
#[derive(Clone)]
pub struct Probe(Arc<dyn Fn() -> Asking + Send + Sync>);

type Asking = Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send>>;

impl Probe {
    /// `ask` must come to an end by itself.
    pub fn new<F: Future<Output = Result<(), NotReady>> + Send + 'static>(
        ask: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move || Box::pin(ask())))
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Probe")
    }
}

/// The last answer and how to get the next one.
pub(super) struct Readiness {
    probe: Option<Probe>,
    /// Held while asking: one question at a time.
    last: Mutex<Option<(Instant, Result<(), NotReady>)>>,
    stop: CancellationToken,
}

impl Readiness {
    pub(super) fn new(probe: Option<Probe>, stop: CancellationToken) -> Self {
        Self { probe, last: Mutex::default(), stop }
    }

    /// 200 with one line, or 503 with the reason; nothing about where the gateway is.
    pub(super) async fn answer(&self) -> Response {
        if self.stop.is_cancelled() {
            return reply::refused(StatusCode::SERVICE_UNAVAILABLE, "stopping");
        }
        match self.ask().await {
            Ok(()) => (StatusCode::OK, "ready\n").into_response(),
            Err(reason) => reply::refused(StatusCode::SERVICE_UNAVAILABLE, reason),
        }
    }

    async fn ask(&self) -> Result<(), NotReady> {
        let Some(probe) = &self.probe else { return Ok(()) };
        let mut last = self.last.lock().await;
        if let Some((asked, ready)) = *last
            && asked.elapsed() < FRESH
        {
            return ready;
        }
        let ready = (probe.0)().await;
        *last = Some((Instant::now(), ready));
        ready
    }
}
