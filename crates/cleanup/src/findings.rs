//! What is wrong with single contacts: one pure function a kind.

use super::Subject;

mod birthday;
mod census;
mod emails;
mod kind;
mod name_forms;
mod names;
mod others;
mod phones;
mod typos;

pub use census::Census;
pub use kind::{Fixability, Kind, Severity};

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
pub fn findings(subject: &Subject<'_>, census: &Census) -> Vec<Finding> {
    let mut found = Vec::new();
    names::check(subject, census, &mut found);
    phones::check(subject, census, &mut found);
    emails::check(subject, census, &mut found);
    birthday::check(subject, census, &mut found);
    others::check(subject, census, &mut found);
    found
}
