//! How fast requests follow each other: a crawl is nobody's emergency.

use std::time::{Duration, Instant};

/// Requests a second to begin with, unless somebody wants otherwise.
pub(crate) const USUAL: u64 = 5;
/// As many as it grows to.
const MOST: f64 = 50.0;
/// As few as it falls to.
const FEWEST: f64 = 0.5;
/// An answer that took longer came from a gateway that has enough to do, or was waited for and asked for again.
const SLOW: Duration = Duration::from_secs(1);
/// How long one failure slows it down: requests that were under way together fail together.
const ONCE_IN: Duration = Duration::from_secs(1);

/// Gives each request its moment: a little faster with every quick answer, half as fast after one that is slow or fails
/// (additive increase, multiplicative decrease, as TCP does).
#[derive(Debug)]
pub(crate) struct Pace {
    /// Requests a second; `None` is without a limit.
    rate: Option<f64>,
    next: Instant,
    slowed: Option<Instant>,
    sent: u64,
}

impl Pace {
    /// So many requests a second; infinity is without a limit.
    pub(crate) fn new(requests_per_second: Option<f64>) -> Self {
        let rate = requests_per_second.filter(|rate| *rate > 0.0).unwrap_or(USUAL as f64);
        Self { rate: Some(rate).filter(|rate| rate.is_finite()), next: Instant::now(), slowed: None, sent: 0 }
    }

    /// When the next request may be sent; it counts as sent.
    pub(crate) fn turn(&mut self) -> Option<Instant> {
        self.sent += 1;
        let interval = Duration::try_from_secs_f64(1.0 / self.rate?).ok()?;
        let turn = self.next.max(Instant::now());
        self.next = turn + interval;
        Some(turn)
    }

    /// Takes note of an answer: how long it took, waiting and repeating included, and whether it came.
    pub(crate) fn judge(&mut self, took: Duration, is_answered: bool) {
        let Some(rate) = &mut self.rate else { return };
        if is_answered && took < SLOW {
            // One more a second after a second of quick answers; who wants more than the most to begin with keeps it.
            *rate = (*rate + 1.0 / *rate).min(MOST.max(*rate));
        } else if self.slowed.is_none_or(|slowed| slowed.elapsed() >= ONCE_IN) {
            *rate = (*rate / 2.0).max(FEWEST);
            self.slowed = Some(Instant::now());
        }
    }

    /// Requests so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }
}

/// Waits for a request's turn.
pub(crate) async fn wait(turn: Option<Instant>) {
    if let Some(turn) = turn {
        tokio::time::sleep_until(turn.into()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_their_distance_unless_nobody_minds() {
        let mut pace = Pace::new(None);
        let (first, third) = (pace.turn().unwrap(), {
            pace.turn();
            pace.turn().unwrap()
        });
        assert_eq!(third - first, Duration::from_millis(400));
        let mut free = Pace::new(Some(f64::INFINITY));
        assert!(free.turn().is_none() && free.turn().is_none());
        assert_eq!((pace.sent(), free.sent()), (3, 2));
    }

    #[test]
    fn quick_answers_make_it_faster_up_to_a_bound_and_a_slow_one_half_as_fast() {
        let mut pace = Pace::new(None);
        (0..5).for_each(|_| pace.judge(Duration::from_millis(80), true));
        assert!((5.8..6.0).contains(&pace.rate.unwrap()), "one more after five answers: {pace:?}");
        (0..10_000).for_each(|_| pace.judge(Duration::from_millis(80), true));
        assert_eq!(pace.rate, Some(50.0));
        pace.judge(Duration::from_secs(2), true);
        assert_eq!(pace.rate, Some(25.0));
        pace.judge(Duration::from_millis(5), false);
        assert_eq!(pace.rate, Some(25.0), "requests that were under way together fail together");
        let mut slow = Pace::new(Some(0.6));
        slow.judge(Duration::from_secs(9), false);
        assert_eq!(slow.rate, Some(0.5), "it never stops");
        let mut free = Pace::new(Some(f64::INFINITY));
        free.judge(Duration::from_secs(9), false);
        assert!(free.turn().is_none());
    }
}
