//! What all clients say, and what an answer has to hold.

use std::cell::Cell;
use std::io;

/// The protocol version that every server here speaks.
pub(crate) const VERSION: &str = "2025-11-25";

pub(crate) const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

pub(crate) fn initialize() -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{VERSION}","capabilities":{{}},"clientInfo":{{"name":"bench","version":"1"}}}}}}"#
    )
}

/// Whether an answer opens a connection.
pub(crate) fn opened(answer: &[u8]) -> io::Result<()> {
    if contains(answer, b"\"serverInfo\"") { Ok(()) } else { Err(strange(answer)) }
}

/// The tool that looks for a text.
const SEARCH: &str = "search_contacts";

/// What is asked again and again: each time the next page, so that no two calls under way are equal.
pub(crate) struct Ask {
    /// The tool; `echo` says a word.
    pub(crate) tool: &'static str,
    pub(crate) rows: u64,
    /// How many rows there are.
    of: u64,
    skip: Cell<u64>,
    /// The last id that was given to a request; within a session no two may be equal.
    ids: Cell<u64>,
    /// What every good answer holds.
    pub(crate) holds: &'static str,
}

/// One question.
pub(crate) struct Question {
    tool: &'static str,
    rows: u64,
    skip: u64,
}

impl Ask {
    /// Pages of this many of the stub's contacts.
    pub(crate) const fn pages(rows: u64) -> Self {
        Self::pages_of(rows, crate::contacts::CONTACTS)
    }

    /// Pages of this many out of so many contacts.
    pub(crate) const fn pages_of(rows: u64, of: u64) -> Self {
        Self { tool: "list_contacts", rows, of, skip: Cell::new(0), ids: Cell::new(0), holds: "contact" }
    }

    /// Contacts by a name, twenty of those that have it.
    #[allow(dead_code, reason = "the bench `growth` uses it")]
    pub(crate) const fn search() -> Self {
        Self { tool: SEARCH, rows: 20, of: 1, skip: Cell::new(0), ids: Cell::new(0), holds: "contact" }
    }

    /// A word to be said again.
    pub(crate) const fn echo() -> Self {
        Self { tool: "echo", rows: 0, of: 1, skip: Cell::new(0), ids: Cell::new(0), holds: "hello" }
    }

    /// An id that no request before had.
    #[allow(dead_code, reason = "over stdio the connection counts")]
    pub(crate) fn id(&self) -> u64 {
        self.ids.set(self.ids.get() + 1);
        self.ids.get()
    }

    pub(crate) fn next(&self) -> Question {
        let skip = self.skip.get();
        self.skip.set((skip + self.rows) % self.of);
        Question { tool: self.tool, rows: self.rows, skip }
    }

    /// The size of a good answer.
    pub(crate) fn check(&self, answer: &[u8]) -> io::Result<usize> {
        let good = contains(answer, self.holds.as_bytes()) && !contains(answer, b"\"isError\":true");
        if good { Ok(answer.len()) } else { Err(strange(answer)) }
    }
}

impl Question {
    /// As a call.
    pub(crate) fn call(&self, id: u64) -> String {
        let Self { tool, rows, skip } = self;
        let arguments = if *tool == "echo" {
            r#"{"text":"hello"}"#.to_owned()
        } else {
            format!(r#"{{"limit":{rows},"skip":{skip}}}"#)
        };
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
        )
    }

    /// As the path of the gateway's own request.
    pub(crate) fn path(&self) -> String {
        let (rows, skip) = (self.rows, self.skip);
        if self.tool == SEARCH {
            return format!("/channel-service/v1/contacts/_search?limit={rows}&skip={skip}&q=nguyen&type=text");
        }
        format!("/channel-service/v1/contacts?limit={rows}&skip={skip}")
    }
}

pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    let first = part[0];
    let mut rest = text;
    while let Some(place) = rest.iter().position(|byte| *byte == first) {
        rest = &rest[place..];
        if rest.starts_with(part) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

pub(crate) fn strange(answer: &[u8]) -> io::Error {
    let text: String = String::from_utf8_lossy(answer).chars().take(300).collect();
    io::Error::other(format!("not the expected answer: {text}"))
}
