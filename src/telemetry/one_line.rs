//! One event, one line: what a value smuggles in cannot begin a line of its own, nor hide or reorder one.

use std::fmt::Write as _;
use std::io::{self, Write};

use imbrace_contacts_client::characters::is_invisible;
use tracing_subscriber::fmt::MakeWriter;

/// Standard error, each event on one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneLine {
    /// Whether the subscriber writes colours, which begin with an escape. It takes escapes out of values by itself.
    pub(super) colours: bool,
}

impl<'a> MakeWriter<'a> for OneLine {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl Write for OneLine {
    /// The subscriber hands over an event whole, its line end included.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        super::mention(&one_line(&text, self.colours));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The event with every invisible character spelled out, as JSON spells them; the line end stays.
fn one_line(event: &str, colours: bool) -> String {
    let body = event.strip_suffix('\n').unwrap_or(event);
    let mut line = String::with_capacity(event.len());
    for letter in body.chars() {
        let harmless = !is_invisible(letter) || (colours && letter == '\u{1B}');
        if harmless {
            line.push(letter);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(line, "\\u{:04x}", u32::from(letter));
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::{is_invisible, one_line};

    #[test]
    fn an_event_is_one_line_whatever_its_values_hold() {
        let event = "INFO a\nINFO b\r\u{1b}[2J\u{85}\u{2028}\u{202e}c ä 名\n";
        let expected = "INFO a\\u000aINFO b\\u000d\\u001b[2J\\u0085\\u2028\\u202ec ä 名\n";
        assert_eq!(one_line(event, false), expected);
        assert_eq!(one_line("\u{1b}[32mINFO\u{1b}[0m x\ny\n", true), "\u{1b}[32mINFO\u{1b}[0m x\\u000ay\n");
    }
    #[test]
    fn an_event_spells_out_every_invisible_character() {
        for letter in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}') {
            let line = one_line(&format!("x{letter}y\n"), false);
            assert_eq!(!line.contains(&format!("x{letter}y")), is_invisible(letter), "{}", letter.escape_unicode());
        }
    }
}
