//! CSV files of plans, journals, reports and duplicates that open in a spreadsheet.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use super::CleanupSession;
use crate::app::{ANSWERED_ERROR, DONE, Ending};
use crate::cleanup::{AuditRequest, DecisionsRequest, DuplicatesRequest, csv_export};
use crate::cli::{ExportArguments, Exported};
use crate::plural::counted;
use crate::telemetry;

/// Examples of each kind in a report.
const EXAMPLES: usize = 20;

/// Writes one file.
///
/// # Errors
/// The engine's, or what keeps the file from being written.
pub(super) async fn export(session: &CleanupSession, given: &ExportArguments) -> anyhow::Result<Ending> {
    let is_stdout = given.csv == Path::new("-");
    if !is_stdout && let Some(reason) = refusal(&given.csv, given.force)? {
        let err = format!("error: {} {reason}\n", given.csv.display());
        return Ok(Ending { err, code: ANSWERED_ERROR, ..Ending::default() });
    }
    let plan = given.plan.as_deref().unwrap_or_default();
    let rows = match given.what {
        Exported::Plan => csv_export::planned(&session.workspace.steps(plan).await?),
        Exported::Journal => csv_export::journal(&session.workspace.steps(plan).await?),
        Exported::Report => {
            let request = AuditRequest { examples: EXAMPLES, ..AuditRequest::default() };
            csv_export::findings(&session.workspace.audit(request).await?)
        }
        Exported::Duplicates => {
            let request = DuplicatesRequest { limit: usize::MAX, ..DuplicatesRequest::default() };
            csv_export::duplicates(&session.workspace.duplicates(request).await?)
        }
        Exported::Questions => {
            let request = DuplicatesRequest { questions: true, limit: usize::MAX, ..DuplicatesRequest::default() };
            csv_export::questions(&session.workspace.duplicates(request).await?)
        }
        Exported::Decisions => csv_export::decisions(&session.workspace.decisions(DecisionsRequest::default()).await?),
    };
    let text = telemetry::secrets().redactor().owned(format!("{}{}", csv_export::MARK, csv_export::csv(&rows)?));
    let count = rows.len() - 1;
    if is_stdout {
        return Ok(Ending { out: text, code: DONE, ..Ending::default() });
    }
    write(&given.csv, &text, given.force).with_context(|| format!("the file {}", given.csv.display()))?;
    let value = serde_json::json!({ "file": given.csv.display().to_string(), "rows": count });
    let said = format!("{} in {}\n", counted(count as u64, "row"), given.csv.display());
    if matches!(given.what, Exported::Report | Exported::Duplicates | Exported::Questions | Exported::Decisions) {
        return session.said_of_list(said, value, String::new()).await;
    }
    Ok(session.said(said, &value, String::new(), DONE))
}

/// Why a path is not written to: only a regular file of this user is replaced, and only when that is wanted. A link is
/// not followed.
///
/// # Errors
/// When it cannot be told what stands there.
pub(super) fn refusal(path: &Path, force: bool) -> std::io::Result<Option<&'static str>> {
    let found = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    let kind = found.file_type();
    Ok(if kind.is_symlink() {
        Some("is a symbolic link; name the file itself")
    } else if kind.is_dir() {
        Some("is a directory; name a file in it")
    } else if !kind.is_file() {
        Some("is no regular file; `--csv -` writes to standard output")
    } else if is_of_another_user(&found) {
        Some("belongs to another user, so it is not replaced")
    } else if force {
        None
    } else {
        Some("is there already; --force replaces it")
    })
}

#[cfg(unix)]
fn is_of_another_user(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) != rustix::process::geteuid().as_raw()
}

/// Elsewhere the system's access lists decide.
#[cfg(not(unix))]
fn is_of_another_user(_found: &std::fs::Metadata) -> bool {
    false
}

/// Beside the file first, then in its place: a file is there whole, or not at all.
pub(super) fn write(path: &Path, text: &str, force: bool) -> std::io::Result<()> {
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
        // Something may have been put there since.
        if let Some(reason) = refusal(path, force)? {
            return Err(std::io::Error::other(reason));
        }
        if force { std::fs::rename(&beside, path) } else { put_new(&beside, path) }
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// Gives a file its place, which must be free: what has come there since the last look is kept.
fn put_new(beside: &Path, path: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(beside, path) {
        Ok(()) => std::fs::remove_file(beside),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no second names.
        Err(_) => std::fs::rename(beside, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_to_the_place_in_the_meantime_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (beside, path) = (folder.path().join("beside"), folder.path().join("file.csv"));
        std::fs::write(&beside, "new").unwrap();
        std::fs::write(&path, "mine").unwrap();
        assert_eq!(put_new(&beside, &path).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        std::fs::remove_file(&path).unwrap();
        put_new(&beside, &path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert!(!beside.exists());
    }
}
