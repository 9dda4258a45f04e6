//! Takes a plan back where nobody has edited since.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArgumentError, Effect, Preview, Tool, ToolError, arguments, cleanup};
use crate::cleanup::{Step, StepFilter, StepPage, UndoReport, UndoRequest, Undoable};
use crate::context::Context;
use crate::metrics::Work;
use crate::model::ContactId;
use crate::plural::{agree, counted};
use crate::render::{Reply, Shape, clipped};

/// Tool `undo_cleanup`.
pub struct UndoCleanup;

/// Arguments of `undo_cleanup`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// plan_ id
    #[schemars(length(min = 1, max = 40))]
    plan: String,
    /// Only these con_ ids
    #[serde(default)]
    #[schemars(length(max = 20_000))]
    contacts: String,
    /// Only these, as phone_number,email
    #[serde(default)]
    #[schemars(length(max = 400))]
    field: String,
    /// Only these findings, fill, mark, link, set or listed
    #[serde(default)]
    #[schemars(length(max = 800))]
    kind: String,
    /// Only these dup_ groups and their links
    #[serde(default)]
    #[schemars(length(max = 20_000))]
    group: String,
    /// With limit and skip: only the page that show_cleanup shows
    status: Option<cleanup::Status>,
    /// Default 20
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u64>,
    /// Offset
    #[schemars(range(min = 0, max = 1_000_000_000))]
    skip: Option<u64>,
    /// true throws the plan away, unless it wrote what can be undone
    #[serde(default)]
    discard: bool,
    /// false writes
    #[serde(default = "yes")]
    dry_run: bool,
}

const fn yes() -> bool {
    true
}

/// How many of the fields that stay for one reason are named.
const NAMED: usize = 5;
/// How many reasons are told.
const REASONS: usize = 3;

impl Tool for UndoCleanup {
    const NAME: &'static str = "undo_cleanup";
    const TITLE: &'static str = "Undo a cleanup plan";
    const DESCRIPTION: &'static str =
        "Put old values of a plan back where nobody edited since; a dry run unless dry_run=false.";
    const EFFECT: Effect = Effect::Write { idempotent: false, overwrites: true };
    const SHAPE: Shape = Shape::Lines;
    // The plan names the contacts, not the caller.
    const IS_BULK: bool = true;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let workspace = cleanup::workspace(context)?;
        let (plan, only) = (input.plan.trim().to_owned(), only(context, &input)?);
        let page = page(&input);
        if input.discard {
            if !only.is_all() || page.is_some() {
                let rule = "`discard` throws a whole plan away and goes with `plan` alone. Nothing was changed.";
                return Err(ArgumentError::Rule { rule: rule.to_owned() }.into());
            }
            workspace.discard(&plan, false).await.map_err(cleanup::to_tool_error::<Self>)?;
            return Ok(Reply::Lines(vec![format!("{} thrown away", clipped(&plan, 40))]));
        }
        let dry_run = input.dry_run;
        let request = UndoRequest { plan, only, page, dry_run, max_seconds: Some(cleanup::SECONDS) };
        let report = workspace.undo(request, context.writes(), &cleanup::watch(context, Work::Undo)).await;
        let report = report.map_err(cleanup::to_tool_error::<Self>)?;
        let (links, mut details) = (links(&report, dry_run), details(context, &report, page));
        let done = match links {
            // A plan that only links has no fields to speak of.
            Some(links) if !report.has_fields() => links,
            links => {
                details.extend(links);
                done(&report, dry_run)
            }
        };
        Ok(arguments::receipt(context, done, details))
    }

    async fn preview(context: &Context, input: Input) -> Result<Option<Preview>, ToolError> {
        // A plan that can be thrown away has written nothing that is there.
        if input.dry_run || input.discard {
            return Ok(Some(Preview::GoesOn));
        }
        let (plan, only) = (input.plan.trim(), only(context, &input)?);
        let found = cleanup::workspace(context)?.undoable(plan, &only, page(&input)).await;
        let Undoable { contacts, fields, links } = found.map_err(cleanup::to_tool_error::<Self>)?;
        let unlink = if links > 0 { format!(", unlink {} here", counted(links, "group")) } else { String::new() };
        // Links are kept here alone: nothing is written at the gateway, as when they are made.
        if contacts == 0 {
            return Ok(Some(Preview::GoesOn));
        }
        let would = format!(
            "put back {} of {} by {plan}, unless edited since{unlink}",
            counted(fields, "field"),
            counted(contacts, "contact")
        );
        Ok(Some(Preview::would(would, String::new())))
    }
}

/// The steps that arguments name, contacts by their whole ids.
fn only(context: &Context, input: &Input) -> Result<StepFilter, ToolError> {
    let whole = |word: &String| arguments::id(context, "contacts", word).map(|id: ContactId| id.to_string());
    let words = cleanup::words;
    let contacts = words("contacts", &input.contacts)?.iter().map(whole).collect::<Result<_, _>>()?;
    let fields = words("field", &input.field)?;
    Ok(StepFilter { contacts, fields, kinds: words("kind", &input.kind)?, groups: words("group", &input.group)? })
}

/// The page that arguments name; none where all is meant.
fn page(input: &Input) -> Option<StepPage> {
    let number = |number: Option<u64>| number.map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    StepPage::named(input.status.map(cleanup::Status::meant), number(input.limit), number(input.skip))
}

fn done(report: &UndoReport, dry_run: bool) -> String {
    if let Some(nothing) = report.nothing() {
        return nothing;
    }
    if dry_run {
        return format!("nothing written: {} can be put back with dry_run=false", counted(report.would, "field"));
    }
    format!("{} put back in {}", counted(report.undone, "field"), counted(report.writes, "contact"))
}

/// What becomes of a plan's links.
fn links(report: &UndoReport, dry_run: bool) -> Option<String> {
    match (report.unlinked, report.linked, dry_run) {
        (0, 0, _) => None,
        (0, linked, _) => Some(format!(
            "{} {} linked: name `group`, or undo the whole plan, to unlink",
            counted(linked, "group"),
            agree(linked, "stays", "stay")
        )),
        (unlinked, _, true) => Some(format!("{} would be unlinked here", counted(unlinked, "group"))),
        (unlinked, _, false) => Some(format!("{} unlinked here", counted(unlinked, "group"))),
    }
}

fn details(context: &Context, report: &UndoReport, page: Option<StepPage>) -> Vec<String> {
    let mut details = Vec::new();
    let mut reasons: Vec<(&str, Vec<&Step>)> = Vec::new();
    for step in &report.kept {
        match reasons.iter_mut().find(|(reason, _)| *reason == step.why()) {
            Some((_, steps)) => steps.push(step),
            None => reasons.push((step.why(), vec![step])),
        }
    }
    for (reason, steps) in reasons.iter().take(REASONS) {
        let named = steps.iter().take(NAMED);
        let named: Vec<String> =
            named.map(|step| format!("{} {}", cleanup::shown_id(context, &step.contact), step.field)).collect();
        let more = if steps.len() > NAMED { ", …" } else { "" };
        details.push(format!(
            "{} left ({}{more}): {}",
            counted(steps.len() as u64, "field"),
            named.join(", "),
            clipped(reason, 80)
        ));
    }
    details.extend(report.stopped.iter().map(|why| format!("stopped: {}", clipped(why, 200))));
    if report.remaining > 0 {
        // The page of a status has other steps on it once some of them are taken back.
        let next = if page.is_some_and(|page| page.status.is_some()) { "show_cleanup shows the page" } else { "call" };
        details.push(format!("{} to do: {next} again to go on", counted(report.remaining, "contact")));
    }
    details
}
