//! A list of contacts from a file: JSON Lines, one contact of the gateway a line, kept byte for byte.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::model::{ContactId, Record};

/// The longest line that is read, in bytes: a contact has about 800.
const LONGEST_LINE: usize = 1 << 20;

/// Why a list of contacts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file cannot be opened or read.
    #[error("cannot read the contacts in {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is no contact.
    #[error("{path}, line {line}: {reason}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The contacts of a file, in its order.
pub(crate) struct List {
    path: PathBuf,
    reader: BufReader<File>,
    line: usize,
    /// Where each id was seen first.
    seen: HashMap<String, usize>,
}

impl List {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, ListError> {
        let read_error = |source| ListError::Read { path: path.to_owned(), source };
        // Opening a pipe would wait for its writer.
        let is_regular = std::fs::metadata(path).map_err(read_error)?.is_file();
        if !is_regular {
            let reason = "it is no regular file";
            return Err(read_error(std::io::Error::new(std::io::ErrorKind::InvalidInput, reason)));
        }
        let reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(read_error)?);
        Ok(Self { path: path.to_owned(), reader, line: 0, seen: HashMap::new() })
    }

    /// The next line that is not blank, with the contact it holds.
    fn step(&mut self) -> Result<Option<(String, Record)>, ListError> {
        loop {
            let mut line = String::new();
            let mut bounded = std::io::Read::take(&mut self.reader, LONGEST_LINE as u64 + 1);
            self.line += 1;
            match bounded.read_line(&mut line) {
                Ok(0) => return Ok(None),
                Ok(length) if length > LONGEST_LINE => return Err(self.wrong("it is longer than 1 MiB".to_owned())),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    return Err(self.wrong("it is no UTF-8".to_owned()));
                }
                Err(source) => return Err(ListError::Read { path: self.path.clone(), source }),
            }
            // A byte order mark, as some editors write it, belongs to the file and not to the contact.
            let text = line.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                let record = self.contact(text)?;
                return Ok(Some((text.to_owned(), record)));
            }
        }
    }

    /// Reads a line as a contact that was not there before.
    fn contact(&mut self, text: &str) -> Result<Record, ListError> {
        let contact: Record =
            serde_json::from_str(text).map_err(|error| self.wrong(format!("no JSON object: {error}")))?;
        let id = contact.text("id").ok_or_else(|| self.wrong("it has no `id`".to_owned()))?;
        ContactId::parse(id).map_err(|error| self.wrong(format!("`id`: {error}")))?;
        if contact.text("created_at").is_none() {
            return Err(self.wrong("it has no `created_at`".to_owned()));
        }
        match self.seen.insert(id.to_owned(), self.line) {
            None => Ok(contact),
            Some(first) => Err(self.wrong(format!("its `id` stands in line {first} already"))),
        }
    }

    fn wrong(&self, reason: String) -> ListError {
        ListError::Line { path: self.path.clone(), line: self.line, reason }
    }
}

impl Iterator for List {
    type Item = Result<(String, Record), ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
