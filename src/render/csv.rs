//! Rows of comma-separated values by RFC 4180, written by the crate `csv`.

use ::csv::{QuoteStyle, Terminator, WriterBuilder};

/// One row being written.
#[derive(Debug, Default)]
pub(super) struct Row {
    cells: Vec<String>,
    /// How many cells up to the last one that is not empty.
    filled: usize,
}

impl Row {
    /// Adds a cell.
    pub(super) fn push(&mut self, cell: &str) {
        self.cells.push(cell.to_owned());
        if !cell.is_empty() {
            self.filled = self.cells.len();
        }
    }

    /// The row as a line, without its empty end and without a line break.
    ///
    /// A row never begins with `#`, which is how head lines begin: such a row gets quotes that it would not need.
    pub(super) fn finish(mut self) -> String {
        self.cells.truncate(self.filled.max(1));
        let line = self.line(QuoteStyle::Necessary);
        if line.starts_with('#') { self.line(QuoteStyle::Always) } else { line }
    }

    fn line(&self, style: QuoteStyle) -> String {
        let mut writer = WriterBuilder::new()
            .quote_style(style)
            .terminator(Terminator::Any(b'\n'))
            .from_writer(Vec::with_capacity(128));
        // Writing to memory does not fail, and what was text stays text.
        let _ = writer.write_record(&self.cells);
        let bytes = writer.into_inner().unwrap_or_default();
        let mut line = String::from_utf8(bytes).unwrap_or_default();
        line.truncate(line.trim_end_matches('\n').len());
        line
    }
}
