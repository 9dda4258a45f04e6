//! Lists in other shapes (contract, T2 and T20): pure changes of JSON text that leave the rows as they are.

use bytes::Bytes;
use serde_json::{Map, Value};

/// The body of an update with its fields changed; `None` when it is no JSON object.
pub(super) fn update(body: &Bytes, change: impl FnOnce(&mut Map<String, Value>)) -> Option<Bytes> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    change(value.as_object_mut()?);
    Some(value.to_string().into())
}

/// The rows without their envelope; `None` when there are none.
pub(super) fn bare_array(text: &str) -> Option<String> {
    let start = ["\"data\":[", "\"items\":["].into_iter().find_map(|key| Some(text.find(key)? + key.len() - 1))?;
    let rows = text.get(start..)?;
    let mut depth = 0_u32;
    for (position, character) in outside_strings(rows) {
        match character {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return rows.get(..=position).map(str::to_owned);
        }
    }
    None
}

/// The rows under `items` instead of `data`.
pub(super) fn items(text: &str) -> String {
    text.replacen("\"data\":[", "\"items\":[", 1)
}

/// Every number as a string.
pub(super) fn text_numbers(text: &str) -> String {
    let mut changed = String::with_capacity(text.len() + 64);
    let mut copied = 0;
    let mut inside = false;
    for (position, character) in outside_strings(text) {
        let numeric = character.is_ascii_digit() || matches!(character, '-' | '+' | '.');
        if numeric != inside {
            changed.push_str(text.get(copied..position).unwrap_or_default());
            changed.push('"');
            (copied, inside) = (position, numeric);
        }
    }
    changed.push_str(text.get(copied..).unwrap_or_default());
    changed
}

/// The characters that are in no string, with their positions.
fn outside_strings(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, character)| {
        if quoted {
            (quoted, escaped) = (escaped || *character != '"', !escaped && *character == '\\');
            return false;
        }
        quoted = *character == '"';
        !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::{bare_array, items, text_numbers};

    const LIST: &str = r#"{"data":[{"a":"]\"3"},{"b":[1]}],"count":25}"#;

    #[test]
    fn rows_survive_every_shape() {
        assert_eq!(bare_array(LIST).unwrap(), r#"[{"a":"]\"3"},{"b":[1]}]"#);
        assert_eq!(items(LIST), r#"{"items":[{"a":"]\"3"},{"b":[1]}],"count":25}"#);
        assert_eq!(text_numbers(LIST), r#"{"data":[{"a":"]\"3"},{"b":["1"]}],"count":"25"}"#);
        assert_eq!(bare_array("{}"), None);
    }
}
