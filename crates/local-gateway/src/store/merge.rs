//! What an update makes of a contact (contract, 5.4): changed fields are new, all others keep their bytes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json::Object;
use crate::model::{CONTACT_FIELDS, UPDATABLE_FIELDS};

/// The fields of a document as they stand, names decoded and values not.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(36);
                while let Some(name) = access.next_key::<Cow<'de, str>>()? {
                    fields.push((name, access.next_value()?));
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Reader).map(Self)
    }
}

impl Fields<'_> {
    /// A field's text; empty when it is none.
    fn text(&self, name: &str) -> String {
        let value = self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.get());
        value.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }
}

/// How many of a contact's fields say what and whose it is: the first ones.
const WHOSE: usize = 6;

/// Whether a contact keeps a field when an update is taken for the whole of it.
fn is_kept(name: &str) -> bool {
    matches!(name, "created_at" | "updated_at") || CONTACT_FIELDS.iter().take(WHOSE).any(|field| *field == name)
}

/// The document with the changes that the gateway knows; others are dropped in silence. `replaces`: and so is what is not
/// sent.
pub(super) fn merge(
    document: &str,
    changes: &Map<String, Value>,
    now: &str,
    replaces: bool,
) -> Result<String, serde_json::Error> {
    let mut contact: Fields<'_> = serde_json::from_str(document)?;
    if replaces {
        contact.0.retain(|(name, _)| is_kept(name) || changes.contains_key(&**name));
    }
    // The gateway makes the shown name from the two others (contract, 5.4). Assumed: one that is sent along wins.
    let renamed = changed(changes, "display_name").is_none()
        && ["first_name", "last_name"].iter().any(|name| changed(changes, name).is_some());
    let mut merged = Object::new();
    for (name, value) in &contact.0 {
        merged = match &**name {
            "updated_at" => merged.text(name, now),
            "display_name" if renamed => merged.text(name, &full_name(&contact, changes)),
            _ => match changed(changes, name) {
                Some(Some(text)) => merged.text(name, text),
                Some(None) => merged.raw(name, "null"),
                None => merged.raw(name, value.get()),
            },
        };
    }
    // A list from a file may leave fields out.
    for name in UPDATABLE_FIELDS.iter().filter(|name| contact.0.iter().all(|(field, _)| field != *name)) {
        merged = match changed(changes, name) {
            Some(Some(text)) => merged.text(name, text),
            _ => merged,
        };
    }
    Ok(if contact.0.iter().any(|(name, _)| name == "updated_at") { merged } else { merged.text("updated_at", now) }
        .end())
}

/// The new text of a field, `Some(None)` when it is cleared, and nothing when it stays.
fn changed<'a>(changes: &'a Map<String, Value>, name: &str) -> Option<Option<&'a str>> {
    match changes.get(name).filter(|_| UPDATABLE_FIELDS.contains(&name))? {
        Value::String(text) if name == "gender" => Some(Some(gender(text))),
        Value::String(text) => Some(Some(text)),
        // Cleared, as the dashboard clears a picture.
        Value::Null => Some(None),
        _ => None,
    }
}

fn full_name(contact: &Fields<'_>, changes: &Map<String, Value>) -> String {
    let current = |name: &str| match changed(changes, name) {
        Some(text) => text.unwrap_or_default().to_owned(),
        None => contact.text(name),
    };
    format!("{} {}", current("first_name"), current("last_name")).trim().to_owned()
}

/// Written as `m`, `f` or `n`, read back as a word.
fn gender(text: &str) -> &str {
    match text {
        "m" => "Male",
        "f" => "Female",
        "n" => "Neutral",
        other => other,
    }
}
