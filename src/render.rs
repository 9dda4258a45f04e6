//! From facts to few tokens: what a tool's answer looks like to a model.

pub mod untrusted;

pub use untrusted::quoted;

/// What a tool answers, before it is text.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Lines as they are.
    Lines(Vec<String>),
}

/// The reply as the text that a model reads.
pub fn text(reply: &Reply) -> String {
    match reply {
        Reply::Lines(lines) => lines.join("\n"),
    }
}
