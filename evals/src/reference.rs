//! Reference solutions: the calls that a job takes, made with no value that neither the sentence nor an earlier answer holds.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use regex_lite::Regex;
use rmcp::model::Tool;
use serde_json::{Map, Value};

use crate::job::{Call, Job};
use crate::table::Cost;
use crate::world::World;

/// Calls of one step that goes on, at most.
const MOST_REPEATS: usize = 100;

/// What came of the calls of a solution.
pub struct Solved {
    /// What they cost.
    pub cost: Cost,
    /// Everything that was answered.
    pub said: String,
    /// Calls and answers, for people to read.
    pub transcript: String,
}

/// Makes the calls.
pub async fn solve(job: &Job, world: &World) -> anyhow::Result<Solved> {
    let tools = world.tools().await?;
    let mut known = Known::new(job, world, &tools);
    let mut cost = Cost::default();
    let mut answers: Vec<String> = Vec::new();
    let mut transcript: Vec<String> = Vec::new();
    let mut captured: BTreeMap<String, String> = BTreeMap::new();
    for step in &job.call {
        ensure!(tools.iter().any(|tool| tool.name == step.tool), "there is no tool {}", step.tool);
        let again = step.again.as_deref().map(Regex::new).transpose()?;
        for repeat in 0.. {
            ensure!(repeat < MOST_REPEATS, "{} goes on without end", step.tool);
            let arguments = filled(&step.arguments, &captured)?;
            known.check(&arguments).with_context(|| format!("{} of {}", step.tool, job.id))?;
            let answer = world.call(&step.tool, arguments.clone()).await?;
            cost.add(&step.tool, &arguments, &answer, repeat > 0);
            if answer.is_error != step.refused {
                bail!("{} {}: {}", step.tool, Value::Object(arguments), answer.text);
            }
            known.learn(&answer.text);
            capture(step, &answer.text, &mut captured)?;
            transcript.push(format!("> {} {}\n{}", step.tool, Value::Object(arguments), answer.text));
            let goes_on = again.as_ref().is_some_and(|again| again.is_match(&answer.text));
            answers.push(answer.text);
            if !goes_on {
                break;
            }
        }
    }
    Ok(Solved { cost, said: answers.join("\n"), transcript: transcript.join("\n\n") })
}

fn capture(step: &Call, answer: &str, captured: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    for (name, pattern) in &step.capture {
        let found = Regex::new(pattern)?.captures(answer);
        let found =
            found.with_context(|| format!("no {name} ({pattern}) in the answer of {}:\n{answer}", step.tool))?;
        let text = found.get(1).or_else(|| found.get(0)).map_or("", |text| text.as_str());
        captured.insert(name.clone(), text.to_owned());
    }
    Ok(())
}

fn filled(arguments: &Map<String, Value>, captured: &BTreeMap<String, String>) -> anyhow::Result<Map<String, Value>> {
    arguments.iter().map(|(name, value)| Ok((name.clone(), filled_value(value, captured)?))).collect()
}

fn filled_value(value: &Value, captured: &BTreeMap<String, String>) -> anyhow::Result<Value> {
    Ok(match value {
        Value::String(text) => Value::String(filled_text(text, captured)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| filled_value(item, captured)).collect::<anyhow::Result<_>>()?)
        }
        Value::Object(fields) => Value::Object(filled(fields, captured)?),
        other => other.clone(),
    })
}

fn filled_text(text: &str, captured: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let Some((before, rest)) = text.split_once('{') else { return Ok(text.to_owned()) };
    let (name, after) = rest.split_once('}').context("a brace is not closed")?;
    let value = captured.get(name).with_context(|| format!("nothing was captured as {name}"))?;
    Ok(format!("{before}{value}{}", filled_text(after, captured)?))
}

/// The words that a solution may use: of the sentence, of what the server tells every client, and of the answers so far.
struct Known {
    text: String,
    means: BTreeMap<String, String>,
    sentence: String,
}

impl Known {
    fn new(job: &Job, world: &World, tools: &[Tool]) -> Self {
        let definitions: Vec<String> =
            tools.iter().map(|tool| serde_json::to_string(tool).unwrap_or_default()).collect();
        let text = format!("{}\n{}\n{}", job.sentence, world.instructions(), definitions.join("\n")).to_lowercase();
        Self { text, means: job.means.clone(), sentence: job.sentence.to_lowercase() }
    }

    fn learn(&mut self, answer: &str) {
        self.text.push('\n');
        self.text.push_str(&answer.to_lowercase());
    }

    /// Checks every word of every value.
    fn check(&self, arguments: &Map<String, Value>) -> anyhow::Result<()> {
        let mut values: Vec<&Value> = arguments.values().collect();
        while let Some(value) = values.pop() {
            match value {
                Value::String(text) => self.check_text(text)?,
                Value::Array(items) => values.extend(items),
                Value::Object(fields) => values.extend(fields.values()),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        Ok(())
    }

    fn check_text(&self, text: &str) -> anyhow::Result<()> {
        let words = text.split(|sign: char| !sign.is_alphanumeric() && sign != '_').filter(|word| !word.is_empty());
        for word in words.map(str::to_lowercase) {
            let is_meant = self.means.get(&word).is_some_and(|other| self.sentence.contains(&other.to_lowercase()));
            ensure!(is_meant || self.text.contains(&word), "`{word}` stands neither in the sentence nor in an answer");
        }
        Ok(())
    }
}
