//! The tests: one binary that mirrors `src`.

mod config;
mod gateway;
mod harness;
mod local_gateway;
mod support;
mod transport;
