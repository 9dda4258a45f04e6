//! Looks through plans: all of them, or the values of one before and after, with what became of each.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::arguments::{self, Paging};
use super::{ArgumentError, Effect, Tool, ToolError, cleanup};
use crate::cleanup::{PlanReport, Step, StepFilter, StepPage, StepsReport, StepsRequest, statuses};
use crate::context::Context;
use crate::model::ContactId;
use crate::plural::counted;
use crate::render::{Cell, Reply, Shape, Span, Table, change, clipped};

/// Tool `show_cleanup`.
pub struct ShowCleanup;

/// Arguments of `show_cleanup`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// plan_ id; without it all plans
    #[serde(default)]
    #[schemars(length(max = 40))]
    plan: String,
    status: Option<cleanup::Status>,
    /// Only this, as phone_number
    #[serde(default)]
    #[schemars(length(max = 40))]
    field: String,
    /// Only this finding, fill, mark, link, set or listed
    #[serde(default)]
    #[schemars(length(max = 80))]
    kind: String,
    /// dup_ id
    #[serde(default)]
    #[schemars(length(max = 400))]
    group: String,
    /// con_ id
    contact_id: Option<String>,
    #[serde(flatten)]
    page: Paging,
}

impl Tool for ShowCleanup {
    const NAME: &'static str = "show_cleanup";
    const TITLE: &'static str = "Show cleanup plans";
    const DESCRIPTION: &'static str =
        "List plans, or the values of one before and after with what became of each; status=written is what it wrote.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let workspace = cleanup::workspace(context)?;
        let (page, plan) = (&input.page, input.plan.trim());
        let contact = |text: &String| arguments::id(context, "contact_id", text).map(|id: ContactId| id.to_string());
        let contacts = input.contact_id.iter().map(contact).collect::<Result<_, _>>()?;
        let fields = cleanup::words("field", &input.field)?;
        let (kinds, groups) = (cleanup::words("kind", &input.kind)?, cleanup::words("group", &input.group)?);
        let only = StepFilter { contacts, fields, kinds, groups };
        let status = input.status.map(cleanup::Status::meant);
        if plan.is_empty() && (!only.is_all() || status.is_some()) {
            let rule = "`plan` is missing: only the values of one plan are told apart by status, field, kind, group or \
                        contact.";
            return Err(ArgumentError::Rule { rule: rule.to_owned() }.into());
        }
        if plan.is_empty() {
            let plans = workspace.plans().await.map_err(cleanup::to_tool_error::<Self>)?;
            return Ok(Reply::Table(plans_table(&plans, page)));
        }
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let page_of_steps = StepPage { status, limit: number(page.limit), skip: number(page.skip) };
        let request = StepsRequest { plan: plan.to_owned(), only, page: page_of_steps };
        let report = workspace.steps_page(request).await.map_err(cleanup::to_tool_error::<Self>)?;
        Ok(Reply::Table(steps_table(context, plan, &report, page)))
    }
}

fn plans_table(plans: &[PlanReport], page: &Paging) -> Table {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let integer = |number: u64| Cell::Number(i64::try_from(number).unwrap_or(i64::MAX));
    let shown = plans.iter().skip(number(page.skip)).take(number(page.limit));
    let row = |plan: &PlanReport| {
        let fields: Vec<String> = plan.fields.iter().map(|(field, count)| format!("{field} {count}")).collect();
        vec![
            Cell::text(plan.id.clone()),
            Cell::text(plan.made_at.chars().take(16).collect::<String>().replace('T', " ")),
            integer(plan.contacts),
            integer(plan.links),
            Cell::text(cleanup::states(&plan.counts)),
            Cell::text(clipped(&fields.join(" "), 80)),
        ]
    };
    let rows: Vec<Vec<Cell>> = shown.map(row).collect();
    let (total, held) = (plans.len() as u64, rows.len() as u64);
    Table {
        title: "plans".to_owned(),
        span: Span { skip: page.skip, total: Some(total), more: page.skip + held < total, units: None },
        notes: vec!["times are UTC; throw one away: undo_cleanup discard=true".to_owned()],
        columns: vec!["plan", "made_at", "contacts", "links", "state", "fields"],
        rows,
        none: "none".to_owned(),
    }
}

fn steps_table(context: &Context, plan: &str, report: &StepsReport, page: &Paging) -> Table {
    let row = |step: &Step| {
        let text = |value: &Value| value.as_str().map_or_else(|| shown(value), str::to_owned);
        let change = if step.is_link() {
            let members: Vec<String> = step.contacts().skip(1).map(|id| cleanup::shown_id(context, id)).collect();
            format!("{} with {}", step.group, clipped(&members.join(" "), 80))
        } else {
            change(&text(&step.before), &text(&step.after), 40)
        };
        vec![
            Cell::text(cleanup::shown_id(context, &step.contact)),
            Cell::text(step.field.clone()),
            Cell::text(change),
            Cell::text(step.kind.clone()),
            Cell::text(step.state.status().word()),
            Cell::text(clipped(&step.state.said().1, 60)),
        ]
    };
    let rows: Vec<Vec<Cell>> = report.steps.iter().map(row).collect();
    let held = rows.len() as u64;
    Table {
        title: format!("steps of {}", clipped(plan, 40)),
        span: Span { skip: page.skip, total: Some(report.total), more: page.skip + held < report.total, units: None },
        notes: vec![format!("in {}; all of it: {}", counted(report.contacts, "contact"), statuses(&report.counts))],
        columns: vec!["contact", "field", "change", "kind", "status", "reason"],
        rows,
        none: "no step matches".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}
