//! What a client learns about its gateway while it works: the prefix and the forms that the gateway knows.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::model::{Prefix, PrefixChoice};

/// No prefix has been proven.
const OPEN: u8 = 0;
/// The first prefix has answered as the contract says.
const FIRST: u8 = 1;
/// Only the other prefix has.
const OTHER: u8 = 2;

/// What has been learned, for the life of the process.
#[derive(Debug)]
pub(super) struct GatewayQuirks {
    choice: PrefixChoice,
    winner: AtomicU8,
    /// The operations whose alternative form works. Bounded: one entry an operation.
    // std mutex: held for one look at a short list, never across an await.
    alternatives: Mutex<Vec<&'static str>>,
}

impl GatewayQuirks {
    pub(super) fn new(choice: PrefixChoice) -> Self {
        Self { choice, winner: AtomicU8::new(OPEN), alternatives: Mutex::new(Vec::new()) }
    }

    /// The prefix in use.
    pub(super) fn prefix(&self) -> Prefix {
        match self.choice {
            PrefixChoice::Fixed(prefix) => prefix,
            PrefixChoice::Auto(first) if self.winner.load(Ordering::Relaxed) == OTHER => first.other(),
            PrefixChoice::Auto(first) => first,
        }
    }

    /// The other prefix, while it may be tried.
    pub(super) fn other_prefix(&self) -> Option<Prefix> {
        match self.choice {
            PrefixChoice::Auto(first) if self.winner.load(Ordering::Relaxed) == OPEN => Some(first.other()),
            PrefixChoice::Auto(_) | PrefixChoice::Fixed(_) => None,
        }
    }

    /// Remembers that a prefix has answered as the contract says. The first proof wins.
    pub(super) fn prove(&self, prefix: Prefix) {
        if let PrefixChoice::Auto(first) = self.choice {
            let winner = if prefix == first { FIRST } else { OTHER };
            // An error says that another call has proven a prefix meanwhile, which serves as well.
            let _ = self.winner.compare_exchange(OPEN, winner, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Whether an operation's alternative form comes first.
    pub(super) fn prefers_alternative(&self, operation: &'static str) -> bool {
        self.alternatives.lock().unwrap_or_else(PoisonError::into_inner).contains(&operation)
    }

    /// Remembers which form of an operation works.
    pub(super) fn learn_form(&self, operation: &'static str, is_alternative: bool) {
        let mut known = self.alternatives.lock().unwrap_or_else(PoisonError::into_inner);
        match known.iter().position(|name| *name == operation) {
            None if is_alternative => known.push(operation),
            Some(index) if !is_alternative => drop(known.swap_remove(index)),
            _ => {}
        }
    }
}
