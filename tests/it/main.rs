//! The tests: one binary that mirrors `src`.

mod local_gateway;
mod transport;
