//! Search: which contacts contain a text, how many there are, and a page of them in an order.
//!
//! The trigram index (FTS5) finds a text of three characters or more; a shorter one is looked for in the texts themselves.

use rusqlite::params;

use super::contacts::{Sort, whole};
use super::{Slice, Store, StoreError, Window, count, texts};
use crate::fold::fold;

const BY_INDEX: &str = "SELECT rowid FROM contact_search WHERE contact_search MATCH ?1";
const BY_TEXT: &str = "SELECT row FROM contact_text WHERE instr(folded, ?1)";

impl Store {
    /// A page of the contacts whose names, e-mail, phone or remark contain a text, marks and case apart.
    pub(crate) fn search_contacts(&self, text: &str, sort: Sort, window: Window) -> Result<Slice, StoreError> {
        let folded = fold(text);
        // Nothing is left to look for, or what SQLite's texts end at.
        if folded.is_empty() || folded.contains('\0') {
            return Ok(Slice::default());
        }
        let (found, value) = match folded.chars().count() {
            1..=2 => (BY_TEXT, folded),
            _ => (BY_INDEX, format!("\"{}\"", folded.replace('"', "\"\""))),
        };
        let page = sort.page(&format!("WHERE row IN ({found})"));
        self.read(|db| {
            // One transaction, so that page and count are of the same moment.
            let db = db.unchecked_transaction()?;
            let rows = texts(&db, &page, params![value, whole(window.limit), whole(window.skip)])?;
            let count = count(&db, &format!("SELECT count(*) FROM ({found})"), [value])?;
            Ok(Slice { rows, count })
        })
    }
}
