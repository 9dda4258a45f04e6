//! The tests: one binary that mirrors `src`.

mod config;
