//! The tests: one binary that mirrors `src`.

mod gateway;
mod support;
