//! Whether a plan is to be applied or taken back, asked of the person at the terminal.

use crate::app::terminal::{self, Asked};
use crate::cleanup::{CleanupError, PlanReport, Undoable, Upcoming};

use super::words;

/// Whether a plan is to be applied: its fingerprint was given, or it is shown and a person at the terminal says yes.
///
/// # Errors
/// [`CleanupError::Fingerprint`] for the fingerprint of another plan, or when the terminal cannot be read.
pub(super) fn apply(plan: &PlanReport, upcoming: Upcoming, given: Option<&str>, place: &str) -> anyhow::Result<Asked> {
    match given {
        Some(fingerprint) => seen(plan, fingerprint),
        None => Ok(terminal::ask(&format!("{}{}", words::planned(plan), words::would_write(plan, upcoming, place)))?),
    }
}

/// Whether a plan is to be taken back: who writes one contact has named it; for more, a yes beforehand, the plan's fingerprint,
/// or a person at the terminal.
///
/// # Errors
/// [`CleanupError::Fingerprint`] for the fingerprint of another plan, or when the terminal cannot be read.
pub(super) fn undo(
    plan: &PlanReport,
    found: Undoable,
    (yes, given): (bool, Option<&str>),
    place: &str,
) -> anyhow::Result<Asked> {
    if let Some(fingerprint) = given {
        return seen(plan, fingerprint);
    }
    if yes || found.contacts <= 1 {
        return Ok(Asked::Yes);
    }
    Ok(terminal::ask(&words::would_undo(found, &plan.id, place))?)
}

fn seen(plan: &PlanReport, fingerprint: &str) -> anyhow::Result<Asked> {
    if plan.fingerprint == fingerprint { Ok(Asked::Yes) } else { Err(CleanupError::Fingerprint.into()) }
}
