//! Equal requests in flight become one: a caller that asks for what is already being asked for shares its answer.
//!
//! A request lives as long as a caller waits for it. A caller that leaves, be it the one that began it, does not disturb
//! the others; when the last one leaves, the request is dropped.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

/// A request in flight, for every caller that waits for it.
pub type Flight<V> = Shared<BoxFuture<'static, V>>;

/// The requests in flight, by what they ask for. Cheap to clone.
pub struct SingleFlight<K, V: Clone> {
    // std mutex: held for one look into a map, never across an await.
    flights: Arc<Mutex<HashMap<K, WeakShared<BoxFuture<'static, V>>>>>,
}

impl<K, V: Clone> Clone for SingleFlight<K, V> {
    fn clone(&self) -> Self {
        Self { flights: Arc::clone(&self.flights) }
    }
}

impl<K, V: Clone> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self { flights: Arc::default() }
    }
}

impl<K: Hash + Eq, V: Clone> SingleFlight<K, V> {
    /// The flight for a key: the one that is under way, or one that begins now. An answer that is there already is not
    /// shared: a caller that asks from now on gets a new one.
    pub fn join(&self, key: K, begin: impl FnOnce() -> BoxFuture<'static, V>) -> Flight<V> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&key).and_then(under_way) {
            return flight;
        }
        flights.retain(|_, flight| under_way(flight).is_some());
        let flight = begin().shared();
        flights.extend(flight.downgrade().map(|weak| (key, weak)));
        flight
    }

    /// How many are under way.
    pub fn count(&self) -> usize {
        let flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.values().filter_map(under_way).count()
    }
}

/// A flight that a caller waits for and that has no answer yet.
fn under_way<V: Clone>(flight: &WeakShared<BoxFuture<'static, V>>) -> Option<Flight<V>> {
    flight.upgrade().filter(|flight| flight.peek().is_none())
}
