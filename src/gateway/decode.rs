//! From a body to a typed answer, tolerant as the contract's section 4.6 says.

use serde_json::Value;

use crate::model::{Page, Record, UploadedFile};

/// A successful answer: its JSON, or nothing for an empty body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The parsed body; `None` when it was empty.
    pub json: Option<Value>,
}

/// A type that a successful answer decodes to.
pub trait Decode: Sized {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`ShapeError`] when the JSON is of no accepted shape.
    fn decode(answer: Answer) -> Result<Self, ShapeError>;
}

/// The JSON is of another shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at {path}, found {found}")]
pub struct ShapeError {
    /// Where, such as `data[3].id`; `body` for the whole.
    pub path: String,
    /// What was expected.
    pub expected: &'static str,
    /// What was there.
    pub found: &'static str,
}

impl ShapeError {
    fn new(path: impl Into<String>, expected: &'static str, found: &Value) -> Self {
        Self {
            path: path.into(),
            expected,
            found: kind_of(found),
        }
    }
}

/// Success without data: the body may be empty or anything (contract, 4.6 rule 3).
impl Decode for () {
    fn decode(_: Answer) -> Result<Self, ShapeError> {
        Ok(())
    }
}

impl Decode for UploadedFile {
    fn decode(answer: Answer) -> Result<Self, ShapeError> {
        let body = answer.json.unwrap_or_default();
        let url = body
            .get("url")
            .or_else(|| body.get("data")?.get("url"))
            .and_then(Value::as_str);
        url.map(|url| Self { url: url.to_owned() })
            .ok_or_else(|| ShapeError::new("body", "an object with url", &body))
    }
}

impl<T: From<Record>> Decode for Page<T> {
    fn decode(answer: Answer) -> Result<Self, ShapeError> {
        let body = answer.json.unwrap_or_default();
        let mut page = Self {
            rows: Vec::new(),
            count: None,
            total: None,
            has_more: None,
            unread_count: None,
        };
        let rows = rows_of(body, &mut page)?;
        for (index, row) in rows.into_iter().enumerate() {
            let kind = kind_of(&row);
            let record = Record::from_value(row);
            page.rows.push(T::from(record.ok_or_else(|| ShapeError {
                path: format!("row {index}"),
                expected: "an object",
                found: kind,
            })?));
        }
        Ok(page)
    }
}

/// The array of rows, by the rules of section 4.6; the envelope's numbers go to the page.
fn rows_of<T>(body: Value, page: &mut Page<T>) -> Result<Vec<Value>, ShapeError> {
    let mut envelope = match body {
        Value::Array(rows) => return Ok(rows),
        Value::Object(envelope) => envelope,
        other => return Err(ShapeError::new("body", "a list", &other)),
    };
    let number = |name: &str| {
        envelope
            .get(name)
            .and_then(crate::model::integer)
            .and_then(|n| u64::try_from(n).ok())
    };
    page.count = number("count").or(page.count);
    page.total = number("total").or(page.total);
    page.unread_count = number("unread_count").or(page.unread_count);
    page.has_more = envelope.get("has_more").and_then(Value::as_bool).or(page.has_more);
    for name in ["data", "items"] {
        match envelope.remove(name) {
            Some(Value::Array(rows)) => return Ok(rows),
            Some(inner @ Value::Object(_)) => return rows_of(inner, page),
            _ => {}
        }
    }
    match envelope.remove("message") {
        Some(Value::Object(mut message)) => match message.remove("hits") {
            Some(Value::Array(rows)) => Ok(rows),
            _ => Err(ShapeError::new("body", "a list", &Value::Object(envelope))),
        },
        _ => Err(ShapeError::new("body", "a list", &Value::Object(envelope))),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Decodes a noun that is one object: bare, under `data`, or the first of a one-element `data` array.
macro_rules! one_object {
    ($($noun:ty),*) => {$(
        impl Decode for $noun {
            fn decode(answer: Answer) -> Result<Self, ShapeError> {
                one_record(answer.json.unwrap_or_default()).map(Self::from)
            }
        }
    )*};
}

one_object!(crate::model::Contact, crate::model::CommentedMessage);

fn one_record(body: Value) -> Result<Record, ShapeError> {
    let inner = match body {
        Value::Object(mut envelope) if matches!(envelope.get("data"), Some(Value::Object(_) | Value::Array(_))) => {
            envelope.remove("data").unwrap_or_default()
        }
        other => other,
    };
    let inner = match inner {
        Value::Array(rows) => rows.into_iter().next().unwrap_or_default(),
        other => other,
    };
    let kind = kind_of(&inner);
    Record::from_value(inner).ok_or(ShapeError {
        path: "body".to_owned(),
        expected: "an object",
        found: kind,
    })
}
