//! Questions to the person at the terminal. What is asked is obeyed: everything but a yes is a no.

use std::io::{self, BufRead, IsTerminal};

use imbrace_contacts_client::characters::escaped_lines;

use crate::telemetry;

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// `y` or `yes` was typed.
    Yes,
    /// Anything else was typed, or the input ended.
    No,
    /// There is no terminal to ask at; nothing was asked.
    Nobody,
}

/// Whether there is somebody to ask.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal()
}

/// Asks a question that is answered by yes or no.
///
/// # Errors
/// When the terminal cannot be read; that is no yes.
pub(super) fn ask(question: &str) -> io::Result<Asked> {
    if !is_there() {
        return Ok(Asked::Nobody);
    }
    let answer = line(&format!("{question} [y/N] "))?;
    Ok(if matches!(answer.as_deref(), Some("y" | "yes")) { Asked::Yes } else { Asked::No })
}

/// What is typed after these words, in lower case; `None` when the input has ended.
///
/// # Errors
/// When the terminal cannot be read.
pub(super) fn line(words: &str) -> io::Result<Option<String>> {
    telemetry::tell(&escaped_lines(words))?;
    let mut answer = String::new();
    let length = io::stdin().lock().read_line(&mut answer)?;
    Ok((length > 0).then(|| answer.trim().to_lowercase()))
}
