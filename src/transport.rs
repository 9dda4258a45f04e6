//! The ways in: standard input and output, Streamable HTTP, and the older HTTP with server-sent events.
//!
//! Each is a function that takes the server and a stop signal, so the binary and the tests use the same door.

mod accept;
mod callers;
mod flight;
mod frame;
mod guard;
pub mod http;
mod lines;
mod patience;
mod pipe;
mod readiness;
mod reply;
mod sse;
pub mod stdio;
