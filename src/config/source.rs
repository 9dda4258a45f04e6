//! Where a value came from, and the values of one layer.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::error::Error;
use super::key::Key;

/// How much of a wrong value is repeated, in characters.
const LONGEST_SHOWN: usize = 80;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag, such as `--env`.
    Flag(String),
    /// An environment variable.
    Variable(String),
    /// A line of the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key.
        key: &'static str,
    },
}

impl Source {
    /// Which layer it is: a higher one wins.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 2,
            Self::Variable(_) => 1,
            Self::File { .. } => 0,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => formatter.write_str(name),
            Self::File { path, line, key } => write!(formatter, "{key} ({}, line {line})", path.display()),
        }
    }
}

/// A raw value: its texts as they were written, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// One text, or several for a list.
    pub texts: Vec<String>,
    /// Where they came from.
    pub source: Source,
}

impl Given {
    /// The first text; a value that is no list has just this one.
    pub fn text(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }

    /// The error of the part that uses the value; `reason` must not repeat a secret.
    pub fn unusable(&self, reason: &dyn fmt::Display) -> Error {
        Error::Unusable { place: self.source.clone(), reason: reason.to_string() }
    }

    /// The error that says what belongs here instead. Not for secrets: it repeats the text.
    pub fn refused(&self, expected: &str, meant: Option<&str>) -> Error {
        Error::Value {
            place: self.source.clone(),
            expected: expected.to_owned(),
            found: self.texts.join(", ").chars().take(LONGEST_SHOWN).collect(),
            meant: meant.map(str::to_owned),
        }
    }
}

/// Says where the value came from and never what it is, because it may be a secret.
impl fmt::Debug for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Given({})", self.source)
    }
}

/// The values of one layer, or of all layers together, by the name of their key.
#[derive(Debug, Clone, Default)]
pub struct Layer(BTreeMap<&'static str, Given>);

impl Layer {
    /// Sets a value.
    pub fn set(&mut self, key: &Key, texts: Vec<String>, source: Source) {
        self.0.insert(key.name, Given { texts, source });
    }

    /// Sets a flag's value; no texts mean that the flag was not given.
    pub fn flag(&mut self, name: &str, texts: impl IntoIterator<Item = String>) {
        let texts: Vec<String> = texts.into_iter().collect();
        if let Some((key, flag)) = Key::named(name).and_then(|key| Some((key, key.flag()?)))
            && !texts.is_empty()
        {
            self.set(key, texts, Source::Flag(flag));
        }
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.0.get(name)
    }

    /// Both layers; where both have a value, this one's.
    #[must_use]
    pub fn over(mut self, lower: Self) -> Self {
        for (name, given) in lower.0 {
            self.0.entry(name).or_insert(given);
        }
        self
    }
}
