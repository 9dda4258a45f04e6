//! What the breaker's rule about failures in a row costs and saves: its real code under simulated callers and weather, with
//! a clock and dice of the test's own, so that the figures are the same everywhere.

use std::fmt::Write;
use std::time::Duration;

use imbrace_contacts_mcp::gateway::breaker::{CircuitBreaker, ConsecutiveFailures, Ending};
use insta::assert_snapshot;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Assistants that call one after the other.
const CALLERS: usize = 8;
/// Between two calls of one of them.
const PAUSE: Duration = Duration::from_millis(20);
/// How long an answer takes, and how long a failure.
const ANSWER: Duration = Duration::from_millis(5);
const FAILURE: Duration = Duration::from_millis(1);
/// What is simulated.
const LENGTH: Duration = Duration::from_secs(600);

/// When the gateway fails.
type Weather = fn(Duration, &mut ChaCha8Rng) -> bool;

const WEATHERS: [(&str, Weather); 4] = [
    ("one attempt in ten", |_, dice| dice.random_bool(0.1)),
    ("three attempts in ten", |_, dice| dice.random_bool(0.3)),
    ("30 ms in every 300 ms", |now, _| now.as_millis() % 300 >= 270),
    ("10 s in every minute", |now, _| now.as_secs() % 60 >= 50),
];

const RULES: [(&str, ConsecutiveFailures); 4] = [
    ("5 in a row", ConsecutiveFailures { failures: 5, span: Duration::ZERO }),
    ("8 in a row", ConsecutiveFailures { failures: 8, span: Duration::ZERO }),
    ("8 in a row, 500 ms apart", ConsecutiveFailures { failures: 8, span: Duration::from_millis(500) }),
    ("none", ConsecutiveFailures { failures: u32::MAX, span: Duration::ZERO }),
];

/// One caller: when it does something next, and which attempt of its call that is.
#[derive(Clone, Copy)]
struct Caller {
    next: Duration,
    attempt: u32,
}

/// The share of calls that succeed, in percent, and the attempts a call.
fn simulate(rule: ConsecutiveFailures, weather: Weather) -> (f64, f64) {
    let mut dice = ChaCha8Rng::seed_from_u64(5);
    let mut breaker = CircuitBreaker::with(rule);
    let mut callers = [Caller { next: Duration::ZERO, attempt: 1 }; CALLERS];
    let (mut calls, mut succeeded, mut attempts) = (0_u32, 0_u32, 0_u32);
    loop {
        let caller = callers.iter_mut().min_by_key(|caller| caller.next).unwrap();
        let now = caller.next;
        if now > LENGTH {
            return (f64::from(succeeded) * 100.0 / f64::from(calls), f64::from(attempts) / f64::from(calls));
        }
        let Ok(pass) = breaker.enter(now) else {
            // Left alone: the call ends at once.
            calls += 1;
            *caller = Caller { next: now + PAUSE, attempt: 1 };
            continue;
        };
        attempts += 1;
        let fails = weather(now, &mut dice);
        let ended = now + if fails { FAILURE } else { ANSWER };
        breaker.leave(pass, if fails { Ending::Failed } else { Ending::Healthy }, ended);
        if fails && caller.attempt < 3 {
            let longest = Duration::from_millis(100) * 2_u32.pow(caller.attempt - 1);
            *caller = Caller { next: ended + longest.mul_f64(chance(&mut dice)), attempt: caller.attempt + 1 };
        } else {
            calls += 1;
            succeeded += u32::from(!fails);
            *caller = Caller { next: ended + PAUSE, attempt: 1 };
        }
    }
}

fn chance(dice: &mut impl Rng) -> f64 {
    dice.random_range(0.0..1.0)
}

#[test]
fn a_row_has_to_last_because_otherwise_short_faults_become_outages() {
    let mut table = String::new();
    for (name, weather) in WEATHERS {
        writeln!(table, "gateway fails {name}").unwrap();
        for (rule, row) in RULES {
            let (succeeded, attempts) = simulate(row, weather);
            writeln!(table, "  opens at {rule}: {succeeded:.2} % of calls succeed, {attempts:.2} attempts a call")
                .unwrap();
        }
    }
    assert_snapshot!(table);
}
