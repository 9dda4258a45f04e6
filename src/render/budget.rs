//! How long an answer may be: the tightest cap known among clients is 10,000 bytes and 256 lines; we stay below.

use crate::plural::agree;

/// The most that one answer may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of UTF-8.
    pub bytes: usize,
    /// Lines.
    pub lines: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 9_500, lines: 250 }
    }
}

impl Budget {
    /// A first line, the further head lines, and as many rows as fit; `None` when not even one does. `write` adds a row.
    ///
    /// The first line is made last, because it says how many rows there are.
    ///
    /// A row is written behind what is there, and taken off again if it is one too many.
    pub(super) fn fill(
        self,
        head: &[String],
        rows: usize,
        mut write: impl FnMut(usize, &mut String),
        first: impl Fn(usize) -> String,
    ) -> Option<String> {
        // The first line grows with its numbers; 40 bytes are more than two counts of a million rows differ by.
        let head_bytes: usize = first(1).len() + 40 + head.iter().map(|line| line.len() + 1).sum::<usize>();
        let mut body = String::with_capacity(1024);
        let mut shown = 0;
        for row in 0..rows {
            let before = body.len();
            body.push('\n');
            write(row, &mut body);
            if head_bytes + body.len() > self.bytes || head.len() + shown + 2 > self.lines {
                body.truncate(before);
                break;
            }
            shown += 1;
        }
        if shown == 0 {
            return None;
        }
        let mut text = first(shown);
        text.reserve(head_bytes + body.len());
        for line in head {
            text.push('\n');
            text.push_str(line);
        }
        text.push_str(&body);
        Some(text)
    }

    /// Lines as far as they fit; where they do not, the last one says how many are missing.
    pub(super) fn lines(self, lines: impl Iterator<Item = String>) -> String {
        let lines: Vec<String> = lines.collect();
        // Room for the last line.
        let bytes = self.bytes.saturating_sub(40);
        let mut text = String::new();
        for (shown, line) in lines.iter().enumerate() {
            let is_full = text.len() + line.len() + 1 > bytes || shown + 1 >= self.lines;
            if shown > 0 {
                text.push('\n');
            }
            if is_full && shown + 1 < lines.len() || text.len() + line.len() > self.bytes {
                text.push_str(&format!(
                    "# {} more {} left out",
                    lines.len() - shown,
                    agree((lines.len() - shown) as u64, "line", "lines")
                ));
                break;
            }
            text.push_str(line);
        }
        text
    }
}
