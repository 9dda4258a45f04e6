//! What is recorded, and how many crates there are.

use std::collections::BTreeSet;
use std::process::Command;

/// A figure of `benches/size/recorded.md`.
pub fn figure(name: &str) -> f64 {
    let text = include_str!("recorded.md");
    let cells = text.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let found = cells.filter(|cells| cells.get(1) == Some(&name)).find_map(|cells| cells.get(2)?.parse().ok());
    found.unwrap_or(f64::MAX)
}

/// The crates that the binary is made of, itself aside; `None` when cargo cannot tell.
pub fn crates() -> Option<usize> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--target", "x86_64-unknown-linux-gnu"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let names: BTreeSet<&str> = text.lines().filter_map(|line| line.split(" (").next()).map(str::trim).collect();
    output.status.success().then(|| names.len().saturating_sub(1))
}
