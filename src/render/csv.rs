//! Rows of comma-separated values by RFC 4180; what needs quotes is decided by the crate `csv-core`.

use csv_core::Writer;

/// The rows of one answer, written one after another.
pub(super) struct Row {
    rules: Writer,
    /// The cells of the row being written, one behind the other, as they were given.
    text: String,
    /// Where in the text each cell ends.
    ends: Vec<usize>,
    /// How many cells up to the last one that is not empty.
    filled: usize,
}

impl Default for Row {
    fn default() -> Self {
        Self { rules: Writer::new(), text: String::with_capacity(128), ends: Vec::with_capacity(16), filled: 0 }
    }
}

impl Row {
    /// Adds a cell.
    pub(super) fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
        if !cell.is_empty() {
            self.filled = self.ends.len();
        }
    }

    /// Adds the row to a text as a line, without its empty end and without a line break; the next row begins.
    ///
    /// A row never begins with `#`, which is how head lines begin: such a row gets quotes that it would not need.
    pub(super) fn finish(&mut self, text: &mut String) {
        match self.filled {
            // So that it is a row of one empty cell and not an empty line.
            0 => text.push_str("\"\""),
            _ => self.line(self.begins_like_a_head(), text),
        }
        self.text.clear();
        self.ends.clear();
        self.filled = 0;
    }

    fn begins_like_a_head(&self) -> bool {
        let first = self.ends.first().and_then(|end| self.text.get(..*end)).unwrap_or_default();
        first.starts_with('#') && !self.rules.should_quote(first.as_bytes())
    }

    fn line(&self, quote_all: bool, line: &mut String) {
        let mut begin = 0;
        for (place, end) in self.ends.iter().take(self.filled).enumerate() {
            let cell = self.text.get(begin..*end).unwrap_or_default();
            begin = *end;
            if place > 0 {
                line.push(',');
            }
            if quote_all || self.rules.should_quote(cell.as_bytes()) {
                line.push('"');
                for (part, rest) in cell.split('"').enumerate() {
                    line.push_str(if part > 0 { "\"\"" } else { "" });
                    line.push_str(rest);
                }
                line.push('"');
            } else {
                line.push_str(cell);
            }
        }
    }
}
