//! The catalog of tools: what a model can ask for, one file a tool.

mod advice;
mod error;
mod input;
mod schema;
mod tool;
mod toolbox;

pub use error::{ArgumentError, ToolError};
pub use tool::{Effect, Entry, Tool};
pub use toolbox::{Answered, Limits, Selection, Toolbox, UnknownTool};

/// Every tool, in the order in which clients list them.
pub fn catalog() -> Vec<Entry> {
    vec![]
}
