//! Looks for what is wrong with all contacts, and counts it by kind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Tool, ToolError, cleanup};
use crate::cleanup::findings::{Fixability, Kind, Severity};
use crate::cleanup::{AuditReport, AuditRequest, KindCount};
use crate::context::Context;
use crate::plural::{agree, counted};
use crate::render::{self, Cell, Reply, Shape, Span, Table};

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
        let is_whole = kinds.is_empty();
        let examples = if is_whole { 0 } else { EXAMPLES };
        let request = AuditRequest { kinds, filter, examples };
        let report = workspace.audit(request).await.map_err(cleanup::to_tool_error::<Self>)?;
        Ok(Reply::Table(table(|id| cleanup::shown_id(context, id), &report, is_whole)))
    }
}

/// `show` makes an id a handle.
fn table(show: impl Fn(&str) -> String, report: &AuditReport, is_whole: bool) -> Table {
    let AuditReport { contacts, affected, .. } = report;
    let age = render::list_age(report.synced_at);
    let kinds = report.by_severity();
    let mut columns = vec!["kind", "count", "fix", "severity"];
    let has_examples = kinds.iter().any(|found| !found.examples.is_empty());
    columns.extend(has_examples.then_some("examples"));
    let row = |found: &&KindCount| {
        let mut row = vec![
            Cell::text(found.kind.name()),
            Cell::Number(i64::try_from(found.count).unwrap_or(i64::MAX)),
            Cell::text(fix(found.kind)),
            Cell::text(severity(found.kind)),
        ];
        if has_examples {
            row.push(Cell::text(found.examples.iter().map(|id| show(id)).collect::<Vec<_>>().join(" ")));
        }
        row
    };
    // Of certain kinds alone it would be no score of the contacts.
    let score = if is_whole { format!("; score {} of 100", report.score()) } else { String::new() };
    let shown = if is_whole { MOST_KINDS } else { kinds.len() };
    let mut next = "next: plan_cleanup fix=safe (ask a person about fix=ask), find_duplicate_contacts".to_owned();
    if shown < kinds.len() {
        next.push_str("; `kinds` names the others");
    }
    Table {
        title: "kinds of findings".to_owned(),
        span: Span { total: Some(kinds.len() as u64), ..Span::default() },
        notes: vec![
            format!(
                "{affected} of {} {} one{score}; {age}",
                counted(*contacts, "contact"),
                agree(*affected, "has", "have")
            ),
            next,
        ],
        columns,
        rows: kinds.iter().take(shown).map(row).collect(),
        none: format!("none in {}", counted(*contacts, "contact")),
    }
}

/// How many kinds an audit of everything lists: more would cost more than an answer may. The most severe come first.
const MOST_KINDS: usize = 40;

/// How much a kind matters; most matter little, which is not said.
const fn severity(kind: Kind) -> &'static str {
    match kind.severity() {
        Severity::Low => "",
        other => other.word(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render;

    #[test]
    fn every_kind_at_once_costs_no_more_than_an_answer_may() {
        // Counts as long as those of a large organisation, and no two the same.
        let found = |(kind, count)| KindCount { kind, count, fixable: count, examples: Vec::new() };
        let kinds = Kind::ALL.into_iter().zip((10_007..).step_by(997)).map(found);
        let report = AuditReport {
            contacts: 65_681,
            affected: 54_321,
            kinds: kinds.collect(),
            synced_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let text = render::text(&Reply::Table(table(str::to_owned, &report, true)));
        let tokens = tiktoken_rs::o200k_base_singleton().encode_ordinary(&text).len();
        assert!(tokens <= 450, "{tokens} tokens: {text}");
    }
}
