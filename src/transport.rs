//! The ways in: standard input and output, Streamable HTTP, and the older HTTP with server-sent events.
//!
//! Each is a function that takes the server and a stop signal, so the binary and the tests use the same door.

#[cfg(feature = "http")]
pub(crate) mod accept;
mod batch;
#[cfg(feature = "http")]
mod bodies;
#[cfg(feature = "http")]
mod callers;
mod connection;
#[cfg(feature = "http")]
mod guard;
#[cfg(feature = "http")]
pub mod http;
mod in_flight;
mod lines;
#[cfg(feature = "http")]
mod media_types;
mod message;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "http")]
mod openapi;
#[cfg(feature = "http")]
mod post;
#[cfg(feature = "http")]
mod readiness;
#[cfg(feature = "http")]
mod reply;
#[cfg(all(feature = "cleanup", feature = "http"))]
pub mod review;
#[cfg(all(feature = "cleanup", feature = "http"))]
mod review_page;
#[cfg(feature = "http")]
mod sse;
pub mod stdio;
#[cfg(feature = "http")]
mod write_timeout;

/// What fuzz targets reach: the lines of a byte stream, and the answers to those that are no message.
#[cfg(fuzzing)]
pub mod fuzzing {
    use super::lines::{Line, Lines};
    use super::message::{self, Incoming};

    /// Reads bytes as standard input does; `None` stands for a message or for what needs no answer.
    pub async fn answers(bytes: &[u8], longest: usize) -> Vec<Option<String>> {
        let mut lines = Lines::new(bytes, longest);
        let mut answers = Vec::new();
        loop {
            match lines.next().await {
                Ok(Line::Whole(line)) => answers.push(match message::read(&line) {
                    Incoming::Refused(refusal) | Incoming::NotJson(refusal) => Some(refusal.to_json().to_string()),
                    Incoming::Message(_) | Incoming::Batch(_) | Incoming::Nothing => None,
                }),
                Ok(Line::TooLong(beginning)) => {
                    let refusal = message::too_long(&beginning, longest);
                    answers.push(refusal.map(|refusal| refusal.to_json().to_string()));
                }
                Ok(Line::End) | Err(_) => return answers,
            }
        }
    }
}
