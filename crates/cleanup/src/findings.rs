//! What is wrong with single contacts: one pure function a kind.

use super::Subject;

mod birthday;
mod emails;
mod kind;
mod name_forms;
mod names;
mod others;
mod phones;
mod typos;
mod value_counts;

pub use kind::{Fixability, Kind, Severity};
pub use value_counts::ValueCounts;

/// One thing wrong with one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub kind: Kind,
    /// The gateway's name of the field that it is wrong with.
    pub field: &'static str,
    /// What the field (or, for swapped fields, several) should hold, where that can be said: field and new value.
    pub fix: Vec<(&'static str, String)>,
}

impl Finding {
    const fn new(kind: Kind, field: &'static str, fix: Vec<(&'static str, String)>) -> Self {
        Self { kind, field, fix }
    }
}

/// What is wrong with one contact, all of it counted in the census before. A contact's fixes of one field agree: each holds
/// the value without all faults of that field, so that they can be made together.
pub fn findings(subject: &Subject<'_>, value_counts: &ValueCounts) -> Vec<Finding> {
    let mut found = Vec::new();
    names::check(subject, value_counts, &mut found);
    phones::check(subject, value_counts, &mut found);
    emails::check(subject, value_counts, &mut found);
    birthday::check(subject, value_counts, &mut found);
    others::check(subject, value_counts, &mut found);
    found
}
