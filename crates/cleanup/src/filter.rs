//! Which contacts are meant: the one filter grammar of lists, audits, duplicates, plans and the command line.
//!
//! `channel = line and created_at = 2025-09 and email is empty`. The grammar stands in docs/filters.md.

mod condition;
mod number;
mod parse;

use std::fmt;

use jiff::tz::TimeZone;

use super::Subject;
use super::entry::{Entry, Facts};

pub(crate) use crate::dates::Precision;
pub use crate::field::Field;
pub(crate) use crate::field::{FieldKind, slot_of};
pub(crate) use condition::{Condition, Test, Value};
pub(crate) use number::TypedNumber;

/// Which contacts are meant; without a condition, every one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    expression: Option<Expression>,
    /// The time zone of its dates, where it is not UTC.
    time_zone: Option<String>,
}

/// Conditions, joined.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    /// All of them hold; two or more.
    All(Vec<Self>),
    /// One of them holds; two or more.
    Any(Vec<Self>),
    /// One condition.
    One(Condition),
}

/// Why a text is no filter. It quotes what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A part without a field, an operator and a value.
    #[error(
        "`{0}` is no condition; write field = value (or !=, ~ contains, !~, <, >=, in (a, b), is empty), joined by and, or; quote values that hold such words"
    )]
    NoCondition(String),
    /// A field that contacts do not have.
    #[error("no field is called `{name}`; {}", .meant.map_or_else(|| format!("there are {}", Field::names().join(" ")), |meant| format!("did you mean `{meant}`?")))]
    NoField {
        /// The text as it was written.
        name: String,
        /// The field that is most like it.
        meant: Option<&'static str>,
    },
    /// A comparison with nothing.
    #[error("`{0}` compares with nothing; write is empty or is not empty")]
    NoValue(String),
    /// A value that is no date, or a day that no calendar has.
    #[error("`{field}`: `{value}` is no date; write 2025, 2025-09, 2025-09-30 or 2025-09-30T10:07")]
    NoDate {
        /// The field.
        field: &'static str,
        /// The text as it was written.
        value: String,
    },
    /// A value that is not one of those that there are.
    #[error("`{field}`: `{value}` is none of its values; {}", .meant.as_ref().map_or_else(|| "it is yes or no".to_owned(), |meant| meant.clone()))]
    NoSuchValue {
        /// The field.
        field: &'static str,
        /// The text as it was written.
        value: String,
        /// The possible values.
        meant: Option<String>,
    },
    /// An order of what has none.
    #[error("`{0}` has no order; compare it with =, != or in")]
    NoOrder(&'static str),
    /// Parentheses that do not match.
    #[error("a parenthesis is not closed or closes nothing at `{0}`; quote a value that holds one")]
    Unbalanced(String),
    /// A quote that is not closed.
    #[error("the quote at `{0}` is not closed; a quote inside quotes is written twice")]
    Unclosed(String),
    /// More than is read.
    #[error("there are more than {MOST_VALUES} conditions and values; ask in several calls")]
    TooMany,
    /// Parentheses in parentheses.
    #[error("parentheses stand more than {MOST_NESTED} deep in each other")]
    TooDeep,
}

/// How many conditions, and values of lists, a filter has at most.
pub(crate) const MOST_VALUES: usize = 200;

/// How deep parentheses stand in each other at most.
pub(crate) const MOST_NESTED: usize = 32;

impl Filter {
    /// Reads a filter; an empty text means every contact.
    ///
    /// # Errors
    /// [`FilterError`] for the first thing that cannot be meant. Nothing is passed over.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self { expression: parse::parse(text)?, time_zone: None })
    }

    /// Whether every contact is meant.
    pub const fn is_empty(&self) -> bool {
        self.expression.is_none()
    }

    /// Returns true if a contact is meant, by what it says itself: `finding`, `group` and `has_duplicates`, which the whole list says, are empty.
    pub fn covers(&self, subject: &Subject<'_>) -> bool {
        self.is_empty() || self.holds(&Entry::read(subject, None), &Facts::default())
    }

    /// Whether a contact is meant.
    pub(crate) fn holds(&self, entry: &Entry, facts: &Facts<'_>) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression.holds(entry, facts))
    }

    pub(crate) const fn expression(&self) -> Option<&Expression> {
        self.expression.as_ref()
    }

    /// Returns true if a condition is on a date, so that an answer says whose day it is.
    pub fn has_dates(&self) -> bool {
        self.any_field(|field| field.kind() == FieldKind::Moment)
    }

    /// The same filter, whose dates are those of a time zone. An offset that is written outweighs it.
    #[must_use]
    pub fn in_time_zone(mut self, zone: &TimeZone) -> Self {
        if let Some(expression) = &mut self.expression {
            expression.set_time_zone(zone);
            self.time_zone = zone.iana_name().filter(|name| *name != "UTC").map(str::to_owned);
        }
        self
    }

    /// The name of the time zone of its dates.
    pub fn time_zone(&self) -> &str {
        self.time_zone.as_deref().unwrap_or("UTC")
    }

    /// Returns true if a condition is on what only the whole list says of a contact: its findings or its duplicates.
    pub fn needs_list(&self) -> bool {
        self.has_findings() || self.has_duplicates()
    }

    pub(crate) fn has_birthdays(&self) -> bool {
        self.any_field(|field| field.kind() == FieldKind::Birthday)
    }

    /// Returns true if a condition is on what audits find.
    pub(crate) fn has_findings(&self) -> bool {
        self.any_field(|field| field == Field::Finding)
    }

    /// Returns true if a condition is on what the search for duplicates finds.
    pub(crate) fn has_duplicates(&self) -> bool {
        self.any_field(|field| matches!(field, Field::Group | Field::HasDuplicates))
    }

    fn any_field(&self, is: impl Fn(Field) -> bool) -> bool {
        let mut found = false;
        self.each_condition(&mut |condition| found |= is(condition.field));
        found
    }

    fn each_condition(&self, see: &mut impl FnMut(&Condition)) {
        if let Some(expression) = &self.expression {
            expression.each(see);
        }
    }

    /// The same filter with the ids of contacts in it looked up: `resolve` makes a short one whole.
    ///
    /// # Errors
    /// That of `resolve`.
    pub fn with_whole_ids<E>(mut self, mut resolve: impl FnMut(&str) -> Result<String, E>) -> Result<Self, E> {
        if let Some(expression) = &mut self.expression {
            expression.resolve(&mut resolve)?;
        }
        Ok(self)
    }
}

impl Expression {
    pub(crate) fn holds(&self, entry: &Entry, facts: &Facts<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(entry, facts)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(entry, facts)),
            Self::One(condition) => condition.holds(entry, facts),
        }
    }

    fn each(&self, see: &mut impl FnMut(&Condition)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each(see)),
            Self::One(condition) => see(condition),
        }
    }

    fn set_time_zone(&mut self, zone: &TimeZone) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().for_each(|part| part.set_time_zone(zone)),
            Self::One(condition) => condition.set_time_zone(zone),
        }
    }

    fn resolve<E>(&mut self, resolve: &mut impl FnMut(&str) -> Result<String, E>) -> Result<(), E> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().try_for_each(|part| part.resolve(resolve)),
            Self::One(condition) => condition.resolve(resolve),
        }
    }
}

/// The filter in the grammar that [`Filter::parse`] reads.
impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.as_ref().map_or(Ok(()), |expression| expression.fmt(formatter))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, word) = match self {
            Self::All(parts) => (parts, " and "),
            Self::Any(parts) => (parts, " or "),
            Self::One(condition) => return condition.fmt(formatter),
        };
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                formatter.write_str(word)?;
            }
            match part {
                Self::One(condition) => condition.fmt(formatter)?,
                several => write!(formatter, "({several})")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
