//! The breaker as a client uses it: with a clock, behind a lock, and with passes that come back even when a call is
//! dropped.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::breaker::{Breaker, Ending, Pass};

/// The way to one host.
#[derive(Debug)]
pub(super) struct Gate {
    origin: Instant,
    // std mutex: held for one step of the state machine, never across an await.
    breaker: Mutex<Breaker>,
}

/// Leave for one attempt.
pub(super) struct Ticket<'a> {
    gate: &'a Gate,
    pass: Pass,
    ending: Ending,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { origin: Instant::now(), breaker: Mutex::default() }
    }

    /// Leave for one attempt, or how long to wait.
    pub(super) fn enter(&self) -> Result<Ticket<'_>, Duration> {
        let pass = self.lock().enter(self.origin.elapsed())?;
        Ok(Ticket { gate: self, pass, ending: Ending::Abandoned })
    }

    fn lock(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket<'_> {
    /// Says what became of the attempt.
    pub(super) fn report(mut self, is_failure: bool) {
        self.ending = if is_failure { Ending::Failed } else { Ending::Healthy };
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.gate.lock().leave(self.pass, self.ending, self.gate.origin.elapsed());
    }
}
