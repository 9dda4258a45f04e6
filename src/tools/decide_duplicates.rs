//! Remembers whether contacts are one person: by pair, group or pattern.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Effect, Preview, Tool, ToolError, arguments, cleanup};
use crate::cleanup::duplicates::Verdict;
use crate::cleanup::{Answer, DecideReport, Decided, is_shared_value};
use crate::context::Context;
use crate::model::ContactId;
use crate::plural::counted;
use crate::render::{Reply, Shape, quoted};

/// Tool `decide_duplicates`.
pub struct DecideDuplicates;

/// Arguments of `decide_duplicates`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// group, pattern, shared value or two con_ ids =same or =different; more by ;
    #[schemars(length(min = 1, max = 20_000))]
    answers: String,
}

impl Tool for DecideDuplicates {
    const NAME: &'static str = "decide_duplicates";
    const TITLE: &'static str = "Decide duplicates";
    const DESCRIPTION: &'static str = "Keep a person's decisions about duplicates.";
    const EFFECT: Effect = Effect::Store;
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    // A group or a pattern decides pairs that the caller did not name.
    const IS_BULK: bool = true;

    async fn preview(context: &Context, input: Input) -> Result<Option<Preview>, ToolError> {
        let answers = answers(context, &input)?;
        let (named, workspace) = (answers.len() as u64, cleanup::workspace(context)?);
        let pairs = workspace.pairs_of(answers).await.map_err(cleanup::to_tool_error::<Self>)?;
        let (same, different) = (pairs.same, pairs.different);
        if same + different <= named {
            return Ok(Some(Preview::GoesOn));
        }
        let would = format!("keep {} as one person and {different} as different people", counted(same, "pair"));
        Ok(Some(Preview::would(would, input.answers)))
    }

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let answers = answers(context, &input)?;
        let workspace = cleanup::workspace(context)?;
        let DecideReport { settled, questions_left } =
            workspace.decide(answers).await.map_err(cleanup::to_tool_error::<Self>)?;
        let mut lines =
            vec![format!("{} settled, {} left", counted(settled, "pair"), counted(questions_left, "question"))];
        lines.extend(cleanup::list_age::<Self>(workspace).await?);
        Ok(Reply::Lines(lines))
    }
}

fn answers(context: &Context, input: &Input) -> Result<Vec<Answer>, ToolError> {
    let parts = input.answers.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| answer(context, part)).collect()
}

/// One answer: what it is about, an equals sign, and the verdict.
fn answer(context: &Context, part: &str) -> Result<Answer, ToolError> {
    let refuse = || {
        let rule = format!(
            "`answers`: {} is no answer; write group=same, pattern=different or `con_… con_…=same`. Nothing was taken.",
            quoted(part, 32)
        );
        ToolError::from(ArgumentError::Rule { rule })
    };
    let (what, verdict) = part.rsplit_once('=').ok_or_else(refuse)?;
    let verdict = match verdict.trim().to_ascii_lowercase().as_str() {
        "same" | "yes" => Verdict::Same,
        "different" | "no" => Verdict::Different,
        _ => return Err(refuse()),
    };
    let what = what.trim();
    let words: Vec<&str> = what.split_whitespace().collect();
    let what = match words.as_slice() {
        _ if is_shared_value(what) => Decided::Shared(what.to_owned()),
        [first, second] if words.iter().all(|word| word.starts_with("con_")) => {
            let id = |text: &str| arguments::id(context, "answers", text).map(|id: ContactId| id.to_string());
            Decided::Pair(id(first)?, id(second)?)
        }
        [group] if group.starts_with("dup_") => Decided::Cluster((*group).to_owned()),
        [first, ..] if !first.starts_with("con_") => Decided::Pattern(what.to_owned()),
        _ => return Err(refuse()),
    };
    Ok(Answer { what, verdict })
}
