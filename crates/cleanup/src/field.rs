//! The fields that a filter, a sort key and a count know: those of the gateway, those that answers show, and those that the list says.

use imbrace_contacts_client::suggestion::nearest;

use crate::Subject;

/// How many fields a contact has of its own, and the two that are made of several.
const STORED: usize = Subject::FIELDS.len();

/// The slot of the name that answers show.
pub(crate) const NAME_SLOT: usize = STORED;
/// The slot of the phone number that answers show.
pub(crate) const PHONE_SLOT: usize = STORED + 1;
/// The slots of a contact.
pub(crate) const SLOTS: usize = STORED + 2;

/// The fields that hold moments.
pub(crate) const MOMENTS: [&str; 3] = ["created_at", "updated_at", "last_seen"];

/// The slot of one of the gateway's fields; names are checked when this is compiled.
pub(crate) const fn slot_of(name: &str) -> usize {
    let mut slot = 0;
    while slot < STORED {
        // A constant: out of bounds does not compile.
        #[expect(clippy::indexing_slicing, reason = "below the length")]
        if are_same(Subject::FIELDS[slot].as_bytes(), name.as_bytes()) {
            return slot;
        }
        slot += 1;
    }
    STORED
}

#[expect(clippy::indexing_slicing, reason = "below the length")]
const fn are_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut place = 0;
    while place < one.len() {
        if one[place] != other[place] {
            return false;
        }
        place += 1;
    }
    true
}

/// A field of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// One of a contact's own, or the name or the phone number that answers show; by its slot.
    Stored(u8),
    /// True if somebody can be written to: an address or a number that can be read, or a channel that messages go by.
    Reachable,
    /// True if a contact is in a group of duplicates.
    HasDuplicates,
    /// The kinds of findings of a contact.
    Finding,
    /// The groups of duplicates that a contact is in.
    Group,
}

/// How values of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Text,
    Id,
    Moment,
    Birthday,
    Phone,
    Gender,
    YesNo,
    /// Several words that a closed set has.
    Findings,
    /// Several handles.
    Groups,
}

/// The names that answers give to the gateway's fields, and other names that are understood.
const ALIASES: [(&str, &str); 6] = [
    ("channel", "channel_type"),
    ("company", "company_name"),
    ("created", "created_at"),
    ("updated", "updated_at"),
    ("odoo_id", "odooContactID"),
    ("business_unit", "business_unit_id"),
];

/// Names of fields in the order of an error that lists them: those that answers show first.
const MADE: [(&str, Field); 6] = [
    ("name", Field::Stored(NAME_SLOT as u8)),
    ("phone", Field::Stored(PHONE_SLOT as u8)),
    ("reachable", Field::Reachable),
    ("has_duplicates", Field::HasDuplicates),
    ("finding", Field::Finding),
    ("group", Field::Group),
];

impl Field {
    /// When contacts were made.
    pub(crate) const CREATED: Self = Self::Stored(slot_of("created_at") as u8);

    /// The field of a name, whatever its case: the gateway's, or the one that answers show.
    pub fn named(name: &str) -> Option<Self> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        if let Some((_, field)) = MADE.iter().find(|(known, _)| is(known)) {
            return Some(*field);
        }
        let name = ALIASES.iter().find(|(alias, _)| is(alias)).map_or(name, |(_, field)| field);
        let slot = Subject::FIELDS.iter().position(|field| field.eq_ignore_ascii_case(name))?;
        u8::try_from(slot).ok().map(Self::Stored)
    }

    /// The name that answers show.
    pub fn name(self) -> &'static str {
        if let Some((name, _)) = MADE.iter().find(|(_, field)| *field == self) {
            return name;
        }
        let Self::Stored(slot) = self else { return "" };
        let field = Subject::FIELDS.get(usize::from(slot)).copied().unwrap_or_default();
        // `created` is a column of its own: the day of `created_at`.
        let shown = ALIASES.iter().take(2).find(|(_, stored)| *stored == field);
        shown.map_or(field, |(alias, _)| alias)
    }

    /// Every name, those that answers show first; of two names of one field the one that answers show.
    pub fn names() -> Vec<&'static str> {
        let stored = (0..STORED).filter_map(|slot| u8::try_from(slot).ok()).map(|slot| Self::Stored(slot).name());
        let made = MADE.iter().map(|(name, _)| *name);
        let mut names: Vec<&'static str> = vec!["id"];
        names.extend(made);
        names.extend(stored.filter(|name| !["id", "display_name", "avatar_url"].contains(name)));
        names
    }

    /// The name that is most like a written one.
    pub(crate) fn nearest(name: &str) -> Option<&'static str> {
        let aliases = ALIASES.iter().map(|(alias, _)| *alias);
        nearest(name, Self::names().into_iter().chain(["display_name", "avatar_url"]).chain(aliases))
    }

    pub(crate) fn kind(self) -> FieldKind {
        let slot = match self {
            Self::Reachable | Self::HasDuplicates => return FieldKind::YesNo,
            Self::Finding => return FieldKind::Findings,
            Self::Group => return FieldKind::Groups,
            Self::Stored(slot) => usize::from(slot),
        };
        match Subject::FIELDS.get(slot).copied() {
            Some("id" | "business_unit_id" | "channel_id" | "organization_id") => FieldKind::Id,
            Some(name) if MOMENTS.contains(&name) => FieldKind::Moment,
            Some("birthday") => FieldKind::Birthday,
            Some("gender") => FieldKind::Gender,
            Some("phone_number") => FieldKind::Phone,
            None if slot == PHONE_SLOT => FieldKind::Phone,
            _ => FieldKind::Text,
        }
    }

    /// The slot of a contact's own field.
    pub(crate) fn slot(self) -> Option<usize> {
        match self {
            Self::Stored(slot) => Some(usize::from(slot)),
            _ => None,
        }
    }

    /// Which of [`MOMENTS`] it is.
    pub(crate) fn moment(self) -> Option<usize> {
        let slot = self.slot()?;
        let name = Subject::FIELDS.get(slot)?;
        MOMENTS.iter().position(|moment| moment == name)
    }
}
