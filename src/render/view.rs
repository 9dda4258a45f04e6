//! How a noun is shown as rows: its default columns, the columns that may be added, and the one way to make a table.

use serde_json::Value;

use super::lossless::Lossless;
use super::span::Span;
use super::table::{Cell, Table};
use super::unreadable::{ExpectedField, unreadable_rows};
use super::untrusted::clipped;
use super::{Reply, dates};
use crate::ids::ShortIds;
use crate::model::{Page, Record};

/// One column of a noun.
pub struct Column<T: 'static> {
    /// Its name in the head of the table and in `fields`.
    pub name: &'static str,
    /// Its value for one row.
    pub cell: fn(&T, &ShortIds) -> Cell,
}

/// A noun that can be shown as rows.
pub trait Noun: Sized + 'static {
    /// What several of them are called in a head line.
    const PLURAL: &'static str;
    /// The columns that are always shown, ids first.
    const COLUMNS: &'static [Column<Self>];
    /// Columns that `fields` may add and that are more than a field of the gateway's object.
    const EXTRA: &'static [Column<Self>];
    /// Fields of the gateway's object that `fields` may add as they are.
    const RAW: &'static [&'static str];
    /// What the fields behind these columns are expected to hold.
    const EXPECTED: &'static [ExpectedField];
    /// The gateway's object.
    fn record(&self) -> &Record;
}

/// Which columns a caller wants.
pub enum Fields<T: 'static> {
    /// The default ones and these.
    Columns(Vec<Picked<T>>),
    /// Everything, value for value.
    Lossless,
}

/// A column that was asked for by name.
pub enum Picked<T: 'static> {
    /// One that we make.
    Made(&'static Column<T>),
    /// A field of the gateway's object.
    Raw(&'static str),
}

/// A name that is no column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// What was written.
    pub name: String,
    /// What there is.
    pub known: Vec<&'static str>,
}

impl<T: Noun> Fields<T> {
    /// The columns by their names; `*` is everything.
    ///
    /// # Errors
    /// [`UnknownField`] for the first name that is no column.
    pub fn pick(names: &[String]) -> Result<Self, UnknownField> {
        if names.iter().any(|name| name == "*") {
            return Ok(Self::Lossless);
        }
        let mut picked = Vec::new();
        for name in names.iter().filter(|name| !T::COLUMNS.iter().any(|column| column.name == name.as_str())) {
            let made = T::EXTRA.iter().find(|column| column.name == name.as_str()).map(Picked::Made);
            let raw = T::RAW.iter().find(|field| **field == name.as_str()).map(|field| Picked::Raw(field));
            let column = made.or(raw).ok_or_else(|| UnknownField { name: name.clone(), known: Self::known() })?;
            if !picked.iter().any(|known: &Picked<T>| known.name() == column.name()) {
                picked.push(column);
            }
        }
        Ok(Self::Columns(picked))
    }

    /// Every name that `fields` takes beside the default columns.
    pub fn known() -> Vec<&'static str> {
        T::EXTRA.iter().map(|column| column.name).chain(T::RAW.iter().copied()).chain(["*"]).collect()
    }
}

impl<T> Picked<T> {
    fn name(&self) -> &'static str {
        match self {
            Self::Made(column) => column.name,
            Self::Raw(name) => name,
        }
    }
}

/// What a list is about besides its rows.
pub struct Listing {
    /// Behind the plural in the head line, such as ` of con_66d67483`. Ours, or cleaned.
    pub subject: String,
    /// Which rows these are.
    pub span: Span,
    /// Further head lines.
    pub notes: Vec<String>,
    /// What to say when there are none.
    pub none: String,
}

impl Listing {
    /// A page that the gateway cut.
    pub fn of_page<T>(page: &Page<T>, skip: u64, none: &str) -> Self {
        let span = Span { skip, total: page.grand_total(skip), more: page.has_more(skip), units: None };
        Self { subject: String::new(), span, notes: Vec::new(), none: none.to_owned() }
    }

    /// A part of a list that the gateway gave whole: at most `limit` rows after `skip`.
    pub fn of_whole<'a, T>(rows: &'a [T], skip: u64, limit: u64, none: &str) -> (&'a [T], Self) {
        let total = rows.len() as u64;
        let rest = rows.get(usize::try_from(skip).unwrap_or(usize::MAX)..).unwrap_or_default();
        let shown = rest.get(..usize::try_from(limit).unwrap_or(usize::MAX).min(rest.len())).unwrap_or(rest);
        let span = Span { skip, total: Some(total), more: shown.len() < rest.len(), units: None };
        (shown, Self { subject: String::new(), span, notes: Vec::new(), none: none.to_owned() })
    }
}

impl<T: Noun> Fields<T> {
    /// Whether every field of every object is wanted as it is.
    pub fn is_lossless(&self) -> bool {
        matches!(self, Self::Lossless)
    }
}

/// A list of rows in the wanted columns.
pub fn list<T: Noun>(rows: &[T], fields: &Fields<T>, listing: Listing, short_ids: &ShortIds) -> Reply {
    let Listing { subject, span, mut notes, none } = listing;
    notes.extend(unreadable_rows("row", rows.iter().map(Noun::record), T::EXPECTED));
    let title = format!("{}{subject}", T::PLURAL);
    let picked = match fields {
        Fields::Lossless if !rows.is_empty() => {
            let records = rows.iter().map(|row| row.record().clone()).collect();
            return Reply::Lossless(Lossless { title, span, notes, records });
        }
        Fields::Lossless => &[],
        Fields::Columns(picked) => picked.as_slice(),
    };
    let columns = T::COLUMNS.iter().map(|column| column.name).chain(picked.iter().map(Picked::name)).collect();
    let cells = |row: &T| {
        let fixed = T::COLUMNS.iter().map(|column| (column.cell)(row, short_ids));
        let added = picked.iter().map(|picked| match picked {
            Picked::Made(column) => (column.cell)(row, short_ids),
            Picked::Raw(name) => raw_cell(row.record().raw(name), short_ids),
        });
        fixed.chain(added).collect()
    };
    Reply::Table(Table { title, span, notes, columns, rows: rows.iter().map(cells).collect(), none })
}

/// A field of the gateway's object as it is: ids as handles, moments as days, objects as JSON.
pub(super) fn raw_cell(value: Option<&Value>, short_ids: &ShortIds) -> Cell {
    match value {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::Bool(flag)) => Cell::Flag(*flag),
        Some(Value::Number(number)) => number.as_i64().map_or_else(|| Cell::text(number.to_string()), Cell::Number),
        Some(Value::String(text)) => text_cell(text, short_ids),
        Some(Value::Array(list)) if list.is_empty() => Cell::Empty,
        Some(Value::Object(map)) if map.is_empty() => Cell::Empty,
        Some(nested) => Cell::text(clipped(&nested.to_string(), TEXT)),
    }
}

/// How much of a text a cell shows, in characters.
pub(super) const TEXT: usize = 160;

fn text_cell(text: &str, short_ids: &ShortIds) -> Cell {
    let shown = short_ids.show(text);
    if shown.len() != text.len() {
        return Cell::text(shown);
    }
    Cell::text(if dates::is_moment(text) { dates::minute(text) } else { clipped(text, TEXT) })
}
