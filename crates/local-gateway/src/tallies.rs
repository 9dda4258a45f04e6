//! How often what was asked and written: without a bound, unlike the requests that are remembered whole.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many requests and writes there were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Requests by operation, whatever they were answered.
    pub requests: BTreeMap<&'static str, u64>,
    /// Updates that were done, by the contact's id, whatever their callers were answered.
    pub writes: BTreeMap<String, u64>,
}

impl Tallies {
    /// How many requests of an operation there were.
    pub fn requests_of(&self, operation: &str) -> u64 {
        self.requests.get(operation).copied().unwrap_or_default()
    }

    /// How many updates of a contact were done.
    pub fn writes_to(&self, contact_id: &str) -> u64 {
        self.writes.get(contact_id).copied().unwrap_or_default()
    }
}

/// The counts as they go on.
#[derive(Debug, Default)]
pub(super) struct Counter(Mutex<Tallies>);

impl Counter {
    /// Counts a request.
    pub(super) fn request(&self, operation: &'static str) {
        *self.lock().requests.entry(operation).or_default() += 1;
    }

    /// Counts an update.
    pub(super) fn write(&self, contact_id: &str) {
        let mut tallies = self.lock();
        match tallies.writes.get_mut(contact_id) {
            Some(count) => *count += 1,
            None => drop(tallies.writes.insert(contact_id.to_owned(), 1)),
        }
    }

    /// The counts so far.
    pub(super) fn so_far(&self) -> Tallies {
        self.lock().clone()
    }

    /// Begins again.
    pub(super) fn clear(&self) {
        *self.lock() = Tallies::default();
    }

    fn lock(&self) -> MutexGuard<'_, Tallies> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
