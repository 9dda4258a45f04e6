//! The JSON of an answer: read once, in the gateway's order, and no object holds a key twice.
//!
//! `serde_json::Value` keeps the last of two equal keys in silence and sorts the keys. A gateway that sends `email` twice
//! would then show one of them by chance, so a body with a repeated key is refused as a whole.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::misread::{self, Misread, ReadError};
use super::{Record, integer};

/// Any JSON without repeated keys, at any depth, with its fields in order.
pub enum Json {
    /// `null`, a boolean, a number or a string.
    Scalar(Value),
    /// An array.
    Array(Vec<Json>),
    /// An object. Boxed, so that a list of millions of numbers takes no more than it does as values.
    Object(Box<IndexMap<String, Json>>),
}

/// The outer levels of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// `null`, a boolean, a number or a string.
    Scalar(Value),
    /// An array.
    Rows(Vec<Row>),
    /// An object, which may be an envelope or a noun.
    Object(Envelope),
}

/// One element of an array.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// An object.
    Record(Record),
    /// Anything else.
    Other(Value),
}

/// An object that may hold rows or another envelope (contract, section 4.6).
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    fields: IndexMap<String, Shape>,
}

impl Envelope {
    /// Takes the shape that a field holds; `null` counts as absent.
    pub fn take(&mut self, name: &str) -> Option<Shape> {
        self.fields.shift_remove(name).filter(|shape| *shape != Shape::Scalar(Value::Null))
    }

    /// Whether a field holds an array or an object; or `null`, where the object is no noun itself.
    pub fn carries(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(Shape::Scalar(Value::Null)) => !["id", "_id"].iter().any(|id| self.fields.contains_key(*id)),
            Some(Shape::Scalar(_)) | None => false,
            Some(Shape::Rows(_) | Shape::Object(_)) => true,
        }
    }

    /// A field that is neither an array nor an object.
    pub fn scalar(&self, name: &str) -> Option<&Value> {
        match self.fields.get(name)? {
            Shape::Scalar(value) => Some(value),
            Shape::Rows(_) | Shape::Object(_) => None,
        }
    }

    /// A whole number that is not negative.
    pub fn number(&self, name: &str) -> Option<u64> {
        u64::try_from(integer(self.scalar(name)?)?).ok()
    }

    /// The object as a noun.
    pub fn into_record(self) -> Record {
        self.fields.into_iter().map(|(name, shape)| (name, shape.into_value())).collect()
    }
}

impl Shape {
    /// Reads a text, and names the values in it that could not be read as they were sent.
    ///
    /// # Errors
    /// What is wrong with the whole, a repeated key among that.
    pub(crate) fn read(text: &str) -> Result<(Self, Vec<Misread>), ReadError> {
        let (json, misread) = misread::read(text)?;
        Ok((json.into_shape(), misread))
    }

    /// The JSON as it came.
    pub fn into_value(self) -> Value {
        match self {
            Self::Scalar(value) => value,
            Self::Rows(rows) => rows.into_iter().map(Row::into_value).collect(),
            Self::Object(envelope) => envelope.into_record().to_value(),
        }
    }

    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(value) => kind_of(value),
            Self::Rows(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl Row {
    fn into_value(self) -> Value {
        match self {
            Self::Record(record) => record.to_value(),
            Self::Other(value) => value,
        }
    }
}

/// Whether a JSON text holds more values than `max`, counted by what stands between them, without reading any. A value takes many times
/// the memory of its text: `1,` is two bytes, and a number in a list 32.
pub fn has_more_values_than(text: &[u8], max: usize) -> bool {
    // A value takes two bytes of text at least.
    if text.len() / 2 < max {
        return false;
    }
    let (mut values, mut in_string, mut is_escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => values += 1,
            _ => {}
        }
    }
    values > max
}

/// What a JSON value is, in words.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Json {
    /// The value, in which the fields of an object are sorted.
    pub fn into_value(self) -> Value {
        match self {
            Self::Scalar(value) => value,
            Self::Array(elements) => elements.into_iter().map(Self::into_value).collect(),
            Self::Object(fields) => fields.into_iter().map(|(name, json)| (name, json.into_value())).collect(),
        }
    }

    fn into_shape(self) -> Shape {
        match self {
            Self::Scalar(value) => Shape::Scalar(value),
            Self::Array(elements) => Shape::Rows(elements.into_iter().map(Self::into_row).collect()),
            Self::Object(fields) => {
                let fields = fields.into_iter().map(|(name, json)| (name, json.into_shape())).collect();
                Shape::Object(Envelope { fields })
            }
        }
    }

    fn into_row(self) -> Row {
        match self {
            Self::Object(fields) => Row::Record((*fields).into()),
            other => Row::Other(other.into_value()),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

/// Reads [`Json`].
pub(super) struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Said to a reader that takes objects only.
        formatter.write_str("a JSON object")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Scalar(value.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Scalar(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut fields = IndexMap::new();
        while let Some(name) = access.next_key::<String>()? {
            if fields.contains_key(&name) {
                return Err(de::Error::custom(format_args!("the key `{name}` stands twice in one object")));
            }
            let value = access.next_value()?;
            fields.insert(name, value);
        }
        Ok(Json::Object(Box::new(fields)))
    }
}

#[cfg(test)]
mod tests {
    use super::has_more_values_than;

    #[test]
    fn values_are_counted_outside_of_texts() {
        let many = format!("[{}0]", "0,".repeat(999));
        assert!(has_more_values_than(many.as_bytes(), 999) && !has_more_values_than(many.as_bytes(), 1_000));
        let text = format!(r#"["{}\"{}"]"#, ",".repeat(5_000), "[{".repeat(5_000));
        assert!(!has_more_values_than(text.as_bytes(), 10));
        let keys = format!("{{{}\"z\":1}}", "\"a\":1,".repeat(500));
        assert!(has_more_values_than(keys.as_bytes(), 400));
    }
}
