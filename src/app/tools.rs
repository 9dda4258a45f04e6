//! `tools`: what is offered, as a table for people or as the manifest that clients see.

use std::fmt::Write;

use super::Ending;
use super::assembly;
use crate::mcp::Server;
use crate::tools::{Effect, Selection, Toolbox};

/// Lists the tools.
///
/// # Errors
/// [`super::UsageError`] for a name that no tool has.
pub(super) fn list(json: bool, read_only: bool, names: Vec<String>) -> anyhow::Result<Ending> {
    let names = Some(names).filter(|names| !names.is_empty());
    let toolbox = assembly::unconnected(&Selection { read_only, names, ..Selection::default() })?;
    let out = if json { listed(toolbox)? } else { table(&toolbox) };
    Ok(Ending { out, ..Ending::default() })
}

/// The contents of `tools.json`: what a client sees in `tools/list` when every tool is offered.
///
/// # Errors
/// When a definition cannot be written as JSON, which its types rule out.
pub fn manifest() -> anyhow::Result<String> {
    listed(assembly::unconnected(&Selection::default())?)
}

fn listed(toolbox: Toolbox) -> anyhow::Result<String> {
    let list = serde_json::json!({"tools": Server::new(toolbox).manifest()?});
    Ok(format!("{list:#}\n"))
}

/// A tool a line: name, what it does to the gateway's data, title.
fn table(toolbox: &Toolbox) -> String {
    let width = toolbox.entries().iter().map(|entry| entry.name.len()).max().unwrap_or_default();
    toolbox.entries().iter().fold(String::new(), |mut text, entry| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<width$}  {:<8}  {}", entry.name, effect(entry.effect), entry.title);
        text
    })
}

/// An effect in one word.
pub const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "reads",
        Effect::Store => "stores",
        Effect::Write { .. } => "writes",
        Effect::Destroy => "deletes",
    }
}
