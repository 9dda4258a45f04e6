//! What answers cost a model, in tokens of o200k_base: per tool, per row, the tool list, and whole tasks.
//!
//! `cargo bench --bench tokens` prints the table and fails when a figure has grown by more than a quarter over
//! `benches/tokens/recorded.md`; `cargo bench --bench tokens -- --record` writes that file anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "../tests/it/harness.rs"]
#[allow(dead_code)]
mod harness;
#[path = "tokens/measure.rs"]
mod measure;
#[path = "tokens/naive.rs"]
mod naive;
#[path = "tokens/tasks.rs"]
mod tasks;

fn main() {
    let figures = tokio::runtime::Runtime::new().unwrap().block_on(measure::all());
    let table = measure::table(&figures);
    println!("{table}");
    if std::env::args().any(|argument| argument == "--record") {
        std::fs::write(measure::RECORDED, table).unwrap();
    }
    let complaints = measure::complaints(&figures, &std::fs::read_to_string(measure::RECORDED).unwrap());
    complaints.iter().for_each(|complaint| println!("{complaint}"));
    assert!(complaints.is_empty(), "{} figures have grown by more than a quarter", complaints.len());
}
