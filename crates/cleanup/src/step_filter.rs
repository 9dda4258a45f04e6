//! Which steps of a plan somebody means. What is named and is not in the plan is an error that says what is.

use std::collections::BTreeSet;

use imbrace_contacts_client::suggestion::nearest;

use super::error::CleanupError;
use super::report::{Step, StepStatus};

/// The field and the kind of a step that stands for a group's link.
pub(crate) const LINK: &str = "link";

/// Names that answers show, and the gateway's fields that they are made of.
const MADE_OF: [(&str, &[&str]); 3] = [
    ("phone", &["area_code", "phone_number"]),
    ("name", &["display_name", "first_name", "last_name"]),
    ("company", &["company_name"]),
];

/// How many values a plan has that an error lists.
const LISTED: usize = 8;

/// Which steps are meant; what is empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepFilter {
    /// Ids of contacts.
    pub contacts: Vec<String>,
    /// The gateway's names of fields, or those that answers show; `*` is all, and `link` stands for links.
    pub fields: Vec<String>,
    /// Kinds, as [`Step::kind`].
    pub kinds: Vec<String>,
    /// Groups of duplicates.
    pub groups: Vec<String>,
}

/// A page of the steps that are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepPage {
    /// Only those of this status.
    pub status: Option<StepStatus>,
    /// At most so many.
    pub limit: usize,
    /// Passing over so many.
    pub skip: usize,
}

impl Default for StepPage {
    fn default() -> Self {
        Self { status: None, limit: 20, skip: 0 }
    }
}

impl StepFilter {
    /// Returns true if every step is meant.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Returns true if a step is meant.
    pub fn means(&self, step: &Step) -> bool {
        let is_in = |given: &[String], is_it: &dyn Fn(&str) -> bool| {
            given.is_empty() || given.iter().any(|written| is_it(written))
        };
        is_in(&self.contacts, &|written| step.contacts().contains(&written))
            && is_in(&self.fields, &|written| is_field(written, &step.field))
            && is_in(&self.kinds, &|written| written.eq_ignore_ascii_case(&step.kind))
            && is_in(&self.groups, &|written| written.eq_ignore_ascii_case(&step.group))
    }

    /// Checks that a plan has everything that is named.
    pub(crate) fn check(&self, plan: &str, steps: &[Step]) -> Result<(), CleanupError> {
        let missing = |what: &'static str, written: &str, hint: String| {
            Err(CleanupError::NotInPlan { plan: plan.to_owned(), what, written: written.to_owned(), hint })
        };
        let known = |value: fn(&Step) -> &str| -> Vec<&str> {
            let values: BTreeSet<&str> = steps.iter().map(value).filter(|value| !value.is_empty()).collect();
            values.into_iter().collect()
        };
        let fields = known(|step| &step.field);
        let is_known = |written: &String| fields.iter().any(|field| is_field(written, field));
        if let Some(written) = self.fields.iter().find(|written| !is_known(written)) {
            let shown = MADE_OF.iter().filter(|(_, parts)| parts.iter().any(|part| fields.contains(part)));
            let meant = nearest(written, fields.iter().copied().chain(shown.map(|(name, _)| *name)));
            return missing("field", written, hint(meant, &fields));
        }
        let (kinds, groups) = (known(|step| &step.kind), known(|step| &step.group));
        for (what, named, has) in [("kind", &self.kinds, kinds), ("group", &self.groups, groups)] {
            let is_known = |written: &String| has.iter().any(|value| value.eq_ignore_ascii_case(written));
            if let Some(written) = named.iter().find(|written| !is_known(written)) {
                return missing(what, written, hint(nearest(written, has.iter().copied()), &has));
            }
        }
        match self.contacts.iter().find(|written| !steps.iter().any(|step| step.contacts().contains(&written.as_str())))
        {
            Some(written) => missing("contact", written, String::new()),
            None => Ok(()),
        }
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

fn is_field(written: &str, field: &str) -> bool {
    let parts = MADE_OF.iter().find(|(name, _)| name.eq_ignore_ascii_case(written));
    written == "*" || written.eq_ignore_ascii_case(field) || parts.is_some_and(|(_, parts)| parts.contains(&field))
}
