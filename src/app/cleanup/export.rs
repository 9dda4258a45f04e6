//! CSV files of plans, journals, reports and duplicates that open in a spreadsheet.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::{Desk, words};
use crate::app::{ANSWERED_ERROR, DONE, Ending};
use crate::cleanup::{AuditRequest, DuplicatesRequest, Step};
use crate::cli::{ExportArguments, Exported};

/// Examples of each kind in a report.
const EXAMPLES: usize = 20;

/// Writes one file.
///
/// # Errors
/// The engine's, or what keeps the file from being written.
pub(super) async fn export(desk: &Desk, given: &ExportArguments) -> anyhow::Result<Ending> {
    let plan = given.plan.as_deref().unwrap_or_default();
    let rows = match given.what {
        Exported::Plan => planned(&desk.workspace.steps(plan).await?),
        Exported::Journal => journal(&desk.workspace.steps(plan).await?),
        Exported::Report => report(desk).await?,
        Exported::Duplicates => duplicates(desk).await?,
    };
    let text = csv_of(&rows)?;
    let count = rows.len() - 1;
    if given.csv == Path::new("-") {
        return Ok(Ending { out: text, code: DONE, ..Ending::default() });
    }
    if given.csv.exists() && !given.force {
        let err = format!("error: {} is there already; --force replaces it\n", given.csv.display());
        return Ok(Ending { err, code: ANSWERED_ERROR, ..Ending::default() });
    }
    write(&given.csv, &text).with_context(|| format!("the file {}", given.csv.display()))?;
    let value = serde_json::json!({ "file": given.csv.display().to_string(), "rows": count });
    Ok(desk.said(format!("{count} rows in {}\n", given.csv.display()), &value, String::new(), DONE))
}

/// Beside the file first, then in its place: a file is there whole, or not at all.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = directory.join(format!(".{name}.{:08x}", rand::random::<u32>()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // Customers' data: its owner's alone.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
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

/// What a plan sets; `cleanup plan --changes` reads it again once `before` is taken out.
fn planned(steps: &[Step]) -> Vec<Vec<String>> {
    let mut rows = vec![row(&["contact", "field", "before", "after"])];
    rows.extend(
        steps.iter().map(|step| vec![step.contact.clone(), step.field.clone(), text(&step.before), text(&step.after)]),
    );
    rows
}

/// What became of each step.
fn journal(steps: &[Step]) -> Vec<Vec<String>> {
    let mut rows = vec![row(&["number", "contact", "field", "before", "after", "state", "reason"])];
    rows.extend(steps.iter().map(|step| {
        let (state, reason) = words::state(step);
        let (before, after) = (text(&step.before), text(&step.after));
        vec![step.number.to_string(), step.contact.clone(), step.field.clone(), before, after, state.to_owned(), reason]
    }));
    rows
}

async fn report(desk: &Desk) -> anyhow::Result<Vec<Vec<String>>> {
    let report = desk.workspace.audit(AuditRequest { kinds: Vec::new(), examples: EXAMPLES }).await?;
    let mut rows = vec![row(&["kind", "count", "fixable", "fix", "meaning", "examples"])];
    rows.extend(report.kinds.iter().map(|found| {
        let (count, fixable) = (found.count.to_string(), found.fixable.to_string());
        let (name, fix, meaning) = (found.kind.name(), words::fix(found.kind), found.kind.meaning());
        vec![name.to_owned(), count, fixable, fix.to_owned(), meaning.to_owned(), found.examples.join(" ")]
    }));
    Ok(rows)
}

async fn duplicates(desk: &Desk) -> anyhow::Result<Vec<Vec<String>>> {
    let request = DuplicatesRequest { limit: usize::MAX, ..DuplicatesRequest::default() };
    let report = desk.workspace.duplicates(request).await?;
    let mut rows = vec![row(&["group", "score", "contact", "keep", "because"])];
    for cluster in &report.clusters {
        let mut because: Vec<&str> = cluster.pairs.iter().map(|pair| pair.pattern.as_str()).collect();
        because.sort_unstable();
        because.dedup();
        for (place, member) in cluster.members.iter().enumerate() {
            let (score, keep) = (format!("{:.2}", cluster.score), if place == 0 { "keep" } else { "" });
            rows.push(vec![cluster.id.clone(), score, member.clone(), keep.to_owned(), because.join(" / ")]);
        }
    }
    Ok(rows)
}

fn csv_of(rows: &[Vec<String>]) -> anyhow::Result<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| inert(cell)))?;
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)?)
}

/// What makes a spreadsheet take a cell for a formula when it comes first.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that no spreadsheet takes for a formula. One that begins with an apostrophe gets another, so that [`plain`] is
/// exact.
fn inert(cell: &str) -> String {
    if cell.starts_with(FORMULA) || cell.starts_with('\'') { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell as it was before [`inert`].
pub(super) fn plain(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) || rest.starts_with('\'') => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_comes_back_as_it_was() {
        for cell in ["=1+1", "+85261234567", "-1", "@SUM(A1)", "\tx", "\r=x", "'=x", "''", "plain", "", "o'clock"] {
            assert!(!inert(cell).starts_with(FORMULA), "{cell:?}");
            assert_eq!(plain(&inert(cell)), cell);
        }
    }
}
