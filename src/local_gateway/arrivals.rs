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
    /// The body.
    pub body: Bytes,
}

/// Leaves headers and body out: a log of a developer's own data needs neither.
impl std::fmt::Debug for Arrival {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} ({} bytes)", self.method, self.target, self.body.len())
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
    kept: Mutex<VecDeque<Arc<Arrival>>>,
    most: usize,
}

impl Arrivals {
    /// None yet; at most `most` will be kept.
    pub(super) fn new(most: usize) -> Self {
        Self { kept: Mutex::default(), most }
    }

    /// Remembers one and forgets the oldest when there are too many.
    pub(super) fn add(&self, arrival: Arrival) {
        if self.most == 0 {
            return;
        }
        let mut kept = self.lock();
        if kept.len() >= self.most {
            kept.pop_front();
        }
        kept.push_back(Arc::new(arrival));
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Arrival>> {
        self.lock().iter().cloned().collect()
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Arrival>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
