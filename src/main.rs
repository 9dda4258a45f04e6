//! Parses, runs, and ends with one error line and an exit code.
fn main() {}
