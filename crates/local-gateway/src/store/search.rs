//! Search: which contacts contain a text, how many there are, and a page of them in an order.
//!
//! Two ways, one answer. A text of three characters or more that few contacts contain is found by the trigram index (FTS5).
//! What is shorter, or what very many contain (`nguyen`, `example.com`), would cost such an index more than reading every
//! text once: that is done in [`Texts`].

use rusqlite::{Connection, OptionalExtension, params};

use super::contacts::{Sort, documents_of};
use super::texts::Hits;
use super::{Slice, Store, StoreError, count};
use crate::call::Window;
use crate::fold::fold;

/// Up to so many contacts are taken from the trigram index. It finds so many in about 2 ms, and reading all texts of a
/// million contacts takes about 5.
const FEW: usize = 2_000;
/// As many are asked for, to see whether there are more.
const FEW_AND_ONE: i64 = 2_001;
/// How many steps through the order of all contacts cost as much as looking up the key of one.
const STEPS_A_LOOKUP: u64 = 10;

/// The texts of so many contacts are read in a few milliseconds, when they are first needed.
const MANY: u64 = 20_000;

impl Store {
    /// A page of the contacts whose names, e-mail, phone or remark contain a text, marks and case apart.
    pub(crate) fn search_contacts(&self, text: &str, sort: Sort, window: Window) -> Result<Slice, StoreError> {
        let folded = fold(text);
        self.read(|db| {
            // One transaction, so that everything is of the same moment.
            let db = db.unchecked_transaction()?;
            let found = match rare(&db, &folded)? {
                Some(rows) => rows,
                None => self.texts.find(&db, &folded)?,
            };
            let rows = page(&db, &found, sort, window)?;
            Ok(Slice { rows: documents_of(&db, &rows)?, count: found.count() })
        })
    }

    /// Reads all texts now where that takes long, so that the first search need not.
    pub(crate) fn warm(&self) -> Result<(), StoreError> {
        self.read(|db| {
            let contacts = count(db, "SELECT number FROM tally WHERE name = 'contacts'", [])?;
            if contacts > MANY { self.texts.catch_up(db).map(drop) } else { Ok(()) }
        })
    }
}

/// The contacts by the trigram index; `None` when it knows no text so short, or when they are many.
fn rare(db: &Connection, folded: &str) -> Result<Option<Hits>, StoreError> {
    if folded.chars().count() < 3 || folded.contains('\0') {
        return Ok(None);
    }
    let sql = "SELECT rowid FROM contact_search WHERE contact_search MATCH ?1 LIMIT ?2";
    let phrase = format!("\"{}\"", folded.replace('"', "\"\""));
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![phrase, FEW_AND_ONE], |row| row.get(0))?;
    let rows: Vec<i64> = rows.collect::<Result<_, _>>()?;
    Ok((rows.len() <= FEW).then(|| Hits::new(rows)))
}

/// The rows of a page of what was found.
fn page(db: &Connection, found: &Hits, sort: Sort, window: Window) -> Result<Vec<i64>, StoreError> {
    if window.skip >= found.count() || window.limit == 0 {
        return Ok(Vec::new());
    }
    let all: i64 = db.query_row("SELECT coalesce(max(row), 0) FROM contact", [], |row| row.get(0))?;
    let steps = (window.skip.saturating_add(window.limit)).saturating_mul(all.unsigned_abs()) / found.count().max(1);
    if steps < found.count().saturating_mul(STEPS_A_LOOKUP) {
        return walk(db, found, sort, window);
    }
    let sql = format!("SELECT {}, id FROM contact WHERE row = ?1", sort.column());
    let mut statement = db.prepare_cached(&sql)?;
    let mut keyed = Vec::with_capacity(found.rows().len());
    for row in found.rows() {
        let key = statement.query_row([row], |columns| Ok((columns.get(0)?, columns.get(1)?))).optional()?;
        if let Some((key, id)) = key {
            let key: Option<String> = key;
            let id: String = id;
            keyed.push((key, id, *row));
        }
    }
    // Unset keys sort before all texts, as SQLite sorts them in the walk.
    keyed.sort_unstable();
    let page = |(_, _, row): &(Option<String>, String, i64)| *row;
    let (skip, limit) = (whole(window.skip), whole(window.limit));
    Ok(match sort.is_descending() {
        true => keyed.iter().rev().skip(skip).take(limit).map(page).collect(),
        false => keyed.iter().skip(skip).take(limit).map(page).collect(),
    })
}

/// Goes through all contacts in the order and keeps those that were found, until the page is full.
fn walk(db: &Connection, found: &Hits, sort: Sort, window: Window) -> Result<Vec<i64>, StoreError> {
    let mut statement = db.prepare_cached(&sort.all_rows())?;
    let mut rows = statement.query([])?;
    let (mut skip, mut page) = (window.skip, Vec::new());
    while let Some(row) = rows.next()? {
        let row: i64 = row.get(0)?;
        if !found.holds(row) {
            continue;
        }
        if skip > 0 {
            skip -= 1;
            continue;
        }
        page.push(row);
        if page.len() as u64 >= window.limit {
            break;
        }
    }
    Ok(page)
}

fn whole(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
