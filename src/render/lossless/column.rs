//! One column of the lossless form: where its path leads, and how each row's value is written in a cell.

use std::collections::HashMap;

use serde_json::Value;

use super::json;
use crate::model::Record;
use crate::render::untrusted::is_clean;

/// What the values of a column begin with if their beginnings and ends are shared: addresses only, because a model that
/// copies an id, a day or an e-mail address out of a row must find it whole.
const ADDRESS: &str = "http";
/// A shared end shorter than this costs more in the head than it saves in the rows.
const WORTH_SHARING: usize = 6;

/// One column: where it leads, its value per row, and how the values are written.
pub(super) struct Column<'a> {
    name: String,
    values: Vec<Option<&'a Value>>,
    /// What a blank cell stands for; `None` for an absent field.
    blank: Option<&'a Value>,
    /// Whether the cells are JSON.
    is_json: bool,
    /// What every string that is not blank begins with, and ends with.
    shared: (&'a str, &'a str),
}

impl<'a> Column<'a> {
    fn new(name: String, values: Vec<Option<&'a Value>>) -> Self {
        let blank = commonest_empty(&values);
        let filled = || values.iter().flatten().copied().filter(|value| Some(*value) != blank);
        let is_json = filled().any(|value| !value.is_string());
        let texts: Vec<&str> = filled().filter_map(Value::as_str).collect();
        let shared = if is_json { ("", "") } else { shared(&texts) };
        Self { name, values, blank, is_json, shared }
    }

    /// The path.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    pub(super) fn blank(&self) -> Option<&Value> {
        self.blank
    }

    /// What every cell leaves out at its beginning.
    pub(super) fn prefix(&self) -> Option<&str> {
        Some(self.shared.0).filter(|text| !text.is_empty())
    }

    /// What every cell leaves out at its end.
    pub(super) fn suffix(&self) -> Option<&str> {
        Some(self.shared.1).filter(|text| !text.is_empty())
    }

    /// Whether every row has the field, with the same value.
    pub(super) fn is_constant(&self) -> bool {
        let first = self.values.first().copied().flatten();
        first.is_some() && self.values.iter().all(|value| *value == first)
    }

    /// The JSON of the first row's value.
    pub(super) fn first(&self) -> String {
        self.values.first().copied().flatten().map(json).unwrap_or_default()
    }

    /// How many of the cells are blank.
    pub(super) fn blanks(&self) -> usize {
        self.values.iter().filter(|value| **value == self.blank).count()
    }

    /// The cell of a row.
    pub(super) fn cell(&self, row: usize) -> String {
        let value = self.values.get(row).copied().flatten();
        match value {
            None => String::new(),
            same if same == self.blank => String::new(),
            Some(Value::String(text)) if !self.is_json => {
                let (prefix, suffix) = self.shared;
                let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix)).unwrap_or(text);
                if is_plain(rest) { rest.to_owned() } else { json(&Value::from(rest)) }
            }
            Some(value) => json(value),
        }
    }
}

/// The empty value that most rows have, where no row lacks the field.
fn commonest_empty<'a>(values: &[Option<&'a Value>]) -> Option<&'a Value> {
    let mut counts: Vec<(&Value, usize)> = Vec::new();
    for value in values {
        let value = (*value)?;
        if !is_empty(value) {
            continue;
        }
        // At most four kinds of nothing.
        match counts.iter_mut().find(|(known, _)| *known == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(value, _)| value)
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

/// What addresses begin and end with in common; nothing where a text is no address.
fn shared<'a>(texts: &[&'a str]) -> (&'a str, &'a str) {
    let [first, rest @ ..] = texts else { return ("", "") };
    if rest.is_empty() || !texts.iter().all(|text| text.starts_with(ADDRESS)) {
        return ("", "");
    }
    let prefix = rest.iter().fold(*first, |prefix, text| common(prefix, text));
    // A word that is cut in its middle costs more tokens, not fewer.
    let prefix = prefix.get(..prefix.rfind('/').map_or(0, |end| end + 1)).unwrap_or_default();
    let ends = || texts.iter().map(|text| text.get(prefix.len()..).unwrap_or_default());
    let suffix = ends().fold(first.get(prefix.len()..).unwrap_or_default(), common_end);
    let suffix = suffix.get(suffix.find(['/', '.', '?']).unwrap_or(suffix.len())..).unwrap_or_default();
    (prefix, if suffix.len() < WORTH_SHARING { "" } else { suffix })
}

fn common<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((end, _), _)| end);
    let end = same.unwrap_or_else(|| one.len().min(other.len()));
    one.get(..end).unwrap_or_default()
}

fn common_end<'a>(one: &'a str, other: &str) -> &'a str {
    let same: usize =
        one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    one.get(one.len() - same..).unwrap_or_default()
}

/// The columns of all objects, in the order in which they first occur; `None` when their names alone are more than `max_bytes`, so that
/// no answer holds the head of the table.
pub(super) fn columns(records: &[Record], max_bytes: usize) -> Option<Vec<Column<'_>>> {
    let mut named = 0;
    let mut columns: Vec<(String, Vec<Option<&Value>>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (row, record) in records.iter().enumerate() {
        for (name, value) in record.fields().flat_map(|(name, value)| leaves(step(name), value)) {
            let place = *places.entry(name.clone()).or_insert_with(|| {
                // A name and what follows it.
                named += name.len() + 1;
                columns.push((name, vec![None; records.len()]));
                columns.len() - 1
            });
            // Each column has a cell in every row, so that what cannot be shown must not be collected.
            if named > max_bytes {
                return None;
            }
            if let Some(cell) = columns.get_mut(place).and_then(|(_, values)| values.get_mut(row)) {
                *cell = Some(value);
            }
        }
    }
    Some(columns.into_iter().map(|(name, values)| Column::new(name, values)).collect())
}

/// The values inside a field, each with the dotted path that leads to it.
pub(super) fn leaves(path: String, value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(map) if !map.is_empty() && map.len() <= 40 && path.matches('.').count() < 3 => {
            map.iter().flat_map(|(inner, value)| leaves(format!("{path}.{}", step(inner)), value)).collect()
        }
        _ => vec![(path, value)],
    }
}

/// One step of a path: the name as it is, or as a JSON string where it could be misread.
pub(super) fn step(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-@".contains(c);
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { json(&Value::from(name)) }
}
