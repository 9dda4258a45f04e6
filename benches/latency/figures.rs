//! What is measured of one server, over several rounds, and what can be said of it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::client::Way;
use crate::server::{Kind, Server};

/// Rounds that differ by more than this in the same thing are not trusted.
const STEADY: f64 = 1.5;

/// The figures of one server.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) starts: Vec<Duration>,
    /// MiB before the first call, and after the last one.
    pub(crate) idle: f64,
    pub(crate) loaded: f64,
    /// One call after another.
    pub(crate) times: Vec<Duration>,
    /// Processor seconds of a thousand calls, one after another and 64 at once, a value a round.
    pub(crate) cost_alone: Vec<f64>,
    pub(crate) cost_crowded: Vec<f64>,
    /// Calls a second by how many are under way, a value a round.
    pub(crate) rates: BTreeMap<usize, Vec<f64>>,
    /// Bytes of one answer.
    pub(crate) bytes: usize,
    /// What went wrong; then there are no more figures.
    pub(crate) failed: Option<String>,
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) way: Way,
    pub(crate) figures: Figures,
}

impl Row {
    pub(crate) fn of(server: &Server) -> Self {
        Self { name: server.name.clone(), kind: server.kind, way: server.way, figures: Figures::default() }
    }
}

impl Figures {
    /// The time below which this share of the calls lies, in microseconds.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let mut times = self.times.clone();
        times.sort();
        let index = (times.len().checked_sub(1)? as f64 * share).round() as usize;
        Some(times[index].as_secs_f64() * 1e6)
    }

    /// The median start in milliseconds.
    pub(crate) fn start(&self) -> Option<f64> {
        median(&self.starts.iter().map(|start| start.as_secs_f64() * 1e3).collect::<Vec<_>>())
    }

    /// The median rate with so many under way.
    pub(crate) fn rate(&self, in_flight: usize) -> Option<f64> {
        median(self.rates.get(&in_flight)?)
    }

    pub(crate) fn alone(&self) -> Option<f64> {
        median(&self.cost_alone).filter(|cost| *cost > 0.0)
    }

    pub(crate) fn crowded(&self) -> Option<f64> {
        median(&self.cost_crowded).filter(|cost| *cost > 0.0)
    }

    /// Whether its rounds agree with each other.
    pub(crate) fn is_steady(&self) -> bool {
        self.rates.values().all(|rates| spread(rates) <= STEADY)
    }
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// How many times the largest is the smallest.
pub(crate) fn spread(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::MIN, f64::max);
    let smallest = values.iter().copied().fold(f64::MAX, f64::min);
    if values.is_empty() { 1.0 } else { largest / smallest.max(f64::MIN_POSITIVE) }
}
