//! The tests: one binary that mirrors `src`.

// Clippy allows these inside `#[test]` functions only; what the tests share stands outside of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod local_gateway;
mod transport;
