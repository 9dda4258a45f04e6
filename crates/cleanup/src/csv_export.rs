//! CSV for spreadsheets: plans, journals, findings and duplicates as rows, and cells that no spreadsheet takes for formulas.

use std::collections::BTreeMap;

use imbrace_contacts_client::characters::escaped_lines;
use imbrace_contacts_client::plural::counted;
use serde_json::Value;

use super::error::CleanupError;
use super::findings::{Fixability, Severity};
use super::report::{
    AuditReport, DecisionsReport, DuplicatesReport, FindingExample, KindCount, PlanReport, Step, StepState,
};
use crate::model::Contact;

/// What tells a spreadsheet that a file is UTF-8; without it names in Vietnamese or Chinese are read in another encoding.
/// What a model reads needs none.
pub const MARK: &str = "\u{feff}";

/// What makes a spreadsheet take a cell for a formula when it comes first.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Rows of cells, the names of the columns first.
pub type Rows = Vec<Vec<String>>;

/// What a plan is, in one line; `states` is how far its steps are.
pub fn titled(plan: &PlanReport, states: &str) -> String {
    let PlanReport { steps, contacts, links, linked, .. } = plan;
    let said = if *linked > 0 { "linked here" } else { "to link here" };
    let changes = format!("{} of {}: {states}", counted(*steps, "change"), counted(*contacts, "contact"));
    let groups = format!("{} {said}", counted(*links, "group"));
    match (steps, links) {
        (0, 1..) => groups,
        (_, 0) => changes,
        _ => format!("{changes}; {groups}"),
    }
}

/// What a plan sets: contact, field, before, after.
pub fn planned(steps: &[Step]) -> Rows {
    let mut rows = vec![row(&["contact", "field", "before", "after"])];
    rows.extend(
        steps.iter().map(|step| vec![step.contact.clone(), step.field.clone(), text(&step.before), text(&step.after)]),
    );
    rows
}

/// What became of each step.
pub fn journal(steps: &[Step]) -> Rows {
    let mut rows = vec![row(&["number", "contact", "field", "before", "after", "state", "reason", "kind"])];
    rows.extend(steps.iter().map(|step| {
        let (state, reason) = step.state.said();
        let (before, after) = (text(&step.before), text(&step.after));
        vec![
            step.number.to_string(),
            step.contact.clone(),
            step.field.clone(),
            before,
            after,
            state.to_owned(),
            reason,
            step.kind.clone(),
        ]
    }));
    rows
}

/// Findings by kind, with examples.
pub fn findings(report: &AuditReport) -> Rows {
    let mut rows = vec![row(&["kind", "severity", "count", "share", "fixable", "fix", "meaning", "examples"])];
    rows.extend(report.by_severity().into_iter().map(|found| {
        let KindCount { kind, count, fixable, examples } = found;
        let share = format!("{:.1}%", 100.0 * *count as f64 / report.contacts.max(1) as f64);
        let (count, fixable) = (count.to_string(), fixable.to_string());
        let texts =
            [kind.name(), kind.severity().word(), &count, &share, &fixable, kind.fixability().word(), kind.meaning()];
        texts
            .into_iter()
            .map(str::to_owned)
            .chain([examples.iter().map(example).collect::<Vec<_>>().join(" | ")])
            .collect()
    }));
    rows
}

/// A finding with its values: the contact, the field, what it holds, and what it becomes.
fn example(found: &FindingExample) -> String {
    let FindingExample { contact, field, value, fix } = found;
    if fix.is_empty() {
        return format!("{contact} {field}: {value}");
    }
    let fixes = fix.iter().map(|(field, before, after)| format!("{field}: {before} -> {after}"));
    format!("{contact} {}", fixes.collect::<Vec<_>>().join("; "))
}

/// Groups of contacts that are one person, a row a member, the one to keep first.
pub fn duplicates(report: &DuplicatesReport) -> Rows {
    let head = ["group", "score", "contact", "keep", "because", "name", "phone", "email", "last_seen", "updated_at"];
    let mut rows = vec![row(&head)];
    for cluster in &report.clusters {
        for (place, member) in cluster.members.iter().enumerate() {
            let keep = if place == 0 { format!("keep: {}", cluster.keep.words()) } else { String::new() };
            let score = format!("{:.2}", cluster.score);
            let mut row = vec![cluster.id.clone(), score, member.clone(), keep, cluster.because()];
            row.extend(values(report.members.get(member)));
            rows.push(row);
        }
    }
    rows
}

/// The columns of pairs of contacts; `note` is the last that a person fills in.
const PAIR: [&str; 15] = [
    "decision",
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
    "first_seen",
    "second_seen",
    "note",
    "asked_at",
];

/// Open questions, a row a pair of contacts with the values of both and an empty decision: same, different or unsure.
pub fn questions(report: &DuplicatesReport) -> Rows {
    let asked_at = format!("{:.0}", jiff::Timestamp::now());
    let pairs = report.pairs.iter().map(|pair| {
        let said = [String::new(), pair.because(), format!("{:.2}", pair.score), String::new(), asked_at.clone()];
        pair_row(&pair.ids, said, &report.members)
    });
    std::iter::once(row(&PAIR)).chain(pairs).collect()
}

/// Decisions in the columns of the questions, so that the file can be read in elsewhere: the time is that of each decision.
pub fn decisions(report: &DecisionsReport) -> Rows {
    let pairs = report.decisions.iter().map(|listed| {
        let at = listed.kept.at.map(|at| at.to_string()).unwrap_or_default();
        let (verdict, note) = (listed.kept.verdict.word().to_owned(), listed.kept.note.clone());
        pair_row(&listed.kept.pair, [verdict, listed.because.clone(), String::new(), note, at], &report.members)
    });
    std::iter::once(row(&PAIR)).chain(pairs).collect()
}

fn pair_row(
    (first, second): &(String, String),
    [decision, why, sure, note, at]: [String; 5],
    members: &BTreeMap<String, Contact>,
) -> Vec<String> {
    let [one, two] = [first, second].map(|id| values(members.get(id)));
    let mut cells = vec![decision, first.clone(), second.clone(), why, sure];
    cells.extend(one.into_iter().zip(two).take(4).flat_map(|(one, two)| [one, two]));
    cells.extend([note, at]);
    cells
}

/// The values by which a person tells contacts apart: name, phone, e-mail, and when each was seen and edited last.
fn values(contact: Option<&Contact>) -> [String; 5] {
    let Some(contact) = contact else { return Default::default() };
    let name = contact.name().map(Into::into).unwrap_or_default();
    let (phone, email) = (contact.phone().unwrap_or_default(), contact.value("email"));
    [name, phone, email, contact.value("last_seen"), contact.value("updated_at")]
}

/// The rows as CSV (RFC 4180), every cell made inert: no formula, and what hides in it is visible as its escape.
///
/// # Errors
/// [`CleanupError::Broken`], which rows of equal length rule out.
pub fn csv(rows: &Rows) -> Result<String, CleanupError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row.iter().map(|cell| escape_formula(&escaped_lines(cell))))
            .map_err(|_| CleanupError::Broken)?;
    }
    let bytes = writer.into_inner().map_err(|_| CleanupError::Broken)?;
    String::from_utf8(bytes).map_err(|_| CleanupError::Broken)
}

/// A cell that no spreadsheet takes for a formula. One that begins with an apostrophe gets another, so that [`plain`] is
/// exact.
fn escape_formula(cell: &str) -> String {
    if cell.starts_with(FORMULA) || cell.starts_with('\'') { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell as it was before it was made inert.
pub fn plain(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) || rest.starts_with('\'') => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Fixability {
    /// In one word; `-` where nothing can be put in its place.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Ask => "ask",
            Self::None => "-",
        }
    }
}

impl Severity {
    /// In one word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl StepState {
    /// In one word, and why.
    pub fn said(&self) -> (&'static str, String) {
        match self {
            Self::Pending => ("to do", String::new()),
            Self::Applied => ("applied", String::new()),
            Self::Normalised(now) => ("applied", format!("the gateway holds {}", text(now))),
            Self::Ignored => ("ignored", String::new()),
            Self::Skipped(why) => ("skipped", why.clone()),
            Self::Unknown => ("unknown", String::new()),
            Self::Undone => ("undone", String::new()),
            Self::Kept(why) => ("kept", why.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_comes_back_as_it_was() {
        for cell in ["=1+1", "+85261234567", "-1", "@SUM(A1)", "\tx", "\r=x", "'=x", "''", "plain", "", "o'clock"] {
            assert!(!escape_formula(cell).starts_with(FORMULA), "{cell:?}");
            assert_eq!(plain(&escape_formula(cell)), cell);
        }
    }
}
