//! Bounded lines from a byte stream.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// The max_line line that is read: what the SDK allows, and far above any call of ours.
pub(crate) const MAX_LINE: usize = 16 * 1024 * 1024;

/// A buffer that one long line has blown up is given back above this size.
const KEPT: usize = 64 * 1024;

/// One step of reading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line, without its end; also the last one when its end is missing.
    Whole(Vec<u8>),
    /// The beginning of a line longer than the limit; its rest is dropped as it comes.
    TooLong(Vec<u8>),
    /// The end of input.
    End,
}

/// Reads lines, never holding more of one than the limit.
///
/// Its state lives here and not in a future: the SDK drops the reading future whenever it has something to write.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    max_line: usize,
    dropping: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `max_line` bytes.
    pub(crate) fn new(reader: R, max_line: usize) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), max_line, dropping: false }
    }

    /// The next line. Safe to drop and call again.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub(crate) async fn next(&mut self) -> std::io::Result<Line> {
        loop {
            let available = self.reader.fill_buf().await?;
            if available.is_empty() {
                self.dropping = false;
                return Ok(if self.line.is_empty() { Line::End } else { Line::Whole(self.take()) });
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(available.len(), |at| at + 1);
            let part = available.get(..end.unwrap_or(count)).unwrap_or_default();
            let fits = self.line.len() + part.len() <= self.max_line;
            if !self.dropping && fits {
                self.line.extend_from_slice(part);
            }
            self.reader.consume(count);
            let ended = end.is_some();
            if self.dropping {
                self.dropping = !ended;
            } else if !fits {
                self.dropping = !ended;
                return Ok(Line::TooLong(std::mem::take(&mut self.line)));
            } else if ended {
                return Ok(Line::Whole(self.take()));
            }
        }
    }

    fn take(&mut self) -> Vec<u8> {
        if self.line.capacity() > KEPT {
            return std::mem::take(&mut self.line);
        }
        let line = self.line.clone();
        self.line.clear();
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_whole_and_long_ones_are_named_once_and_skipped() {
        let input: &[u8] = b"one\n0123456789\n\r\nlast";
        let mut lines = Lines::new(input, 8);
        assert_eq!(lines.next().await.unwrap(), Line::Whole(b"one".to_vec()));
        assert!(matches!(lines.next().await.unwrap(), Line::TooLong(_)));
        assert_eq!(lines.next().await.unwrap(), Line::Whole(b"\r".to_vec()));
        assert_eq!(lines.next().await.unwrap(), Line::Whole(b"last".to_vec()));
        assert_eq!(lines.next().await.unwrap(), Line::End);
    }

    #[tokio::test]
    async fn a_long_line_in_many_pieces_is_never_held() {
        let input = [vec![b'x'; 100_000], b"\nnext\n".to_vec()].concat();
        let mut lines = Lines::new(input.as_slice(), 10);
        assert!(matches!(lines.next().await.unwrap(), Line::TooLong(_)));
        assert_eq!(lines.next().await.unwrap(), Line::Whole(b"next".to_vec()));
    }
}
