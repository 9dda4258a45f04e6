//! Checks that a plan has what somebody names of it. What it does not have is an error that says what there is.

use std::collections::{BTreeSet, HashSet};

use imbrace_contacts_client::suggestion::nearest;

use super::error::CleanupError;
use super::report::{MADE_OF, Step, StepFilter, is_field};

/// An error lists at most so many values of a plan.
const LISTED: usize = 8;

/// Checks that a plan has everything that is named.
pub(crate) fn check(filter: &StepFilter, plan: &str, steps: &[Step]) -> Result<(), CleanupError> {
    let missing = |what: &'static str, written: &str, hint: String| {
        Err(CleanupError::NotInPlan { plan: plan.to_owned(), what, written: written.to_owned(), hint })
    };
    let known = |value: fn(&Step) -> &str| -> Vec<&str> {
        let values: BTreeSet<&str> = steps.iter().map(value).filter(|value| !value.is_empty()).collect();
        values.into_iter().collect()
    };
    let fields = known(|step| &step.field);
    let is_known = |written: &String| fields.iter().any(|field| is_field(written, field));
    if let Some(written) = filter.fields.iter().find(|written| !is_known(written)) {
        let shown = MADE_OF.iter().filter(|(_, parts)| parts.iter().any(|part| fields.contains(part)));
        let meant = nearest(written, fields.iter().copied().chain(shown.map(|(name, _)| *name)));
        return missing("field", written, hint(meant, &fields));
    }
    let (kinds, groups) = (known(|step| &step.kind), known(|step| &step.group));
    for (what, named, has) in [("kind", &filter.kinds, kinds), ("group", &filter.groups, groups)] {
        let is_known = |written: &String| has.iter().any(|value| value.eq_ignore_ascii_case(written));
        if let Some(written) = named.iter().find(|written| !is_known(written)) {
            return missing(what, written, hint(nearest(written, has.iter().copied()), &has));
        }
    }
    let contacts: HashSet<&str> = steps.iter().flat_map(Step::contacts).collect();
    match filter.contacts.iter().find(|written| !contacts.contains(written.as_str())) {
        Some(written) => missing("contact", written, String::new()),
        None => Ok(()),
    }
}

/// The one that was probably meant, or those that there are.
fn hint(meant: Option<&str>, has: &[&str]) -> String {
    match meant {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None if has.is_empty() => "; it has none".to_owned(),
        None => {
            let more = if has.len() > LISTED { format!(" and {} more", has.len() - LISTED) } else { String::new() };
            let listed: Vec<&str> = has.iter().copied().take(LISTED).collect();
            format!("; it has {}{more}", listed.join(", "))
        }
    }
}
