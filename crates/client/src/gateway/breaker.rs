//! When to leave a failing gateway alone: a state machine without clock, lock or network.
//!
//! The caller says what time it is (a duration since any fixed origin) and what became of each attempt. A failure is an
//! attempt that an outage would explain: no connection, no whole answer, 408, or a status of 500 and above (but not 501).
//! Every other answer, 429 among them, comes from a gateway that works.

use std::time::Duration;

/// The span over which attempts are counted, in seconds.
const WINDOW: u64 = 10;
/// Fewer attempts in the window say nothing about a rate.
const FEWEST_ATTEMPTS: u32 = 20;
/// The share of failures in the window that opens the breaker, in percent.
const WORST_SHARE: u32 = 60;
/// How long it stays open at first; it doubles with every failed probe.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest it stays open at a time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// What callers are told to wait while a probe is under way.
const WHILE_PROBING: Duration = Duration::from_secs(1);

/// How many failures in a row open a breaker, whatever their share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsecutiveFailures {
    /// So many,
    pub failures: u32,
    /// but only when they lie at least so far apart: a blip of some milliseconds fails a hundred attempts at once, and the
    /// retries that follow it succeed.
    pub span: Duration,
}

impl Default for ConsecutiveFailures {
    fn default() -> Self {
        Self { failures: 8, span: Duration::from_millis(500) }
    }
}

/// A circuit breaker for one host.
#[derive(Debug, Clone)]
pub struct CircuitBreaker {
    rule: ConsecutiveFailures,
    state: State,
    /// Counts the changes of state, so that an attempt from before a change says nothing after it.
    era: u64,
    /// How long the next opening lasts.
    pause: Duration,
    window: Window,
    row: u32,
    row_began: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: Duration },
    Probing,
}

/// The state of a circuit breaker, by its effect on the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BreakerState {
    /// It may be sent.
    Closed,
    /// It is refused until the pause is over.
    Open,
    /// One attempt finds out whether the gateway works again, or is about to.
    HalfOpen,
}

impl BreakerState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// Its name, such as `half_open`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// Leave for one attempt; to be given back with what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    era: u64,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The gateway answered, whatever it said.
    Healthy,
    /// It did not, or says that it is down.
    Failed,
    /// Nobody waited for it.
    Abandoned,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self::with(ConsecutiveFailures::default())
    }
}

impl CircuitBreaker {
    /// A closed one with this rule.
    pub fn with(rule: ConsecutiveFailures) -> Self {
        Self {
            rule,
            state: State::Closed,
            era: 0,
            pause: FIRST_PAUSE,
            window: Window::default(),
            row: 0,
            row_began: Duration::ZERO,
        }
    }

    /// Leave to send now.
    ///
    /// # Errors
    /// How long to wait before the next try, when the gateway is to be left alone.
    pub fn enter(&mut self, now: Duration) -> Result<Permit, Duration> {
        match self.state {
            State::Closed => {}
            State::Open { until } if now < until => return Err(until - now),
            // The pause is over: this attempt is the probe, and the only one.
            State::Open { .. } => self.change(State::Probing),
            State::Probing => return Err(WHILE_PROBING),
        }
        Ok(Permit { era: self.era })
    }

    /// Takes a pass back.
    pub fn leave(&mut self, pass: Permit, ending: Ending, now: Duration) {
        if pass.era != self.era {
            return;
        }
        match (self.state, ending) {
            (State::Probing, Ending::Healthy) => *self = Self { era: self.era + 1, ..Self::with(self.rule) },
            (State::Probing, Ending::Failed) => self.open(now),
            // The next call may probe at once.
            (State::Probing, Ending::Abandoned) => self.change(State::Open { until: now }),
            (State::Closed, Ending::Healthy) => {
                self.row = 0;
                self.window.count(now, false);
            }
            (State::Closed, Ending::Failed) => self.failed(now),
            (State::Closed, Ending::Abandoned) | (State::Open { .. }, _) => {}
        }
    }

    /// Its state at this moment.
    pub fn state(&self, now: Duration) -> BreakerState {
        match self.state {
            State::Closed => BreakerState::Closed,
            State::Open { until } if now < until => BreakerState::Open,
            // The next attempt is the probe.
            State::Open { .. } | State::Probing => BreakerState::HalfOpen,
        }
    }

    /// Whether calls are refused at this moment.
    pub fn is_open(&self, now: Duration) -> bool {
        match self.state {
            State::Closed => false,
            State::Open { until } => now < until,
            State::Probing => true,
        }
    }

    fn failed(&mut self, now: Duration) {
        if self.row == 0 {
            self.row_began = now;
        }
        self.row += 1;
        self.window.count(now, true);
        let long_row = self.row >= self.rule.failures && now.saturating_sub(self.row_began) >= self.rule.span;
        if long_row || self.window.is_bad(now) {
            self.open(now);
        }
    }

    fn open(&mut self, now: Duration) {
        self.change(State::Open { until: now + self.pause });
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
    }

    fn change(&mut self, state: State) {
        (self.state, self.row, self.window) = (state, 0, Window::default());
        self.era += 1;
    }
}

/// The attempts of the last seconds: one slot a second, so that its size does not grow with the traffic.
#[derive(Debug, Clone, Default)]
struct Window {
    slots: [Slot; WINDOW as usize],
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    second: u64,
    attempts: u32,
    failures: u32,
}

impl Window {
    fn count(&mut self, now: Duration, is_failure: bool) {
        let second = now.as_secs();
        let Some(slot) = self.slots.get_mut((second % WINDOW) as usize) else { return };
        if slot.second != second {
            *slot = Slot { second, ..Slot::default() };
        }
        slot.attempts = slot.attempts.saturating_add(1);
        slot.failures = slot.failures.saturating_add(u32::from(is_failure));
    }

    fn is_bad(&self, now: Duration) -> bool {
        let recent = self.slots.iter().filter(|slot| slot.second + WINDOW > now.as_secs());
        let (attempts, failures) = recent.fold((0_u32, 0_u32), |(attempts, failures), slot| {
            (attempts.saturating_add(slot.attempts), failures.saturating_add(slot.failures))
        });
        attempts >= FEWEST_ATTEMPTS && u64::from(failures) * 100 >= u64::from(attempts) * u64::from(WORST_SHARE)
    }
}
