//! Remembers whether contacts are one person: by pair, group, pattern or shared value, one by one or from a filled-in CSV.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ArgumentError, Effect, Preview, Tool, ToolError, arguments, cleanup};
use crate::cleanup::duplicates::Verdict;
use crate::cleanup::{Answer, Decided, DecidedPairs};
use crate::context::Context;
use crate::model::ContactId;
use crate::plural::counted;
use crate::render::{Reply, Shape, quoted};

/// Tool `decide_duplicates`.
pub struct DecideDuplicates;

/// Arguments of `decide_duplicates`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// One item a decision
    #[serde(default)]
    #[schemars(with = "Vec<Item>")]
    answers: Value,
    /// Instead of answers: CSV of the questions with columns decision, first, second, note
    #[serde(default)]
    #[schemars(length(max = 4_194_304))]
    csv: String,
    /// true: rows of csv replace later decisions
    #[serde(default)]
    force: bool,
}

/// An item of `answers`, as a schema.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the schema is made from it")]
struct Item {
    /// dup_ group, two con_ ids, pattern of questions, or shared phone or mailbox
    subject: String,
    /// same person; unsure is not asked again; reopen takes it back
    verdict: Word,
    /// Reason, kept with it
    note: Option<String>,
}

/// A verdict about a subject.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema is made from it")]
enum Word {
    Same,
    Different,
    Unsure,
    Reopen,
}

/// Mistakes of a file that an answer names.
const MISTAKES_NAMED: usize = 3;

impl Tool for DecideDuplicates {
    const NAME: &'static str = "decide_duplicates";
    const TITLE: &'static str = "Decide duplicates";
    const DESCRIPTION: &'static str =
        "Keep a person's decisions about duplicates; find_duplicate_contacts tier=decided lists them.";
    const EFFECT: Effect = Effect::Store;
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    // A group or a pattern decides pairs that the caller did not name.
    const IS_BULK: bool = true;

    async fn preview(context: &Context, input: Input) -> Result<Option<Preview>, ToolError> {
        let facts = format!("{} {} {}", input.answers, input.csv, input.force);
        let answers = answers(context, input).await?;
        let (named, workspace) = (answers.len() as u64, cleanup::workspace(context)?);
        let pairs = workspace.pairs_of(answers).await.map_err(cleanup::to_tool_error::<Self>)?;
        let DecidedPairs { same, different, unsure, reopened } = pairs;
        if same + different + unsure + reopened <= named {
            return Ok(Some(Preview::GoesOn));
        }
        let parts = [(same, "as one person"), (different, "as different people"), (unsure, "as unsure")];
        let mut would: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("keep {} {what}", counted(*count, "pair")))
            .collect();
        if reopened > 0 {
            would.push(format!("take back {}", counted(reopened, "decision")));
        }
        Ok(Some(Preview::would(would.join(" and "), facts)))
    }

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let answers = answers(context, input).await?;
        let workspace = cleanup::workspace(context)?;
        let report = workspace.decide(answers).await.map_err(cleanup::to_tool_error::<Self>)?;
        let mut lines = vec![report.in_words()];
        lines.extend(cleanup::list_age::<Self>(workspace).await?);
        Ok(Reply::Lines(lines))
    }
}

fn rule(rule: String) -> ToolError {
    ArgumentError::Rule { rule }.into()
}

/// The decisions of the arguments: items, or the rows of a file.
async fn answers(context: &Context, input: Input) -> Result<Vec<Answer>, ToolError> {
    let items = match input.answers {
        Value::Array(items) => items,
        Value::Object(subjects) => subjects
            .into_iter()
            .map(|(subject, verdict)| serde_json::json!({ "subject": subject, "verdict": verdict }))
            .collect(),
        _ => Vec::new(),
    };
    match (items.is_empty(), input.csv.trim().is_empty()) {
        (true, true) => {
            return Err(rule("`answers` or `csv` is required: what was decided. Nothing was taken.".to_owned()));
        }
        (false, false) => return Err(rule("Give `answers` or `csv`, not both. Nothing was taken.".to_owned())),
        (false, true) => return items.into_iter().map(|item| answer(context, item)).collect(),
        (true, false) => {}
    }
    let workspace = cleanup::workspace(context)?;
    let read = workspace.read_decisions(input.csv.into_bytes(), input.force).await;
    let sheet = read.map_err(cleanup::to_tool_error::<DecideDuplicates>)?;
    if sheet.mistakes.is_empty() {
        return Ok(sheet.answers);
    }
    let more = sheet.mistakes.len().saturating_sub(MISTAKES_NAMED);
    let mut named: Vec<String> = sheet.mistakes.into_iter().take(MISTAKES_NAMED).collect();
    if more > 0 {
        named.push(format!("and {more} more mistakes"));
    }
    let advice = if sheet.is_outdated { " force=true replaces later decisions." } else { "" };
    Err(rule(format!("`csv`: {}. Nothing was taken.{advice}", named.join("; "))))
}

/// One item: what it is about, the verdict, and a note.
fn answer(context: &Context, given: Value) -> Result<Answer, ToolError> {
    let refuse = |found: &str| {
        rule(format!(
            "`answers`: {} is no answer; an item is {{subject, verdict: same, different, unsure or reopen}}. Nothing was taken.",
            quoted(found, 32)
        ))
    };
    let whole = given.to_string();
    let Value::Object(mut members) = given else { return Err(refuse(&whole)) };
    let mut text = |key: &str| match members.remove(key) {
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        None | Some(Value::Null) => Ok(String::new()),
        Some(_) => Err(refuse(&whole)),
    };
    let (subject, word, note) = (text("subject")?, text("verdict")?, text("note")?);
    if subject.is_empty() || !members.is_empty() {
        return Err(refuse(&whole));
    }
    let said = || if word.is_empty() { subject.clone() } else { format!("{subject}={word}") };
    if word.eq_ignore_ascii_case("reopen") {
        let what = Decided::read_taken_back(&subject).ok_or_else(|| refuse(&said()))?;
        return Ok(Answer::reopen(with_whole_ids(context, what)?));
    }
    let verdict = Verdict::read(&word).ok_or_else(|| refuse(&said()))?;
    let what = Decided::read(&subject).ok_or_else(|| refuse(&said()))?;
    Ok(Answer::new(with_whole_ids(context, what)?, verdict).with_note(&note))
}

/// A subject with whole ids.
fn with_whole_ids(context: &Context, subject: Decided) -> Result<Decided, ToolError> {
    Ok(match subject {
        Decided::Pair(first, second) => Decided::Pair(id(context, &first)?, id(context, &second)?),
        Decided::Contact(contact) => Decided::Contact(id(context, &contact)?),
        other => other,
    })
}

fn id(context: &Context, text: &str) -> Result<String, ToolError> {
    arguments::id(context, "answers", text).map(|id: ContactId| id.to_string())
}
