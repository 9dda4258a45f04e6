//! The tests: one binary that mirrors `src`.

mod harness;
mod local_gateway;
mod transport;
