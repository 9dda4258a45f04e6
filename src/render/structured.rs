//! The same answer as columnar JSON, for operators who choose `--output structured`.
//!
//! The text form is the default, because clients disagree on which of text and `structuredContent` they show a model,
//! and some show both. Here one form replaces the other: the text is then the same JSON.

use serde_json::{Map, Value, json};

use super::Reply;
use super::budget::Budget;
use super::lossless::Lossless;
use super::span::Span;
use super::table::{Cell, Table};
use super::untrusted::is_clean;
use crate::plural::{agree, counted};

/// What kind of JSON a tool answers with; its output schema follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A list: columns and rows, or whole objects.
    Rows,
    /// One object: its fields.
    Fields,
    /// A receipt: lines.
    Lines,
}

impl Shape {
    /// The schema that every success of this shape keeps.
    pub fn schema(self) -> Map<String, Value> {
        let list = |items: &str| json!({ "type": "array", "items": { "type": items } });
        let (properties, required) = match self {
            Self::Rows => (
                json!({
                    "title": { "type": "string" },
                    "skip": { "type": "integer" },
                    "total": { "type": "integer" },
                    "next_skip": { "type": "integer" },
                    "notes": list("string"),
                    "every_row": { "type": "object" },
                    "columns": list("string"),
                    "rows": list("array"),
                    "objects": list("object"),
                }),
                json!(["title", "skip"]),
            ),
            Self::Fields => (json!({ "fields": { "type": "object" } }), json!(["fields"])),
            Self::Lines => (json!({ "lines": list("string") }), json!(["lines"])),
        };
        let entries = [("type", json!("object")), ("properties", properties), ("required", required)];
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The reply as JSON within the budget: a list is cut at a row, and `next_skip` says where it goes on.
pub fn structured(reply: &Reply, budget: Budget) -> Value {
    match reply {
        Reply::Table(table) => of_table(table, budget),
        Reply::Lossless(lossless) => of_objects(lossless, budget),
        Reply::Card(fields) => fitted(fields.iter().map(|(name, cell)| (name.clone(), of_cell(cell))), &[], budget),
        Reply::Lines(lines) => {
            let mut left = budget.bytes.saturating_sub(80);
            let fits = |line: &&String| {
                let size = Value::from(line.as_str()).to_string().len() + 1;
                left = left.saturating_sub(size);
                left > 0
            };
            let kept: Vec<&String> = lines.iter().take_while(fits).collect();
            json!({ "lines": kept })
        }
    }
}

/// Fields as far as they fit; one that is too large is named with its size, and those that have no place are counted.
fn fitted(fields: impl Iterator<Item = (String, Value)>, notes: &[String], budget: Budget) -> Value {
    // Room for the names around the fields and for the note.
    let said: usize = notes.iter().map(|note| Value::from(note.as_str()).to_string().len() + 1).sum();
    let mut left = budget.bytes.saturating_sub(120 + said);
    let (mut kept, mut missing) = (Map::new(), 0);
    for (name, value) in fields {
        let size = value.to_string().len();
        let said = format!("left out: {}", counted(size as u64, "byte"));
        let rest = |taken: usize| left.checked_sub(Value::from(name.as_str()).to_string().len() + taken + 2);
        match rest(size).map(|rest| (rest, value)).or_else(|| Some((rest(said.len() + 2)?, said.into()))) {
            Some((rest, value)) => {
                left = rest;
                kept.insert(name, value);
            }
            None => missing += 1,
        }
    }
    let missing = (missing > 0).then(|| format!("{missing} more {} left out", agree(missing, "field", "fields")));
    let notes: Vec<String> = notes.iter().cloned().chain(missing).collect();
    if notes.is_empty() { json!({ "fields": kept }) } else { json!({ "fields": kept, "notes": notes }) }
}

/// The same value with everything that hides or reorders spelled out, as in `\u{202e}`: a client that shows the JSON
/// shows these characters as they are.
fn spelled(value: &Value) -> Value {
    match value {
        Value::String(text) => spelled_text(text).into(),
        Value::Array(values) => values.iter().map(spelled).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, value)| (spelled_text(name), spelled(value))).collect())
        }
        other => other.clone(),
    }
}

fn spelled_text(text: &str) -> String {
    // White space is no reason to doubt the words around it; line breaks are escaped by JSON.
    let space = [' ', '\n', '\r', '\t'];
    let mut spelled = String::with_capacity(text.len());
    for word in text.split_inclusive(space) {
        let is_known = is_clean(word.trim_end_matches(space));
        for letter in word.chars() {
            if is_known || space.contains(&letter) || is_clean(letter.encode_utf8(&mut [0; 4])) {
                spelled.push(letter);
            } else {
                spelled.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
        }
    }
    spelled
}

fn of_table(table: &Table, budget: Budget) -> Value {
    let layout = table.layout();
    let mut answer = head(&table.title, &table.span, &table.notes);
    if table.rows.is_empty() {
        answer.insert("notes".to_owned(), json!(std::iter::once(&table.none).chain(&table.notes).collect::<Vec<_>>()));
        answer.insert("rows".to_owned(), json!([]));
        return Value::Object(answer);
    }
    let every_row = layout.constant_cells.iter().map(|(name, cell)| ((*name).to_owned(), of_cell(cell)));
    answer.insert("every_row".to_owned(), Value::Object(every_row.collect()));
    let names: Vec<&str> = layout.shown.iter().filter_map(|index| table.columns.get(*index).copied()).collect();
    answer.insert("columns".to_owned(), json!(names));
    let rows = table.rows.iter().map(|row| {
        let mut cells: Vec<Value> =
            layout.shown.iter().map(|index| row.get(*index).map_or(Value::Null, of_cell)).collect();
        let filled = cells.iter().rposition(|cell| cell != "").map_or(0, |last| last + 1);
        cells.truncate(filled);
        Value::Array(cells)
    });
    fill(answer, "rows", rows, &table.span, budget)
}

fn of_objects(lossless: &Lossless, budget: Budget) -> Value {
    if let [only] = lossless.records.as_slice()
        && lossless.title.is_empty()
    {
        return fitted(
            only.fields().map(|(name, value)| (spelled_text(name), spelled(value))),
            &lossless.notes,
            budget,
        );
    }
    let answer = head(&lossless.title, &lossless.span, &lossless.notes);
    let rows = lossless.records.iter().map(|record| spelled(&record.to_value()));
    fill(answer, "objects", rows, &lossless.span, budget)
}

fn head(title: &str, span: &Span, notes: &[String]) -> Map<String, Value> {
    let mut head = Map::new();
    head.insert("title".to_owned(), title.into());
    head.insert("skip".to_owned(), span.skip.into());
    if let Some(total) = span.total {
        head.insert("total".to_owned(), total.into());
    }
    if !notes.is_empty() {
        head.insert("notes".to_owned(), json!(notes));
    }
    head
}

/// Adds rows as long as they fit, and says where to go on.
fn fill(
    mut answer: Map<String, Value>,
    name: &str,
    rows: impl ExactSizeIterator<Item = Value>,
    span: &Span,
    budget: Budget,
) -> Value {
    let held = rows.len();
    // Room for the names around the rows and for `next_skip`.
    let mut left = budget.bytes.saturating_sub(Value::Object(answer.clone()).to_string().len() + 60);
    let mut kept = Vec::new();
    for row in rows {
        let size = row.to_string().len() + 1;
        if size > left {
            break;
        }
        left -= size;
        kept.push(row);
    }
    if kept.is_empty() && held > 0 {
        let note = "the first row is more than one answer holds; name the fields instead of *";
        answer.insert("notes".to_owned(), json!([note]));
    }
    // A row that fits in no answer is passed over, or the reader would ask for it for ever.
    let shown = if kept.is_empty() { 1.min(held) } else { kept.len() };
    if span.more || shown < held {
        answer.insert("next_skip".to_owned(), span.after(shown, held).into());
    }
    answer.insert(name.to_owned(), Value::Array(kept));
    Value::Object(answer)
}

fn of_cell(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => "".into(),
        Cell::Text(text) | Cell::Moment(text) => text.as_str().into(),
        Cell::Number(number) => (*number).into(),
        Cell::Flag(flag) => (*flag).into(),
    }
}
