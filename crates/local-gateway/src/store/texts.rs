//! The texts that are searched, one after the other in memory: about 40 bytes a contact, read through in one go.
//!
//! Triggers write down which contacts' texts changed; before each search the changes since the last one are taken over, also
//! those that another process made in the same file.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use memchr::memmem::Finder;
use rusqlite::Connection;

use super::StoreError;

/// Ends a text; no text contains it, and none is found that does.
const END: u8 = 0;
/// How many bytes of outdated texts are kept at least before everything is read anew.
const SLACK: usize = 1 << 20;

/// The texts of a store.
#[derive(Debug, Default)]
pub(super) struct Texts(RwLock<Lines>);

/// The contacts that were found.
#[derive(Debug)]
pub(super) struct Hits {
    rows: Vec<i64>,
    /// A bit a row number.
    bits: Vec<u64>,
}

impl Hits {
    /// These rows.
    pub(super) fn new(rows: Vec<i64>) -> Self {
        let most = rows.iter().copied().max().unwrap_or_default().unsigned_abs();
        let mut bits = vec![0; usize::try_from(most / 64 + 1).unwrap_or_default()];
        for row in &rows {
            if let Some(word) = bits.get_mut(word_of(*row)) {
                *word |= 1 << (row & 63);
            }
        }
        Self { rows, bits }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Their rows.
    pub(super) fn rows(&self) -> &[i64] {
        &self.rows
    }

    /// Whether a row is among them.
    pub(super) fn holds(&self, row: i64) -> bool {
        self.bits.get(word_of(row)).is_some_and(|word| word & (1 << (row & 63)) != 0)
    }
}

fn word_of(row: i64) -> usize {
    usize::try_from(row >> 6).unwrap_or(usize::MAX)
}

impl Texts {
    /// The contacts whose texts contain a folded text.
    pub(super) fn find(&self, db: &Connection, folded: &str) -> Result<Hits, StoreError> {
        Ok(Hits::new(self.catch_up(db)?.find(folded)))
    }

    /// Takes over what changed since the last time.
    pub(super) fn catch_up(&self, db: &Connection) -> Result<RwLockReadGuard<'_, Lines>, StoreError> {
        let last: i64 =
            db.prepare_cached("SELECT coalesce(max(number), 0) FROM text_change")?.query_row([], |row| row.get(0))?;
        let lines = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if lines.is_filled && lines.last >= last {
            return Ok(lines);
        }
        drop(lines);
        let mut lines = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !lines.is_filled || lines.outdated > SLACK + lines.bytes.len() / 4 {
            // Only put in place when it is whole.
            *lines = Lines::read(db, last)?;
        } else if lines.last < last {
            lines.follow(db, last)?;
        }
        drop(lines);
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Texts and where each of them begins.
#[derive(Debug, Default)]
pub(super) struct Lines {
    is_filled: bool,
    bytes: Vec<u8>,
    /// Where each line begins, ascending.
    starts: Vec<usize>,
    /// Whose each line is. The first ones are in the order of rows.
    rows: Vec<i64>,
    /// Lines that were added later, by row; all others are found by their order.
    moved: HashMap<i64, usize>,
    /// How many lines stand in the order of rows.
    ordered: usize,
    /// The last change that was taken over.
    last: i64,
    /// How many bytes belong to nobody any more.
    outdated: usize,
}

impl Lines {
    fn read(db: &Connection, last: i64) -> Result<Self, StoreError> {
        let mut lines = Self { is_filled: true, last, ..Self::default() };
        let mut statement = db.prepare("SELECT row, folded FROM contact_text ORDER BY row")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            lines.push(row.get(0)?, row.get_ref(1)?.as_bytes().unwrap_or_default());
        }
        lines.ordered = lines.rows.len();
        Ok(lines)
    }

    /// Takes over the changes up to one of them.
    fn follow(&mut self, db: &Connection, last: i64) -> Result<(), StoreError> {
        let mut statement = db.prepare_cached(
            "SELECT DISTINCT text_change.row, folded FROM text_change LEFT JOIN contact_text \
             ON contact_text.row = text_change.row WHERE number > ?1 AND number <= ?2",
        )?;
        let mut rows = statement.query([self.last, last])?;
        while let Some(row) = rows.next()? {
            let contact: i64 = row.get(0)?;
            self.forget(contact);
            if let Ok(text) = row.get_ref(1)?.as_bytes() {
                self.moved.insert(contact, self.rows.len());
                self.push(contact, text);
            }
        }
        self.last = last;
        Ok(())
    }

    fn push(&mut self, row: i64, text: &[u8]) {
        self.starts.push(self.bytes.len());
        self.rows.push(row);
        self.bytes.extend_from_slice(text);
        self.bytes.push(END);
    }

    /// Overwrites the text of a row, so that nothing is found in it.
    fn forget(&mut self, row: i64) {
        let ordered = || self.rows.get(..self.ordered)?.binary_search(&row).ok();
        let Some(line) = self.moved.remove(&row).or_else(ordered) else { return };
        let end = self.end(line);
        if let Some(text) = self.starts.get(line).and_then(|start| self.bytes.get_mut(*start..end)) {
            self.outdated += text.len();
            text.fill(END);
        }
    }

    /// Where the line after this one begins.
    fn end(&self, line: usize) -> usize {
        self.starts.get(line + 1).copied().unwrap_or(self.bytes.len())
    }

    /// Whose texts contain this one.
    fn find(&self, text: &str) -> Vec<i64> {
        let mut found = Vec::new();
        if text.is_empty() || text.bytes().any(|byte| byte == END) {
            return found;
        }
        let finder = Finder::new(text);
        let (mut line, mut from) = (0, 0);
        while let Some(place) = self.bytes.get(from..).and_then(|rest| finder.find(rest)) {
            let place = from + place;
            // Hits are mostly near each other; a jump over many lines is a rare text's.
            while self.end(line) <= place {
                line += 1;
            }
            found.extend(self.rows.get(line));
            from = self.end(line);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Hits, Lines};

    #[test]
    fn lines_are_found_once_each_and_forgotten() {
        let mut lines = Lines::default();
        for (row, text) in [(3, "ann lee\nann"), (5, ""), (70, "joan"), (71, "ann")] {
            lines.push(row, text.as_bytes());
        }
        lines.ordered = 4;
        assert_eq!(lines.find("an"), [3, 70, 71]);
        assert_eq!(lines.find("e\nj"), [0_i64; 0], "nothing reaches into the next");
        lines.forget(70);
        assert_eq!(lines.find("an"), [3, 71]);
        let hits = Hits::new(lines.find("an"));
        assert_eq!([3, 5, 70, 71, 5_000].map(|row| hits.holds(row)), [true, false, false, true, false]);
        assert_eq!((lines.find(""), lines.find("\0")), (vec![], vec![]));
    }
}
