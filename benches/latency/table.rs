//! Measurements as a table, each beside the first row.

use std::fmt;
use std::time::Duration;

/// The runs of one thing.
pub(crate) struct Row {
    name: &'static str,
    runs: Vec<Duration>,
}

impl Row {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, runs: Vec::new() }
    }

    pub(crate) fn add(&mut self, run: Duration) {
        self.runs.push(run);
    }

    /// The run below which this share of all runs lies.
    fn quantile(&self, share: f64) -> Duration {
        let mut runs = self.runs.clone();
        runs.sort();
        runs[((runs.len() - 1) as f64 * share).round() as usize]
    }
}

/// Several things measured in turn.
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self.rows[0].runs.len();
        writeln!(formatter, "\n{} ({runs} runs of each, in turn; milliseconds)", self.title)?;
        writeln!(formatter, "{:<66} {:>8} {:>8} {:>8} {:>7}", "", "least", "p50", "p99", "ratio")?;
        let floor = self.rows[0].quantile(0.5).as_secs_f64();
        for row in &self.rows {
            let milliseconds = |share| row.quantile(share).as_secs_f64() * 1000.0;
            let ratio = row.quantile(0.5).as_secs_f64() / floor;
            writeln!(
                formatter,
                "{:<66} {:>8.3} {:>8.3} {:>8.3} {ratio:>6.1}x",
                row.name,
                milliseconds(0.0),
                milliseconds(0.5),
                milliseconds(0.99),
            )?;
        }
        Ok(())
    }
}
