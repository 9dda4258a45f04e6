//! Makes a plan of changes, or shows one; nothing is written to the gateway.

mod changes;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ArgumentError, Effect, Tool, ToolError, arguments, cleanup};
use crate::cleanup::{Filter, Merge, PlanReport, PlanRequest, Step};
use crate::context::Context;
use crate::model::ContactId;
use crate::plural::counted;
use crate::render::{Reply, Shape, change, clipped, quoted};

/// Tool `plan_cleanup`.
pub struct PlanCleanup;

/// Arguments of `plan_cleanup`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Kinds or safe
    #[serde(default)]
    #[schemars(length(max = 800))]
    fix: String,
    /// Sure duplicates: link, fill, mark or several
    #[serde(default)]
    #[schemars(length(max = 40))]
    merge: String,
    /// Values
    #[serde(default)]
    #[schemars(with = "Vec<changes::ContactFieldValue>")]
    changes: Value,
    /// {field, value} for all of filter
    #[serde(default)]
    #[schemars(with = "Vec<serde_json::Map<String, Value>>")]
    set: Value,
    /// As list_contacts
    #[serde(default)]
    #[schemars(length(max = 4_000))]
    filter: String,
    /// con_ ids, @domains, #labels or filter
    #[serde(default)]
    #[schemars(length(max = 20_000))]
    protect: String,
    /// Shows it
    #[serde(default)]
    #[schemars(length(max = 40))]
    plan: String,
}

/// What can be done with duplicates, in words.
const MERGES: [(&str, Merge); 3] = [("link", Merge::Link), ("fill", Merge::Fill), ("mark", Merge::Mark)];

/// What is done with duplicates: words with commas.
fn merges(text: &str) -> Result<Vec<Merge>, ToolError> {
    let merge = |word: &str| {
        let known = MERGES.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        known.map(|(_, merge)| *merge).ok_or_else(|| {
            let rule = format!("`merge` is link, fill, mark or several of them; {} is none.", quoted(word, 32));
            ArgumentError::Rule { rule }.into()
        })
    };
    text.split([',', ' ']).filter(|word| !word.is_empty()).map(merge).collect()
}

impl Tool for PlanCleanup {
    const NAME: &'static str = "plan_cleanup";
    const TITLE: &'static str = "Plan a cleanup";
    const DESCRIPTION: &'static str = "Plan changes of contacts; writes nothing.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let workspace = cleanup::workspace(context)?;
        let shown = input.plan.trim();
        let mut age = None;
        let report = if shown.is_empty() {
            let request = request(context, input)?;
            let needs_all = !request.fix.is_empty() || !request.merge.is_empty() || !request.set.is_empty();
            if needs_all && let Some(unread) = cleanup::first_sync::<Self>(context, workspace).await? {
                return Ok(Reply::Lines(vec![format!("no plan yet: {}", cleanup::unread(unread))]));
            }
            if needs_all {
                age = cleanup::list_age::<Self>(workspace).await?;
            }
            workspace.plan(request).await
        } else {
            workspace.show(shown).await
        };
        let report = report.map_err(cleanup::to_tool_error::<Self>)?;
        let mut lines = lines(context, &report);
        // Before the next call, which comes last.
        if let Some(age) = age {
            lines.insert(1.min(lines.len()), age);
        }
        Ok(Reply::Lines(lines))
    }
}

fn request(context: &Context, input: Input) -> Result<PlanRequest, ToolError> {
    let rule = |rule: String| ToolError::from(ArgumentError::Rule { rule });
    let fix = cleanup::kinds("fix", &input.fix)?;
    let filter = cleanup::filter(context, "filter", &input.filter)?;
    let changes = changes::contact_changes(context, "changes", input.changes)?;
    let set: Vec<(String, Value)> = arguments::field_values("set", input.set)?.into_iter().collect();
    if fix.is_empty() && input.merge.trim().is_empty() && changes.is_empty() && set.is_empty() {
        return Err(rule("One of `fix`, `merge`, `changes`, `set` or `plan` is needed.".to_owned()));
    }
    if !set.is_empty() && input.filter.trim().is_empty() {
        return Err(rule("`set` needs a `filter` that says which contacts; nothing was planned.".to_owned()));
    }
    let id = |name: &str, text: &str| arguments::id(context, name, text).map(|id: ContactId| id.to_string());
    let words = cleanup::words("protect", &input.protect)?;
    let (protect, protect_filter) = if words.iter().all(|word| PlanRequest::is_protected_word(word)) {
        let protected =
            |word: &String| if word.starts_with(['@', '#']) { Ok(word.clone()) } else { id("protect", word) };
        (words.iter().map(protected).collect::<Result<_, _>>()?, Filter::default())
    } else {
        (Vec::new(), cleanup::filter(context, "protect", &input.protect)?)
    };
    let merge = merges(&input.merge)?;
    Ok(PlanRequest { fix, merge, changes, set, filter, protect, protect_filter })
}

/// Totals, a few steps, what was left out, and the next call.
fn lines(context: &Context, report: &PlanReport) -> Vec<String> {
    let PlanReport { id, fingerprint, steps, contacts, links, requests, .. } = report;
    let minutes = report.minutes();
    let linked = if *links > 0 { format!(", {} to link here", counted(*links, "group")) } else { String::new() };
    let mut lines = vec![format!(
        "{id}: {} of {}{linked}; about {}, {minutes} min at {} a second; {}",
        counted(*steps, "change"),
        counted(*contacts, "contact"),
        counted(*requests, "request"),
        PlanReport::RATE,
        cleanup::states(&report.counts)
    )];
    if !report.fields.is_empty() {
        let fields: Vec<String> = report.fields.iter().map(|(field, count)| format!("{field} {count}")).collect();
        lines.push(format!("fields: {}", fields.join(", ")));
    }
    lines.extend(report.examples.iter().map(|step| example(context, step)));
    lines.extend(report.left_out.iter().map(|(reason, count)| format!("left out {count}: {reason}")));
    lines.extend(report.protected.iter().map(|(what, count)| match count {
        0 => format!("warning: protect {} matches nobody", clipped(&shown_word(context, what), 120)),
        _ => format!("protected by {}: {}", clipped(&shown_word(context, what), 120), counted(*count, "contact")),
    }));
    if report.counts.pending > 0 || *links > 0 {
        lines.push(format!("next: apply_cleanup plan={id} fingerprint={fingerprint}"));
    }
    lines
}

/// A protected id as answers show it; other words as they are.
fn shown_word(context: &Context, word: &str) -> String {
    if word.starts_with("con_") { cleanup::shown_id(context, word) } else { word.to_owned() }
}

fn example(context: &Context, step: &Step) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let change = change(&text(&step.before), &text(&step.after), 28);
    format!("{} {}: {change}", cleanup::shown_id(context, &step.contact), step.field)
}
