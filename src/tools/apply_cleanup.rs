//! Applies a plan, or goes on with it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Preview, Tool, ToolError, arguments, cleanup};
use crate::cleanup::{ApplyReport, ApplyRequest, PlanReport, Upcoming};
use crate::context::Context;
use crate::metrics::Work;
use crate::plural::{agree, counted};
use crate::render::{Reply, Shape, clipped};

/// Tool `apply_cleanup`.
pub struct ApplyCleanup;

/// Arguments of `apply_cleanup`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// plan_ id
    #[schemars(length(min = 1, max = 40))]
    plan: String,
    /// The plan's
    #[schemars(length(min = 1, max = 64))]
    fingerprint: String,
    /// Contacts to write now; default 20 in the first call, then all
    #[schemars(range(min = 1, max = 1_000_000))]
    max_writes: Option<u64>,
    /// Default 40
    #[schemars(range(min = 1, max = 3_600))]
    max_seconds: Option<u64>,
}

impl Tool for ApplyCleanup {
    const NAME: &'static str = "apply_cleanup";
    const TITLE: &'static str = "Apply a cleanup plan";
    const DESCRIPTION: &'static str = "Write a plan once the user agrees; call again to go on.";
    const EFFECT: Effect = Effect::Write { idempotent: false, overwrites: true };
    const SHAPE: Shape = Shape::Lines;
    // The plan names the contacts, not the caller.
    const IS_BULK: bool = true;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let Input { plan, fingerprint, max_writes, max_seconds } = input;
        let plan = plan.trim().to_owned();
        let request = ApplyRequest {
            plan,
            fingerprint: fingerprint.trim().to_owned(),
            max_writes,
            max_seconds: Some(max_seconds.unwrap_or(cleanup::SECONDS)),
        };
        let workspace = cleanup::workspace(context)?;
        let report = workspace.apply(request, context.writes(), &cleanup::watch(context, Work::Apply)).await;
        let report = report.map_err(cleanup::to_tool_error::<Self>)?;
        Ok(arguments::receipt(context, done(&report), details(report)))
    }

    async fn preview(context: &Context, input: Input) -> Result<Option<Preview>, ToolError> {
        let workspace = cleanup::workspace(context)?;
        let report = workspace.show(input.plan.trim()).await.map_err(cleanup::to_tool_error::<Self>)?;
        if report.fingerprint != input.fingerprint.trim() {
            return Err(cleanup::to_tool_error::<Self>(crate::cleanup::CleanupError::Fingerprint));
        }
        let PlanReport { id, links, linked, counts, agreed, tried, .. } = report;
        let to_link = links.saturating_sub(linked);
        let is_done = counts.pending + counts.unknown == 0;
        // One question for the first call of a plan, one for the rest.
        if agreed > 1 || (is_done && (to_link == 0 || agreed > 0)) {
            return Ok(Some(Preview::GoesOn));
        }
        let upcoming = workspace.upcoming(&id, input.max_writes).await.map_err(cleanup::to_tool_error::<Self>)?;
        let Upcoming { contacts, fields, remaining } = upcoming;
        let link = format!("link {} here", counted(to_link, "group"));
        let would = match (contacts, to_link) {
            (0, _) => format!("{link} by {id}"),
            (contacts, to_link) => {
                let and = if to_link > 0 { format!(", and {link},") } else { String::new() };
                let of = format!("of {remaining}");
                format!("write {} ({}) {of}{and} by {id}", counted(contacts, "contact"), counted(fields, "field"))
            }
        };
        let later = remaining - contacts;
        let rest = match (later, agreed) {
            (0, _) => String::new(),
            (later, 0) => format!("; {later} {} for later", agree(later, "stays", "stay")),
            (later, _) => format!("; {later} {} for calls that do not ask again", agree(later, "stays", "stay")),
        };
        Ok(Some(Preview::Would { would, rest, facts: format!("{} {tried}", input.fingerprint.trim()) }))
    }
}

fn done(report: &ApplyReport) -> String {
    let ApplyReport { counts, written, requests, linked, .. } = report;
    match (counts.total(), linked) {
        (0, linked) => format!("{} linked here, nothing written", counted(*linked, "group")),
        (_, 0) => format!("{} written by {}", counted(*written, "contact"), counted(*requests, "request")),
        (_, linked) => format!(
            "{} written by {}, {} linked here",
            counted(*written, "contact"),
            counted(*requests, "request"),
            counted(*linked, "group")
        ),
    }
}

fn details(report: ApplyReport) -> Vec<String> {
    let ApplyReport { plan, counts, remaining, stopped, .. } = report;
    let mut details = Vec::new();
    if counts.total() > 0 {
        details.push(format!("all of it: {}", cleanup::states(&counts)));
    }
    details.extend(stopped.map(|why| format!("stopped: {}", clipped(&why, 200))));
    if remaining > 0 {
        details.push(format!("{} to do: call again to go on", counted(remaining, "contact")));
    }
    details.push(format!("back: undo_cleanup plan={plan}"));
    details
}
