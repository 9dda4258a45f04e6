//! The gateway client: typed operations over HTTP, usable alone.
//!
//! [`Client::send`] is the one path that every operation takes: route, credential, deadline,
//! retry, fallback, decode. [`breaker`] leaves a failing gateway alone, [`single_flight`] makes equal reads one, and [`verify_write`]
//! finds out what became of a write whose answer got lost.

mod answer;
pub mod breaker;
mod client;
mod credential;
mod decode;
mod error;
mod observer;
mod operation;
pub mod operations;
mod refusal;
mod retry;
mod settings;
pub mod single_flight;
pub mod verify_write;

mod words;

pub use answer::{Answer, Unreadable};
pub use client::Client;
pub use credential::{Credential, CredentialError};
pub use decode::{Decode, DecodeError, ShapeError};
pub use error::{GatewayError, Outcome};
pub use observer::{Attempt, AttemptEnd, AttemptOutcome, AttemptRequest, Observer};
pub use operation::{Alternative, Body, Format, Operation, Replay, Request, UploadBody};
pub use refusal::{Refusal, RefusalKind};
pub use settings::{Deadlines, Settings};

/// What a fuzz target reaches: how long a `Retry-After` asks us to wait, at a given moment.
#[cfg(fuzzing)]
pub fn retry_after(text: &str, now: jiff::Timestamp) -> Option<std::time::Duration> {
    retry::retry_after(text, now)
}
