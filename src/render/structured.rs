//! The same answer as columnar JSON, for operators who choose `--output structured`.
//!
//! The text form is the default, because clients disagree on which of text and `structuredContent` they show a model,
//! and some show both. Here one form replaces the other: the text is then the same JSON.

use serde_json::{Map, Value, json};

use super::Reply;
use super::budget::Budget;
use super::lossless::Lossless;
use super::table::{Cell, Span, Table};

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
        Reply::Card(fields) => {
            let fields: Map<String, Value> = fields.iter().map(|(name, cell)| (name.clone(), of_cell(cell))).collect();
            json!({ "fields": fields })
        }
        Reply::Lines(lines) => json!({ "lines": lines }),
    }
}

fn of_table(table: &Table, budget: Budget) -> Value {
    let layout = table.layout();
    let mut answer = head(&table.title, table.span, &table.notes);
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
    fill(answer, "rows", rows, table.span, budget)
}

fn of_objects(lossless: &Lossless, budget: Budget) -> Value {
    if lossless.title.is_empty() {
        let fields = lossless.records.first().map(crate::model::Record::to_value).unwrap_or_default();
        if fields.to_string().len() <= budget.bytes {
            return json!({ "fields": fields });
        }
        let sizes = fields.as_object().into_iter().flatten();
        let kept: Map<String, Value> = sizes
            .map(|(name, value)| {
                let size = value.to_string().len();
                let left_out = Value::from(format!("left out: {size} bytes"));
                (name.clone(), if size > 200 { left_out } else { value.clone() })
            })
            .take(100)
            .collect();
        return json!({ "fields": kept });
    }
    let answer = head(&lossless.title, lossless.span, &lossless.notes);
    let rows = lossless.records.iter().map(crate::model::Record::to_value);
    fill(answer, "objects", rows, lossless.span, budget)
}

fn head(title: &str, span: Span, notes: &[String]) -> Map<String, Value> {
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
    span: Span,
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
        answer.insert("next_skip".to_owned(), (span.skip + shown as u64).into());
    }
    answer.insert(name.to_owned(), Value::Array(kept));
    Value::Object(answer)
}

fn of_cell(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => "".into(),
        Cell::Text(text) => text.as_str().into(),
        Cell::Number(number) => (*number).into(),
        Cell::Flag(flag) => (*flag).into(),
    }
}
