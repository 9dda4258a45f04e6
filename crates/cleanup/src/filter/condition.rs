//! One condition: a field, a comparison and values in the form in which the field is compared.

use std::fmt;

use imbrace_contacts_client::suggestion::nearest;

use jiff::tz::TimeZone;

use super::{Field, FieldKind, FilterError, TypedNumber};
use crate::dates::{self, Span};
use crate::entry::{Entry, Facts};
use crate::findings::Kind;
use crate::normalize::birthday;
use crate::normalize::name::folded;
use crate::value::gender;

/// A field, and what it must hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) field: Field,
    pub(crate) test: Test,
}

/// The value or range that a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// One of these values.
    OneOf(Vec<Value>),
    /// None of them, which an empty field does not.
    NoneOf(Vec<Value>),
    /// A text that has this in it.
    Contains(Value),
    /// A text that does not, which an empty one does not.
    Lacks(Value),
    /// A value before or behind this one.
    Ordered(Order, Value),
    /// Nothing.
    Empty,
    /// Something.
    NotEmpty,
}

/// How a value lies to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Order {
    const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    fn is(self, found: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => found.is_lt(),
            Self::AtMost => found.is_le(),
            Self::More => found.is_gt(),
            Self::AtLeast => found.is_ge(),
        }
    }
}

/// A value as it was written, and in the form in which it is compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    pub(crate) written: String,
    form: Form,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// Nothing: an empty field.
    Nothing,
    /// In lower case; and whether blanks at its ends count.
    Text(String, bool),
    /// In lower case without marks.
    Folded(String),
    /// An id, or the beginning of one.
    Id(String),
    Span(Span),
    Number(TypedNumber),
    /// The letter of a gender.
    Gender(&'static str),
    YesNo(bool),
    /// A number that is compared with numbers, or a text that is compared with texts.
    Sortable(Option<f64>, String),
}

/// A short id: its prefix and at least so many digits.
const SHORT: usize = 8;

impl Value {
    /// A value that a field is or is not.
    pub(super) fn equal(field: Field, written: &str) -> Result<Self, FilterError> {
        let text = written.trim();
        let lower = || {
            let has_blanks = text.len() != written.len();
            Form::Text(if has_blanks { written } else { text }.to_lowercase(), has_blanks)
        };
        let form = match field.kind() {
            _ if text.is_empty() => Form::Nothing,
            FieldKind::Text | FieldKind::Groups => lower(),
            FieldKind::Id => Form::Id(text.to_lowercase()),
            FieldKind::Moment => Form::Span(dates::span(text).ok_or_else(|| no_date(field, text))?),
            FieldKind::Birthday => day(text).map_or_else(lower, Form::Span),
            FieldKind::Phone => TypedNumber::read(text).map_or_else(lower, Form::Number),
            FieldKind::Gender => gender(text).map_or_else(lower, Form::Gender),
            FieldKind::YesNo => Form::YesNo(yes_no(field, text)?),
            FieldKind::Findings => {
                let kind = Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text));
                let kind = kind.ok_or_else(|| no_finding(field, text))?;
                Form::Text(kind.name().to_owned(), false)
            }
        };
        Ok(Self { written: written.to_owned(), form })
    }

    /// A value that a field contains; `None` for a text without a letter to look for.
    pub(super) fn part(field: Field, written: &str) -> Option<Self> {
        let form = match (field.kind(), TypedNumber::read(written)) {
            (FieldKind::Phone, Some(number)) => Form::Number(number),
            _ => Form::Folded(Some(folded(written)).filter(|text| !text.is_empty())?),
        };
        Some(Self { written: written.to_owned(), form })
    }

    /// A value that a field lies before or behind.
    pub(super) fn sortable(field: Field, written: &str) -> Result<Self, FilterError> {
        let text = written.trim();
        let form = match field.kind() {
            FieldKind::Moment => Form::Span(dates::span(text).ok_or_else(|| no_date(field, text))?),
            FieldKind::Birthday => Form::Span(day(text).ok_or_else(|| no_date(field, text))?),
            FieldKind::Text => Form::Sortable(number(text), folded(text)),
            _ => return Err(FilterError::NoOrder(field.name())),
        };
        Ok(Self { written: written.to_owned(), form })
    }

    pub(super) const fn is_nothing(&self) -> bool {
        matches!(self.form, Form::Nothing)
    }

    /// Returns true if a field holds it.
    fn is_held(&self, field: Field, entry: &Entry, facts: &Facts<'_>) -> bool {
        match &self.form {
            Form::Nothing => entry.is_empty(field, facts),
            Form::Text(text, false) => entry.any_text(field, facts, |held| is_same(held.trim(), text)),
            Form::Text(text, true) => entry.any_text(field, facts, |held| is_same(held, text)),
            Form::Folded(_) | Form::Sortable(..) => false,
            Form::Id(id) => entry.any_text(field, facts, |held| {
                is_same(held, id) || (is_short(id) && held.get(..id.len()).is_some_and(|start| is_same(start, id)))
            }),
            Form::Span((from, to)) => {
                entry.moment(field, facts).is_some_and(|held| *from <= held && held < *to)
                    // A part of a date, such as a birthday without its year, is what it says.
                    || entry.any_text(field, facts, |held| is_same(held.trim(), self.written.trim()))
            }
            Form::Number(number) => entry.any_text(field, facts, |held| {
                number.may_be_of(entry.phone_key(), &[held]) && number.is(entry.phone_key(), held)
            }),
            Form::Gender(letter) => entry.any_text(field, facts, |held| gender(held) == Some(letter)),
            Form::YesNo(wanted) => entry.yes_no(field, facts) == *wanted,
        }
    }

    /// Returns true if a field has it in it.
    fn is_part(&self, field: Field, entry: &Entry, facts: &Facts<'_>) -> bool {
        match &self.form {
            Form::Number(number) => entry.any_text(field, facts, |held| {
                number.may_be_of(entry.phone_key(), &[held]) && number.is_in(entry.phone_key(), held)
            }),
            Form::Folded(text) => entry.any_folded(field, facts, |held| held.contains(text.as_str())),
            _ => false,
        }
    }

    fn is_ordered(&self, order: Order, field: Field, entry: &Entry, facts: &Facts<'_>) -> bool {
        match &self.form {
            Form::Span((from, to)) => entry.moment(field, facts).is_some_and(|held| match order {
                Order::Less => held < *from,
                Order::AtMost => held < *to,
                Order::More => held >= *to,
                Order::AtLeast => held >= *from,
            }),
            Form::Sortable(Some(wanted), _) => {
                entry.any_text(field, facts, |held| number(held).is_some_and(|held| order.is(held.total_cmp(wanted))))
            }
            // An unknown moment is neither before nor behind another.
            Form::Sortable(None, text) => {
                entry.any_folded(field, facts, |held| !held.trim().is_empty() && order.is(held.trim().cmp(text)))
            }
            _ => false,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

fn is_short(id: &str) -> bool {
    id.split_once('_').is_some_and(|(_, digits)| (SHORT..36).contains(&digits.len()))
}

/// Returns true if two texts are one but for their case; the second is in lower case.
fn is_same(held: &str, lower: &str) -> bool {
    if held.is_ascii() { held.eq_ignore_ascii_case(lower) } else { held.to_lowercase() == lower }
}

/// The span of a date that somebody wrote as people write birthdays.
fn day(text: &str) -> Option<Span> {
    dates::span(text).or_else(|| match birthday::read(text, birthday::DateOrder::default()) {
        birthday::Reading::Date(read) => dates::between(read.date.whole()?, dates::Precision::Day),
        _ => None,
    })
}

fn no_date(field: Field, text: &str) -> FilterError {
    FilterError::NoDate { field: field.name(), value: super::parse::quoted(text) }
}

fn no_finding(field: Field, text: &str) -> FilterError {
    let meant = match nearest(text, Kind::ALL.into_iter().map(Kind::name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "audit_contacts names them".to_owned(),
    };
    FilterError::NoSuchValue { field: field.name(), value: super::parse::quoted(text), meant: Some(meant) }
}

fn yes_no(field: Field, text: &str) -> Result<bool, FilterError> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(FilterError::NoSuchValue { field: field.name(), value: super::parse::quoted(text), meant: None }),
    }
}

impl Condition {
    pub(super) fn holds(&self, entry: &Entry, facts: &Facts<'_>) -> bool {
        let field = self.field;
        match &self.test {
            Test::OneOf(values) => values.iter().any(|value| value.is_held(field, entry, facts)),
            Test::NoneOf(values) => !values.iter().any(|value| value.is_held(field, entry, facts)),
            Test::Contains(value) => value.is_part(field, entry, facts),
            Test::Lacks(value) => !value.is_part(field, entry, facts),
            Test::Ordered(order, value) => value.is_ordered(*order, field, entry, facts),
            Test::Empty => entry.is_empty(field, facts),
            Test::NotEmpty => !entry.is_empty(field, facts),
        }
    }

    /// Reads dates as those of a time zone.
    pub(super) fn set_time_zone(&mut self, zone: &TimeZone) {
        let values = match &mut self.test {
            Test::OneOf(values) | Test::NoneOf(values) => values.as_mut_slice(),
            Test::Ordered(_, value) => std::slice::from_mut(value),
            Test::Contains(_) | Test::Lacks(_) | Test::Empty | Test::NotEmpty => return,
        };
        for value in values.iter_mut().filter(|_| self.field.kind() == FieldKind::Moment) {
            if let (Form::Span(span), Some(there)) = (&mut value.form, dates::span_in(&value.written, zone)) {
                *span = there;
            }
        }
    }

    /// Looks up the ids of contacts.
    pub(super) fn resolve<E>(&mut self, resolve: &mut impl FnMut(&str) -> Result<String, E>) -> Result<(), E> {
        if self.field.name() != "id" {
            return Ok(());
        }
        let (Test::OneOf(values) | Test::NoneOf(values)) = &mut self.test else { return Ok(()) };
        for value in values.iter_mut().filter(|value| !value.is_nothing()) {
            let whole = resolve(value.written.trim())?;
            value.form = Form::Id(whole.to_lowercase());
            value.written = whole;
        }
        Ok(())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.field.name();
        match &self.test {
            Test::OneOf(values) => is_one_of(formatter, name, ("=", "in"), values),
            Test::NoneOf(values) => is_one_of(formatter, name, ("!=", "not in"), values),
            Test::Contains(value) => write!(formatter, "{name} ~ {value}"),
            Test::Lacks(value) => write!(formatter, "{name} !~ {value}"),
            Test::Ordered(order, value) => write!(formatter, "{name} {} {value}", order.sign()),
            Test::Empty => write!(formatter, "{name} is empty"),
            Test::NotEmpty => write!(formatter, "{name} is not empty"),
        }
    }
}

fn is_one_of(
    formatter: &mut fmt::Formatter<'_>,
    name: &str,
    (sign, word): (&str, &str),
    values: &[Value],
) -> fmt::Result {
    if let [one] = values {
        return write!(formatter, "{name} {sign} {one}");
    }
    write!(formatter, "{name} {word} (")?;
    for (place, value) in values.iter().enumerate() {
        write!(formatter, "{}{value}", if place > 0 { ", " } else { "" })?;
    }
    formatter.write_str(")")
}

/// The value as it is read back: bare where nothing in it can be misread, else in quotes.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = &self.written;
        let is_plain = |c: char| c.is_alphanumeric() || "_-.:@/+#".contains(c);
        let is_bare = !written.is_empty() && written.chars().all(is_plain) && !super::parse::is_keyword(written);
        if is_bare { formatter.write_str(written) } else { write!(formatter, "\"{}\"", written.replace('"', "\"\"")) }
    }
}
