//! The tests: one binary that mirrors `src`.

mod cli;
mod config;
mod harness;
mod local_gateway;
mod transport;
