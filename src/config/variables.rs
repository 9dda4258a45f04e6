//! The environment variables.

use super::key::{KEYS, Key, Kind};
use super::source::{Layer, Source};

/// The values that variables give. An empty variable is one that is not set, as container tools write it.
pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Layer {
    let mut layer = Layer::default();
    for key in &KEYS {
        let name = key.variable();
        if let Some(text) = variable(&name).filter(|text| !text.trim().is_empty()) {
            layer.set(key, texts(key, text), Source::Variable(name));
        }
    }
    layer
}

fn texts(key: &Key, text: String) -> Vec<String> {
    match key.kind {
        Kind::List => text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
        Kind::Paths => std::env::split_paths(&text).map(|path| path.to_string_lossy().into_owned()).collect(),
        _ => vec![text],
    }
}
