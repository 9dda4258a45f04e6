//! Contacts: pages by sort key, text search, one, change.

use rusqlite::{Connection, OptionalExtension, Statement, Transaction, TransactionBehavior, params};
use serde_json::{Map, Value};

use super::merge::merge;
use super::{Slice, Store, StoreError, Window, count, texts};
use crate::fold::fold_into;
use crate::model::Record;
use crate::people::time;

/// Adds a contact's row; see [`Columns::insert`].
pub(super) const INSERT: &str = "INSERT INTO contact (id, created_at, updated_at, first_name, last_name, email, \
     display_name, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// What lists are sorted by: text as it stands, byte by byte. A contact that was never changed has no `updated_at` and
/// comes first in ascending order, last in descending, as in MongoDB.
const SORT_KEYS: [&str; 6] = ["created_at", "updated_at", "first_name", "last_name", "email", "display_name"];

/// The order of a list of contacts. Equal keys are in the order of ids, so that pages never overlap.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sort {
    column: &'static str,
    descending: bool,
}

impl Sort {
    /// Reads the `sort` value. An unknown key, such as the `undefined` that the dashboard sends, is the default order:
    /// newest first.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default();
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let column = SORT_KEYS.into_iter().find(|key| *key == name);
        column.map_or(Self { column: "created_at", descending: true }, |column| Self { column, descending })
    }

    fn direction(self) -> &'static str {
        if self.descending { "DESC" } else { "ASC" }
    }

    /// The rows of a condition in this order; of none, read from an index alone.
    fn rows(self, condition: &str) -> String {
        let (column, direction) = (self.column, self.direction());
        format!("SELECT row FROM contact {condition} ORDER BY {column} {direction}, id {direction}")
    }

    /// A page of the contacts of a condition with the value `?1`: skipped over in the index alone, then joined to the documents.
    pub(super) fn page(self, condition: &str) -> String {
        let (column, direction, rows) = (self.column, self.direction(), self.rows(condition));
        format!(
            "SELECT contact.document FROM ({rows} LIMIT ?2 OFFSET ?3) AS page \
             CROSS JOIN contact ON contact.row = page.row \
             ORDER BY contact.{column} {direction}, contact.id {direction}"
        )
    }
}

impl Store {
    /// A page of all contacts.
    pub(crate) fn contacts(&self, sort: Sort, window: Window) -> Result<Slice, StoreError> {
        let sql = sort.page("");
        self.read(|db| {
            // One transaction, so that page and count are of the same moment.
            let db = db.unchecked_transaction()?;
            let rows = texts(&db, &sql, params![rusqlite::types::Null, whole(window.limit), whole(window.skip)])?;
            let count = count(&db, "SELECT number FROM tally WHERE name = 'contacts'", [])?;
            Ok(Slice { rows, count })
        })
    }

    /// The row numbers of all contacts in an order.
    pub(crate) fn rows(&self, sort: Sort) -> Result<Vec<i64>, StoreError> {
        self.read(|db| Ok(db.prepare(&sort.rows(""))?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?))
    }

    /// The documents of these rows, in their order; rows that are gone are left out.
    pub(crate) fn documents_of(&self, rows: &[i64]) -> Result<Vec<String>, StoreError> {
        self.read(|db| documents_of(db, rows))
    }

    /// One contact's document.
    pub(crate) fn contact(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT document FROM contact WHERE id = ?1")?;
            Ok(statement.query_row([id], |row| row.get(0)).optional()?)
        })
    }

    /// Merges changes into a contact; its new document, or `None` when there is no such contact.
    pub(crate) fn update_contact(
        &self,
        id: &str,
        changes: &Map<String, Value>,
        replaces: bool,
        clock: impl Fn() -> i64,
    ) -> Result<Option<String>, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: Option<(i64, String)> = transaction
            .prepare_cached("SELECT row, document FROM contact WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((row, document)) = found else {
            return Ok(None);
        };
        let now = time::text(clock());
        let document = merge(&document, changes, &now, replaces)?;
        let contact: Record = serde_json::from_str(&document)?;
        replace(&transaction, row, &Columns::of(|name| contact.text(name).unwrap_or_default()), &document)?;
        transaction.commit()?;
        Ok(Some(document))
    }
}

/// The documents of these rows, in their order; rows that are gone are left out.
pub(super) fn documents_of(db: &Connection, rows: &[i64]) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare_cached("SELECT document FROM contact WHERE row = ?1")?;
    let documents = rows.iter().map(|row| statement.query_row([row], |row| row.get(0)).optional());
    Ok(documents.filter_map(Result::transpose).collect::<Result<_, _>>()?)
}

/// Writes a changed contact; a trigger keeps the search index in step.
fn replace(db: &Transaction<'_>, row: i64, columns: &Columns<'_>, document: &str) -> Result<(), StoreError> {
    db.prepare_cached(
        "UPDATE contact SET updated_at = ?2, first_name = ?3, last_name = ?4, email = ?5, display_name = ?6, \
         document = ?7 WHERE row = ?1",
    )?
    .execute(params![
        row,
        columns.updated_at,
        columns.first_name,
        columns.last_name,
        columns.email,
        columns.display_name,
        document
    ])?;
    db.prepare_cached("UPDATE contact_text SET folded = ?2 WHERE row = ?1 AND folded <> ?2")?
        .execute(params![row, columns.folded])?;
    Ok(())
}

/// What a contact is found and sorted by.
pub(super) struct Columns<'a> {
    pub(super) created_at: &'a str,
    pub(super) updated_at: Option<&'a str>,
    pub(super) first_name: &'a str,
    pub(super) last_name: &'a str,
    pub(super) email: &'a str,
    pub(super) display_name: &'a str,
    pub(super) folded: String,
}

impl<'a> Columns<'a> {
    /// The columns of a contact whose fields `text` reads; empty for unset ones.
    pub(super) fn of(text: impl Fn(&'static str) -> &'a str) -> Self {
        let mut folded = String::with_capacity(96);
        let full_name = format!("{} {}", text("first_name"), text("last_name"));
        let phone = format!("{}{}", text("area_code"), text("phone_number"));
        // A line each, so that no text matches across two fields.
        for part in [text("display_name"), full_name.trim(), text("email"), &phone, text("remark")] {
            if !part.is_empty() {
                fold_into(&mut folded, part);
                folded.push('\n');
            }
        }
        Self {
            created_at: text("created_at"),
            updated_at: Some(text("updated_at")).filter(|text| !text.is_empty()),
            first_name: text("first_name"),
            last_name: text("last_name"),
            email: text("email"),
            display_name: text("display_name"),
            folded,
        }
    }

    /// Adds the row of a contact with these columns by a statement of [`INSERT`].
    pub(super) fn insert(&self, statement: &mut Statement<'_>, id: &str, document: &str) -> rusqlite::Result<usize> {
        statement.execute(params![
            id,
            self.created_at,
            self.updated_at,
            self.first_name,
            self.last_name,
            self.email,
            self.display_name,
            document
        ])
    }
}

/// A number as SQLite takes it; nothing here comes near the limit.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
