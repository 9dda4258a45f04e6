//! Wrong bearer tokens, counted by address. Whoever sends many is answered late, and then with 429; a right token from the same
//! address is let in at once, because a proxy in front gives all clients one address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::response::Response;
use http::{StatusCode, header};
use tokio::sync::Semaphore;

use crate::transport::callers::CallerKey;
use crate::transport::reply;

/// What is counted is forgotten after this time.
const WINDOW: Duration = Duration::from_secs(60);

/// Wrong tokens of one address in the window before its answers are late.
const PROMPT: u64 = 10;

/// How late they are.
const DELAY: Duration = Duration::from_millis(500);

/// Wrong tokens of one address in the window before it is told to come back later.
const MAX_COUNT: u64 = 30;

/// Answers that are late at the same time, of all addresses; further ones come at once, so that waiting costs no memory.
const MAX_DELAYED: usize = 256;

/// Addresses that are counted, before those with an older count are dropped.
const MAX_ADDRESSES: usize = 4096;

/// The counts of one server.
pub(super) struct WrongTokens {
    // A std mutex: held for one look, never across an await.
    counts: Mutex<HashMap<CallerKey, Count>>,
    delayed: Semaphore,
}

struct Count {
    since: Instant,
    count: u64,
}

impl WrongTokens {
    pub(super) fn new() -> Self {
        Self { counts: Mutex::default(), delayed: Semaphore::new(MAX_DELAYED) }
    }

    /// Counts one more wrong token of an address, and gives the count.
    pub(super) fn count(&self, address: CallerKey) -> u64 {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_ADDRESSES {
            counts.retain(|_, count| count.since.elapsed() < WINDOW);
        }
        // Still full: as many addresses as one attacker may have. Counting begins anew.
        if counts.len() >= MAX_ADDRESSES {
            counts.clear();
        }
        let count = counts.entry(address).or_insert_with(|| Count { since: Instant::now(), count: 0 });
        if count.since.elapsed() >= WINDOW {
            *count = Count { since: Instant::now(), count: 0 };
        }
        count.count += 1;
        count.count
    }

    /// Returns true if an address has sent so many in the window that it is told to come back later.
    pub(super) fn is_over(&self, address: &CallerKey) -> bool {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(address).is_some_and(|count| count.since.elapsed() < WINDOW && count.count > MAX_COUNT)
    }

    /// Whether the count is told in the log: each of the first ones, then at every doubling, so that nobody fills the log.
    pub(super) const fn is_told(count: u64) -> bool {
        count <= PROMPT || count.is_power_of_two()
    }

    /// Waits as the count demands. After too many, the refusal that takes the place of the usual one.
    pub(super) async fn slow_down(&self, count: u64) -> Option<Response> {
        if count > PROMPT
            && let Ok(_delayed) = self.delayed.try_acquire()
        {
            tokio::time::sleep(DELAY).await;
        }
        (count > MAX_COUNT).then(too_many)
    }
}

/// Sent to an address with too many wrong tokens.
pub(super) fn too_many() -> Response {
    let text = "Too many wrong bearer tokens in the last minute; get a right one, and wait before the next try.";
    reply::refused_with(StatusCode::TOO_MANY_REQUESTS, (header::RETRY_AFTER, "60"), text)
}
