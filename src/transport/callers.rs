//! How much one caller may take: calls a minute, and calls and bytes at the same time.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderValue, StatusCode, header};
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::bodies::Room;
use super::reply;
use crate::identity::Subject;
use crate::metrics::{Metrics, Refused};

/// How long a call waits for a place among its caller's others before it is refused.
const WAIT: Duration = Duration::from_secs(10);

/// Callers in the tables before those that are at rest are dropped from them.
const MANY: usize = 4096;

/// Said to a request that exceeds the limit of calls a minute.
pub(super) const TOO_MANY_A_MINUTE: &str = "Too many calls in the last minute; wait before the next one.";

/// Said to a call that found no permit in time.
pub(super) const TOO_MANY_AT_ONCE: &str = "Too many calls at the same time; wait for some of the answers first.";

/// Whom a limit counts for: the best that is known.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum CallerKey {
    /// Somebody who proved who they are.
    Subject(Subject),
    /// A gateway credential, by its keyed digest.
    Credential([u8; 32]),
    /// An address; of IPv6 the network, because one subscriber has all of it.
    Peer(IpAddr),
}

/// Without the digest of a credential, which would tell callers apart in the log for nothing.
impl fmt::Debug for CallerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(subject) => subject.fmt(formatter),
            Self::Credential(_) => formatter.write_str("a gateway credential"),
            Self::Peer(address) => write!(formatter, "address {address}"),
        }
    }
}

impl CallerKey {
    /// The key of somebody of whom only the address is known.
    pub(super) fn peer(address: IpAddr) -> Self {
        let IpAddr::V6(whole) = address.to_canonical() else { return Self::Peer(address.to_canonical()) };
        let [a, b, c, d, ..] = whole.segments();
        Self::Peer(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
    }
}

/// The address that a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

type Store = HashMapStateStore<CallerKey>;

/// What each caller has taken.
pub(super) struct Callers {
    a_minute: Option<RateLimiter<CallerKey, Store, DefaultClock>>,
    at_once: AtOnce,
    shares: Mutex<HashMap<CallerKey, Share>>,
    /// Where refusals are counted.
    metrics: Metrics,
}

/// What one caller may have at the same time.
#[derive(Debug, Clone, Copy)]
pub(super) struct AtOnce {
    /// Calls.
    pub(super) calls: usize,
    /// Bytes of bodies.
    pub(super) bytes: usize,
}

/// What of it one caller has left.
struct Share {
    calls: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

impl Share {
    fn new(whole: AtOnce) -> Self {
        Self { calls: Arc::new(Semaphore::new(whole.calls)), bytes: Arc::new(Semaphore::new(whole.bytes)) }
    }

    /// Whether somebody has a part of it or waits for one, and so holds a second reference.
    fn is_used(&self) -> bool {
        Arc::strong_count(&self.calls) > 1 || Arc::strong_count(&self.bytes) > 1
    }
}

/// A place among the calls of one caller, given back when the last clone is dropped.
#[derive(Clone)]
pub(super) struct CallPermit {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// A caller's right to a place, once there is something to do: a body that is only being sent holds none.
#[derive(Clone)]
pub(super) struct CallerLimits {
    callers: Arc<Callers>,
    key: CallerKey,
}

impl CallerLimits {
    pub(super) const fn new(callers: Arc<Callers>, key: CallerKey) -> Self {
        Self { callers, key }
    }

    /// Counts one more request of the caller.
    ///
    /// # Errors
    /// The refusal, when it is one too many.
    pub(super) fn count(&self) -> Result<(), Response> {
        self.callers.count(&self.key).map_err(|after| {
            self.refused(Refused::CallsPerMinute, "calls a minute (--calls-per-minute)");
            after.refusal(TOO_MANY_A_MINUTE)
        })
    }

    /// Waits for a permit to make a call.
    ///
    /// # Errors
    /// The refusal, when none becomes free in time.
    pub(super) async fn permit(&self) -> Result<CallPermit, Response> {
        self.callers.permit(&self.key).await.map_err(|after| {
            self.refused(Refused::CallsAtOnce, "calls at the same time");
            after.refusal(TOO_MANY_AT_ONCE)
        })
    }

    /// Tells the operator which limit a caller has met.
    pub(super) fn refused(&self, reason: Refused, limit: &str) {
        self.callers.metrics.refused(reason);
        tracing::warn!(limit, caller = ?self.key, "a request was refused");
    }

    /// The bytes that the caller's bodies may still take.
    pub(super) fn bytes(&self) -> Arc<Semaphore> {
        self.callers.share(&self.key, |share| &share.bytes)
    }
}

/// Come back after this many seconds.
pub(super) struct TooMany(u64);

impl TooMany {
    /// 429, with the time to wait.
    pub(super) fn refusal(&self, text: &str) -> Response {
        let mut refusal = reply::refused(StatusCode::TOO_MANY_REQUESTS, text);
        refusal.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.0));
        refusal
    }
}

impl Callers {
    pub(super) fn new(a_minute: Option<NonZeroU32>, at_once: AtOnce, metrics: Metrics) -> Self {
        let limiter = |calls| RateLimiter::new(Quota::per_minute(calls), Store::default(), DefaultClock::default());
        Self { a_minute: a_minute.map(limiter), at_once, shares: Mutex::default(), metrics }
    }

    /// Where refusals are counted.
    pub(super) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Counts a request.
    ///
    /// # Errors
    /// When it is one too many, with the time after which the next one is welcome.
    pub(super) fn count(&self, key: &CallerKey) -> Result<(), TooMany> {
        let Some(limiter) = &self.a_minute else { return Ok(()) };
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(limiter.clock().now());
            TooMany(wait.as_secs() + 1)
        })
    }

    /// Waits for a place among the caller's calls.
    ///
    /// # Errors
    /// When none becomes free in time.
    async fn permit(&self, key: &CallerKey) -> Result<CallPermit, TooMany> {
        let places = self.share(key, |share| &share.calls);
        match tokio::time::timeout(WAIT, places.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(CallPermit { _permit: Arc::new(permit) }),
            _ => Err(TooMany(1)),
        }
    }

    fn share(&self, key: &CallerKey, part: impl Fn(&Share) -> &Arc<Semaphore>) -> Arc<Semaphore> {
        let mut all = self.shares();
        if all.len() > MANY {
            all.retain(|_, share| share.is_used());
        }
        Arc::clone(part(all.entry(key.clone()).or_insert_with(|| Share::new(self.at_once))))
    }

    // A std mutex: held for one look, never across an await.
    fn shares(&self) -> MutexGuard<'_, HashMap<CallerKey, Share>> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that keeps its caller's place and room until it was sent: a call that reports progress works while it is.
pub(super) struct BodyWithPermit {
    body: Body,
    _permit: Option<CallPermit>,
    _room: Room,
}

impl BodyWithPermit {
    pub(super) const fn new(body: Body, permit: Option<CallPermit>, room: Room) -> Self {
        Self { body, _permit: permit, _room: room }
    }
}

impl http_body::Body for BodyWithPermit {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
