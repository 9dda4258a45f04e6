//! Rows and fields that could not be read as they should be: named in one line, with what they hold, so that none is lost in silence.

use serde_json::Value;

use super::untrusted::{clipped, quoted};
use crate::model::shape::kind_of;
use crate::model::{Misread, MisreadReason, Record, integer};

/// Values that one line names; the others are counted.
const NAMED: usize = 5;
/// How much of a value the line shows, in characters.
const SHOWN: usize = 60;

/// What a field is expected to hold when it holds anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A text.
    Text,
    /// A whole number, or a text of one.
    Number,
    /// True or false.
    Flag,
    /// An array of objects.
    Objects,
    /// An object.
    Object,
    /// A text or an object.
    TextOrObject,
    /// An array of texts or objects.
    TextsOrObjects,
}

/// A field, with dots between the names of nested ones, and what it is expected to hold.
pub type ExpectedField = (&'static str, Expected);

impl Expected {
    fn holds(self, value: &Value) -> bool {
        let all = |value: &Value, test: fn(&Value) -> bool| value.as_array().is_some_and(|list| list.iter().all(test));
        let is_text_or_object = |value: &Value| value.is_string() || value.is_object();
        match self {
            Self::Text => value.is_string(),
            Self::Number => integer(value).is_some(),
            Self::Flag => value.is_boolean(),
            Self::Objects => all(value, Value::is_object),
            Self::Object => value.is_object(),
            Self::TextOrObject => is_text_or_object(value),
            Self::TextsOrObjects => all(value, is_text_or_object),
        }
    }
}

/// Whether a value means "not set", whatever its type should be.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The line about the rows of a list; `row` is what one is called.
pub fn unreadable_rows<'a>(
    row: &str,
    records: impl Iterator<Item = &'a Record>,
    expected: &[ExpectedField],
) -> Option<String> {
    let places = records.zip(1..).map(|(record, number)| (format!("{row} {number}"), record));
    line(places, expected)
}

/// The line about one object.
pub fn unreadable(record: &Record, expected: &[ExpectedField]) -> Option<String> {
    line(std::iter::once((String::new(), record)), expected)
}

/// Why a field that should hold a text was not read as it was sent, without its name: `half a surrogate pair, shown as its escape`.
pub fn unreadable_text(record: &Record, name: &str) -> Option<String> {
    if let Some(misread) = record.misread().iter().find(|misread| misread.path == name) {
        return Some(misread.reason.to_string());
    }
    let value = record.raw(name).filter(|value| !is_unset(value) && !Expected::Text.holds(value))?;
    Some(kind_of(value).to_owned())
}

fn line<'a>(records: impl Iterator<Item = (String, &'a Record)>, expected: &[ExpectedField]) -> Option<String> {
    let (mut named, mut others) = (Vec::new(), 0_usize);
    for (place, record) in records {
        let mut note = |words: &dyn Fn() -> String| {
            if named.len() < NAMED {
                named.push(format!("{place} {}", words()).trim_start().to_owned());
            } else {
                others += 1;
            }
        };
        for misread in record.misread() {
            note(&|| described(misread, record));
        }
        for (path, expected) in expected {
            let steps: Vec<&str> = path.split('.').collect();
            let found = record.raw_at(&steps).filter(|value| !is_unset(value) && !expected.holds(value));
            // What is named already is not named twice.
            let is_named = || record.misread().iter().any(|misread| misread.path == *path);
            if let Some(value) = found.filter(|_| !is_named()) {
                note(&|| format!("{path} is {} ({})", kind_of(value), clipped(&value.to_string(), SHOWN)));
            }
        }
    }
    if named.is_empty() {
        return None;
    }
    let others = if others > 0 { format!("; {others} more") } else { String::new() };
    Some(format!("unreadable: {}{others}", named.join("; ")))
}

fn described(misread: &Misread, record: &Record) -> String {
    let Misread { path, reason } = misread;
    match reason {
        MisreadReason::NoObject { .. } => {
            let value = record.raw(Misread::VALUE).filter(|value| !value.is_null());
            let shown = match value {
                None => return "is null".to_owned(),
                Some(Value::String(text)) => quoted(text, SHOWN),
                Some(value) => clipped(&value.to_string(), SHOWN),
            };
            format!("is {reason}: {shown}")
        }
        _ => format!("{} ({reason})", clipped(path, SHOWN)),
    }
}
