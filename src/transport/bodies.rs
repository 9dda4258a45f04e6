//! Bodies in memory: how long one may be, and how much all of them may take together until their calls are answered.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::StreamExt;
use http::{HeaderValue, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::callers::CallerLimits;
use super::reply;
use crate::metrics::{Metrics, Refused};

/// How long a client may take for a body: enough for the largest one over a slow line, too short to hold sockets with.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// When to come back, in seconds: most bodies are gone by then.
const RETRY_AFTER: u64 = 1;

/// The bodies of one server. A clone counts with the others.
#[derive(Clone)]
pub(super) struct Bodies {
    max_body: usize,
    /// A permit a byte.
    free: Arc<Semaphore>,
    metrics: Metrics,
}

/// Room for one body, given back when it is dropped.
#[derive(Default)]
pub(super) struct Room {
    all: Option<OwnedSemaphorePermit>,
    own: Option<OwnedSemaphorePermit>,
}

impl Bodies {
    /// At most `max_body` bytes each and `max_total` bytes in all.
    pub(super) fn new(max_body: usize, max_total: usize, metrics: Metrics) -> Self {
        Self { max_body, free: Arc::new(Semaphore::new(max_total)), metrics }
    }

    /// The whole body and the room it takes, or the refusal of one that is too long, too slow, or too much now.
    ///
    /// Room is taken as bytes arrive: a client that announces much and sends nothing holds nothing.
    pub(super) async fn read(&self, body: Body, limits: Option<&CallerLimits>) -> Result<(Bytes, Room), Response> {
        let own = limits.map(CallerLimits::bytes);
        let read = self.collect(body, own.as_ref(), limits);
        let late = |_| reply::refused(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time.");
        tokio::time::timeout(BODY_TIMEOUT, read).await.map_err(late)?
    }

    async fn collect(
        &self,
        body: Body,
        own: Option<&Arc<Semaphore>>,
        limits: Option<&CallerLimits>,
    ) -> Result<(Bytes, Room), Response> {
        let (mut chunks, mut bytes, mut room) = (body.into_data_stream(), Vec::new(), Room::default());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| {
                tracing::debug!(%error, "a body was not read");
                self.too_long()
            })?;
            if bytes.len() + chunk.len() > self.max_body {
                return Err(self.too_long());
            }
            if own.is_some_and(|own| !take(own, chunk.len(), &mut room.own)) {
                if let Some(limits) = limits {
                    limits.refused(Refused::Bytes, "bytes of bodies at the same time");
                }
                let text = "Your requests hold too many bytes at the same time; wait for some of the answers first.";
                return Err(later(StatusCode::TOO_MANY_REQUESTS, text));
            }
            if !take(&self.free, chunk.len(), &mut room.all) {
                self.metrics.refused(Refused::AllBytes);
                tracing::warn!(limit = "bytes of all bodies at the same time", "a request was refused");
                let text = "The server holds as many bytes of requests as it may; try again in a moment.";
                return Err(later(StatusCode::SERVICE_UNAVAILABLE, text));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes.into(), room))
    }

    fn too_long(&self) -> Response {
        let text = format!("A body may have at most {} bytes, and must arrive whole.", self.max_body);
        reply::refused(StatusCode::PAYLOAD_TOO_LARGE, &text)
    }
}

/// Adds so many bytes to what is taken already; false when there is no room for them.
fn take(free: &Arc<Semaphore>, count: usize, taken: &mut Option<OwnedSemaphorePermit>) -> bool {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let Ok(more) = Arc::clone(free).try_acquire_many_owned(count) else { return false };
    match taken {
        Some(taken) => taken.merge(more),
        None => *taken = Some(more),
    }
    true
}

fn later(status: StatusCode, text: &str) -> Response {
    let mut refusal = reply::refused(status, text);
    refusal.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
    refusal
}
