//! One JSON object of the gateway, kept as it came.

mod name;
mod names;
mod unique;

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

pub use name::{FieldName, Key, field_name};
pub use names::Names;
pub use unique::{Seen, Unique, repeated};

/// One JSON object: its fields in the gateway's order, none dropped.
///
/// Contract, section 4.6: every field is optional; `null`, `""`, `{}` and `[]` all mean "not set". The accessors
/// therefore answer `None` for all of them, while [`Record::fields`] still tells them apart.
#[derive(Clone, Default)]
pub struct Record {
    /// The answer that the record stands in, where it was read without copying its texts.
    answer: Option<Arc<String>>,
    /// As many as slots.
    names: Arc<Names>,
    slots: Vec<Slot>,
    /// For each slot its text as a value, once somebody has asked for it as that.
    texts: OnceLock<Box<[OnceLock<Value>]>>,
}

/// What a field holds. Most texts of an answer are never looked at, so they stay where they stand.
#[derive(Clone)]
pub enum Slot {
    /// Itself.
    Value(Value),
    /// A text, by its place in the answer.
    Text {
        /// Where it begins.
        begin: u32,
        /// Where it ends.
        end: u32,
    },
}

impl Record {
    /// A record that was read from an answer; its names are as many as its slots.
    pub fn within(answer: Arc<String>, names: Arc<Names>, slots: Vec<Slot>) -> Self {
        Self { answer: Some(answer), names, slots, texts: OnceLock::new() }
    }

    fn value(&self, place: usize) -> Option<&Value> {
        match self.slots.get(place)? {
            Slot::Value(value) => Some(value),
            Slot::Text { begin, end } => {
                let texts = self.texts.get_or_init(|| self.slots.iter().map(|_| OnceLock::new()).collect());
                Some(texts.get(place)?.get_or_init(|| Value::from(self.part(*begin, *end))))
            }
        }
    }

    fn part(&self, begin: u32, end: u32) -> &str {
        self.answer.as_ref().and_then(|answer| answer.get(begin as usize..end as usize)).unwrap_or_default()
    }

    /// Every field with its value, in the gateway's order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.names.iter().enumerate().filter_map(|(place, name)| Some((&**name, self.value(place)?)))
    }

    /// How many fields there are.
    pub fn count(&self) -> usize {
        self.slots.len()
    }

    /// The value of a field, `None` when absent. `null` is `Some(Null)`.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.value(self.names.place(name)?)
    }

    /// The value at a path of nested objects, `None` when any step is absent.
    pub fn raw_at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.raw(first)?, |value, step| value.get(step))
    }

    /// A text field that is set: neither absent, nor `null`, nor empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = match self.slots.get(self.names.place(name)?)? {
            Slot::Value(value) => value.as_str()?,
            Slot::Text { begin, end } => self.part(*begin, *end),
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// A text at a path of nested objects.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.raw_at(path).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A whole number; the gateway may send it as a string (contract, 4.6 rule 5).
    pub fn integer(&self, name: &str) -> Option<i64> {
        integer(self.raw(name)?)
    }

    /// A boolean, which the gateway sends as a boolean only.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.raw(name).and_then(Value::as_bool)
    }

    /// The id of the object: `id`, else `public_id`, else `_id` (contract, section 4.3).
    pub fn id(&self) -> Option<&str> {
        ["id", "public_id", "_id"].into_iter().find_map(|name| self.text(name))
    }

    /// The same record without one field.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        if let Some(place) = self.names.place(name) {
            self.names = Arc::new(self.names.without(place));
            self.slots.remove(place);
            self.texts = OnceLock::new();
        }
        self
    }

    /// An array of objects as records; whatever is no object in it is passed over.
    pub fn list(&self, name: &str) -> impl Iterator<Item = Self> {
        let rows = self.raw(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(|row| Self::from_value(row.clone()))
    }

    /// A nested object as a record of its own.
    pub fn nested(&self, name: &str) -> Option<Self> {
        Self::from_value(self.raw(name)?.clone())
    }

    /// A record from a JSON value; `None` when it is no object.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(map.into_iter().map(|(name, value)| (field_name(&name), value)).collect()),
            _ => None,
        }
    }

    /// The record as a JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.fields().map(|(name, value)| (name.to_owned(), value.clone())).collect())
    }
}

/// Of fields with equal names only the first is kept.
impl FromIterator<(FieldName, Value)> for Record {
    fn from_iter<I: IntoIterator<Item = (FieldName, Value)>>(fields: I) -> Self {
        let (mut names, mut slots) = (Names::default(), Vec::new());
        for (name, value) in fields {
            if names.add(name).is_ok() {
                slots.push(Slot::Value(value));
            }
        }
        Self { answer: None, names: Arc::new(names), slots, texts: OnceLock::new() }
    }
}

/// Equal are records with equal fields in the same order, wherever their texts stand.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.slots.len() == other.slots.len() && self.fields().eq(other.fields())
    }
}

/// A whole number from a JSON number or a decimal string.
pub fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Names the size only: a record holds people's data, and `Debug` ends up in logs.
impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Record({} fields)", self.slots.len())
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.slots.len()))?;
        for (name, value) in self.fields() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Record;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Record, A::Error> {
                let (mut names, mut slots) = (Names::with_capacity(36), Vec::with_capacity(36));
                while let Some(Key(name)) = access.next_key()? {
                    names.add(name).map_err(|name| repeated(&name))?;
                    let Unique(value) = access.next_value()?;
                    slots.push(Slot::Value(value));
                }
                Ok(Record { answer: None, names: Arc::new(names), slots, texts: OnceLock::new() })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
