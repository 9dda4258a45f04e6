//! The configuration file: any text is settings or an error that names the file, and never shows a credential.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use imbrace_contacts_mcp::config::{Layer, Raw, Settings};

/// A file of this process alone; in memory where the system has a place for that.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("imbrace-contacts-mcp-fuzz-{}.toml", std::process::id()))
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    std::fs::write(&*FILE, text).expect("a file can be written");
    let variable = |name: &str| (name == "IMBRACE_CONFIG").then(|| FILE.to_string_lossy().into_owned());
    let said = match Raw::read(Layer::default(), variable) {
        Ok(raw) => match Settings::check(&raw, "serve") {
            Ok(settings) => format!("{settings:?}"),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    assert!(!said.is_empty());
});
