//! The ways in: standard input and output, Streamable HTTP, and the older HTTP with server-sent events.
//!
//! Each is a function that takes the server and a stop signal, so the binary and the tests use the same door.

mod accept;
mod bodies;
mod callers;
mod flight;
mod frame;
mod guard;
pub mod http;
mod lines;
mod patience;
mod pipe;
mod plain;
mod readiness;
mod reply;
mod sse;
pub mod stdio;
mod turns;
mod writer;

/// What fuzz targets reach: the lines of a byte stream, and the answers to those that are no message.
#[cfg(fuzzing)]
pub mod fuzzing {
    use super::frame::{self, Frame};
    use super::lines::{Line, Lines};

    /// Reads bytes as standard input does; `None` stands for a message or for what needs no answer.
    pub async fn answers(bytes: &[u8], longest: usize) -> Vec<Option<String>> {
        let mut lines = Lines::new(bytes, longest);
        let mut answers = Vec::new();
        loop {
            match lines.next().await {
                Ok(Line::Whole(line)) => answers.push(match frame::read(&line) {
                    Frame::Answer(text) => Some(text),
                    Frame::Message(_) | Frame::Nothing => None,
                }),
                Ok(Line::TooLong) => answers.push(None),
                Ok(Line::End) | Err(_) => return answers,
            }
        }
    }
}
