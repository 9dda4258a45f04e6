//! A message as a row, whatever its content is.

use serde_json::Value;

use super::contact::{id, text};
use super::dates;
use super::table::Cell;
use super::unreadable::{Expected, ExpectedField};
use super::untrusted::clipped;
use super::view::{Column, Noun};
use crate::model::{Message, Record};

impl Noun for Message {
    const PLURAL: &'static str = "messages";
    const COLUMNS: &'static [Column<Self>] = &[
        Column { name: "at", cell: |message, _| dates::minute_cell(message.at()) },
        Column { name: "from", cell: |message, _| Cell::maybe(message.sender().map(side)) },
        Column { name: "type", cell: |message, _| text(message.kind(), 30) },
        Column { name: "text", cell: |message, _| Cell::text(line(message, 600)) },
    ];
    const EXTRA: &'static [Column<Self>] = &[
        Column { name: "id", cell: |message, short_ids| id(message.id(), short_ids) },
        Column { name: "from_id", cell: |message, short_ids| id(message.sender(), short_ids) },
        Column { name: "url", cell: |message, _| text(message.url(), 400) },
    ];
    const RAW: &'static [&'static str] = &["updated_at", "pinned", "channel_type", "content"];
    const EXPECTED: &'static [ExpectedField] = &[
        ("_id", Expected::Text),
        ("id", Expected::Text),
        ("type", Expected::Text),
        ("created_at", Expected::Text),
        ("timestamp", Expected::Text),
        ("from", Expected::TextOrObject),
        ("content", Expected::TextOrObject),
        ("content.text", Expected::Text),
        ("content.title", Expected::Text),
        ("content.caption", Expected::Text),
        ("content.url", Expected::Text),
    ];

    fn record(&self) -> &Record {
        self.record()
    }
}

/// Which side a sender is on; ids of agents and bots cannot be told apart.
fn side(sender: &str) -> String {
    match sender.split_once('_') {
        Some(("con", _)) => "contact".to_owned(),
        Some(("u", _)) => "agent".to_owned(),
        _ => clipped(sender, 40),
    }
}

/// What a message says, in one line of at most `most` characters.
///
/// Media say their caption, quick replies the choices they offer, templates their text with its variables filled in.
pub(super) fn line(message: &Message, most: usize) -> String {
    let content = |name: &str| message.record().raw_at(&["content", name]);
    let words = message.text().or_else(|| message.caption());
    let mut line = match (words, message.content()) {
        (Some(words), _) => filled(words, content("variables")),
        (None, Some(Value::Object(other))) => described(other),
        (None, _) => String::new(),
    };
    let choices: Vec<&str> = content("quick_replies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|choice| choice.get("title")?.as_str())
        .collect();
    if !choices.is_empty() {
        line.push_str(&format!(" [{}]", choices.join(" | ")));
    }
    clipped(&line, most)
}

/// A template's text with `{{1}}` and so on replaced; variables that have no place stand behind it.
fn filled(words: &str, variables: Option<&Value>) -> String {
    let mut line = words.to_owned();
    for (index, variable) in variables.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let value = variable.as_str().map_or_else(|| variable.to_string(), str::to_owned);
        let place = format!("{{{{{}}}}}", index + 1);
        if line.contains(&place) {
            line = line.replace(&place, &value);
        } else {
            line.push_str(&format!(" ({value})"));
        }
    }
    line
}

/// Content without words: its short values by name, such as a location's or a shared contact's.
fn described(content: &serde_json::Map<String, Value>) -> String {
    let value = |value: &Value| match value {
        Value::String(text) if !text.is_empty() && !text.starts_with("http") => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let parts: Vec<String> =
        content.iter().filter_map(|(name, held)| Some(format!("{name}={}", value(held)?))).take(6).collect();
    parts.join(" ")
}
