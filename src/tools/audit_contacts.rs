//! Looks for what is wrong with all contacts, and counts it by kind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Tool, ToolError, cleanup};
use crate::cleanup::findings::{Fixability, Kind};
use crate::cleanup::{AuditReport, AuditRequest};
use crate::context::Context;
use crate::render::{Cell, Reply, Shape, Span, Table};

/// Tool `audit_contacts`.
pub struct AuditContacts;

/// Arguments of `audit_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Only these, with examples
    #[serde(default)]
    #[schemars(length(max = 800))]
    kinds: String,
    /// email~@x.hk; created_at>2025
    #[serde(default)]
    #[schemars(length(max = 800))]
    filter: String,
    /// true reads all
    refresh: Option<bool>,
}

/// Examples of a kind, where certain kinds are asked for.
const EXAMPLES: usize = 5;

impl Tool for AuditContacts {
    const NAME: &'static str = "audit_contacts";
    const TITLE: &'static str = "Audit contacts";
    const DESCRIPTION: &'static str = "Count what is wrong with contacts, by kind.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let kinds = cleanup::kinds("kinds", &input.kinds)?;
        let filter = cleanup::filter(&input.filter)?;
        let workspace = cleanup::workspace(context)?;
        let unread = match input.refresh {
            Some(false) => cleanup::first_sync::<Self>(context, workspace).await?,
            // What is new or edited; only reading all shows who is gone.
            full => cleanup::sync::<Self>(context, workspace, full == Some(true)).await?,
        };
        if let Some(unread) = unread {
            return Ok(cleanup::unread_rows("findings", unread));
        }
        let examples = if kinds.is_empty() { 0 } else { EXAMPLES };
        let request = AuditRequest { kinds, filter, examples };
        let report = workspace.audit(request).await.map_err(cleanup::told::<Self>)?;
        Ok(Reply::Table(table(context, &report)))
    }
}

fn table(context: &Context, report: &AuditReport) -> Table {
    let rows: Vec<Vec<Cell>> = report
        .kinds
        .iter()
        .map(|found| {
            let examples = found.examples.iter().map(|id| context.handles().show(id)).collect::<Vec<_>>().join(" ");
            vec![
                Cell::text(found.kind.name()),
                Cell::Number(i64::try_from(found.count).unwrap_or(i64::MAX)),
                Cell::text(fix(found.kind)),
                Cell::text(examples),
            ]
        })
        .collect();
    let AuditReport { contacts, affected, .. } = report;
    let mut columns = vec!["kind", "count", "fix"];
    if report.kinds.iter().any(|found| !found.examples.is_empty()) {
        columns.push("examples");
    }
    Table {
        title: "kinds of findings".to_owned(),
        span: Span { total: Some(rows.len() as u64), ..Span::default() },
        notes: vec![
            format!("{affected} of {contacts} contacts have one"),
            "next: plan_cleanup fix=safe (ask a person about fix=ask), find_duplicate_contacts".to_owned(),
        ],
        columns,
        rows,
        none: format!("none in {contacts} contacts"),
    }
}

/// What may be done about a kind: without asking, after asking, or nothing.
const fn fix(kind: Kind) -> &'static str {
    match kind.fixability() {
        Fixability::Safe => "safe",
        Fixability::Ask => "ask",
        Fixability::None => "",
    }
}
