//! The tests: one binary that mirrors `src`.

mod config;
mod local_gateway;
mod transport;
