//! One tool from the shell, by the path that a client's call takes.

use serde_json::{Map, Value};

use super::assembly::assemble;
use super::{ANSWERED_ERROR, Ending, UsageError};
use crate::config::Settings;
use crate::context::Progress;

/// Calls a tool and waits for its answer.
///
/// # Errors
/// [`UsageError`] for an unknown tool or arguments that are no JSON object; else what [`assemble`] says.
pub(super) async fn call(settings: &Settings, tool: &str, arguments: &str) -> anyhow::Result<Ending> {
    let arguments = read(arguments)?;
    let parts = assemble(settings, "shell").await?;
    let answered = parts.toolbox.call(tool, arguments, Progress::default()).await;
    let Some(answered) = answered else {
        let offered = parts.toolbox.entries().iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
        return Err(UsageError { message: format!("no tool is named `{tool}`; the tools are {offered}") }.into());
    };
    let text = answered.text + "\n";
    Ok(if answered.is_error {
        Ending { err: text, code: ANSWERED_ERROR, ..Ending::default() }
    } else {
        Ending { out: text, ..Ending::default() }
    })
}

fn read(arguments: &str) -> Result<Map<String, Value>, UsageError> {
    let example = "write a JSON object such as '{\"query\":\"nguyen\"}', or - to read it from stdin";
    match serde_json::from_str(arguments) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(UsageError { message: format!("the arguments are JSON but no object: {example}") }),
        Err(error) => Err(UsageError { message: format!("the arguments are no JSON ({error}): {example}") }),
    }
}
