//! What is wrong with single contacts: one pure function a kind.

use super::Subject;

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

/// How much may be done about a kind of finding without asking a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixability {
    /// Its fix changes the form and not the meaning.
    Safe,
    /// Its fix is a guess that a person should see.
    Ask,
    /// There is nothing to put in its place.
    None,
}

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A name that a channel made up, such as `UNK#DO1695`.
    PlaceholderName,
}

impl Kind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 1] = [Self::PlaceholderName];

    /// The name that tools and reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlaceholderName => "placeholder_name",
        }
    }

    /// What may be done about it without asking.
    pub const fn fixability(self) -> Fixability {
        match self {
            Self::PlaceholderName => Fixability::None,
        }
    }
}

/// How often values stand in the whole list, so that one contact's value can be seen as shared by many.
#[derive(Debug, Default)]
pub struct Census {}

impl Census {
    /// Counts one contact.
    pub fn count(&mut self, _subject: &Subject<'_>) {}
}

/// What is wrong with one contact.
pub fn findings(_subject: &Subject<'_>, _census: &Census) -> Vec<Finding> {
    Vec::new()
}
