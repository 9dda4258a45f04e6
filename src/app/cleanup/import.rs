//! `cleanup import`: a CSV or vCard file as a plan of updates to contacts that are here. What would be new is listed, never lost.

mod columns;
mod vcard;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use imbrace_contacts_client::characters::escaped_lines;
use serde_json::{Value, json};

use super::super::{ANSWERED_ERROR, Ending, UsageError};
use super::export::{refusal, write};
use super::{CleanupSession, changes, json as shapes, words};
use crate::cleanup::csv_import::Sheet;
use crate::cleanup::{
    CleanupError, ImportKey, ImportReport, ImportRequest, ImportRow, LeftRow, PlanReport, PlanRequest, csv_export,
};
use crate::cli::ImportArguments;
use crate::plural::{agree, counted};
use crate::render::quoted;
use crate::telemetry;
use columns::Mapping;

/// Rows that are named; the others are in the file of `--rest`.
const NAMED: usize = 10;

/// A file as rows of named columns.
struct Table {
    columns: Vec<String>,
    /// The line in which each begins, and its cells.
    rows: Vec<(u64, Vec<String>)>,
    /// Lines that cannot be read, and why.
    unread: Vec<LeftRow>,
}

impl Table {
    /// A vCard file by how it begins, else CSV.
    fn read(bytes: &[u8]) -> Result<Self, String> {
        if vcard::is_one(bytes) {
            return vcard::read(bytes);
        }
        let sheet = Sheet::read(bytes).map_err(|error| error.to_string())?;
        Ok(Self { columns: sheet.columns, rows: sheet.rows, unread: Vec::new() })
    }

    fn import_rows(&self, mapping: &Mapping) -> Vec<ImportRow> {
        let of = |(line, cells): &(u64, Vec<String>)| {
            let values = mapping.fields.iter().zip(cells).filter_map(|(field, cell)| {
                let field = field.as_ref().filter(|_| !cell.trim().is_empty())?;
                Some((field.clone(), cell.clone()))
            });
            ImportRow { line: *line, values: values.collect() }
        };
        self.rows.iter().map(of).collect()
    }
}

/// Makes the plan.
///
/// # Errors
/// [`UsageError`] for a file that cannot be read or has no key column; the engine's, or what keeps a file from being read or written.
pub(super) async fn import(session: &CleanupSession, given: &ImportArguments) -> anyhow::Result<Ending> {
    let bytes = changes::bytes(&given.file, "the file to import")?;
    let name = given.file.display();
    let usage = |message: String| anyhow::Error::from(UsageError { message: escaped_lines(&message).into_owned() });
    let table = Table::read(&bytes).map_err(|reason| usage(format!("{name}: {reason}")))?;
    let mapping = Mapping::of(&table.columns, &given.map)
        .map_err(|reason| usage(format!("{name}: {reason}; nothing was planned")))?;
    let key = match given.key.as_deref() {
        Some("id") => Some(ImportKey::Id),
        Some("email") => Some(ImportKey::Email),
        Some("phone") => Some(ImportKey::Phone),
        _ => None,
    };
    mapping.check_key(key).map_err(|reason| usage(format!("{name}: {reason}; nothing was planned")))?;
    // The file of what is left can be written, or nothing is planned.
    if let Some(rest) = &given.rest
        && let Some(reason) = refusal(rest, given.force)?
    {
        let err = format!("error: {} {reason}; --force replaces regular files\n", rest.display());
        return Ok(Ending { err, code: ANSWERED_ERROR, ..Ending::default() });
    }
    let rows = table.import_rows(&mapping);
    let request = ImportRequest { rows, key, only_empty: given.only_empty };
    let mut report = session.workspace.import(request).await?;
    report.left.extend(table.unread.iter().cloned());
    report.left.sort_by_key(|left| left.line);
    let plan = if report.changes.is_empty() || given.show {
        None
    } else {
        let request = PlanRequest { changes: report.changes.clone(), ..PlanRequest::default() };
        match session.workspace.plan(request).await {
            Ok(plan) => Some(plan),
            Err(CleanupError::NothingToDo(_)) => None,
            Err(error) => return Err(error.into()),
        }
    };
    if let Some(rest) = &given.rest {
        keep_rest(rest, given.force, (&table, &report))?;
    }
    let next = plan
        .as_ref()
        .map_or(String::new(), |plan| session.next(&format!("apply {} --fingerprint {}", plan.id, plan.fingerprint)));
    let mut text = escaped_lines(&said(&name.to_string(), &table, &mapping, &report)).into_owned();
    match &plan {
        Some(plan) => text.push_str(&words::planned(plan)),
        None if given.show => text.push_str("--show: no plan was made\n"),
        None => text.push_str("nothing to change, so that no plan was made\n"),
    }
    if report.left.iter().any(|left| left.is_new) && given.rest.is_none() {
        text.push_str("--rest FILE writes what is left, with all its columns, to a CSV file\n");
    }
    session.said_of_list(text, to_json(&table, &mapping, &report, plan.as_ref()), next).await
}

/// Columns first, then what becomes of the rows.
fn said(file: &str, table: &Table, mapping: &Mapping, report: &ImportReport) -> String {
    let mut text = format!("columns of {file}:\n");
    // Writing to a String cannot fail.
    for (column, field) in table.columns.iter().zip(&mapping.fields) {
        let field = field.as_deref().unwrap_or("not taken");
        let _ = writeln!(text, "  {} -> {field}", quoted(column, 40));
    }
    if mapping.fields.contains(&None) {
        text.push_str("  --map COLUMN=FIELD takes a column as another field\n");
    }
    let rows = (table.rows.len() + table.unread.len()) as u64;
    let new = report.left.iter().filter(|left| left.is_new).count() as u64;
    let _ = writeln!(
        text,
        "{}: {} of contacts that are here, {} of them as they are already; {new} would be new",
        counted(rows, "row"),
        report.matched,
        report.unchanged
    );
    for left in report.left.iter().take(NAMED) {
        let _ = writeln!(text, "  line {}: {}", left.line, left.reason);
    }
    if report.left.len() > NAMED {
        let more = (report.left.len() - NAMED) as u64;
        let _ = writeln!(text, "  and {more} more {} left", agree(more, "is", "are"));
    }
    text
}

/// The rows that are left, whole, with why.
fn keep_rest(path: &Path, force: bool, (table, report): (&Table, &ImportReport)) -> anyhow::Result<()> {
    let head = table.columns.iter().cloned().chain(["line".to_owned(), "left because".to_owned()]).collect();
    let mut rows: csv_export::Rows = vec![head];
    for (line, cells) in &table.rows {
        let reasons: Vec<&str> =
            report.left.iter().filter(|left| left.line == *line).map(|left| left.reason.as_str()).collect();
        if !reasons.is_empty() {
            rows.push(cells.iter().cloned().chain([line.to_string(), reasons.join("; ")]).collect());
        }
    }
    for unread in &table.unread {
        let empty = table.columns.iter().map(|_| String::new());
        rows.push(empty.chain([unread.line.to_string(), unread.reason.clone()]).collect());
    }
    let text = format!("{}{}", csv_export::MARK, csv_export::csv(&rows)?);
    let text = telemetry::secrets().redactor().owned(text);
    write(path, &text, force).with_context(|| format!("the file {}", path.display()))
}

fn to_json(table: &Table, mapping: &Mapping, report: &ImportReport, plan: Option<&PlanReport>) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .zip(&mapping.fields)
        .map(|(column, field)| json!({ "column": column, "field": field }))
        .collect();
    let left: Vec<Value> = report
        .left
        .iter()
        .map(|left| json!({ "line": left.line, "new": left.is_new, "reason": left.reason }))
        .collect();
    json!({
        "columns": columns, "rows": table.rows.len() + table.unread.len(), "matched": report.matched,
        "unchanged": report.unchanged, "changes": report.changes.len(), "left": left,
        "plan": plan.map(shapes::planned),
    })
}
