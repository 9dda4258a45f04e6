//! The gateway client: typed operations over HTTP, usable alone.
//!
//! [`Client::send`] is the one path that every operation takes: route, credential, deadline, retry, fallback, decode.

mod client;
mod credential;
mod decode;
mod error;
mod operation;
pub mod operations;
mod retry;

pub use client::{Client, Deadlines, Settings};
pub use credential::{Credential, CredentialError};
pub use decode::{Answer, Decode, ShapeError};
pub use error::{GatewayError, Outcome, Refusal, RefusalKind};
pub use operation::{Alternative, Body, Operation, Replay, Request, UploadBody};
