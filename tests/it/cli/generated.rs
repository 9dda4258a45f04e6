//! The generated files are what `cargo run --example generate` would write.

#[allow(dead_code, reason = "its main function is the example's")]
#[path = "../../../examples/generate.rs"]
mod generate;

use imbrace_contacts_mcp::config::Key;
use imbrace_contacts_mcp::local_gateway::Population;

#[tokio::test]
async fn generated_files_are_current() {
    for (path, text) in generate::generated().await.unwrap() {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is stale: run `cargo run --example generate`", path.display());
    }
}

#[test]
fn documented_defaults_are_the_real_ones() {
    let usual = Population::default();
    let documented = |name| Key::named(name).unwrap().default;
    assert_eq!(documented("local_contacts"), usual.contacts.to_string());
    assert_eq!(documented("local_seed"), usual.seed.to_string());
}
