//! Looks through plans: all of them, or the values of one before and after, with what became of each.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::arguments::{self, Paging};
use super::{Effect, Tool, ToolError, cleanup};
use crate::cleanup::{PlanReport, Step, StepFilter, StepStatus, StepsReport, StepsRequest};
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
    status: Option<Status>,
    /// Only this, as phone_number
    #[serde(default)]
    #[schemars(length(max = 40))]
    field: String,
    /// Only this finding, fill, mark, set or listed
    #[serde(default)]
    #[schemars(length(max = 80))]
    kind: String,
    /// con_ id
    contact_id: Option<String>,
    #[serde(flatten)]
    page: Paging,
}

/// How far steps are.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pending,
    Written,
    Skipped,
    Conflict,
    Undone,
    Unknown,
}

impl Status {
    const fn meant(self) -> StepStatus {
        match self {
            Self::Pending => StepStatus::Pending,
            Self::Written => StepStatus::Written,
            Self::Skipped => StepStatus::Skipped,
            Self::Conflict => StepStatus::Conflict,
            Self::Undone => StepStatus::Undone,
            Self::Unknown => StepStatus::Unknown,
        }
    }
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
        let word = |text: &str| Some(text.trim().to_owned()).filter(|word| !word.is_empty());
        let fields: Vec<String> = word(&input.field).into_iter().collect();
        let fields = cleanup::step_fields("field", &fields)?;
        if plan.is_empty() {
            let plans = workspace.plans().await.map_err(cleanup::to_tool_error::<Self>)?;
            return Ok(Reply::Table(plans_table(&plans, page)));
        }
        let only = StepFilter { contacts, fields, kinds: word(&input.kind).into_iter().collect(), groups: Vec::new() };
        let status = input.status.map(Status::meant);
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (limit, skip) = (number(page.limit), number(page.skip));
        let request = StepsRequest { plan: plan.to_owned(), status, only, limit, skip };
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
        vec![
            Cell::text(cleanup::shown_id(context, &step.contact)),
            Cell::text(step.field.clone()),
            Cell::text(change(&text(&step.before), &text(&step.after), 40)),
            Cell::text(step.kind.clone()),
            Cell::text(step.state.status().word()),
            Cell::text(clipped(&step.state.said().1, 60)),
        ]
    };
    let rows: Vec<Vec<Cell>> = report.steps.iter().map(row).collect();
    let held = rows.len() as u64;
    let counts: Vec<String> =
        report.counts.iter().map(|(status, count)| format!("{} {count}", status.word())).collect();
    Table {
        title: format!("steps of {}", clipped(plan, 40)),
        span: Span { skip: page.skip, total: Some(report.total), more: page.skip + held < report.total, units: None },
        notes: vec![format!("in {}; all of it: {}", counted(report.contacts, "contact"), counts.join(", "))],
        columns: vec!["contact", "field", "change", "kind", "status", "reason"],
        rows,
        none: "no step matches".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}
