//! An export of contacts: CSV as RFC 4180 writes it, read line by line.

use std::sync::Arc;

/// Contacts as CSV text. What it cannot hold: whether an empty field was null or `""`.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactsCsv(Arc<str>);

impl ContactsCsv {
    /// An export that begins with a line of column names, `id` among them; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let export = Self(text.into());
        export.columns().iter().any(|column| column == "id" || column == "_id").then_some(export)
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The names of the columns.
    pub fn columns(&self) -> Vec<String> {
        Rows { rest: &self.0 }.next().unwrap_or_default()
    }

    /// The rows below the names, each with as many values as its line has.
    pub fn rows(&self) -> impl Iterator<Item = Vec<String>> {
        Rows { rest: &self.0 }.skip(1)
    }
}

/// Says how large it is only: it holds people's data.
impl std::fmt::Debug for ContactsCsv {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ContactsCsv({} bytes)", self.0.len())
    }
}

/// The rows that are left.
struct Rows<'a> {
    rest: &'a str,
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut row = Vec::with_capacity(40);
        loop {
            let (value, rest) = value(self.rest);
            row.push(value);
            match rest.strip_prefix(',') {
                Some(next) => self.rest = next,
                None => {
                    self.rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
                    return Some(row);
                }
            }
        }
    }
}

/// One value and what follows it, which begins with a comma or a line end, or is empty.
fn value(text: &str) -> (String, &str) {
    let plain = |text: &'_ str| text.find([',', '\r', '\n']).unwrap_or(text.len());
    let Some(mut quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(plain(text));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    while let Some((part, rest)) = quoted.split_once('"') {
        value.push_str(part);
        match rest.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                quoted = more;
            }
            None => {
                // Anything between the quote and the comma is no CSV; it is kept rather than lost.
                let (stray, rest) = rest.split_at(plain(rest));
                value.push_str(stray);
                return (value, rest);
            }
        }
    }
    // A quote that never ends: the rest is the value.
    value.push_str(quoted);
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::ContactsCsv;

    #[test]
    fn quotes_commas_and_line_ends_come_back() {
        let export = ContactsCsv::parse("id,remark\r\ncon_1,\"a, \"\"b\"\"\r\nc\"\r\ncon_2,\ncon_3,\"open").unwrap();
        let rows: Vec<Vec<String>> = export.rows().collect();
        assert_eq!(export.columns(), ["id", "remark"]);
        assert_eq!(rows, [["con_1", "a, \"b\"\r\nc"], ["con_2", ""], ["con_3", "open"]]);
        assert_eq!(ContactsCsv::parse("OK"), None);
        assert_eq!(ContactsCsv::parse(""), None);
    }
}
