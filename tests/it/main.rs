//! The tests: one binary that mirrors `src`.
// What clippy.toml allows in test functions, for the functions that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod architecture;
mod arguments;
mod audit;
mod catalog;
mod cleanup;
mod cli;
mod config;
mod consent;
#[path = "../../crates/store/tests/databases/mod.rs"]
mod databases;
mod dependencies;
mod documents;
mod examples;
mod faults;
mod gateway;
mod harness;
mod hostile_text;
mod ids;
mod local_gateway;
mod nulls;
mod numbers;
mod packaging;
mod policy;
mod redaction;
mod render;
mod replicas;
mod review;
mod shared_state;
mod support;
mod telemetry;
mod tokens;
mod tools;
mod transport;
mod uploads;
