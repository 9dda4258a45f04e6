//! One JSON object of the gateway, kept as it came.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::Misread;
use super::shape::{Json, JsonVisitor};

/// One JSON object: its fields in the gateway's order, none dropped. Cheap to clone.
///
/// Contract, section 4.6: every field is optional; `null`, `""`, `{}` and `[]` all mean "not set". The accessors
/// therefore answer `None` for all of them, while [`Record::fields`] still tells them apart.
#[derive(Clone, Default, PartialEq)]
pub struct Record {
    fields: Arc<Vec<(String, Value)>>,
    /// `None` for nearly all: the list takes no memory then.
    misread: Option<Arc<[Misread]>>,
}

impl Record {
    /// The values that could not be read as the gateway sent them. Records that were stored have none.
    pub fn misread(&self) -> &[Misread] {
        self.misread.as_deref().unwrap_or_default()
    }

    /// The same record with the values in it that could not be read as they were sent.
    #[must_use]
    pub(crate) fn with_misread(mut self, misread: Vec<Misread>) -> Self {
        self.misread = (!misread.is_empty()).then(|| misread.into());
        self
    }

    /// Every field with its value, in the gateway's order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many fields there are.
    pub fn count(&self) -> usize {
        self.fields.len()
    }

    /// The value of a field, `None` when absent. `null` is `Some(Null)`.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.fields().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The value at a path of nested objects, `None` when any step is absent.
    pub fn raw_at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.raw(first)?, |value, step| value.get(step))
    }

    /// A text field that is set: neither absent, nor `null`, nor empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.text_at(&[name])
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
        // The text shown in place of an unreadable value is no id.
        let is_misread = |name: &str| self.misread().iter().any(|misread| misread.path == name);
        ["id", "public_id", "_id"].into_iter().find_map(|name| self.text(name).filter(|_| !is_misread(name)))
    }

    /// The same record without one field.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        if self.raw(name).is_some() {
            Arc::make_mut(&mut self.fields).retain(|(known, _)| known != name);
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
            Value::Object(map) => Some(map.into_iter().collect()),
            _ => None,
        }
    }

    /// The record as a JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.fields().map(|(name, value)| (name.to_owned(), value.clone())).collect())
    }
}

impl From<IndexMap<String, Json>> for Record {
    fn from(fields: IndexMap<String, Json>) -> Self {
        fields.into_iter().map(|(name, json)| (name, json.into_value())).collect()
    }
}

/// From fields of which no two have equal names.
impl FromIterator<(String, Value)> for Record {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Self { fields: Arc::new(fields.into_iter().collect()), misread: None }
    }
}

/// A whole number from a JSON number or a decimal string.
pub fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Names the size only: a record holds people's data, and `Debug` ends up in logs.
impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Record({} fields)", self.count())
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields())
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(JsonVisitor)? {
            Json::Object(fields) => Ok((*fields).into()),
            Json::Scalar(_) | Json::Array(_) => Err(de::Error::custom("expected a JSON object")),
        }
    }
}
