//! Values that go into statements and come out of rows.

#[cfg(feature = "postgres")]
use super::postgres;
use super::{SqlError, sqlite};

/// A value of a statement or of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// None.
    Null,
    /// A number; a truth is 1 or 0.
    Integer(i64),
    /// A text.
    Text(&'a str),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(is_true: bool) -> Self {
        Self::Integer(i64::from(is_true))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

/// A value that is kept on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedValue {
    /// None.
    Null,
    /// A number.
    Integer(i64),
    /// A text.
    Text(String),
}

impl From<Value<'_>> for OwnedValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Text(text) => Self::Text(text.to_owned()),
        }
    }
}

impl<'a> From<&'a OwnedValue> for Value<'a> {
    fn from(value: &'a OwnedValue) -> Self {
        match value {
            OwnedValue::Null => Self::Null,
            OwnedValue::Integer(number) => Self::Integer(*number),
            OwnedValue::Text(text) => Self::Text(text),
        }
    }
}

/// A row while it is shown.
#[derive(Clone, Copy)]
pub struct Row<'a>(pub(super) Cells<'a>);

#[derive(Clone, Copy)]
pub(super) enum Cells<'a> {
    Sqlite(&'a sqlite::Cells<'a>),
    #[cfg(feature = "postgres")]
    Postgres(&'a postgres::Cells),
}

impl<'a> Row<'a> {
    /// A value by its place in the row.
    ///
    /// # Errors
    /// [`SqlError::Damaged`] for what is neither a number nor a text.
    pub fn value(&self, place: usize) -> Result<Value<'a>, SqlError> {
        match self.0 {
            Cells::Sqlite(row) => sqlite::value(row, place),
            #[cfg(feature = "postgres")]
            Cells::Postgres(row) => postgres::value(row, place),
        }
    }

    /// A value by its place in the row, as a type.
    ///
    /// # Errors
    /// [`SqlError::Damaged`] for a value of another type.
    pub fn get<T: FromValue>(&self, place: usize) -> Result<T, SqlError> {
        let wrong = || SqlError::Damaged(format!("value {place} of a row is of another type than was written"));
        T::from_value(self.value(place)?).ok_or_else(wrong)
    }

    /// A text by its place in the row; empty for what is none.
    pub fn text(&self, place: usize) -> &'a str {
        match self.value(place) {
            Ok(Value::Text(text)) => text,
            _ => "",
        }
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// It as this type; `None` where it is of another one.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: Value<'_>) -> Option<Self> {
        if let Value::Integer(number) = value { Some(number) } else { None }
    }
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.to_owned()) } else { None }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        if value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}
