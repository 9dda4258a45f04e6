//! Looks for what is wrong with all contacts, and counts it by kind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::member_rows::{SAME, SAME_MEANS};
use super::{Effect, Tool, ToolError, cleanup};
use crate::cleanup::findings::{Fixability, Kind, Severity};
use crate::cleanup::{AuditReport, AuditRequest, FindingExample, KindCount};
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
    /// As list_contacts
    #[serde(default)]
    #[schemars(length(max = 4_000))]
    filter: String,
    /// true reads all
    refresh: Option<bool>,
}

/// Examples of a kind, where certain kinds are asked for; fewer of each where they are many.
const EXAMPLES: usize = 5;
/// Examples of all kinds together.
const ALL_EXAMPLES: usize = 40;

impl Tool for AuditContacts {
    const NAME: &'static str = "audit_contacts";
    const TITLE: &'static str = "Audit contacts";
    const DESCRIPTION: &'static str = "Count what is wrong with contacts, by kind.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let kinds = cleanup::kinds("kinds", &input.kinds)?;
        let filter = cleanup::filter(context, "filter", &input.filter)?;
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
        let examples = if is_whole { 0 } else { (ALL_EXAMPLES / kinds.len().max(1)).clamp(1, EXAMPLES) };
        let none = (!filter.is_empty()).then(|| cleanup::no_match(&filter));
        let request = AuditRequest { kinds, filter, examples };
        let report = workspace.audit(request).await.map_err(cleanup::to_tool_error::<Self>)?;
        Ok(Reply::Table(match none {
            Some(none) if report.contacts == 0 => {
                let mut table = cleanup::empty_rows("kinds of findings", none);
                table.notes.push(render::list_age(report.synced_at));
                table
            }
            _ => table(|id| cleanup::shown_id(context, id), &report, is_whole),
        }))
    }
}

/// `show` makes an id a handle.
fn table(show: impl Fn(&str) -> String, report: &AuditReport, is_whole: bool) -> Table {
    let kinds = report.by_severity();
    if kinds.iter().any(|found| !found.examples.is_empty()) {
        return examples(show, report, &kinds);
    }
    let row = |found: &&KindCount| {
        vec![
            Cell::text(found.kind.name()),
            Cell::Number(i64::try_from(found.count).unwrap_or(i64::MAX)),
            Cell::text(fix(found.kind)),
            Cell::text(severity(found.kind)),
        ]
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
        notes: if report.contacts == 0 {
            vec![render::list_age(report.synced_at)]
        } else {
            vec![affected(report, &score), next]
        },
        columns: vec!["kind", "count", "fix", "severity"],
        rows: kinds.iter().take(shown).map(row).collect(),
        none: match report.contacts {
            0 => "the organisation has no contact".to_owned(),
            _ => format!("none in {}", counted(report.contacts, "contact")),
        },
    }
}

fn affected(report: &AuditReport, score: &str) -> String {
    let AuditReport { contacts, affected, synced_at, .. } = report;
    let has = agree(*affected, "has", "have");
    format!("{affected} of {} {has} one{score}; {}", counted(*contacts, "contact"), render::list_age(*synced_at))
}

/// Examples of certain kinds, a row each; the count of a kind and what may be done about it stand in its first row.
fn examples(show: impl Fn(&str) -> String, report: &AuditReport, kinds: &[&KindCount]) -> Table {
    let rows = |found: &&KindCount| -> Vec<Vec<Cell>> {
        let kind = [found.kind.name(), &found.count.to_string(), fix(found.kind)].join(" ").trim_end().to_owned();
        let kind_cell = |place: usize| if place == 0 || kinds.len() == 1 { kind.clone() } else { SAME.to_owned() };
        let row = |(place, found)| vec![Cell::text(kind_cell(place)), Cell::text(example(&show, found))];
        found.examples.iter().enumerate().map(row).collect()
    };
    let rows: Vec<Vec<Cell>> = kinds.iter().flat_map(rows).collect();
    let next = format!(
        "next: plan_cleanup fix=KIND{}",
        if kinds.len() > 1 { format!("; {SAME_MEANS}") } else { String::new() }
    );
    Table {
        title: "examples of findings".to_owned(),
        span: Span { total: Some(rows.len() as u64), ..Span::default() },
        notes: vec![affected(report, ""), next],
        columns: vec!["kind", "example"],
        rows,
        none: String::new(),
    }
}

/// A finding with its values: `con_0037e6f1 email: a@gmial.com -> a@gmail.com`.
fn example(show: impl Fn(&str) -> String, found: &FindingExample) -> String {
    /// Letters of a value.
    const LONGEST: usize = 24;
    let contact = show(&found.contact);
    if found.fix.is_empty() {
        return format!("{contact} {}: {}", found.field, render::shown(&found.value, LONGEST));
    }
    // The field that is wrong, others that were empty, and how many more the fix sets.
    let place = found.fix.iter().position(|(field, ..)| *field == found.field).unwrap_or_default();
    let said = found.fix.iter().enumerate().map(|(at, (field, before, after))| match before.as_str() {
        before if at == place => format!("{field}: {}", render::change(before, after, LONGEST)),
        "" => format!("+{field}={}", render::shown(after, LONGEST)),
        _ => String::new(),
    });
    let mut said: Vec<String> = said.collect();
    said.swap(0, place);
    said.retain(|said| !said.is_empty());
    let others = found.fix.len().saturating_sub(said.len());
    let others = if others > 0 { format!(" +{others}") } else { String::new() };
    format!("{contact} {}{others}", said.join(" "))
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
