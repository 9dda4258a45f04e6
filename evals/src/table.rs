//! What jobs cost: calls and tokens, as a table that is kept in `evals/RESULTS.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::job::{Job, Kind};
use crate::world::Answer;

/// What a job cost a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    /// Calls, without those that only go on with a plan.
    pub calls: usize,
    /// Calls that only go on with a plan.
    pub going_on: usize,
    /// Calls that were refused.
    pub refused: usize,
    /// Tokens of arguments and answers.
    pub tokens: usize,
}

impl Cost {
    /// Counts a call.
    pub fn add(&mut self, tool: &str, arguments: &Map<String, Value>, answer: &Answer, goes_on: bool) {
        *(if goes_on { &mut self.going_on } else { &mut self.calls }) += 1;
        self.refused += usize::from(answer.is_error);
        self.tokens += tokens(tool) + tokens(&Value::Object(arguments.clone()).to_string()) + tokens(&answer.text);
    }
}

/// Tokens of a text in the vocabulary `o200k_base`.
fn tokens(text: &str) -> usize {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len()
}

/// How a job ended.
pub struct Outcome<'a> {
    /// The job.
    pub job: &'a Job,
    /// What it cost.
    pub cost: Cost,
    /// What is wrong; nothing where it came out right.
    pub wrong: Vec<String>,
}

/// The table of a run, in Markdown.
pub fn table(outcomes: &[Outcome<'_>]) -> String {
    let mut text =
        "| job | kind | calls | going on | refused | tokens | right |\n|---|---|---:|---:|---:|---:|---|\n".to_owned();
    for Outcome { job, cost, wrong } in outcomes {
        let right = if wrong.is_empty() { "yes" } else { "**no**" };
        let Cost { calls, going_on, refused, tokens } = cost;
        let _ = writeln!(
            text,
            "| {} | {} | {calls} | {going_on} | {refused} | {tokens} | {right} |",
            job.id,
            job.kind.name()
        );
    }
    text
}

/// The median of calls and tokens by kind of job.
pub fn medians(outcomes: &[Outcome<'_>]) -> String {
    let mut by_kind: BTreeMap<Kind, Vec<&Cost>> = BTreeMap::new();
    for outcome in outcomes {
        by_kind.entry(outcome.job.kind).or_default().push(&outcome.cost);
    }
    let mut text = String::new();
    for (kind, costs) in by_kind {
        let goal = match kind {
            Kind::Support => " (goal: 3)",
            Kind::Cleanup => " (goal: 5)",
            Kind::Operator | Kind::Hostile => "",
        };
        let calls = median(costs.iter().map(|cost| cost.calls).collect());
        let tokens = median(costs.iter().map(|cost| cost.tokens).collect());
        let _ = writeln!(text, "- {}: {} jobs, median {calls} calls{goal}, {tokens} tokens", kind.name(), costs.len());
    }
    text
}

/// The lower of the two in the middle.
pub fn median(mut values: Vec<usize>) -> usize {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// The rows of a table that was kept: calls and tokens by job.
pub fn kept(text: &str) -> BTreeMap<String, (usize, usize)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = |at: usize| cells.get(at).and_then(|cell| cell.parse().ok());
        Some((cells.first()?.to_owned().to_owned(), (number(2)?, number(5)?)))
    };
    text.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}
