//! `fields=["*"]`: every value of every object, in a form that a program can turn back into the gateway's JSON.
//!
//! The form, for two rows or more:
//!
//! - `# every row: name=JSON …` holds the columns that are the same in all rows.
//! - `# blank: ""=a b; null=c; {}=d` names, per column, what a blank cell stands for; a column that is not named there
//!   stands for an absent field where it is blank.
//! - `# JSON: a b` names the columns whose cells are JSON; the cells of all others are strings as they are, save one
//!   that begins with `"`, which is a JSON string.
//! - A dot in a column's name is a step into a nested object; a name that holds a dot itself is a JSON string.
//!
//! One object is `name: JSON` lines.

use serde_json::Value;

use super::budget::Budget;
use super::csv::Row;
use super::table::Span;
use super::untrusted::is_clean;
use crate::model::Record;

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

/// One column: where it leads, and its value per row.
struct Column<'a> {
    name: String,
    values: Vec<Option<&'a Value>>,
}

impl Lossless {
    /// One object by itself.
    pub fn one(record: Record) -> Self {
        let span = Span { skip: 0, total: None, more: false };
        Self { title: String::new(), span, notes: Vec::new(), records: vec![record] }
    }

    /// The objects as text, cut at a row where the budget ends.
    pub(super) fn text(&self, budget: Budget) -> String {
        match self.records.as_slice() {
            [only] if self.title.is_empty() => self.lines(only, budget),
            _ => self.table(budget),
        }
    }

    /// One object, a line a field; a value that does not fit is named with its size.
    fn lines(&self, record: &Record, budget: Budget) -> String {
        let mut left = budget.bytes;
        let leaves: Vec<(String, &Value)> =
            record.fields().flat_map(|(name, value)| leaves(step(name), value)).collect();
        let lines = leaves.into_iter().map(|(name, value)| {
            let line = format!("{name}: {}", json(value));
            if line.len() + 200 > left {
                let size = line.len() - name.len();
                return format!("# {name} left out: {size} bytes");
            }
            left -= line.len() + 1;
            line
        });
        budget.lines(lines)
    }

    fn table(&self, budget: Budget) -> String {
        let columns = columns(&self.records);
        let (constant, mut varying): (Vec<Column<'_>>, Vec<Column<'_>>) =
            columns.into_iter().partition(|column| self.records.len() > 1 && column.is_constant());
        varying.sort_by_key(|column| column.values.iter().filter(|value| column.is_blank(**value)).count());
        let mut head: Vec<String> = self.notes.iter().map(|note| format!("# {note}")).collect();
        if !constant.is_empty() {
            let pairs = constant.iter().map(|column| format!("{}={}", column.name, column.first()));
            head.push(format!("# every row: {}", pairs.collect::<Vec<_>>().join(" ")));
        }
        head.extend(blanks(&varying));
        let structured: Vec<&str> =
            varying.iter().filter(|column| column.is_json()).map(|column| column.name.as_str()).collect();
        if !structured.is_empty() {
            head.push(format!("# JSON: {}", structured.join(" ")));
        }
        let mut names = Row::default();
        varying.iter().for_each(|column| names.push(&column.name));
        head.push(names.finish());
        let rows = (0..self.records.len()).map(|index| {
            let mut row = Row::default();
            varying.iter().for_each(|column| row.push(&column.cell(index)));
            row.finish()
        });
        let held = self.records.len();
        budget.fill(&head, rows, |shown| self.span.head(&self.title, shown, held)).unwrap_or_else(|| self.too_large())
    }

    /// What to say when not even the first object fits.
    fn too_large(&self) -> String {
        let size = self.records.first().map_or(0, |record| record.to_value().to_string().len());
        let after = self.span.skip + 1;
        format!(
            "# {} {after}: left out, {size} bytes are more than one answer holds; name the fields instead of *; next: skip={after}",
            self.title
        )
    }
}

impl Column<'_> {
    fn is_constant(&self) -> bool {
        let first = self.values.first().copied().flatten();
        first.is_some() && self.values.iter().all(|value| *value == first)
    }

    /// The JSON of the first row's value.
    fn first(&self) -> String {
        self.values.first().copied().flatten().map(json).unwrap_or_default()
    }

    /// Whether cells are JSON: some value is neither a string nor what a blank stands for.
    fn is_json(&self) -> bool {
        self.values.iter().flatten().any(|value| !value.is_string() && !self.is_blank(Some(value)))
    }

    /// What a blank cell of this column stands for: absent wherever a field is absent, else the commonest empty value.
    fn blank(&self) -> Option<&Value> {
        if self.values.iter().any(Option::is_none) {
            return None;
        }
        let empties = self.values.iter().flatten().filter(|value| is_empty(value));
        let count = |wanted: &Value| self.values.iter().flatten().filter(|value| **value == wanted).count();
        empties.copied().max_by_key(|value| count(value))
    }

    fn is_blank(&self, value: Option<&Value>) -> bool {
        value.is_none() || (value.is_some_and(is_empty) && value == self.blank())
    }

    fn cell(&self, row: usize) -> String {
        let value = self.values.get(row).copied().flatten();
        match value {
            Some(value) if self.is_blank(Some(value)) => String::new(),
            Some(Value::String(text)) if !self.is_json() && is_plain(text) => text.clone(),
            Some(value) => json(value),
            None => String::new(),
        }
    }
}

/// `null`, `""`, `{}` and `[]`.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a string can stand in a cell as it is: not taken for JSON or for a blank, and nothing hidden in it.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('"') && is_clean(text)
}

/// The columns of all objects, in the order in which they first occur.
fn columns(records: &[Record]) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut places: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for (row, record) in records.iter().enumerate() {
        for (name, value) in record.fields().flat_map(|(name, value)| leaves(step(name), value)) {
            let place = *places.entry(name.clone()).or_insert_with(|| {
                columns.push(Column { name, values: vec![None; records.len()] });
                columns.len() - 1
            });
            if let Some(cell) = columns.get_mut(place).and_then(|column| column.values.get_mut(row)) {
                *cell = Some(value);
            }
        }
    }
    columns
}

/// The values inside a field, each with the dotted path that leads to it.
fn leaves(path: String, value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(map) if !map.is_empty() && map.len() <= 40 && path.matches('.').count() < 3 => {
            map.iter().flat_map(|(inner, value)| leaves(format!("{path}.{}", step(inner)), value)).collect()
        }
        _ => vec![(path, value)],
    }
}

/// The head line that says what blanks stand for, where it is anything but absence.
fn blanks(columns: &[Column<'_>]) -> Option<String> {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for column in columns {
        let Some(blank) = column.blank() else { continue };
        let (blank, name) = (json(blank), column.name.clone());
        match kinds.iter_mut().find(|(kind, _)| *kind == blank) {
            Some((_, names)) => names.push(name),
            None => kinds.push((blank, vec![name])),
        }
    }
    let parts: Vec<String> = kinds.iter().map(|(kind, names)| format!("{kind}={}", names.join(" "))).collect();
    (!parts.is_empty()).then(|| format!("# blank: {}", parts.join("; ")))
}

/// One step of a path: the name as it is, or as a JSON string where it could be misread.
fn step(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-@".contains(c);
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { json(&Value::from(name)) }
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
