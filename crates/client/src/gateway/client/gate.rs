//! The breaker as a client uses it: with a clock, behind a lock, and with passes that come back even when a call is
//! dropped.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::breaker::{BreakerState, CircuitBreaker, Ending, Permit};

/// The way to one host.
#[derive(Debug)]
pub(super) struct Circuit {
    origin: Instant,
    // std mutex: held for one step of the state machine, never across an await.
    breaker: Mutex<CircuitBreaker>,
}

/// Leave for one attempt.
pub(super) struct CallPermit<'a> {
    gate: &'a Circuit,
    pass: Permit,
    ending: Ending,
}

impl Circuit {
    pub(super) fn new() -> Self {
        Self { origin: Instant::now(), breaker: Mutex::default() }
    }

    /// Leave for one attempt, or how long to wait.
    pub(super) fn enter(&self) -> Result<CallPermit<'_>, Duration> {
        let pass = self.lock().enter(self.origin.elapsed())?;
        Ok(CallPermit { gate: self, pass, ending: Ending::Abandoned })
    }

    /// The state of the circuit breaker at this moment.
    pub(super) fn state(&self) -> BreakerState {
        self.lock().state(self.origin.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, CircuitBreaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallPermit<'_> {
    /// Says what became of the attempt.
    pub(super) fn report(mut self, is_failure: bool) {
        self.ending = if is_failure { Ending::Failed } else { Ending::Healthy };
    }
}

impl Drop for CallPermit<'_> {
    fn drop(&mut self) {
        self.gate.lock().leave(self.pass, self.ending, self.gate.origin.elapsed());
    }
}
