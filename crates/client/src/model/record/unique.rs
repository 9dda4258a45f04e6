//! JSON values whose objects hold no key twice.
//!
//! `serde_json::Value` keeps the last of two equal keys in silence. A gateway that sends `email` twice would then show
//! one of them by chance, so a body with a repeated key is refused as a whole.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::name::FieldName;

/// A JSON value without repeated keys, at any depth.
pub struct Unique(pub Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

/// The error for a repeated key.
pub fn repeated<E: de::Error>(name: &str) -> E {
    E::custom(format_args!("the key `{name}` stands twice in one object"))
}

/// The keys of one object so far.
///
/// Looking through a few names is faster than hashing each; beyond that a set keeps an object of a million keys from
/// taking a million times a million comparisons.
#[derive(Debug, Clone, Default)]
pub struct Seen(HashSet<FieldName>);

impl Seen {
    /// Up to so many keys are looked through one by one.
    const FEW: usize = 48;

    /// Whether a key stood before. `before` are all keys before it, in any order.
    pub fn again<'a>(&mut self, name: &FieldName, mut before: impl ExactSizeIterator<Item = &'a FieldName>) -> bool {
        if before.len() < Self::FEW {
            return before.any(|known| known == name);
        }
        if self.0.is_empty() {
            self.0.extend(before.cloned());
        }
        !self.0.insert(name.clone())
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = access.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if fields.contains_key(&name) {
                return Err(repeated(&name));
            }
            let Unique(value) = access.next_value()?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}
