//! TOML: positions by toml_edit, one table a part.
//!
//! A new table goes to the end of the file, where it is a table of its own whatever stands before it. The editor's own writing is
//! not used: it would write the ends of lines anew.

use serde_json::Value;
use toml_edit::{Document, Item, Table};

use super::{Part, Refusal, line_end, line_of, not_understood, spliced};

/// The text with a part in it.
pub(super) fn with_part(text: &str, part: &Part) -> Result<String, Refusal> {
    let Part::Member { of, name, value } = part else { return Err(not_understood()) };
    let before = parse(text)?;
    let end = line_end(text);
    let block = table(of, name, value).replace('\n', end);
    let changed = match before.get(of) {
        None => appended(text, end, &block),
        Some(Item::Table(tables)) => match tables.get(name) {
            None => appended(text, end, &block),
            Some(Item::Table(old)) if !old.is_dotted() && !old.is_implicit() => {
                if plain_table(old) == *value {
                    return Ok(text.to_owned());
                }
                exchanged(text, old, &block)?
            }
            Some(_) => {
                return Err(Refusal::Shape(format!(
                    "its entry `{name}` is not written as a table [{of}.{name}]; take it out, then run the command again"
                )));
            }
        },
        Some(_) => {
            return Err(Refusal::Shape(format!(
                "`{of}` in it is not a table that another part of the file can add to; write its entries as [{of}.NAME]"
            )));
        }
    };
    check(&before, &parse(&changed)?, part)?;
    Ok(changed)
}

fn parse(text: &str) -> Result<Table, Refusal> {
    let document = Document::parse(text).map_err(|error| Refusal::Syntax {
        format: "TOML",
        line: error.span().map(|span| line_of(text, span.start)),
    })?;
    Ok(document.as_table().clone())
}

/// The text with a block after it, an empty line between them.
fn appended(text: &str, end: &str, block: &str) -> String {
    let gap = match text {
        "" => String::new(),
        text if text.ends_with('\n') => end.to_owned(),
        _ => format!("{end}{end}"),
    };
    format!("{text}{gap}{block}")
}

/// The text with an old table's lines taken out, and the block in place of the first.
fn exchanged(text: &str, old: &Table, block: &str) -> Result<String, Refusal> {
    let mut spans = Vec::new();
    collect_spans(old, &mut spans)?;
    spans.sort_unstable();
    let mut changed = text.to_owned();
    for (index, (from, to)) in spans.into_iter().enumerate().rev() {
        let line_start = text.get(..from).unwrap_or_default().rfind('\n').map_or(0, |byte| byte + 1);
        let line_stop = text.get(to..).unwrap_or_default().find('\n').map_or(text.len(), |byte| to + byte + 1);
        let with = if index == 0 { block } else { "" };
        changed = spliced(&changed, line_start, line_stop, with);
    }
    Ok(changed)
}

/// From the header of a table to the end of its last value, and the same of the tables below it.
fn collect_spans(table: &Table, spans: &mut Vec<(usize, usize)>) -> Result<(), Refusal> {
    let header = table.span().ok_or_else(not_understood)?;
    let mut last = header.end;
    for (_, item) in table {
        match item {
            Item::Table(below) if !below.is_dotted() => collect_spans(below, spans)?,
            Item::Value(value) => last = last.max(value.span().ok_or_else(not_understood)?.end),
            // Dotted keys and lists of tables: nothing that was written by this program.
            _ => return Err(not_understood()),
        }
    }
    spans.push((header.start, last));
    Ok(())
}

/// The part as TOML.
fn table(of: &str, name: &str, value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    let lines: String = members.map(|(key, value)| format!("{key} = {}\n", inline(value))).collect();
    format!("[{of}.{name}]\n{lines}")
}

/// A value on one line. Texts of JSON are texts of TOML.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A value without positions; what JSON has no word for becomes its text.
fn plain(item: &Item) -> Value {
    match item {
        Item::Table(table) => plain_table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(plain_table).collect(),
        Item::Value(value) => plain_value(value),
        Item::None => Value::Null,
    }
}

fn plain_table(table: &Table) -> Value {
    Value::Object(table.iter().map(|(key, item)| (key.to_owned(), plain(item))).collect())
}

fn plain_value(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Node;

    match value {
        Node::String(text) => Value::from(text.value().as_str()),
        Node::Integer(number) => Value::from(*number.value()),
        Node::Boolean(boolean) => Value::from(*boolean.value()),
        Node::Float(number) => Value::from(format!("float {:?}", number.value())),
        Node::Datetime(moment) => Value::from(format!("datetime {}", moment.value())),
        Node::Array(list) => list.iter().map(plain_value).collect(),
        Node::InlineTable(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.to_owned(), plain_value(value))).collect())
        }
    }
}

/// Checks that the changed file has the part, and for the rest says what it said before.
fn check(before: &Table, after: &Table, part: &Part) -> Result<(), Refusal> {
    let Part::Member { of, name, value } = part else { return Err(not_understood()) };
    let rest = |whole: &Table| {
        let mut whole = plain_table(whole);
        let ours = whole.get_mut(of).and_then(Value::as_object_mut).and_then(|tables| tables.remove(*name));
        // A table that held nothing but ours need not have been there.
        if whole.get(of).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty)
            && let Some(whole) = whole.as_object_mut()
        {
            whole.remove(*of);
        }
        (whole, ours)
    };
    let ((old, _), (new, ours)) = (rest(before), rest(after));
    if old == new && ours.as_ref() == Some(value) { Ok(()) } else { Err(not_understood()) }
}
