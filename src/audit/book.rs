//! The open file: found or made, locked, mended, and written to at its end.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chain::{self, Break, Unfinished, Unverified};
use super::digest::Key;
use super::line::{Kind, Line};
use crate::files;

/// What was found when the file was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// Bytes of an unfinished last line that were cut off.
    pub cut: u64,
    /// Writes that were begun and have no outcome: nobody knows whether they were done. Each now has a line that says so.
    pub unknown: Vec<Unfinished>,
}

/// Why an audit file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be opened or read.
    #[error("the audit file cannot be used: {0}")]
    File(#[from] io::Error),
    /// The key of its digests cannot be used.
    #[error("the key beside the audit file cannot be used: {0}")]
    Key(#[source] io::Error),
    /// Another process writes it.
    #[error("another process writes this audit file; give each server its own")]
    Taken,
    /// Its chain is broken, so nothing may be added to it.
    #[error("its chain is broken at {0}; keep the file as it is and name another")]
    Broken(#[from] Break),
}

/// The open file and what the next line continues.
pub(super) struct Book {
    file: Arc<File>,
    /// Where the file was opened, and must still be.
    path: PathBuf,
    lines: u64,
    length: u64,
    last: String,
    /// Whether the file's end is no longer what it should be; nothing more is written then.
    poisoned: bool,
}

impl Book {
    pub(super) fn open(path: &Path, key: &Key) -> Result<(Self, Opened), OpenError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        for_its_owner_only(&mut options);
        files::set_nonblocking(&mut options);
        if let Ok(found) = std::fs::metadata(path) {
            files::check_is_regular(&found)?;
        }
        let file = options.open(path)?;
        files::check_is_regular(&file.metadata()?)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(OpenError::Taken),
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        let found = chain::verify(BufReader::new(&file)).map_err(|error| match error {
            Unverified::Broken(broken) => OpenError::Broken(broken),
            Unverified::Unreadable(error) => OpenError::File(error),
        })?;
        if found.truncated > 0 {
            file.set_len(found.length)?;
        }
        let mut book = Self {
            file: Arc::new(file),
            path: std::path::absolute(path)?,
            lines: found.lines,
            length: found.length,
            last: found.last,
            poisoned: false,
        };
        let opened = Opened { cut: found.truncated, unknown: found.unfinished };
        book.begin(&opened, key)?;
        Ok((book, opened))
    }

    /// The first lines of a process: that it starts, what it cut, and which writes nobody knows the outcome of.
    fn begin(&mut self, opened: &Opened, key: &Key) -> io::Result<()> {
        self.append(Line { key: Some(key.name()), ..Line::of(Kind::Start) })?;
        if opened.cut > 0 {
            self.append(Line { bytes: Some(opened.cut), ..Line::of(Kind::Cut) })?;
        }
        for unfinished in &opened.unknown {
            let line = Line {
                kind: Kind::Outcome,
                call: Some(unfinished.sequence),
                outcome: Some("unknown".to_owned()),
                error: Some("process_ended".to_owned()),
                ..unfinished.intent.0.clone()
            };
            self.append(line)?;
        }
        self.file.sync_data()
    }

    /// Writes a line behind the last one, and gives its number.
    ///
    /// # Errors
    /// When it cannot be written whole; what was written of it is cut off again.
    pub(super) fn append(&mut self, mut line: Line) -> io::Result<u64> {
        if self.poisoned {
            return Err(io::Error::other("the file's end was lost"));
        }
        self.check_place()?;
        line.sequence = self.lines + 1;
        line.time = format!("{:.3}", jiff::Timestamp::now());
        line.previous.clone_from(&self.last);
        let (text, hash) = line.sealed()?;
        if let Err(error) = (&*self.file).write_all(text.as_bytes()) {
            self.poisoned = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        (self.lines, self.last) = (line.sequence, hash);
        self.length += text.len() as u64;
        Ok(line.sequence)
    }

    /// Refuses to write into a file that nobody finds any more, or that another hand has changed. Put back, it is written again.
    fn check_place(&self) -> io::Result<()> {
        let own = self.file.metadata()?;
        let reason = match std::fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => "the file was moved or deleted",
            Err(error) => return Err(error),
            Ok(found) if !is_same_file(&own, &found) => "another file has taken the place of the file",
            Ok(_) if own.len() < self.length => "the file was truncated",
            Ok(_) if own.len() > self.length => "somebody else has written to the file",
            Ok(_) => return Ok(()),
        };
        Err(io::Error::other(format!("{reason}; restart the server, and it begins or checks the file")))
    }

    /// The file, to force what was written to the disk without holding up others who write.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere the system keeps an open file from being moved or deleted.
#[cfg(not(unix))]
fn is_same_file(_one: &Metadata, _other: &Metadata) -> bool {
    true
}

/// A new file is its owner's alone.
#[cfg(unix)]
pub(super) fn for_its_owner_only(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// A new file is its owner's alone.
#[cfg(not(unix))]
pub(super) fn for_its_owner_only(_options: &mut OpenOptions) {}
