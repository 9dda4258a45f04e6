//! What `doctor` found, as aligned lines.

use std::fmt::Write;

use crate::app::{DONE, Ending};

/// The lines so far.
#[derive(Debug, Default)]
pub(super) struct Report(String);

impl Report {
    /// Begins a part.
    pub(super) fn heading(&mut self, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{text}");
    }

    /// One fact.
    pub(super) fn line(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.0, "  {name:<18} {text}");
    }

    /// Everything works.
    pub(super) fn passed(mut self) -> Ending {
        self.heading("Everything works.");
        Ending { out: self.0, code: DONE, ..Ending::default() }
    }

    /// Something does not; `advice` says what to do.
    pub(super) fn failed(mut self, advice: &str, code: u8) -> Ending {
        self.heading("To fix");
        for line in advice.lines() {
            let _ = writeln!(self.0, "  {line}");
        }
        Ending { out: self.0, code, ..Ending::default() }
    }
}
