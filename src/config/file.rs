//! The configuration file: TOML with the keys of [`KEYS`] at the top level and nothing else.

use std::path::{Path, PathBuf};

use imbrace_contacts_client::suggestion::nearest;
use toml::de::{DeTable, DeValue};

use super::error::Error;
use super::key::{KEYS, Key, Kind};
use super::source::{Layer, Source};
use crate::files;

/// The largest configuration file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Reads a configuration file.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::Syntax`], [`Error::UnknownKey`] or [`Error::Type`], each with the file and the line.
pub(super) fn read(path: &Path) -> Result<Layer, Error> {
    let unreadable = |reason: std::io::Error| Error::Unreadable { path: path.to_owned(), reason: reason.to_string() };
    let text = files::read_regular_text(path, LARGEST).map_err(unreadable)?;
    let table = DeTable::parse(&text).map_err(|error| syntax(path, &text, &error))?;
    let mut layer = Layer::default();
    for (name, value) in table.get_ref() {
        let line = position(&text, name.span().start).0;
        let key = known(path, line, name.get_ref())?;
        let texts = texts(value.get_ref(), key, path.parent().unwrap_or(Path::new("")));
        let texts = texts.map_err(|(expected, found)| Error::Type {
            path: path.to_owned(),
            line,
            key: key.name,
            expected,
            found,
        });
        layer.set(key, texts?, Source::File { path: path.to_owned(), line, key: key.name });
    }
    Ok(layer)
}

/// The file that is read when none is named: `imbrace-contacts-mcp/config.toml` in the user's configuration directory.
pub(super) fn usual_place(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let directory = variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("APPDATA").map(PathBuf::from))
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")))?;
    Some(directory.join("imbrace-contacts-mcp").join("config.toml"))
}

/// Where state is kept when no directory is named: `imbrace-contacts-mcp` in the user's state directory.
pub(super) fn usual_state(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let directory = variable("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("LOCALAPPDATA").map(PathBuf::from))
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local").join("state")))?;
    Some(directory.join("imbrace-contacts-mcp"))
}

fn known(path: &Path, line: usize, name: &str) -> Result<&'static Key, Error> {
    // A file that names another file would make "where does this value come from" hard to answer.
    let keys = || KEYS.iter().filter(|key| key.name != "config");
    keys().find(|key| key.name == name).ok_or_else(|| Error::UnknownKey {
        path: path.to_owned(),
        line,
        key: name.to_owned(),
        meant: nearest(name, keys().map(|key| key.name)),
        known: keys().map(|key| key.name).collect::<Vec<_>>().join(", "),
    })
}

/// The value as texts, or what was expected and what was found.
fn texts(value: &DeValue<'_>, key: &Key, directory: &Path) -> Result<Vec<String>, (&'static str, &'static str)> {
    let text = |value: &DeValue<'_>| match value {
        DeValue::String(text) if matches!(key.kind, Kind::Path | Kind::Paths) => {
            Some(directory.join(text.as_ref()).to_string_lossy().into_owned())
        }
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    };
    let (texts, expected) = match key.kind {
        Kind::Text | Kind::Secret => (text(value).map(|text| vec![text]), "a text in quotes"),
        Kind::Path => (text(value).map(|text| vec![text]), "a path in quotes"),
        Kind::Number => match value {
            DeValue::Integer(number) => (Some(vec![number.as_str().replace('_', "")]), "a whole number"),
            _ => (None, "a whole number"),
        },
        Kind::Switch => match value {
            DeValue::Boolean(switch) => (Some(vec![switch.to_string()]), "true or false"),
            _ => (None, "true or false"),
        },
        Kind::List | Kind::Paths => match value {
            DeValue::Array(values) => {
                (values.iter().map(|value| text(value.get_ref())).collect(), "a list of texts: [\"…\", \"…\"]")
            }
            other => (text(other).map(|text| vec![text]), "a list of texts: [\"…\", \"…\"]"),
        },
    };
    texts.ok_or((expected, type_name(value)))
}

const fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let (line, column) = position(text, error.span().map_or(0, |span| span.start));
    // The message only: the parser's full report repeats the line, which may hold a credential.
    Error::Syntax { path: path.to_owned(), line, column, reason: error.message().replace('\n', " ") }
}

/// Line and column of a byte, both from 1.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (
        before.matches('\n').count() + 1,
        before.chars().count() - before.get(..line_start).map_or(0, |text| text.chars().count()) + 1,
    )
}
