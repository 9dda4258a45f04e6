//! The JSON of an answer, read once: rows become records at once, and no object holds a key twice.

mod scan;

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{FieldName, Key, Record, Seen, Unique, integer, repeated};

/// The fields of an envelope that hold rows or another envelope (contract, section 4.6).
const CARRIERS: [&str; 4] = ["data", "items", "message", "hits"];

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

/// An object whose carrying fields are not yet decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    fields: Vec<(FieldName, Field)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Plain(Value),
    Carrier(Shape),
}

impl Envelope {
    /// Takes the shape that a carrying field holds; `null` counts as absent.
    pub fn take(&mut self, name: &str) -> Option<Shape> {
        let index = self.fields.iter().position(|(field, _)| field == name)?;
        match &self.fields.get(index)?.1 {
            Field::Plain(_) | Field::Carrier(Shape::Scalar(Value::Null)) => None,
            Field::Carrier(_) => match self.fields.remove(index).1 {
                Field::Carrier(shape) => Some(shape),
                Field::Plain(_) => None,
            },
        }
    }

    /// Whether a carrying field holds an array or an object; or `null`, where the object is no noun itself.
    pub fn carries(&self, name: &str) -> bool {
        let found = self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value);
        match found {
            Some(Field::Carrier(Shape::Scalar(value))) => {
                value.is_null() && self.plain("id").is_none() && self.plain("_id").is_none()
            }
            Some(Field::Carrier(_)) => true,
            Some(Field::Plain(_)) | None => false,
        }
    }

    /// A plain field.
    pub fn plain(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| match value {
            Field::Plain(value) => Some(value),
            Field::Carrier(_) => None,
        })
    }

    /// A whole number that is not negative.
    pub fn number(&self, name: &str) -> Option<u64> {
        u64::try_from(integer(self.plain(name)?)?).ok()
    }

    /// The object as a noun.
    pub fn into_record(self) -> Record {
        let value = |field| match field {
            Field::Plain(value) => value,
            Field::Carrier(shape) => shape.into_value(),
        };
        self.fields.into_iter().map(|(name, field)| (name, value(field))).collect()
    }
}

impl Shape {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it, a repeated key among that.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        scan::scan(text).map_or_else(|| Self::read_anything(text), Ok)
    }

    /// The same by the general reader alone.
    ///
    /// # Errors
    /// As [`Shape::read`].
    pub fn read_anything(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
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

/// Implements the scalar half of a visitor that keeps scalars as JSON values.
macro_rules! scalars {
    ($wrap:expr) => {
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a JSON value")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($wrap(Value::Null))
        }

        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok($wrap(Value::Bool(value)))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok($wrap(Value::from(value)))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok($wrap(Value::from(value)))
        }

        fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
            Ok($wrap(Value::from(value)))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok($wrap(Value::from(text)))
        }
    };
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    scalars!(Shape::Scalar);

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = access.next_element()? {
            rows.push(row);
        }
        Ok(Shape::Rows(rows))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Shape, A::Error> {
        let mut fields: Vec<(FieldName, Field)> = Vec::new();
        let mut seen = Seen::default();
        while let Some(Key(name)) = access.next_key()? {
            if seen.again(&name, fields.iter().map(|(name, _)| name)) {
                return Err(repeated(&name));
            }
            let field = if CARRIERS.contains(&&*name) {
                Field::Carrier(access.next_value()?)
            } else {
                let Unique(value) = access.next_value()?;
                Field::Plain(value)
            };
            fields.push((name, field));
        }
        Ok(Shape::Object(Envelope { fields }))
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    scalars!(Row::Other);

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Row, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = access.next_element()? {
            values.push(value);
        }
        Ok(Row::Other(Value::Array(values)))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Row, A::Error> {
        Record::deserialize(serde::de::value::MapAccessDeserializer::new(access)).map(Row::Record)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowVisitor)
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
