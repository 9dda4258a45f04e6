//! How large the binary is, how many crates it is made of, and how long a cold build takes, beside what is recorded.
//!
//! ```sh
//! cargo bench --bench size             # fails when the binary or the number of crates has grown by more than a quarter
//! cargo bench --bench size -- --cold   # builds from nothing in a place of its own, too; takes minutes
//! ```
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod recorded;

use std::process::Command;
use std::time::Instant;

/// A figure may grow by so much against the recorded one.
const ROOM: f64 = 1.25;

fn main() {
    let crates = recorded::crates().expect("cargo tells the tree");
    let bytes = std::fs::metadata(env!("CARGO_BIN_EXE_imbrace-contacts-mcp")).map_or(0, |file| file.len());
    let megabytes = bytes as f64 / 1e6;
    let (most_crates, most_megabytes) = (recorded::figure("crates"), recorded::figure("binary, MB"));
    println!("| what | now | recorded |\n|---|---|---|\n| crates | {crates} | {most_crates} |");
    assert!(crates as f64 <= most_crates * ROOM, "the number of crates has grown by more than a quarter");
    if cfg!(debug_assertions) {
        println!("| binary, MB | not optimised, not judged | {most_megabytes} |");
        return;
    }
    println!("| binary, MB | {megabytes:.2} | {most_megabytes} |");
    if std::env::args().any(|word| word == "--cold") {
        println!("| cold build, s | {:.0} | {} |", cold_build(), recorded::figure("cold build, s"));
    }
    assert!(megabytes <= most_megabytes * ROOM, "the binary has grown: find out by what, then record it");
}

fn cold_build() -> f64 {
    let place = std::env::temp_dir().join(format!("cold-build-{}", std::process::id()));
    let began = Instant::now();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--bin", "imbrace-contacts-mcp", "--target-dir"])
        .arg(&place)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    let took = began.elapsed().as_secs_f64();
    let _ = std::fs::remove_dir_all(&place);
    assert!(built.is_ok_and(|status| status.success()), "the build failed");
    took
}
