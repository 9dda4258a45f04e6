//! What the binary is made of: each direct dependency has its reason, and their number does not leap.

use std::path::Path;

#[path = "../../benches/size/recorded.rs"]
mod recorded;

#[test]
fn the_number_of_crates_has_not_grown_by_more_than_a_quarter() {
    let crates = recorded::crates().expect("cargo tells the tree") as f64;
    let before = recorded::figure("crates");
    assert!(crates <= before * 1.25, "{crates} crates, {before} recorded in benches/size/recorded.md");
}

#[test]
fn every_dependency_stands_below_its_reason() {
    let manifest = |path| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let manifest = [
        "Cargo.toml",
        "crates/client/Cargo.toml",
        "crates/cleanup/Cargo.toml",
        "crates/local-gateway/Cargo.toml",
        "crates/store/Cargo.toml",
        "stress/Cargo.toml",
    ]
    .map(manifest)
    .join("\n");
    let mut reason = false;
    let mut without = Vec::new();
    let mut section = "";
    for line in manifest.lines() {
        match line.chars().next() {
            Some('[') => (section, reason) = (line, false),
            Some('#') => reason = true,
            None => reason = false,
            _ if section.ends_with("dependencies]") && !reason => without.push(line),
            _ => {}
        }
    }
    assert!(without.is_empty(), "no comment says why: {without:#?}");
}

/// A build without features serves stdio, with whole ids: it needs no HTTP server, no SQLite, no PostgreSQL, no cleanup and no local gateway.
#[test]
fn a_build_without_features_has_neither_http_server_nor_sqlite_nor_cleanup() {
    let tree = |features: &[&str]| {
        let output = std::process::Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
            .args(["--package", "imbrace-contacts-mcp"])
            .args(features)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .filter_map(|line| line.split(' ').next())
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let (whole, bare) = (tree(&[]), tree(&["--no-default-features"]));
    for of_a_feature in [
        "axum",
        "deadpool",
        "governor",
        "imbrace-contacts-cleanup",
        "imbrace-contacts-local-gateway",
        "indicatif",
        "jsonwebtoken",
        "libsqlite3-sys",
        "rlibphonenumber",
        "rlimit",
        "rusqlite",
        "tokio-postgres",
    ] {
        assert!(whole.contains(of_a_feature), "{of_a_feature} is no dependency any more; take it out of this list");
        assert!(!bare.contains(of_a_feature), "a build without features depends on {of_a_feature}");
    }
}
