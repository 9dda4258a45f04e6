//! When to send again: decided here, slept and sent elsewhere.

use std::time::Duration;

use super::error::{GatewayError, Outcome};
use super::operation::Replay;

/// Attempts in all, the first included.
const ATTEMPTS: u32 = 3;
/// The longest `Retry-After` that is waited for; a longer one is reported instead.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(10);

/// How long to wait before the next attempt, or `None` to stop.
///
/// `attempt` counts from 1 and names the attempt that just failed; `chance` is uniform in 0..1 and spreads the wait
/// over the whole interval (full jitter). A `Retry-After` from the gateway wins over our own doubling.
pub(super) fn wait(replay: Replay, attempt: u32, error: &GatewayError, chance: f64) -> Option<Duration> {
    let may_repeat = error.outcome() == Outcome::NotDone || replay != Replay::Never;
    if attempt >= ATTEMPTS || !error.is_retryable() || !may_repeat {
        return None;
    }
    if let GatewayError::Refused(refusal) = error
        && let Some(asked) = refusal.retry_after
    {
        return (asked <= LONGEST_RETRY_AFTER).then_some(asked);
    }
    let ceiling = Duration::from_millis(100 << attempt.min(5)).min(Duration::from_secs(2));
    Some(ceiling.mul_f64(chance))
}
