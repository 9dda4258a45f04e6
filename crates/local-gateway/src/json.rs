//! JSON objects whose fields stand in the order of the calls, because the document's order is part of the contract.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A JSON object under way.
#[derive(Default)]
pub(super) struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    /// An empty object.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub(super) fn with(mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        // Texts, numbers and JSON values can always be written.
        self.0.extend(to_raw_value(value).ok().map(|value| (name.to_owned(), value)));
        self
    }

    /// Adds a string.
    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.with(name, value)
    }

    /// Adds a value that is JSON already, in the bytes that it has; `null` for one that is not.
    pub(super) fn raw(self, name: &str, json: &str) -> Self {
        self.with(name, &serde_json::from_str::<&RawValue>(json).ok())
    }

    /// The finished object.
    pub(super) fn end(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }

    /// The fields so far, without the closing brace: for documents that are put together later.
    pub(super) fn open_end(self) -> String {
        let mut text = self.end();
        text.pop();
        text
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// `[a,b,c]` of values that are JSON already, in the bytes that they have; `null` for one that is not.
pub(super) fn array<T: AsRef<str>>(rows: &[T]) -> String {
    let rows: Vec<Option<&RawValue>> = rows.iter().map(|row| serde_json::from_str(row.as_ref()).ok()).collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Object, array};

    #[test]
    fn objects_are_valid_json_in_the_order_of_the_calls_and_keep_the_bytes_of_others() {
        let text = Object::new().text("b", "a\"\\\n\u{1}é").with("a", &3).with("n", &None::<&str>).raw("r", "[1.50 ]");
        assert_eq!(text.end(), "{\"b\":\"a\\\"\\\\\\n\\u0001é\",\"a\":3,\"n\":null,\"r\":[1.50 ]}");
        assert_eq!(Object::new().with("a", &true).open_end(), "{\"a\":true");
        assert_eq!(array(&["1", "{\"b\": 2}"]), "[1,{\"b\": 2}]");
        assert_eq!(array::<&str>(&[]), "[]");
    }
}
