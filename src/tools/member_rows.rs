//! Rows of contacts in groups: each with what tells people apart, so that nobody has to look the contacts up.

use std::collections::BTreeMap;

use crate::cleanup::differing;
use crate::context::Context;
use crate::model::Contact;
use crate::render::{Cell, Span, Units, clipped, quoted, spelled};
use crate::tools::{arguments::Paging, cleanup};

/// Stands for the value of the first row of the group.
pub(super) const SAME: &str = "=";
/// Explains [`SAME`] in a head line.
pub(super) const SAME_MEANS: &str = "=: as in the group's first row";

/// The columns of every member, between those of the group.
const MEMBER: [&str; 6] = ["id", "name", "phone", "email", "last_seen", "differs"];

/// Contacts that belong together.
pub(super) struct MemberGroup {
    /// What is said of the group before its members.
    pub(super) before: Vec<Cell>,
    /// The ids, in the order in which they are shown.
    pub(super) ids: Vec<String>,
    /// What is said of the group behind its members.
    pub(super) after: Vec<Cell>,
}

/// The columns of groups: what is said of the group, its members, and what more is said of it.
pub(super) fn columns(before: &[&'static str], after: &[&'static str]) -> Vec<&'static str> {
    before.iter().chain(&MEMBER).chain(after).copied().collect()
}

/// A row a member, and which rows of how many groups they are.
pub(super) fn rows(
    context: &Context,
    groups: &[MemberGroup],
    members: &BTreeMap<String, Contact>,
    (page, total): (&Paging, u64),
) -> (Vec<Vec<Cell>>, Span) {
    let (mut rows, mut of_rows) = (Vec::new(), Vec::new());
    for (place, group) in (0..).zip(groups) {
        let contacts: Vec<Option<&Contact>> = group.ids.iter().map(|id| members.get(id)).collect();
        let known: Vec<&Contact> = contacts.iter().copied().flatten().collect();
        let mut differing = differing(&known).into_iter();
        let first = contacts.first().copied().flatten();
        for (at, (id, contact)) in group.ids.iter().zip(&contacts).enumerate() {
            let differs = if contact.is_some() { differing.next() } else { None };
            let said = |cells: &[Cell]| -> Vec<Cell> {
                cells.iter().map(|cell| if at == 0 { cell.clone() } else { Cell::text(SAME) }).collect()
            };
            let mut row = said(&group.before);
            row.push(Cell::text(cleanup::shown_id(context, id)));
            row.extend(values(*contact, first.filter(|_| at > 0)));
            row.push(Cell::text(differs.map(|differs| fields(&differs)).unwrap_or_default()));
            row.extend(said(&group.after));
            rows.push(row);
            of_rows.push(place);
        }
    }
    let held = groups.len() as u64;
    let units = Some(Units { of_rows, held });
    (rows, Span { skip: page.skip, total: Some(total), more: page.skip + held < total, units })
}

/// Name, phone, e-mail and when it was seen; what the first member holds alike is said once.
fn values(contact: Option<&Contact>, first: Option<&Contact>) -> [Cell; 4] {
    let Some(contact) = contact else { return Default::default() };
    let value = |of: fn(&Contact) -> String, most: usize| {
        let own = of(contact);
        match first.map(of) {
            Some(other) if !own.is_empty() && other == own => Cell::text(SAME),
            // What differs and does not show is written out.
            Some(other) if !own.is_empty() && clipped(&other, most) == clipped(&own, most) => {
                Cell::text(spelled(&own, most))
            }
            _ if own.trim() == SAME => Cell::text(quoted(&own, most)),
            _ => Cell::text(clipped(&own, most)),
        }
    };
    [
        value(|contact| contact.name().map(Into::into).unwrap_or_default(), 40),
        value(|contact| contact.phone().unwrap_or_default(), 24),
        value(|contact| contact.value("email"), 48),
        Cell::text(seen(contact)),
    ]
}

/// The day on which a contact was seen last; where nobody knows, the day of its last edit.
fn seen(contact: &Contact) -> String {
    let day = |field: &str| {
        let moment = contact.value(field);
        clipped(moment.get(..10).unwrap_or(&moment), 10)
    };
    match (day("last_seen"), day("updated_at")) {
        (seen, edited) if seen.is_empty() && !edited.is_empty() => format!("edited {edited}"),
        (seen, _) => seen,
    }
}

/// `birthday=1988-02-11 +2`: the most telling field, and how many others differ.
fn fields(differs: &[(&'static str, String)]) -> String {
    match differs {
        [] => String::new(),
        [(name, value)] => format!("{name}={}", clipped(value, 14)),
        [(name, value), others @ ..] => format!("{name}={} +{}", clipped(value, 14), others.len()),
    }
}
