//! One JSON object of the gateway, kept as it came.

mod name;
mod unique;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

pub(crate) use name::{FieldName, Key, field_name};
pub(crate) use unique::{Seen, Unique, repeated};

/// One JSON object: its fields in the gateway's order, none dropped.
///
/// Contract, section 4.6: every field is optional; `null`, `""`, `{}` and `[]` all mean "not set". The accessors
/// therefore answer `None` for all of them, while [`Record::fields`] still tells them apart.
#[derive(Clone, Default)]
pub struct Record {
    /// The answer that the record stands in, where it was read without copying its texts.
    answer: Option<Arc<String>>,
    fields: Vec<(FieldName, Slot)>,
}

/// What a field holds. Most texts of an answer are never looked at, so they stay where they stand until somebody is.
#[derive(Clone)]
enum Slot {
    Value(Value),
    Text { place: Range<usize>, value: OnceLock<Box<Value>> },
}

impl Record {
    fn value<'a>(&'a self, slot: &'a Slot) -> &'a Value {
        match slot {
            Slot::Value(value) => value,
            Slot::Text { place, value } => value.get_or_init(|| Box::new(Value::from(self.part(place)))),
        }
    }

    fn part(&self, place: &Range<usize>) -> &str {
        self.answer.as_ref().and_then(|answer| answer.get(place.clone())).unwrap_or_default()
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        self.fields.iter().find(|(field, _)| &**field == name).map(|(_, slot)| slot)
    }
}

impl Record {
    /// Every field with its value, in the gateway's order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, slot)| (&**name, self.value(slot)))
    }

    /// An empty record of an answer, with room for so many fields.
    pub(crate) fn within(answer: Arc<String>, count: usize) -> Self {
        Self { answer: Some(answer), fields: Vec::with_capacity(count) }
    }

    /// Adds a field. The caller has seen to it that the name is new.
    pub(crate) fn push(&mut self, name: FieldName, value: Value) {
        self.fields.push((name, Slot::Value(value)));
    }

    /// Adds a text by its place in the answer. The caller has seen to it that the name is new.
    pub(crate) fn push_text(&mut self, name: FieldName, place: Range<usize>) {
        self.fields.push((name, Slot::Text { place, value: OnceLock::new() }));
    }

    /// How many fields there are.
    pub(crate) fn count(&self) -> usize {
        self.fields.len()
    }

    /// The names of the fields, in the gateway's order.
    pub(crate) fn names(&self) -> impl ExactSizeIterator<Item = &FieldName> {
        self.fields.iter().map(|(name, _)| name)
    }

    /// The value of a field, `None` when absent. `null` is `Some(Null)`.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.slot(name).map(|slot| self.value(slot))
    }

    /// The value at a path of nested objects, `None` when any step is absent.
    pub fn raw_at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.raw(first)?, |value, step| value.get(step))
    }

    /// A text field that is set: neither absent, nor `null`, nor empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = match self.slot(name)? {
            Slot::Value(value) => value.as_str()?,
            Slot::Text { place, .. } => self.part(place),
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
        if self.slot(name).is_some() {
            self.fields.retain(|(field, _)| &**field != name);
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

/// The caller has seen to it that no name stands twice.
impl FromIterator<(FieldName, Value)> for Record {
    fn from_iter<I: IntoIterator<Item = (FieldName, Value)>>(fields: I) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name, Slot::Value(value))).collect();
        Self { answer: None, fields }
    }
}

/// Equal are records with equal fields in the same order, wherever their texts stand.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.count() == other.count() && self.fields().eq(other.fields())
    }
}

/// A whole number from a JSON number or a decimal string.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Names the size only: a record holds people's data, and `Debug` ends up in logs.
impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Record({} fields)", self.fields.len())
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
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
                let mut record = Record::default();
                record.fields.reserve(access.size_hint().unwrap_or(36));
                let mut seen = Seen::default();
                while let Some(Key(name)) = access.next_key()? {
                    if seen.again(&name, record.names()) {
                        return Err(repeated(&name));
                    }
                    let Unique(value) = access.next_value()?;
                    record.push(name, value);
                }
                Ok(record)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
