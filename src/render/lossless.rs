//! `fields=*`: every value of every object, in a form that a program can turn back into the gateway's JSON.
//!
//! The form, for the objects of a list:
//!
//! - First the head line of the list, then other lines that begin with `#`, then CSV: the columns' names, and a row an
//!   object. Cells that are missing at the end of a row are blank.
//! - `# every row: name=JSON name=JSON` holds the columns that are the same in all rows.
//! - `# blank: JSON=name name; JSON=name` says, per column, which value a blank cell stands for (`""`, `null`, `{}`,
//!   `[]`); in a column that is not named there a blank cell stands for an absent field.
//! - `# JSON: name name` names the columns whose cells are JSON. The cells of all others are strings as they are, save
//!   those that begin with `"`, which are JSON strings.
//! - `# prefix: name=JSON` names the columns whose cells, blank ones aside, go on behind the JSON string given here,
//!   `# suffix: name=JSON` those whose cells stop before it. Only addresses are shortened so.
//! - A column's name is a path: a dot is a step into a nested object, and a step that is more than letters, digits,
//!   `_`, `-` and `@` is a JSON string. A column `a` beside a column `a.b` speaks for other rows than that one.
//!
//! One object by itself is `path: JSON` lines.
//!
//! In JSON every character that hides or reorders is escaped, so nothing is lost by what the cleaner would remove.

mod column;

use serde_json::Value;

use super::budget::Budget;
use super::csv::Row;
use super::span::Span;
use super::untrusted::{clipped, is_clean};
use crate::model::Record;
use column::{Column, columns, leaves, step};

/// Objects to be shown whole.
#[derive(Debug, Clone)]
pub struct Lossless {
    /// What the objects are; empty for a single object that needs no title.
    pub title: String,
    /// Which rows they are.
    pub span: Span,
    /// Further head lines.
    pub notes: Vec<String>,
    /// The objects.
    pub records: Vec<Record>,
}

impl Lossless {
    /// One object by itself.
    pub fn one(record: Record) -> Self {
        let span = Span { skip: 0, total: None, more: false, units: None };
        Self { title: String::new(), span, notes: Vec::new(), records: vec![record] }
    }

    /// The objects as text, cut at a row where the budget ends.
    pub(super) fn text(&self, budget: Budget) -> String {
        match self.records.as_slice() {
            [only] if self.title.is_empty() => lines(only, &self.notes, budget),
            _ => self.table(budget),
        }
    }

    fn table(&self, budget: Budget) -> String {
        let Some(columns) = columns(&self.records, budget.bytes) else { return self.too_large() };
        let (constant, mut varying): (Vec<Column<'_>>, Vec<Column<'_>>) =
            columns.into_iter().partition(|column| self.records.len() > 1 && column.is_constant());
        varying.sort_by_key(Column::blanks);
        let mut head: Vec<String> = self.notes.iter().map(|note| format!("# {note}")).collect();
        let mut say = |what: &str, parts: Vec<String>, between: &str| {
            if !parts.is_empty() {
                head.push(format!("# {what}: {}", parts.join(between)));
            }
        };
        let pair = |column: &Column<'_>, value: String| format!("{}={value}", column.name());
        say("every row", constant.iter().map(|column| pair(column, column.first())).collect(), " ");
        say("blank", blanks(&varying), "; ");
        say("JSON", varying.iter().filter(|it| it.is_json()).map(|it| it.name().to_owned()).collect(), " ");
        say("prefix", varying.iter().filter_map(|it| Some(pair(it, json_text(it.prefix()?)))).collect(), " ");
        say("suffix", varying.iter().filter_map(|it| Some(pair(it, json_text(it.suffix()?)))).collect(), " ");
        let mut names = Row::default();
        varying.iter().for_each(|column| names.push(column.name()));
        let mut line = String::new();
        names.finish(&mut line);
        head.push(line);
        let mut row = Row::default();
        let write = |index: usize, text: &mut String| {
            varying.iter().for_each(|column| row.push(&column.cell(index)));
            row.finish(text);
        };
        let held = self.records.len();
        let first = |shown| self.span.head(&self.title, shown, held);
        budget.fill(&head, held, write, first).unwrap_or_else(|| self.too_large())
    }

    /// What to say when not even the first object fits.
    fn too_large(&self) -> String {
        let size = self.records.first().map_or(0, |record| record.to_value().to_string().len());
        let remedy = "name the fields instead of *";
        let what = format!("left out, its {size} bytes are more than one answer holds; {remedy}");
        self.span.left_out(&self.title, &what, self.records.len())
    }
}

/// One object, a line a field; a value that does not fit is named with its size.
fn lines(record: &Record, notes: &[String], budget: Budget) -> String {
    // Room for the lines that only name a value.
    let notes = notes.iter().map(|note| format!("# {note}"));
    let mut left = budget.bytes.saturating_sub(500 + notes.clone().map(|note| note.len() + 1).sum::<usize>());
    let leaves: Vec<(String, &Value)> = record.fields().flat_map(|(name, value)| leaves(step(name), value)).collect();
    let lines = leaves.into_iter().map(|(name, value)| {
        let line = format!("{name}: {}", json(value));
        if line.len() + 1 > left {
            return format!("# {} left out: {} bytes", clipped(&name, 60), line.len());
        }
        left -= line.len() + 1;
        line
    });
    budget.lines(notes.chain(lines))
}

/// What blank cells stand for, where it is anything but absence: `JSON=name name`.
fn blanks(columns: &[Column<'_>]) -> Vec<String> {
    let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
    for column in columns {
        let Some(blank) = column.blank().map(json) else { continue };
        match kinds.iter_mut().find(|(kind, _)| *kind == blank) {
            Some((_, names)) => names.push(column.name()),
            None => kinds.push((blank, vec![column.name()])),
        }
    }
    kinds.into_iter().map(|(kind, names)| format!("{kind}={}", names.join(" "))).collect()
}

fn json_text(text: &str) -> String {
    json(&Value::from(text))
}

/// Compact JSON in which everything that hides or reorders is escaped.
fn json(value: &Value) -> String {
    let text = value.to_string();
    if is_clean(&text) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        // Double spaces are unclean only as a matter of tokens; in JSON they are data.
        if letter == ' ' || is_clean(letter.encode_utf8(&mut [0; 4])) {
            escaped.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}
