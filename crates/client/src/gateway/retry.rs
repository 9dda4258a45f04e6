//! When to send again: decided here, slept and sent elsewhere.

use std::time::Duration;

use super::error::GatewayError;
use super::operation::Replay;

/// Attempts in all, the first included.
const ATTEMPTS: u32 = 3;
/// The longest `Retry-After` that is waited for; a longer one is reported instead.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(10);
/// The first interval that the jitter is drawn from; it doubles with every attempt.
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
/// The longest interval.
const LONGEST_INTERVAL: Duration = Duration::from_secs(2);
/// An attempt with less time than this left would only end in a timeout.
pub(super) const SHORTEST_ATTEMPT: Duration = Duration::from_millis(500);

/// What is known when an attempt has failed.
pub(super) struct Failure<'a> {
    /// What the operation allows.
    pub(super) replay: Replay,
    /// Which attempt failed, from 1.
    pub(super) attempt: u32,
    /// Why.
    pub(super) error: &'a GatewayError,
    /// How much of the call's time is left.
    pub(super) remaining: Duration,
}

/// How long to wait before the next attempt, or `None` to stop.
///
/// `chance` is uniform in 0..1 and spreads the wait over the whole interval (full jitter). A `Retry-After` from the
/// gateway wins over our own doubling.
pub(super) fn wait(failure: &Failure<'_>, chance: f64) -> Option<Duration> {
    let may_repeat = match failure.replay {
        Replay::Read | Replay::Repeatable => failure.error.is_retryable(),
        // Only what was certainly not sent; a 429 or 503 to a write may still have been acted on behind the gateway.
        Replay::Never => matches!(failure.error, GatewayError::NotReached { .. }),
    };
    if failure.attempt >= ATTEMPTS || !may_repeat {
        return None;
    }
    let pause = match asked(failure.error) {
        Some(asked) if asked > LONGEST_RETRY_AFTER => return None,
        Some(asked) => asked,
        None => {
            let doublings = failure.attempt.saturating_sub(1).min(10);
            LONGEST_INTERVAL.min(FIRST_INTERVAL * 2_u32.pow(doublings)).mul_f64(chance)
        }
    };
    (pause + SHORTEST_ATTEMPT <= failure.remaining).then_some(pause)
}

/// The gateway's `Retry-After`.
fn asked(error: &GatewayError) -> Option<Duration> {
    match error {
        GatewayError::Refused(refusal) => refusal.retry_after,
        _ => None,
    }
}

/// Reads a `Retry-After`: seconds, or an HTTP date measured from `now` (RFC 9110, section 10.2.3).
pub(super) fn retry_after(text: &str, now: jiff::Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{Duration, Failure, GatewayError, Replay, retry_after, wait};
    use crate::gateway::refusal::{Refusal, RefusedAnswer};
    use crate::http_client::ConnectFailure;

    const PLENTY: Duration = Duration::from_secs(20);

    fn refused(status: u16, retry_after: Option<u64>) -> GatewayError {
        GatewayError::Refused(Refusal::read(&RefusedAnswer {
            status: StatusCode::from_u16(status).unwrap(),
            body: b"",
            retry_after: retry_after.map(Duration::from_secs),
            prefix: "v1/backend",
            route: "GET contacts",
            encoding: None,
            request_id: "r",
            secret: "",
        }))
    }

    fn not_reached() -> GatewayError {
        GatewayError::NotReached {
            host: String::new(),
            failure: ConnectFailure::Refused,
            cause: String::new(),
            request_id: String::new(),
        }
    }

    fn no_answer() -> GatewayError {
        GatewayError::NoAnswer { cause: String::new(), timed_out: false, request_id: String::new() }
    }

    fn pause(replay: Replay, attempt: u32, error: &GatewayError) -> Option<Duration> {
        wait(&Failure { replay, attempt, error, remaining: PLENTY }, 1.0)
    }

    #[test]
    fn reads_are_sent_three_times_on_passing_failures_only() {
        for error in [not_reached(), no_answer()]
            .into_iter()
            .chain([408, 429, 502, 503, 504].map(|status| refused(status, None)))
        {
            assert_eq!(pause(Replay::Read, 1, &error), Some(Duration::from_millis(100)));
            assert_eq!(pause(Replay::Read, 2, &error), Some(Duration::from_millis(200)));
            assert_eq!(pause(Replay::Read, 3, &error), None);
        }
        for status in [400, 401, 403, 404, 409, 413, 422, 500, 501] {
            assert_eq!(pause(Replay::Read, 1, &refused(status, None)), None, "{status}");
        }
    }

    #[test]
    fn a_write_that_must_not_repeat_is_sent_again_only_when_it_was_not_sent() {
        assert!(pause(Replay::Never, 1, &not_reached()).is_some());
        for error in [no_answer(), refused(429, Some(0)), refused(503, None), refused(504, None)] {
            assert_eq!(pause(Replay::Never, 1, &error), None);
            assert!(pause(Replay::Repeatable, 1, &error).is_some());
        }
    }

    #[test]
    fn the_wait_is_jittered_and_leaves_time_for_the_attempt() {
        let failure =
            |remaining| wait(&Failure { replay: Replay::Read, attempt: 1, error: &no_answer(), remaining }, 0.5);
        assert_eq!(failure(PLENTY), Some(Duration::from_millis(50)));
        assert_eq!(failure(Duration::from_millis(549)), None);
    }

    #[test]
    fn retry_after_is_honoured_when_short_and_affordable() {
        assert_eq!(pause(Replay::Read, 1, &refused(429, Some(7))), Some(Duration::from_secs(7)));
        assert_eq!(pause(Replay::Read, 1, &refused(429, Some(11))), None);
        let late = Failure {
            replay: Replay::Read,
            attempt: 1,
            error: &refused(429, Some(7)),
            remaining: Duration::from_secs(7),
        };
        assert_eq!(wait(&late, 0.0), None);
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now: jiff::Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
        assert_eq!(retry_after(" 3 ", now), Some(Duration::from_secs(3)));
        assert_eq!(retry_after("Mon, 05 Jan 2026 08:00:04 GMT", now), Some(Duration::from_secs(4)));
        assert_eq!(retry_after("Mon, 05 Jan 2026 07:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
    }
}
