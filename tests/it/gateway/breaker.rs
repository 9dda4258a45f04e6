//! The breaker's rules with a clock of the test's own, and a client that has tripped it.

use std::time::Duration;

use imbrace_contacts_mcp::gateway::breaker::{CircuitBreaker, Ending};
use imbrace_contacts_mcp::gateway::{GatewayError, Outcome};
use proptest::prelude::*;
use serde_json::json;

use super::samples::{list_contacts, update};
use crate::support::scripted::{Play, Scripted, json, typed};

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// One attempt that ends at once.
fn attempt(breaker: &mut CircuitBreaker, milliseconds: u64, ending: Ending) -> Result<(), Duration> {
    let pass = breaker.enter(at(milliseconds))?;
    breaker.leave(pass, ending, at(milliseconds));
    Ok(())
}

/// A breaker that opened at this moment, by eight failures in a row.
fn opened_at(milliseconds: u64) -> CircuitBreaker {
    let mut breaker = CircuitBreaker::default();
    for before in (0..8).rev() {
        attempt(&mut breaker, milliseconds - before * 100, Ending::Failed).unwrap();
    }
    assert!(breaker.is_open(at(milliseconds)));
    breaker
}

#[test]
fn eight_failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
    let mut breaker = CircuitBreaker::default();
    for number in 0..7 {
        attempt(&mut breaker, number * 100, Ending::Failed).unwrap();
    }
    attempt(&mut breaker, 650, Ending::Healthy).unwrap();
    for number in 7..14 {
        attempt(&mut breaker, number * 100, Ending::Failed).unwrap();
    }
    attempt(&mut breaker, 1_400, Ending::Failed).unwrap();
    assert_eq!(attempt(&mut breaker, 1_401, Ending::Healthy), Err(at(4_999)));
}

#[test]
fn a_blip_that_fails_many_at_once_does_not_open_it() {
    let mut breaker = CircuitBreaker::default();
    for number in 0..50 {
        attempt(&mut breaker, 1_000 + number, Ending::Healthy).unwrap();
    }
    for number in 0..30 {
        attempt(&mut breaker, 1_100 + number, Ending::Failed).unwrap();
    }
    assert!(!breaker.is_open(at(1_130)));
}

#[test]
fn six_failures_of_ten_open_it_once_there_are_twenty_attempts() {
    let mut breaker = CircuitBreaker::default();
    for number in 0..19 {
        let ending = if number % 5 < 2 { Ending::Healthy } else { Ending::Failed };
        attempt(&mut breaker, number * 10, ending).unwrap();
    }
    assert!(!breaker.is_open(at(190)));
    attempt(&mut breaker, 190, Ending::Failed).unwrap();
    assert!(breaker.is_open(at(190)));
}

#[test]
fn old_attempts_are_forgotten() {
    let mut breaker = CircuitBreaker::default();
    for number in 0..19 {
        let ending = if number % 5 < 2 { Ending::Healthy } else { Ending::Failed };
        attempt(&mut breaker, number * 10, ending).unwrap();
    }
    attempt(&mut breaker, 11_000, Ending::Failed).unwrap();
    assert!(!breaker.is_open(at(11_000)));
}

#[test]
fn one_probe_decides_and_the_pause_doubles_up_to_a_minute() {
    let mut breaker = opened_at(1_000);
    let mut now = 1_000;
    for pause in [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] {
        assert_eq!(attempt(&mut breaker, now + pause - 1, Ending::Healthy), Err(at(1)));
        now += pause;
        let probe = breaker.enter(at(now)).unwrap();
        assert!(breaker.enter(at(now)).is_err(), "one probe at a time");
        breaker.leave(probe, Ending::Failed, at(now));
    }
    now += 60_000;
    attempt(&mut breaker, now, Ending::Healthy).unwrap();
    for number in 0..7 {
        attempt(&mut breaker, now + number * 100, Ending::Failed).unwrap();
    }
    assert!(!breaker.is_open(at(now + 700)), "a success closes it and begins anew");
    attempt(&mut breaker, now + 700, Ending::Failed).unwrap();
    assert_eq!(attempt(&mut breaker, now + 700, Ending::Healthy), Err(at(5_000)));
}

#[test]
fn a_probe_that_nobody_waits_for_lets_the_next_call_probe() {
    let mut breaker = opened_at(1_000);
    let probe = breaker.enter(at(6_000)).unwrap();
    breaker.leave(probe, Ending::Abandoned, at(6_100));
    assert!(breaker.enter(at(6_100)).is_ok());
}

#[test]
fn an_attempt_from_before_the_opening_says_nothing_after_it() {
    let mut breaker = CircuitBreaker::default();
    let late = breaker.enter(at(0)).unwrap();
    for number in 0..8 {
        attempt(&mut breaker, number * 100, Ending::Failed).unwrap();
    }
    breaker.leave(late, Ending::Healthy, at(800));
    assert!(breaker.is_open(at(800)));
}

proptest! {
    /// Whatever happens: nobody waits longer than a minute, at most one attempt is under way while it is not closed,
    /// and after a pause there is always a probe, so that it can never stay shut for good.
    #[test]
    fn it_never_locks_itself_out(
        steps in prop::collection::vec((0_u64..4_000, 0_u8..4, any::<prop::sample::Index>()), 1..300),
    ) {
        let (mut breaker, mut now, mut under_way) = (CircuitBreaker::default(), 0, Vec::new());
        for (passed, action, index) in steps {
            now += passed;
            if action == 0 || under_way.is_empty() {
                let was_open = breaker.is_open(at(now));
                match breaker.enter(at(now)) {
                    Ok(pass) => {
                        prop_assert!(!was_open);
                        under_way.push(pass);
                    }
                    Err(wait) => {
                        prop_assert!(was_open && wait > Duration::ZERO && wait <= Duration::from_secs(60));
                    }
                }
            } else {
                let pass = under_way.swap_remove(index.index(under_way.len()));
                let ending = [Ending::Healthy, Ending::Failed, Ending::Abandoned][usize::from(action) - 1];
                breaker.leave(pass, ending, at(now));
            }
        }
        for pass in under_way {
            breaker.leave(pass, Ending::Abandoned, at(now));
        }
        prop_assert!(breaker.enter(at(now + 60_000)).is_ok());
    }

    /// Successes never open it, however they come.
    #[test]
    fn it_never_opens_without_failures(moments in prop::collection::vec(0_u64..500, 1..200)) {
        let (mut breaker, mut now) = (CircuitBreaker::default(), 0);
        for passed in moments {
            now += passed;
            prop_assert!(attempt(&mut breaker, now, Ending::Healthy).is_ok());
        }
    }
}

/// A server that fails until told otherwise, and a client that has noticed.
async fn tripped(failure: Play) -> (Scripted, imbrace_contacts_mcp::gateway::Client) {
    let server = Scripted::playing([failure]).await;
    let client = server.client();
    for _ in 0..40 {
        if matches!(client.send(&update(json!({ "remark": "x" }))).await, Err(GatewayError::Paused { .. })) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
    (server, client)
}

#[tokio::test]
async fn a_failing_gateway_is_left_alone_and_the_error_says_when_it_is_tried_again() {
    for failure in [Play::Close, json(500, "{}"), typed(502, "text/html", "<title>502</title>")] {
        let (server, client) = tripped(failure).await;
        let before = server.seen().len();
        assert!((8..=20).contains(&before), "{before}");
        let errors = [
            client.send(&list_contacts()).await.map(drop).unwrap_err(),
            client.send(&update(json!({ "remark": "x" }))).await.map(drop).unwrap_err(),
        ];
        for error in errors {
            let GatewayError::Paused { wait, .. } = &error else { panic!("{error}") };
            assert!(*wait <= Duration::from_secs(5));
            assert!(error.to_string().contains("has been failing; next try in "), "{error}");
            assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotDone, false));
        }
        assert_eq!(server.seen().len(), before, "nothing is sent");
    }
}

#[tokio::test]
async fn answers_of_a_gateway_that_works_never_trip_it() {
    for answer in [json(404, r#"{"message":"no"}"#), json(429, ""), json(422, "{}"), json(501, "{}"), json(200, "{}")] {
        let server = Scripted::playing([answer]).await;
        let client = server.client();
        for _ in 0..30 {
            client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
        }
        assert_eq!(server.seen().len(), 30);
    }
}
