//! The audit file: opened for a server, and `audit verify`.

use std::fmt::Write;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context as _;

use super::{ANSWERED_ERROR, Ending};
use crate::audit::{self, Audit, Unverified};
use crate::config::{self, Settings};
use crate::files;
use crate::plural::counted;

/// Opens the configured file, and logs what a process before this one left unfinished.
///
/// # Errors
/// [`config::Error`] when it cannot be used: a server that cannot record does not start.
pub(super) fn open(settings: &Settings) -> Result<Option<Audit>, config::Error> {
    let Some(given) = &settings.audit else { return Ok(None) };
    let (audit, opened) = Audit::open(Path::new(given.text())).map_err(|error| given.unusable(&error))?;
    if opened.cut > 0 {
        tracing::warn!(bytes = opened.cut, "the audit file ended in an unfinished line, which was cut off");
    }
    for unfinished in &opened.unknown {
        tracing::warn!(
            tool = unfinished.tool,
            intent = unfinished.sequence,
            ids = ?unfinished.ids,
            "a write was begun before the last process ended, and nobody knows whether it was done: look at the gateway"
        );
    }
    Ok(Some(audit))
}

/// Checks a file and says what stands in it, or where its chain breaks.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn verify(path: &Path) -> anyhow::Result<Ending> {
    let shown = || format!("the audit file {}", path.display());
    let file = files::open_regular(path).with_context(shown)?;
    let found = match audit::verify(BufReader::new(file)) {
        Ok(found) => found,
        Err(Unverified::Broken(broken)) => {
            let err = format!("broken at {broken}\n");
            return Ok(Ending { err, code: ANSWERED_ERROR, ..Ending::default() });
        }
        Err(Unverified::Unreadable(error)) => return Err(error).with_context(shown),
    };
    let mut out = format!(
        "intact: {}, {}, {} begun, {} of them with unknown outcome\nlast hash: {}\n",
        counted(found.lines, "line"),
        counted(found.calls, "call"),
        counted(found.intents, "write"),
        found.unknown,
        found.last
    );
    // Writing to a String cannot fail.
    for unfinished in &found.unfinished {
        // The file may be anybody's: nothing in it reaches a terminal as it is.
        let (tool, ids) = (unfinished.tool.escape_debug(), unfinished.ids.join(" "));
        let _ = writeln!(out, "no outcome yet: line {} {tool} {}", unfinished.sequence, ids.escape_debug());
    }
    if found.truncated > 0 {
        let _ = writeln!(
            out,
            "behind the last whole line: {} of one that is being written or was cut off",
            counted(found.truncated, "byte")
        );
    }
    Ok(Ending { out, ..Ending::default() })
}
