//! From an answer to a typed response, tolerant as the contract's section 4.6 says.

use std::collections::HashMap;

use serde_json::Value;

use super::GatewayError;
use super::answer::Answer;
use crate::model::shape::{Row, Shape, kind_of};
use crate::model::{
    CommentedMessage, Contact, ContactsCsv, Misread, MisreadReason, Page, Prefix, Record, UploadedFile,
};

/// What a list may be.
const LIST: &str = "a list";

/// A type that a successful answer decodes to.
pub trait Decode: Sized {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`DecodeError`]: another shape, or the gateway's way of saying that there is no such object.
    fn decode(answer: Answer) -> Result<Self, DecodeError>;
}

/// Why a readable answer has no response in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The JSON is of another shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// `{"data": []}` where one object is asked for: there is none (contract, 5.8).
    #[error("there is no such object")]
    Missing,
}

impl DecodeError {
    /// The error of the request that was answered so.
    pub(super) fn of_request(self, prefix: Prefix, request_id: String) -> GatewayError {
        match self {
            Self::Shape(shape) => GatewayError::WrongShape { shape, prefix: prefix.path(), request_id },
            Self::Missing => GatewayError::Missing { request_id },
        }
    }
}

/// The JSON is of another shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at {path}, found {found}")]
pub struct ShapeError {
    /// Where, such as `data[3]`; `body` for the whole.
    pub path: String,
    /// What was expected.
    pub expected: &'static str,
    /// What was there.
    pub found: &'static str,
}

/// The error for another shape.
fn misfit(path: &str, expected: &'static str, found: &'static str) -> DecodeError {
    DecodeError::Shape(ShapeError { path: path.to_owned(), expected, found })
}

/// Success without data: the body may be empty or any JSON (contract, 4.6 rule 3).
impl Decode for () {
    fn decode(_: Answer) -> Result<Self, DecodeError> {
        Ok(())
    }
}

impl Decode for UploadedFile {
    fn decode(answer: Answer) -> Result<Self, DecodeError> {
        let body = answer.shape.map(Shape::into_value).unwrap_or_default();
        let url = body.get("url").or_else(|| body.get("data")?.get("url")).and_then(Value::as_str);
        url.map(|url| Self { url: url.to_owned() }).ok_or_else(|| misfit("body", "an object with url", kind_of(&body)))
    }
}

impl Decode for ContactsCsv {
    fn decode(answer: Answer) -> Result<Self, DecodeError> {
        const EXPORT: &str = "CSV with a column id";
        let other = || answer.shape.as_ref().map_or("nothing", Shape::kind);
        match &answer.csv {
            Some(text) => Self::parse(text).ok_or_else(|| misfit("body", EXPORT, "another text")),
            None => Err(misfit("body", EXPORT, other())),
        }
    }
}

impl<T: From<Record>> Decode for Page<T> {
    fn decode(answer: Answer) -> Result<Self, DecodeError> {
        let mut page = Self { rows: Vec::new(), count: None, total: None, has_more: None, unread_count: None };
        let shape = answer.shape.ok_or_else(|| misfit("body", LIST, "nothing"))?;
        let (rows, path) = rows_of(shape, "", 2, &mut page)?;
        let mut misread = by_row(answer.misread, &path);
        page.rows.reserve(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            // A row that cannot be read is a row: the others, the counts and the next page depend on it.
            let record = match row {
                Row::Record(record) => record.with_misread(misread.remove(&index).unwrap_or_default()),
                Row::Other(value) => row_without_fields(value),
            };
            page.rows.push(T::from(record));
        }
        Ok(page)
    }
}

/// What could not be read in the rows of a list, by their places.
fn by_row(misread: Vec<Misread>, list: &str) -> HashMap<usize, Vec<Misread>> {
    let list = if list == "body" { "" } else { list };
    let mut rows: HashMap<usize, Vec<Misread>> = HashMap::new();
    for Misread { path, reason } in misread {
        let rest = path.strip_prefix(list).and_then(|rest| rest.strip_prefix('['));
        let Some((index, path)) = rest.and_then(|rest| rest.split_once(']')) else { continue };
        if let Ok(index) = index.parse() {
            let path = path.strip_prefix('.').unwrap_or(path).to_owned();
            rows.entry(index).or_default().push(Misread { path, reason });
        }
    }
    rows
}

/// A row that is no object, under [`Misread::VALUE`].
fn row_without_fields(value: Value) -> Record {
    let reason = MisreadReason::NoObject { found: kind_of(&value) };
    let record: Record = [(Misread::VALUE.to_owned(), value)].into_iter().collect();
    record.with_misread(vec![Misread { path: String::new(), reason }])
}

/// The rows and their path, by the rules of section 4.6; the envelopes' numbers go to the page.
///
/// `depth` bounds how many envelopes may stand inside each other: two, as gateways in a row wrap twice.
fn rows_of<T>(shape: Shape, path: &str, depth: u8, page: &mut Page<T>) -> Result<(Vec<Row>, String), DecodeError> {
    let here = if path.is_empty() { "body" } else { path };
    let mut envelope = match shape {
        Shape::Rows(rows) => return Ok((rows, here.to_owned())),
        Shape::Object(envelope) if depth > 0 => envelope,
        other => return Err(misfit(here, LIST, other.kind())),
    };
    page.count = envelope.number("count").or(page.count);
    page.total = envelope.number("total").or(page.total);
    page.unread_count = envelope.number("unread_count").or(page.unread_count);
    page.has_more = envelope.scalar("has_more").and_then(Value::as_bool).or(page.has_more);
    for name in ["data", "items"] {
        if let Some(inner) = envelope.take(name) {
            return rows_of(inner, &join(path, name), depth - 1, page);
        }
    }
    match envelope.take("message") {
        Some(Shape::Object(mut message)) => match message.take("hits") {
            Some(Shape::Rows(rows)) => Ok((rows, join(path, "message.hits"))),
            _ => Err(misfit(here, LIST, "an object")),
        },
        _ => Err(misfit(here, LIST, "an object without one")),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Decode for Contact {
    fn decode(answer: Answer) -> Result<Self, DecodeError> {
        let contact = Self::from(one_record(answer)?);
        if contact.is_recognisable() { Ok(contact) } else { Err(misfit("body", "a contact", "another object")) }
    }
}

impl Decode for CommentedMessage {
    fn decode(answer: Answer) -> Result<Self, DecodeError> {
        let message = Self::from(one_record(answer)?);
        let is_recognisable = message.id().is_some() || message.record().raw("comments").is_some();
        if is_recognisable { Ok(message) } else { Err(misfit("body", "a message", "another object")) }
    }
}

/// One object: bare, under `data` (once or twice), or the first of an array there.
fn one_record(answer: Answer) -> Result<Record, DecodeError> {
    let mut shape = answer.shape.ok_or_else(|| misfit("body", "an object", "nothing"))?;
    let mut path = String::new();
    for _ in 0..2 {
        shape = match shape {
            Shape::Object(mut envelope) if envelope.carries("data") => {
                path = join(&path, "data");
                envelope.take("data").ok_or(DecodeError::Missing)?
            }
            other => other,
        };
    }
    let record = match shape {
        Shape::Object(envelope) => envelope.into_record(),
        Shape::Rows(rows) => {
            path.push_str("[0]");
            match rows.into_iter().next() {
                Some(Row::Record(record)) => record,
                Some(Row::Other(value)) => return Err(misfit("body[0]", "an object", kind_of(&value))),
                None => return Err(DecodeError::Missing),
            }
        }
        Shape::Scalar(value) => return Err(misfit("body", "an object", kind_of(&value))),
    };
    let inside = |misread: Misread| {
        let rest = misread.path.strip_prefix(&path)?;
        let rest = if path.is_empty() { rest } else { rest.strip_prefix('.')? };
        Some(Misread { path: rest.to_owned(), reason: misread.reason })
    };
    Ok(record.with_misread(answer.misread.into_iter().filter_map(inside).collect()))
}
