//! CSV files of plans, journals, reports and duplicates that open in a spreadsheet.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use super::Desk;
use crate::app::{ANSWERED_ERROR, DONE, Ending};
use crate::cleanup::{AuditRequest, DuplicatesRequest, sheet};
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
        Exported::Plan => sheet::planned(&desk.workspace.steps(plan).await?),
        Exported::Journal => sheet::journal(&desk.workspace.steps(plan).await?),
        Exported::Report => {
            let request = AuditRequest { examples: EXAMPLES, ..AuditRequest::default() };
            sheet::findings(&desk.workspace.audit(request).await?)
        }
        Exported::Duplicates => {
            let request = DuplicatesRequest { limit: usize::MAX, ..DuplicatesRequest::default() };
            sheet::duplicates(&desk.workspace.duplicates(request).await?)
        }
    };
    let text = format!("{}{}", sheet::MARK, sheet::csv(&rows)?);
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
