//! Steps of a plan as somebody asks for them: its links are listed after its changes.

use std::collections::{BTreeMap, BTreeSet};

use imbrace_contacts_store::sql::Database;
use imbrace_contacts_store::values;
use serde_json::Value;

use super::plans;
use crate::error::CleanupError;
use crate::report::{LINK, Step, StepFilter, StepPage, StepState, StepStatus, StepsReport, StepsRequest};
use crate::step_filter;

/// The steps of a plan, and one for each group that it links.
fn all(db: &Database, plan: &str) -> Result<Vec<Step>, CleanupError> {
    let mut steps = plans::steps(db, plan)?;
    let first = steps.iter().map(|step| step.number).max().unwrap_or_default() + 1;
    let sql = "SELECT cluster, contact, active FROM link WHERE plan = ?1 ORDER BY cluster, contact";
    let mut groups: BTreeMap<String, (Vec<String>, i64)> = BTreeMap::new();
    db.each(sql, values![plan], |row| {
        let (members, active) = groups.entry(row.get(0)?).or_default();
        members.push(row.get(1)?);
        *active = row.get(2)?;
        Ok::<_, CleanupError>(())
    })?;
    for (number, (group, (members, active))) in (first..).zip(groups) {
        let mut members = members.into_iter();
        let Some(contact) = members.next() else { continue };
        let state = match active {
            1 => StepState::Applied,
            0 => StepState::Pending,
            _ => StepState::Undone,
        };
        let (field, kind, after) = (LINK.to_owned(), LINK.to_owned(), members.map(Value::from).collect());
        steps.push(Step { number, contact, field, before: Value::Null, after, state, kind, group });
    }
    Ok(steps)
}

/// The steps that are meant, or those of them that a page shows.
///
/// # Errors
/// [`CleanupError::NotInPlan`] for what the plan does not have.
pub(crate) fn meant(
    db: &Database,
    plan: &str,
    only: &StepFilter,
    page: Option<StepPage>,
) -> Result<Vec<Step>, CleanupError> {
    let mut steps = all(db, plan)?;
    step_filter::check(only, plan, &steps)?;
    steps.retain(|step| only.means(step));
    if let Some(StepPage { status, limit, skip }) = page {
        steps.retain(|step| is_of(step, status));
        steps = steps.into_iter().skip(skip).take(limit).collect();
    }
    Ok(steps)
}

/// The steps that are asked for.
pub(crate) fn page(db: &Database, request: &StepsRequest) -> Result<StepsReport, CleanupError> {
    let mut steps = all(db, &request.plan)?;
    step_filter::check(&request.only, &request.plan, &steps)?;
    let mut counts = BTreeMap::new();
    steps.iter().for_each(|step| *counts.entry(step.state.status()).or_default() += 1);
    steps.retain(|step| is_of(step, request.page.status) && request.only.means(step));
    let total = steps.len() as u64;
    let contacts = steps.iter().flat_map(Step::contacts).collect::<BTreeSet<_>>().len() as u64;
    let steps = steps.into_iter().skip(request.page.skip).take(request.page.limit).collect();
    Ok(StepsReport { total, contacts, steps, counts })
}

fn is_of(step: &Step, status: Option<StepStatus>) -> bool {
    status.is_none_or(|status| step.state.status() == status)
}
