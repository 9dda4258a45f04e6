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
        self.lines().next().unwrap_or_default()
    }

    /// The rows below the names, each with as many values as its line has.
    pub fn rows(&self) -> impl Iterator<Item = Vec<String>> {
        self.lines().skip(1)
    }

    fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.0.as_bytes());
        // A text in memory that is UTF-8, its lines of any length: nothing is left that could fail.
        reader.into_records().filter_map(Result::ok).map(|record| record.iter().map(str::to_owned).collect())
    }
}

/// Says how large it is only: it holds people's data.
impl std::fmt::Debug for ContactsCsv {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ContactsCsv({} bytes)", self.0.len())
    }
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
