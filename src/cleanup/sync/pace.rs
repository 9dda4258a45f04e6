//! How fast requests follow each other: a crawl is nobody's emergency.

use std::time::{Duration, Instant};

/// Requests a second, unless somebody wants otherwise.
const USUAL: f64 = 5.0;

/// Gives each request its moment.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Option<Duration>,
    next: Instant,
    sent: u64,
}

impl Pace {
    /// So many requests a second; infinity is without a limit.
    pub(super) fn new(requests_per_second: Option<f64>) -> Self {
        let rate = requests_per_second.filter(|rate| *rate > 0.0).unwrap_or(USUAL);
        let interval = Duration::try_from_secs_f64(1.0 / rate).ok().filter(|interval| !interval.is_zero());
        Self { interval, next: Instant::now(), sent: 0 }
    }

    /// When the next request may be sent; it counts as sent.
    pub(super) fn turn(&mut self) -> Option<Instant> {
        self.sent += 1;
        let interval = self.interval?;
        let turn = self.next.max(Instant::now());
        self.next = turn + interval;
        Some(turn)
    }

    /// Requests so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }
}

/// Waits for a request's turn.
pub(super) async fn wait(turn: Option<Instant>) {
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
}
