//! Settings files of MCP clients: puts our entry into the text of one and leaves every other byte as it is.
//!
//! Each format has a parser that says where things stand. The text is changed there and nowhere else, and read again: whatever
//! is not our entry must mean what it meant before, or nothing is written.

mod json;
mod replace;
mod toml;
mod yaml;

use serde_json::Value;

pub use replace::SettingsFile;

/// The format of a settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON by the book.
    Json,
    /// JSON with comments and trailing commas.
    Jsonc,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// Its name, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Jsonc => "JSON with comments",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

/// One piece of what is put into a settings file.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A member of an object at the top of the file.
    Member {
        /// The name of the object.
        of: &'static str,
        /// The member's name.
        name: &'static str,
        /// Its value.
        value: Value,
    },
    /// An element of a list at the top of the file.
    Element {
        /// The name of the list.
        of: &'static str,
        /// Where elements have their id, as a JSON pointer; the one with the same id is replaced.
        id: &'static str,
        /// The element.
        value: Value,
    },
}

impl Part {
    fn of(&self) -> &'static str {
        match self {
            Self::Member { of, .. } | Self::Element { of, .. } => of,
        }
    }
}

/// Why a settings file is left as it is. No variant holds anything of the file's content, which may be a secret of another server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text cannot be read.
    #[error("it is no valid {format}{}", at(*.line))]
    Syntax {
        /// What it should be.
        format: &'static str,
        /// The line of the first mistake, from 1.
        line: Option<usize>,
    },
    /// It can be read, and our entry has no place in it.
    #[error("{0}")]
    Shape(String),
    /// The file is nothing that can be replaced.
    #[error("{0}")]
    File(String),
    /// Somebody else wrote it since it was read.
    #[error("it changed while it was being edited, so nothing was written; run the command again")]
    Changed,
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

/// The text of a settings file with our parts in it; the same text when it has them already.
///
/// Nothing else in it changes: a new part is inserted, an old one of ours is exchanged in its place.
///
/// # Errors
/// [`Refusal::Syntax`] and [`Refusal::Shape`].
pub fn with_parts(text: &str, format: Format, parts: &[Part]) -> Result<String, Refusal> {
    let mark =
        if text.starts_with(crate::files::BYTE_ORDER_MARK) { crate::files::BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let (mark, rest) = text.split_at_checked(mark).unwrap_or(("", text));
    let mut changed = rest.to_owned();
    for part in parts {
        changed = match format {
            Format::Json | Format::Jsonc => json::with_part(&changed, format, part)?,
            Format::Toml => toml::with_part(&changed, part)?,
            Format::Yaml => yaml::with_part(&changed, part)?,
        };
    }
    Ok(format!("{mark}{changed}"))
}

/// A part as a whole file of its own.
///
/// # Errors
/// [`Refusal::Shape`] for a part that the format has no place for.
pub fn fresh(format: Format, parts: &[Part]) -> Result<String, Refusal> {
    with_parts(
        match format {
            Format::Json | Format::Jsonc => "{}\n",
            Format::Toml | Format::Yaml => "",
        },
        format,
        parts,
    )
}

/// The ending of lines that a text uses.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The 1-based number of the line that a byte stands in.
fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

/// A text with what stands between two bytes exchanged.
fn spliced(text: &str, from: usize, to: usize, with: &str) -> String {
    let (before, after) = (text.get(..from).unwrap_or(text), text.get(to..).unwrap_or_default());
    format!("{before}{with}{after}")
}

/// What to say when the changed text does not mean what it should.
fn not_understood() -> Refusal {
    Refusal::Shape(
        "it is written in a way that this program cannot add to safely; add the entry by hand (without --write it is printed)"
            .to_owned(),
    )
}
