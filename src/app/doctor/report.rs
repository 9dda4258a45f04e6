//! What `doctor` found: facts by part, as aligned lines or as JSON, and what to fix.

use std::fmt::Write;

use serde::Serialize;

use crate::app::{DONE, Ending};

/// How a fact is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Nothing is wrong with it.
    Ok,
    /// Something that works, and that the operator should know.
    Warning,
    /// Something that does not work.
    Failed,
}

#[derive(Debug, Serialize)]
struct Fact {
    name: String,
    status: Status,
    text: String,
}

#[derive(Debug, Serialize)]
struct Part {
    title: &'static str,
    facts: Vec<Fact>,
}

/// What was found so far.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    ok: bool,
    exit_code: u8,
    parts: Vec<Part>,
    to_fix: Vec<String>,
}

impl Report {
    /// Begins a part.
    pub(super) fn part(&mut self, title: &'static str) {
        self.parts.push(Part { title, facts: Vec::new() });
    }

    fn fact(&mut self, name: &str, status: Status, text: &str) {
        if let Some(part) = self.parts.last_mut() {
            part.facts.push(Fact { name: name.to_owned(), status, text: text.to_owned() });
        }
    }

    /// One fact.
    pub(super) fn line(&mut self, name: &str, text: &str) {
        self.fact(name, Status::Ok, text);
    }

    /// One fact that the operator should know although nothing fails.
    pub(super) fn warning(&mut self, text: &str) {
        self.fact("warning", Status::Warning, text);
    }

    /// One fact that is wrong, what to do about it, and the exit code; the first code stays.
    pub(super) fn failed(&mut self, name: &str, text: &str, advice: &str, code: u8) {
        self.fact(name, Status::Failed, text);
        self.fix(advice, code);
    }

    /// What to do about something that has no line of its own.
    pub(super) fn fix(&mut self, advice: &str, code: u8) {
        self.to_fix.push(advice.to_owned());
        if self.exit_code == DONE {
            self.exit_code = code;
        }
    }

    /// Ends the report.
    pub(super) fn end(&mut self) {
        self.ok = self.to_fix.is_empty();
    }

    /// The report for people.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for part in &self.parts {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}", part.title);
            for fact in &part.facts {
                let mark = if fact.status == Status::Failed { "!" } else { " " };
                let _ = writeln!(out, " {mark}{:<18} {}", fact.name, fact.text);
            }
        }
        if self.to_fix.is_empty() {
            out.push_str("Everything works.\n");
            return out;
        }
        out.push_str("To fix\n");
        for line in self.to_fix.iter().flat_map(|advice| advice.lines()) {
            let _ = writeln!(out, "  {line}");
        }
        out
    }

    /// How the command ends.
    pub(super) fn ending(&self, as_json: bool) -> Ending {
        let out = if as_json { format!("{:#}\n", serde_json::json!(self)) } else { self.text() };
        Ending { out, code: self.exit_code, ..Ending::default() }
    }
}
