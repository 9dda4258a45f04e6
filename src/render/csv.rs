//! Rows of comma-separated values by RFC 4180.

use csv::{QuoteStyle, StringRecord, WriterBuilder};

/// The rows of one answer, written one after another.
#[derive(Default)]
pub(super) struct Row {
    cells: StringRecord,
    /// How many cells up to the last one that is not empty.
    filled: usize,
}

impl Row {
    /// Adds a cell.
    pub(super) fn push(&mut self, cell: &str) {
        self.cells.push_field(cell);
        if !cell.is_empty() {
            self.filled = self.cells.len();
        }
    }

    /// Adds the row to a text as a line, without its empty end and without a line break; the next row begins.
    ///
    /// A row never begins with `#`, which is how head lines begin: such a row gets quotes that it would not need.
    pub(super) fn finish(&mut self, text: &mut String) {
        self.cells.truncate(self.filled);
        let line = line(&self.cells, QuoteStyle::Necessary);
        if line.starts_with('#') {
            text.push_str(&self::line(&self.cells, QuoteStyle::Always));
        } else {
            text.push_str(&line);
        }
        self.cells.clear();
        self.filled = 0;
    }
}

/// The cells as a line; of none, the quotes of an empty cell, so that it is no empty line.
fn line(cells: &StringRecord, quotes: QuoteStyle) -> String {
    let mut writer = WriterBuilder::new().quote_style(quotes).buffer_capacity(1024).from_writer(Vec::new());
    // Neither writing to memory nor a single row can fail.
    let _ = writer.write_record(cells);
    let mut line = writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    line.truncate(line.trim_end_matches('\n').len());
    line
}
