//! Writes JSON objects field by field, in the order of the calls: the document's order is part of the contract.

/// A JSON object under way.
pub(super) struct Object(String);

impl Object {
    /// An empty object with room for `bytes`.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('{');
        Self(text)
    }

    /// An empty object.
    pub(super) fn new() -> Self {
        Self::with_capacity(256)
    }

    /// Adds a string.
    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        push_text(&mut self.0, value);
        self
    }

    /// Adds a string, or `null`.
    pub(super) fn text_or_null(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self.raw(name, "null"),
        }
    }

    /// Adds a value that is JSON already.
    pub(super) fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// Adds a whole number.
    pub(super) fn integer(self, name: &str, value: impl std::fmt::Display) -> Self {
        self.raw(name, &value.to_string())
    }

    /// Adds a boolean.
    pub(super) fn boolean(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    /// The finished object.
    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    /// The fields so far, without the closing brace: for documents that are put together later.
    pub(super) fn open_end(self) -> String {
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_text(&mut self.0, name);
        self.0.push(':');
    }
}

/// `[a,b,c]` of values that are JSON already.
pub(super) fn array<T: AsRef<str>>(rows: &[T]) -> String {
    let size = rows.iter().map(|row| row.as_ref().len() + 1).sum::<usize>() + 2;
    let mut text = String::with_capacity(size);
    text.push('[');
    for (position, row) in rows.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        text.push_str(row.as_ref());
    }
    text.push(']');
    text
}

/// A JSON string. Only `"`, `\` and control characters need escapes.
fn push_text(out: &mut String, value: &str) {
    out.push('"');
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{Object, array};

    #[test]
    fn objects_are_valid_json_in_the_order_of_the_calls() {
        let text = Object::new().text("b", "a\"\\\n\u{1}é").integer("a", 3).text_or_null("n", None).end();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["b"], "a\"\\\n\u{1}é");
        assert!(text.find("\"b\"") < text.find("\"a\""));
        assert_eq!(array(&["1", "2"]), "[1,2]");
        assert_eq!(array::<&str>(&[]), "[]");
    }
}
