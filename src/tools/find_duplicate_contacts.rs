//! Shows which contacts are one person, and what a person should decide.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, Paging};
use super::member_rows::{self, MemberGroup, SAME_MEANS};
use super::{ArgumentError, Effect, Tool, ToolError, cleanup};
use crate::cleanup::duplicates::{Cluster, Pair, Tier, Verdict};
use crate::cleanup::{
    DecisionsReport, DecisionsRequest, DuplicatesReport, DuplicatesRequest, SharedValue, SharedValuesReport,
    SharedValuesRequest, Sharing,
};
use crate::context::Context;
use crate::model::{Contact, ContactId};
use crate::plural::{agree, counted};
use crate::render::{Cell, Reply, Shape, Span, Table, clipped, quoted};

/// Tool `find_duplicate_contacts`.
pub struct FindDuplicateContacts;

/// Arguments of `find_duplicate_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// shared: one phone or mailbox of different people; decided: what was answered. Default sure
    #[serde(default)]
    tier: Wanted,
    /// Only the group of this con_ id
    contact_id: Option<String>,
    /// Only this pattern of questions; for shared family, people, switchboard or role mailbox; for decided same, different or unsure
    #[serde(default)]
    #[schemars(length(max = 200))]
    pattern: String,
    /// With a member that it means
    #[serde(default)]
    #[schemars(length(max = 4_000))]
    filter: String,
    /// true with tier=questions: CSV to fill in, for decide_duplicates
    #[serde(default)]
    csv: bool,
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
    /// Values that different people share.
    Shared,
    /// A person's decisions.
    Decided,
}

impl Tool for FindDuplicateContacts {
    const NAME: &'static str = "find_duplicate_contacts";
    const TITLE: &'static str = "Find duplicate contacts";
    const DESCRIPTION: &'static str =
        "List contacts that are one person, a row a contact with the reason; the one to keep first.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let id = |text: &str| arguments::id(context, "contact_id", text).map(|id: ContactId| id.to_string());
        let contact = input.contact_id.as_deref().map(id).transpose()?;
        let pattern = Some(input.pattern.trim().to_owned()).filter(|pattern| !pattern.is_empty());
        let page = &input.page;
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (skip, limit) = (number(page.skip), number(page.limit));
        let sharing = match (input.tier, &pattern) {
            (Wanted::Shared, Some(pattern)) => Some(sharing(pattern)?),
            _ => None,
        };
        let verdict = match (input.tier, &pattern) {
            (Wanted::Decided, Some(pattern)) => Some(verdict(pattern)?),
            _ => None,
        };
        if input.csv && input.tier != Wanted::Questions {
            return Err(ArgumentError::Rule { rule: "`csv` goes with tier=questions.".to_owned() }.into());
        }
        let filter = cleanup::filter(context, "filter", &input.filter)?;
        let workspace = cleanup::workspace(context)?;
        if let Some(unread) = cleanup::first_sync::<Self>(context, workspace).await? {
            return Ok(cleanup::unread_rows("groups of duplicates", unread));
        }
        let mut table = if input.tier == Wanted::Shared {
            let none = (!filter.is_empty()).then(|| cleanup::no_match(&filter));
            let request = SharedValuesRequest { contact, filter, sharing, limit, skip };
            let report = workspace.shared_values(request).await.map_err(cleanup::to_tool_error::<Self>)?;
            match none.filter(|_| report.contacts == 0) {
                Some(none) => cleanup::empty_rows("shared phone numbers and mailboxes", none),
                None => shared(context, &report, page),
            }
        } else if input.tier == Wanted::Decided {
            let request = DecisionsRequest { verdict, contact, filter, limit, skip };
            let report = workspace.decisions(request).await.map_err(cleanup::to_tool_error::<Self>)?;
            decisions(context, &report, page)
        } else if input.csv {
            let none = (!filter.is_empty()).then(|| cleanup::no_match(&filter));
            let asked = pattern.clone();
            let request = DuplicatesRequest { tier: None, contact, filter, pattern, questions: true, limit, skip };
            let report = workspace.duplicates(request).await.map_err(cleanup::to_tool_error::<Self>)?;
            let none = none.filter(|_| report.contacts == 0);
            let none = none.or_else(|| {
                asked.filter(|_| report.total == 0).map(|pattern| report.no_pattern(&quoted(&pattern, 80)))
            });
            match none {
                Some(none) => cleanup::empty_rows("questions", none),
                None => sheet(context, &report, page),
            }
        } else {
            let tier = match (input.tier, &contact, &pattern) {
                // One contact's group, and the groups of a pattern, are shown however sure they are.
                (_, Some(_), _) | (_, _, Some(_)) => None,
                (Wanted::Sure, ..) => Some(Tier::Auto),
                _ => Some(Tier::Review),
            };
            let by_pattern = input.tier == Wanted::Questions && contact.is_none() && pattern.is_none();
            let limit = if by_pattern { 0 } else { limit };
            let none = (!filter.is_empty()).then(|| cleanup::no_match(&filter));
            let asked = pattern.clone();
            let request = DuplicatesRequest { tier, contact, filter, pattern, questions: false, limit, skip };
            let report = workspace.duplicates(request).await.map_err(cleanup::to_tool_error::<Self>)?;
            if let Some(none) = none.filter(|_| report.contacts == 0) {
                cleanup::empty_rows("groups of duplicates", none)
            } else if let Some(pattern) = asked.filter(|_| report.total == 0) {
                cleanup::empty_rows("questions of this pattern", report.no_pattern(&quoted(&pattern, 80)))
            } else if by_pattern {
                questions(context, &report, page)
            } else if !report.pairs.is_empty() {
                pairs(context, &report, page)
            } else {
                groups(context, &report, page)
            }
        };
        table.notes.extend(cleanup::list_age::<Self>(workspace).await?);
        Ok(Reply::Table(table))
    }
}

fn sharing(word: &str) -> Result<Sharing, ToolError> {
    let found = Sharing::ALL.into_iter().find(|sharing| sharing.words() == word);
    found.ok_or_else(|| {
        let words = Sharing::ALL.map(Sharing::words).join(", ");
        let rule = format!("`pattern` of tier=shared is one of {words}; {} is none.", quoted(word, 32));
        ArgumentError::Rule { rule }.into()
    })
}

fn verdict(word: &str) -> Result<Verdict, ToolError> {
    Verdict::ALL.into_iter().find(|verdict| verdict.word() == word).ok_or_else(|| {
        let words = Verdict::ALL.map(Verdict::word).join(", ");
        let rule = format!("`pattern` of tier=decided is one of {words}; {} is none.", quoted(word, 32));
        ArgumentError::Rule { rule }.into()
    })
}

/// A person's decisions, the newest first.
fn decisions(context: &Context, report: &DecisionsReport, page: &Paging) -> Table {
    let groups: Vec<MemberGroup> = report
        .decisions
        .iter()
        .map(|listed| MemberGroup {
            before: vec![
                Cell::text(listed.kept.verdict.word()),
                Cell::text(listed.kept.at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()),
            ],
            ids: vec![listed.kept.pair.0.clone(), listed.kept.pair.1.clone()],
            after: vec![
                Cell::text(listed.because.clone()),
                Cell::text(if listed.kept.note.is_empty() { String::new() } else { quoted(&listed.kept.note, 80) }),
            ],
        })
        .collect();
    let (rows, span) = member_rows::rows(context, &groups, &report.members, (page, report.total));
    let all: u64 = report.counts.values().sum();
    let counts: Vec<String> =
        report.counts.iter().map(|(verdict, count)| format!("{} {count}", verdict.word())).collect();
    let counts = if all == 0 { String::new() } else { format!(": {}", counts.join(", ")) };
    let mut notes = vec![format!("{}{counts}", counted(all, "decision"))];
    if !rows.is_empty() {
        notes.push(format!("times are UTC; {SAME_MEANS}; take one back: decide_duplicates verdict=reopen"));
    }
    Table {
        title: "decisions".to_owned(),
        span,
        notes,
        columns: member_rows::columns(&["verdict", "decided"], &["why", "note"]),
        rows,
        none: if all == 0 { "nothing was decided yet" } else { "no decision is like this" }.to_owned(),
    }
}

/// Open questions as a table that a person fills in, a row a pair.
fn sheet(context: &Context, report: &DuplicatesReport, page: &Paging) -> Table {
    let row = |pair: &Pair| {
        let members = [&pair.ids.0, &pair.ids.1].map(|id| report.members.get(id));
        let value = |at: usize, of: fn(&Contact) -> String| {
            Cell::text(members.get(at).copied().flatten().map(|member| clipped(&of(member), 40)).unwrap_or_default())
        };
        let name: fn(&Contact) -> String = |contact| contact.name().map(Into::into).unwrap_or_default();
        let phone: fn(&Contact) -> String = |contact| contact.phone().unwrap_or_default();
        let email: fn(&Contact) -> String = |contact| contact.value("email");
        let mut row = vec![
            Cell::text(cleanup::shown_id(context, &pair.ids.0)),
            Cell::text(cleanup::shown_id(context, &pair.ids.1)),
            Cell::text(pair.because()),
            chance(pair.score),
        ];
        row.extend([name, phone, email].into_iter().flat_map(|of| [value(0, of), value(1, of)]));
        row
    };
    let rows: Vec<Vec<Cell>> = report.pairs.iter().map(row).collect();
    let held = rows.len() as u64;
    let mut notes = Vec::new();
    if held > 0 {
        notes.push("add a column decision (same, different, unsure) and note; back: decide_duplicates csv".to_owned());
    }
    Table {
        title: "questions".to_owned(),
        span: Span { skip: page.skip, total: Some(report.total), more: page.skip + held < report.total, units: None },
        notes,
        columns: vec![
            "first",
            "second",
            "why",
            "sure",
            "first_name",
            "second_name",
            "first_phone",
            "second_phone",
            "first_email",
            "second_email",
        ],
        rows,
        none: "none".to_owned(),
    }
}

/// Explains the number in the column `sure`.
const SURE_MEANS: &str = "sure: chance of one person (sure from .95)";

/// Groups, each with its members and what they have in common.
fn groups(context: &Context, report: &DuplicatesReport, page: &Paging) -> Table {
    let group = |cluster: &Cluster| MemberGroup {
        before: vec![Cell::text(cluster.id.clone()), chance(cluster.score)],
        ids: cluster.members.clone(),
        after: vec![Cell::text(format!("{}; keep {}", cluster.because(), cluster.keep.words()))],
    };
    let groups: Vec<MemberGroup> = report.clusters.iter().map(group).collect();
    let (rows, span) = member_rows::rows(context, &groups, &report.members, (page, report.total));
    let DuplicatesReport { clusters_auto, clusters_review, entries_auto, entries_review, questions, contacts, .. } =
        report;
    let mut notes = vec![format!(
        "of {}: {} behind {entries_auto} {} sure, {} of {entries_review} to review, {}",
        counted(*contacts, "contact"),
        people(*clusters_auto),
        agree(*entries_auto, "entry", "entries"),
        counted(*clusters_review, "group"),
        counted(*questions, "question")
    )];
    if !rows.is_empty() {
        notes.push(format!("{SURE_MEANS}; {SAME_MEANS}, the one to keep"));
    }
    Table {
        title: "groups of duplicates".to_owned(),
        span,
        notes,
        columns: member_rows::columns(&["group", "sure"], &["why"]),
        rows,
        none: "none".to_owned(),
    }
}

/// The open questions of one pattern.
fn pairs(context: &Context, report: &DuplicatesReport, page: &Paging) -> Table {
    let group = |pair: &Pair| MemberGroup {
        before: vec![chance(pair.score)],
        ids: vec![pair.ids.0.clone(), pair.ids.1.clone()],
        after: Vec::new(),
    };
    let groups: Vec<MemberGroup> = report.pairs.iter().map(group).collect();
    let (rows, span) = member_rows::rows(context, &groups, &report.members, (page, report.total));
    let why = report.pairs.first().map(Pair::because).unwrap_or_default();
    Table {
        title: "questions of this pattern".to_owned(),
        span,
        notes: vec![format!("two contacts each: {why}"), format!("{SURE_MEANS}; {SAME_MEANS}")],
        columns: member_rows::columns(&["sure"], &[]),
        rows,
        none: "none".to_owned(),
    }
}

/// What a person should decide, by pattern, with one pair of each.
fn questions(context: &Context, report: &DuplicatesReport, page: &Paging) -> Table {
    let usize_of = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let shown = report.patterns.iter().skip(usize_of(page.skip)).take(usize_of(page.limit));
    let groups: Vec<MemberGroup> = shown
        .map(|found| MemberGroup {
            before: vec![
                Cell::text(found.pattern.clone()),
                Cell::Number(i64::try_from(found.count).unwrap_or(i64::MAX)),
            ],
            ids: vec![found.example.ids.0.clone(), found.example.ids.1.clone()],
            after: Vec::new(),
        })
        .collect();
    let (rows, span) = member_rows::rows(context, &groups, &report.members, (page, report.patterns.len() as u64));
    let mut notes = vec![format!("{}; a person decides: decide_duplicates", counted(report.questions, "question"))];
    if !rows.is_empty() {
        notes.push(format!("two contacts of each pattern as an example; {SAME_MEANS}; the others: pattern=…"));
    }
    Table {
        title: "patterns of questions".to_owned(),
        span,
        notes,
        columns: member_rows::columns(&["pattern", "count"], &[]),
        rows,
        none: "none".to_owned(),
    }
}

/// People of a shared value that are listed.
const PEOPLE: usize = 6;

/// Phone numbers and mailboxes of different people.
fn shared(context: &Context, report: &SharedValuesReport, page: &Paging) -> Table {
    let group = |shared: &SharedValue| MemberGroup {
        before: vec![
            Cell::text(crate::render::clipped(&shared.value, 48)),
            Cell::text(who(shared)),
            Cell::text(shared.settled.word()),
        ],
        ids: shared.people.iter().take(PEOPLE).filter_map(|person| person.first().cloned()).collect(),
        after: Vec::new(),
    };
    let groups: Vec<MemberGroup> = report.values.iter().map(group).collect();
    let (rows, span) = member_rows::rows(context, &groups, &report.members, (page, report.total));
    let counts: Vec<String> = report.counts.iter().map(|(how, count)| format!("{} {count}", how.words())).collect();
    let all: u64 = report.counts.values().sum();
    let mut notes = vec![format!(
        "{} of different people{}{}; {} an open question in them",
        counted(all, "value"),
        if counts.is_empty() { "" } else { ": " },
        counts.join(", "),
        format_args!("{} {}", report.questions, agree(report.questions, "has", "have")),
    )];
    if !rows.is_empty() {
        notes.push(format!(
            "a row a person, at most {PEOPLE}; {SAME_MEANS}; keep apart: decide_duplicates VALUE=different"
        ));
    }
    Table {
        title: "shared phone numbers and mailboxes".to_owned(),
        span,
        notes,
        columns: member_rows::columns(&["shared", "by", "settled"], &[]),
        rows,
        none: "none".to_owned(),
    }
}

/// `2 people`, `family of 3 in 5 entries`.
fn who(shared: &SharedValue) -> String {
    let (people, entries) = (shared.people.len(), shared.entries());
    let who = match shared.sharing {
        Sharing::People => format!("{people} people"),
        sharing => format!("{} of {people}", sharing.words()),
    };
    if entries == people as u64 { who } else { format!("{who} in {entries} {}", agree(entries, "entry", "entries")) }
}

fn chance(score: f32) -> Cell {
    let shown = format!("{score:.2}");
    Cell::text(if shown == "1.00" { "1" } else { shown.trim_start_matches('0') })
}

fn people(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}
