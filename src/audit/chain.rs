//! Checks a file from its first line to its last.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use super::line::{BEGINNING, Kind, Line};

/// The longest line that is read; ours have some hundreds of bytes, with many ids some thousands.
const LONGEST: u64 = 1024 * 1024;

/// What stands in a file whose chain holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Lines.
    pub lines: u64,
    /// Calls that have ended, writes among them.
    pub calls: u64,
    /// Writes that were begun.
    pub intents: u64,
    /// Writes of which nobody knows whether they were done: unknown, cancelled, timed out, panicked.
    pub unknown: u64,
    /// Writes without an outcome: under way, or cut off with the process and not yet reported.
    pub unfinished: Vec<Unfinished>,
    /// Bytes behind the last whole line, as a killed process leaves them.
    pub truncated: u64,
    /// The hash of the last line: whoever notes it down can tell a shortened file.
    pub last: String,
    /// The bytes of all whole lines.
    pub(super) length: u64,
}

/// A write without an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The number of its intent's line.
    pub sequence: u64,
    /// The tool.
    pub tool: String,
    /// The ids in its arguments.
    pub ids: Vec<String>,
    /// Its intent.
    pub(super) intent: Box<Intent>,
}

/// What an outcome repeats of its intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intent(pub(super) Line);

/// Where a chain breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Break {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Why a file is not verified.
#[derive(Debug, thiserror::Error)]
pub enum Unverified {
    /// Its chain breaks.
    #[error(transparent)]
    Broken(#[from] Break),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// Checks every line: its own hash, the one of the line before, its number, and that outcomes have intents.
///
/// # Errors
/// The first line that does not hold, or what keeps the file from being read.
pub fn verify(mut reader: impl BufRead) -> Result<Summary, Unverified> {
    let mut walk = Walk {
        summary: Summary {
            lines: 0,
            calls: 0,
            intents: 0,
            unknown: 0,
            unfinished: Vec::new(),
            truncated: 0,
            last: BEGINNING.to_owned(),
            length: 0,
        },
        open: BTreeMap::new(),
    };
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let count = io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut bytes)? as u64;
        let Some(text) = bytes.strip_suffix(b"\n") else {
            if count == LONGEST {
                return Err(walk.broken("longer than any line").into());
            }
            walk.summary.truncated = count;
            break;
        };
        walk.take(text)?;
        walk.summary.length += count;
    }
    let Walk { mut summary, open } = walk;
    summary.unfinished = open.into_values().collect();
    Ok(summary)
}

struct Walk {
    summary: Summary,
    open: BTreeMap<u64, Unfinished>,
}

impl Walk {
    fn broken(&self, reason: &'static str) -> Break {
        Break { line: self.summary.lines + 1, reason }
    }

    fn take(&mut self, text: &[u8]) -> Result<(), Break> {
        let read = std::str::from_utf8(text).ok().and_then(Line::read);
        let (line, hash) = read.ok_or_else(|| self.broken("its hash is not that of its text"))?;
        if line.previous != self.summary.last {
            return Err(self.broken("it does not follow the line before: lines were removed, added or moved"));
        }
        if line.sequence != self.summary.lines + 1 {
            return Err(self.broken("its number is not the next one"));
        }
        self.count(line)?;
        self.summary.lines += 1;
        self.summary.last = hash;
        Ok(())
    }

    fn count(&mut self, line: Line) -> Result<(), Break> {
        match line.kind {
            Kind::Start | Kind::Cut => {}
            Kind::Intent => {
                self.summary.intents += 1;
                let unfinished = Unfinished {
                    sequence: line.sequence,
                    tool: line.tool.clone().unwrap_or_default(),
                    ids: line.ids.clone(),
                    intent: Box::new(Intent(line)),
                };
                self.open.insert(unfinished.sequence, unfinished);
            }
            Kind::Outcome => {
                self.summary.calls += 1;
                let settled = matches!(line.outcome.as_deref(), Some("ok" | "error"));
                self.summary.unknown += u64::from(line.call.is_some() && !settled);
                if let Some(intent) = line.call
                    && self.open.remove(&intent).is_none()
                {
                    return Err(self.broken("an outcome without an intent"));
                }
            }
        }
        Ok(())
    }
}
