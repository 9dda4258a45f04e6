//! What is wrong with single contacts: one pure function a kind.

use super::Subject;

mod birthday;
mod emails;
mod facts;
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

/// The remark with what somebody wrote into another field, whole: nothing of it is lost when that field gets its value alone. A
/// text that the remark has already is not added again.
fn noted(subject: &Subject<'_>, label: &str, typed: &str) -> Option<(&'static str, String)> {
    let line = format!("{label}: {}", typed.trim());
    let remark = subject.remark.as_ref();
    if remark.contains(&line) {
        return None;
    }
    Some(("remark", if remark.trim().is_empty() { line } else { format!("{remark}\n{line}") }))
}

/// Gives all fixes that add to the remark the whole of what they add, so that they can be made together.
fn join_remarks(subject: &Subject<'_>, found: &mut [Finding]) {
    let before = subject.remark.trim();
    let mut joined = before.to_owned();
    for finding in found.iter() {
        let Some((_, remark)) = finding.fix.iter().find(|(field, _)| *field == "remark") else { continue };
        let added = remark.get(subject.remark.len()..).filter(|_| !before.is_empty()).unwrap_or(remark).trim();
        if !joined.contains(added) {
            joined = if joined.is_empty() {
                added.to_owned()
            } else {
                format!("{}\n{added}", if joined == before { &subject.remark } else { joined.as_str() })
            };
        }
    }
    let remarks = found.iter_mut().flat_map(|finding| finding.fix.iter_mut());
    remarks.filter(|(field, _)| *field == "remark").for_each(|(_, remark)| remark.clone_from(&joined));
}

/// What is wrong with one contact, all of it counted in the census before. A contact's fixes of one field agree: each holds
/// the value without all faults of that field, so that they can be made together.
pub fn findings(subject: &Subject<'_>, value_counts: &ValueCounts) -> Vec<Finding> {
    let (facts, mut found) = (value_counts.facts(subject), Vec::new());
    names::check(&facts, value_counts, &mut found);
    phones::check(&facts, value_counts, &mut found);
    emails::check(&facts, value_counts, &mut found);
    birthday::check(&facts, value_counts, &mut found);
    others::check(&facts, value_counts, &mut found);
    join_remarks(subject, &mut found);
    found
}

#[cfg(test)]
mod tests;
