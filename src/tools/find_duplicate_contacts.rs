//! Shows which contacts are one person, and what a person should decide.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, Paging};
use super::{Effect, Tool, ToolError, cleanup};
use crate::cleanup::duplicates::{Cluster, Pair, Tier};
use crate::cleanup::{DuplicatesReport, DuplicatesRequest};
use crate::context::Context;
use crate::model::ContactId;
use crate::plural::{agree, counted};
use crate::render::{Cell, Reply, Shape, Span, Table};

/// Tool `find_duplicate_contacts`.
pub struct FindDuplicateContacts;

/// Arguments of `find_duplicate_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Default sure
    #[serde(default)]
    tier: Wanted,
    /// con_ id
    contact_id: Option<String>,
    /// Of a question
    #[serde(default)]
    #[schemars(length(max = 200))]
    pattern: String,
    #[serde(flatten)]
    page: Paging,
}

/// Which duplicates to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// Groups that are sure.
    #[default]
    Sure,
    /// Groups that a person should see.
    Review,
    /// What a person should decide, by pattern.
    Questions,
}

impl Tool for FindDuplicateContacts {
    const NAME: &'static str = "find_duplicate_contacts";
    const TITLE: &'static str = "Find duplicate contacts";
    const DESCRIPTION: &'static str = "List contacts that are one person; survivor first.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let id = |text: &str| arguments::id(context, "contact_id", text).map(|id: ContactId| id.to_string());
        let contact = input.contact_id.as_deref().map(id).transpose()?;
        let pattern = Some(input.pattern.trim().to_owned()).filter(|pattern| !pattern.is_empty());
        let tier = match (input.tier, &contact, &pattern) {
            // One contact's group, and the groups of a pattern, are shown however sure they are.
            (_, Some(_), _) | (_, _, Some(_)) => None,
            (Wanted::Sure, ..) => Some(Tier::Auto),
            (Wanted::Review | Wanted::Questions, ..) => Some(Tier::Review),
        };
        let by_pattern = input.tier == Wanted::Questions && contact.is_none() && pattern.is_none();
        let page = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let limit = if by_pattern { 0 } else { page(input.page.limit) };
        let request = DuplicatesRequest { tier, contact, pattern, limit, skip: page(input.page.skip) };
        let workspace = cleanup::workspace(context)?;
        if let Some(unread) = cleanup::first_sync::<Self>(context, workspace).await? {
            return Ok(cleanup::unread_rows("groups of duplicates", unread));
        }
        let report = workspace.duplicates(request).await.map_err(cleanup::to_tool_error::<Self>)?;
        let mut table = if by_pattern {
            questions(context, &report, &input.page)
        } else if !report.pairs.is_empty() {
            pairs(context, &report, &input.page)
        } else {
            groups(context, &report, &input.page)
        };
        table.notes.extend(cleanup::list_age::<Self>(workspace).await?);
        Ok(Reply::Table(table))
    }
}

/// Groups, each with its members and what they have in common.
fn groups(context: &Context, report: &DuplicatesReport, page: &Paging) -> Table {
    let row = |cluster: &Cluster| {
        let members: Vec<String> = cluster.members.iter().map(|id| cleanup::shown_id(context, id)).collect();
        let mut patterns: Vec<&str> = cluster.pairs.iter().map(|pair| pair.pattern.as_str()).collect();
        patterns.sort_unstable();
        patterns.dedup();
        vec![
            Cell::text(cluster.id.clone()),
            Cell::text(format!("{:.2}", cluster.score)),
            Cell::text(members.join(" ")),
            Cell::text(patterns.join(" / ")),
        ]
    };
    let DuplicatesReport { clusters_auto, clusters_review, questions, contacts, .. } = report;
    Table {
        title: "groups of duplicates".to_owned(),
        span: span(page, report.total, report.clusters.len()),
        notes: vec![format!(
            "of {}: {clusters_auto} sure {}, {clusters_review} to review, {}",
            counted(*contacts, "contact"),
            agree(*clusters_auto, "group", "groups"),
            counted(*questions, "question")
        )],
        columns: vec!["group", "score", "members", "because"],
        rows: report.clusters.iter().map(row).collect(),
        none: "none".to_owned(),
    }
}

/// The open questions of one pattern.
fn pairs(context: &Context, report: &DuplicatesReport, page: &Paging) -> Table {
    let row = |pair: &Pair| {
        let (first, second) = &pair.ids;
        let pair_of = format!("{} {}", cleanup::shown_id(context, first), cleanup::shown_id(context, second));
        vec![Cell::text(pair_of), Cell::text(format!("{:.2}", pair.score))]
    };
    Table {
        title: "questions of this pattern".to_owned(),
        span: span(page, report.total, report.pairs.len()),
        notes: Vec::new(),
        columns: vec!["pair", "score"],
        rows: report.pairs.iter().map(row).collect(),
        none: "none".to_owned(),
    }
}

/// What a person should decide, by pattern, with one pair of each.
fn questions(context: &Context, report: &DuplicatesReport, page: &Paging) -> Table {
    let usize_of = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let shown = report.patterns.iter().skip(usize_of(page.skip)).take(usize_of(page.limit));
    let rows: Vec<Vec<Cell>> = shown
        .map(|found| {
            let (first, second) = &found.example.ids;
            let example = format!("{} {}", cleanup::shown_id(context, first), cleanup::shown_id(context, second));
            vec![
                Cell::text(found.pattern.clone()),
                Cell::Number(i64::try_from(found.count).unwrap_or(i64::MAX)),
                Cell::text(example),
            ]
        })
        .collect();
    Table {
        title: "patterns of questions".to_owned(),
        span: span(page, report.patterns.len() as u64, rows.len()),
        notes: vec![format!("{}; a person decides: decide_duplicates", counted(report.questions, "question"))],
        columns: vec!["pattern", "count", "example"],
        rows,
        none: "none".to_owned(),
    }
}

fn span(page: &Paging, total: u64, shown: usize) -> Span {
    let more = page.skip + (shown as u64) < total;
    Span { skip: page.skip, total: Some(total), more, units: None }
}
