//! What arrived: so that a test can count requests and look into them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method};

/// One request as it arrived.
#[derive(Clone)]
pub struct Arrival {
    /// The operation that the route serves; `None` for an unknown path.
    pub operation: Option<&'static str>,
    /// The method.
    pub method: Method,
    /// Path and query as on the request line.
    pub target: String,
    /// Every header, credentials included: this is a gateway of synthetic credentials.
    pub headers: HeaderMap,
    /// The body, of which at most 256 KiB are kept.
    pub body: Bytes,
    /// How many bytes the whole body had.
    pub body_size: usize,
}

/// The most bytes of one body that are kept.
const MOST_OF_ONE: usize = 256 << 10;
/// The most bytes of all bodies that are kept.
const MOST_OF_ALL: usize = 32 << 20;

/// Leaves headers and body out: a log of a developer's own data needs neither.
impl std::fmt::Debug for Arrival {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} ({} bytes)", self.method, self.target, self.body_size)
    }
}

impl Arrival {
    /// A header's text; `None` when absent or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The last requests, bounded.
#[derive(Debug)]
pub(super) struct Arrivals {
    // std mutex: held for one push or one copy of pointers, never across an await.
    kept: Mutex<Kept>,
    most: usize,
}

/// The requests and the size of their bodies together.
#[derive(Debug, Default)]
struct Kept {
    arrivals: VecDeque<Arc<Arrival>>,
    bytes: usize,
}

impl Arrivals {
    /// None yet; at most `most` will be kept.
    pub(super) fn new(most: usize) -> Self {
        Self { kept: Mutex::default(), most }
    }

    /// Remembers one and forgets the oldest when there are too many.
    pub(super) fn add(&self, mut arrival: Arrival) -> Arc<Arrival> {
        if let Some(beginning) = arrival.body.get(..MOST_OF_ONE) {
            // A copy, because a slice would keep the whole body alive.
            arrival.body = Bytes::copy_from_slice(beginning);
        }
        let arrival = Arc::new(arrival);
        self.keep(Arc::clone(&arrival));
        arrival
    }

    /// Remembers one that stands elsewhere too.
    pub(super) fn keep(&self, arrival: Arc<Arrival>) {
        let mut kept = self.lock();
        kept.bytes += arrival.body.len();
        kept.arrivals.push_back(arrival);
        while kept.arrivals.len() > self.most || kept.bytes > MOST_OF_ALL {
            let Some(oldest) = kept.arrivals.pop_front() else { break };
            kept.bytes -= oldest.body.len();
        }
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Arrival>> {
        self.lock().arrivals.iter().cloned().collect()
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
