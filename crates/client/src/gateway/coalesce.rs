//! Equal requests in flight become one: who asks for what is already being asked for shares its answer.
//!
//! A flight lives as long as somebody waits for it. Whoever leaves, be it the one who began it, does not disturb the
//! others; when the last one leaves, the request is dropped.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

/// A request under way, for everyone who waits for it.
pub type Flight<V> = Shared<BoxFuture<'static, V>>;

/// The requests under way, by what they ask for. Cheap to clone.
pub struct Flights<K, V: Clone> {
    // std mutex: held for one look into a map, never across an await, and never while a flight is dropped.
    board: Arc<Mutex<Board<K, V>>>,
}

struct Board<K, V: Clone> {
    /// Under a hash that is quick: few are under way at a time, so that nobody can gain by choosing what they ask for.
    flights: HashMap<K, (u64, WeakShared<BoxFuture<'static, V>>), RandomState>,
    /// The number of the next flight, which tells it from another one with the same key.
    next: u64,
}

impl<K, V: Clone> Clone for Flights<K, V> {
    fn clone(&self) -> Self {
        Self { board: Arc::clone(&self.board) }
    }
}

impl<K, V: Clone> Default for Flights<K, V> {
    fn default() -> Self {
        Self { board: Arc::new(Mutex::new(Board { flights: HashMap::default(), next: 0 })) }
    }
}

impl<K, V> Flights<K, V>
where
    K: Hash + Eq + Clone + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The flight for a key: the one that is under way, or one that begins now.
    pub fn join(&self, key: K, begin: impl FnOnce() -> BoxFuture<'static, V>) -> Flight<V> {
        let mut board = lock(&self.board);
        if let Some(flight) = board.flights.get(&key).and_then(|(_, flight)| flight.upgrade()) {
            return flight;
        }
        let number = board.next;
        board.next += 1;
        let landing = Landing { board: Arc::clone(&self.board), key: key.clone(), number };
        let work = begin();
        let flight = async move {
            let answer = work.await;
            // Before anyone has the answer: who asks from now on gets a new one.
            drop(landing);
            answer
        };
        let flight = flight.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            board.flights.insert(key, (number, weak));
        }
        flight
    }

    /// How many are under way.
    pub fn count(&self) -> usize {
        lock(&self.board).flights.len()
    }
}

/// Takes a flight off the board when it ends, with an answer or without.
struct Landing<K: Hash + Eq, V: Clone> {
    board: Arc<Mutex<Board<K, V>>>,
    key: K,
    number: u64,
}

impl<K: Hash + Eq, V: Clone> Drop for Landing<K, V> {
    fn drop(&mut self) {
        let mut board = lock(&self.board);
        if board.flights.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            board.flights.remove(&self.key);
        }
    }
}

fn lock<K, V: Clone>(board: &Mutex<Board<K, V>>) -> MutexGuard<'_, Board<K, V>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
