//! Reads arguments as models send them: `"5"` for 5, `null` for absent at every depth, a list as a string, a single value for a
//! list.
//!
//! What can only be meant one way is accepted; everything else is an error that names the argument and says what
//! belongs there. The strict schema is the one source of types and bounds.

use imbrace_contacts_client::suggestion::nearest;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::{ArgumentError, ToolError, name_found, value_found};
use crate::render::clipped;
use crate::unique_keys;

/// Arguments that workflow clients add to every call, for their own use.
const ADDED_BY_CLIENTS: [&str; 4] = ["toolCallId", "sessionId", "action", "chatInput"];

/// The treatment of an argument that the tool does not have and that resembles none of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is left out, and the answer says so: the call reads only.
    Ignored,
    /// The call is refused before anything is sent.
    Refused,
}

/// Arguments that the schema does not have and that [`read`] leaves out where they are [`Unknown::Ignored`], as they are shown.
pub(super) fn ignored(schema: &Map<String, Value>, arguments: &Map<String, Value>) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_known = |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
    let is_ours = |name: &&String| is_known(name) || ADDED_BY_CLIENTS.contains(&name.as_str());
    arguments.keys().filter(|name| !is_ours(name)).map(|name| name_found(name)).collect()
}

/// Reads the arguments by the strict schema.
///
/// # Errors
/// [`ArgumentError`] for the first argument that cannot be meant.
pub(super) fn read(
    schema: &Map<String, Value>,
    arguments: Map<String, Value>,
    unknown: Unknown,
) -> Result<Map<String, Value>, ToolError> {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut read = Map::new();
    for (name, value) in arguments {
        let Some(property) = properties.get(&name) else {
            if ADDED_BY_CLIENTS.contains(&name.as_str()) {
                continue;
            }
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            let meant = nearest(&name, known.iter().copied()).map(str::to_owned);
            if meant.is_none() && unknown == Unknown::Ignored {
                continue;
            }
            let name = name_found(&name);
            return Err(ArgumentError::Unknown { name, meant, known: known.join(", ") }.into());
        };
        // Clients fill what they do not use with an empty text, which no number and no word of a closed set can be. A text is the
        // tool's own to read: empty, it may name nothing where something has to be named.
        let is_text = property.get("type").is_some_and(|kind| kind == "string") && property.get("enum").is_none();
        let is_empty = !is_text && value.as_str().is_some_and(|text| text.trim().is_empty());
        let is_absent = value.is_null() || (is_empty && !required.contains(&name.as_str()));
        if !is_absent {
            let value = coerce(&name, property, value)?;
            read.insert(name, value);
        }
    }
    for name in required {
        if read.get(name).is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty())) {
            let belongs = properties.get(name).map(belonging).unwrap_or_default();
            return Err(ArgumentError::Missing { name: name.to_owned(), expected: belongs }.into());
        }
    }
    Ok(read)
}

/// What belongs into a missing argument: the words of a closed set, else its description.
fn belonging(property: &Value) -> String {
    match property.get("description").and_then(Value::as_str) {
        Some(description) if property.get("enum").is_none() => description.trim_end_matches('.').to_owned(),
        _ => expected(property),
    }
}

/// The typed input of arguments that [`read`] let through.
///
/// # Errors
/// [`ArgumentError::Rule`] where the type is narrower than its schema.
pub(super) fn typed<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, ToolError> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| {
        ArgumentError::Rule { rule: format!("The arguments do not fit: {}.", clipped(&error.to_string(), 120)) }.into()
    })
}

/// A value as its property wants it.
fn coerce(name: &str, property: &Value, value: Value) -> Result<Value, ArgumentError> {
    let wanted = property.get("type").and_then(Value::as_str).unwrap_or_default();
    let read = match (wanted, &value) {
        ("integer", Value::Number(number)) => whole(number),
        ("integer", Value::String(text)) => text.trim().parse().ok().and_then(|number| whole(&number)),
        ("boolean", Value::Bool(_)) | ("object", Value::Object(_)) => Some(value.clone()),
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        ("string", Value::String(_)) => Some(value.clone()),
        ("string", Value::Number(number)) => Some(Value::String(number.to_string())),
        // No further columns is what no list of columns means, too. Elsewhere a list of nothing, left out, would mean all.
        ("string", Value::Array(parts)) if name != "fields" && is_blank(parts) => None,
        ("string", Value::Array(parts)) => joined(parts),
        ("object", Value::String(text)) => json(name, text)?.filter(Value::is_object),
        ("array", _) if holds_objects(property) => return objects(name, property, value),
        ("array", _) => return list(name, property, value),
        ("", _) => Some(value.clone()),
        _ => None,
    };
    let read = read.filter(|read| is_within(property, read));
    let read = read.and_then(|read| word(property, read));
    read.ok_or_else(|| ArgumentError::Value {
        name: name.to_owned(),
        expected: expected(property),
        found: if value.is_number() { value.to_string() } else { value_found(&shown(&value)) },
    })
}

/// Returns true if a list has no words.
fn is_blank(parts: &[Value]) -> bool {
    parts.iter().all(|part| part.is_null() || part.as_str().is_some_and(|word| word.trim().is_empty()))
}

/// A list of words where a text with commas is wanted.
fn joined(parts: &[Value]) -> Option<Value> {
    let words: Vec<&str> = parts.iter().filter(|part| !part.is_null()).map(Value::as_str).collect::<Option<_>>()?;
    Some(Value::String(words.join(",")))
}

/// A whole number, also when it is written as `5.0`.
fn whole(number: &serde_json::Number) -> Option<Value> {
    if number.is_i64() || number.is_u64() {
        return Some(Value::Number(number.clone()));
    }
    // The comparison holds: a larger float is no exact count anyway.
    number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15).map(|float| Value::from(float as i64))
}

/// A list: as such, as JSON in a string, as words with commas, or as a single value.
fn list(name: &str, property: &Value, value: Value) -> Result<Value, ArgumentError> {
    let values = match value {
        Value::Array(values) => values,
        Value::String(text) if text.trim_start().starts_with('[') => match json(name, &text)? {
            Some(Value::Array(values)) => values,
            _ => vec![Value::String(text)],
        },
        Value::String(text) => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
        }
        single => vec![single],
    };
    let values: Vec<Value> = values.into_iter().filter(|value| !value.is_null()).collect();
    let count = values.len() as f64;
    let below = property.get("minItems").and_then(Value::as_f64).is_some_and(|least| count < least);
    let above = property.get("maxItems").and_then(Value::as_f64).is_some_and(|most| count > most);
    if below || above {
        let found = format!("{count} values");
        return Err(ArgumentError::Value { name: name.to_owned(), expected: expected(property), found });
    }
    let any = Value::Null;
    let items = property.get("items").unwrap_or(&any);
    values.into_iter().map(|value| coerce(name, items, value)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn holds_objects(property: &Value) -> bool {
    property.get("items").and_then(|items| items.get("type")).is_some_and(|kind| kind == "object")
}

/// A list of objects, or one object whose keys say what an item's first members would; each also as JSON in a string. The tool
/// reads what is inside.
fn objects(name: &str, property: &Value, value: Value) -> Result<Value, ArgumentError> {
    let refused = |value: &Value| ArgumentError::Value {
        name: name.to_owned(),
        expected: expected(property),
        found: value_found(&shown(value)),
    };
    let read = match &value {
        Value::String(text) => match (json(name, text)?, verdicts(property)) {
            (Some(value), _) => value,
            (None, Some(members)) => said(text, members),
            (None, None) => return Err(refused(&value)),
        },
        _ => value,
    };
    match read {
        Value::Object(_) => Ok(read),
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter(|item| !item.is_null()).collect();
            match items.iter().find(|item| !item.is_object()) {
                Some(other) => Err(refused(other)),
                None => Ok(Value::Array(items)),
            }
        }
        other => Err(refused(&other)),
    }
}

/// The first two required members of the items, where the second is one of a closed set of words.
fn verdicts(property: &Value) -> Option<[&str; 2]> {
    let items = property.get("items")?;
    let required = items.get("required")?.as_array()?;
    let [first, second] = [required.first()?.as_str()?, required.get(1)?.as_str()?];
    items.get("properties")?.get(second)?.get("enum").map(|_| [first, second])
}

/// Items from a text such as `a=same; b=different`, which can only be meant one way where the second member is a word.
fn said(text: &str, [first, second]: [&str; 2]) -> Value {
    let parts = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let item = |part: &str| {
        let (what, word) = part.rsplit_once('=').unwrap_or((part, ""));
        serde_json::json!({ first: what.trim(), second: word.trim() })
    };
    Value::Array(parts.map(item).collect())
}

/// The JSON that a text holds; nothing for text that is none.
///
/// # Errors
/// For an object with a key twice, of which nobody can say which is meant.
fn json(name: &str, text: &str) -> Result<Option<Value>, ArgumentError> {
    match unique_keys::from_str(text) {
        Ok(value) => Ok(Some(value)),
        Err(error) if unique_keys::is_repeated_key(&error) => {
            Err(ArgumentError::Rule { rule: format!("`{name}`: a key is repeated in an object. Nothing was sent.") })
        }
        Err(_) => Ok(None),
    }
}

fn is_within(property: &Value, value: &Value) -> bool {
    let bound = |keyword: &str| property.get(keyword).and_then(Value::as_f64);
    let (size, least, most) = match value {
        Value::Number(number) => (number.as_f64().unwrap_or_default(), bound("minimum"), bound("maximum")),
        Value::String(text) => (text.trim().chars().count() as f64, bound("minLength"), bound("maxLength")),
        _ => return true,
    };
    least.is_none_or(|least| size >= least) && most.is_none_or(|most| size <= most)
}

/// A value of a closed set, in the set's own spelling.
fn word(property: &Value, value: Value) -> Option<Value> {
    let Some(words) = property.get("enum").and_then(Value::as_array) else {
        return Some(value);
    };
    let written = value.as_str()?.trim();
    words.iter().find(|word| word.as_str().is_some_and(|word| word.eq_ignore_ascii_case(written))).cloned()
}

/// What a property takes, in words.
fn expected(property: &Value) -> String {
    let bound = |keyword: &str| property.get(keyword).and_then(Value::as_i64);
    let range = |least: Option<i64>, most: Option<i64>, unit: &str| match (least, most) {
        (Some(least), Some(most)) => format!(" ({least}-{most}{unit})"),
        (Some(least), None) => format!(" ({least} or more{unit})"),
        (None, Some(most)) => format!(" (at most {most}{unit})"),
        (None, None) => String::new(),
    };
    if let Some(words) = property.get("enum").and_then(Value::as_array) {
        return format!("one of {}", words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
    }
    match property.get("type").and_then(Value::as_str) {
        Some("integer") => format!("a whole number{}", range(bound("minimum"), bound("maximum"), "")),
        Some("boolean") => "true or false".to_owned(),
        Some("array") if holds_objects(property) => {
            let keys = property.get("items").and_then(|items| items.get("properties")).and_then(Value::as_object);
            let keys: Vec<&str> = keys.into_iter().flat_map(|keys| keys.keys()).map(String::as_str).collect();
            format!("a list of {{{}}}", keys.join(", "))
        }
        Some("array") => format!("a list{}", range(bound("minItems"), bound("maxItems"), " values")),
        Some("object") => "an object".to_owned(),
        _ => format!("a text{}", range(bound("minLength"), bound("maxLength"), " characters")),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
