//! One tool from the shell, by the path that a client's call takes.

use anyhow::Context as _;
use imbrace_contacts_client::suggestion::nearest;
use serde_json::{Map, Value};

use super::assembly::assemble;
use super::observed::Watched;
use super::terminal::{self, Asked};
use super::{ANSWERED_ERROR, Ending, UsageError};
use crate::config::Settings;
use crate::context::Progress;
use crate::tools::{Caller, Consent};
use crate::unique_keys;
use crate::write_gate::SHELL;

/// Calls a tool and waits for its answer. A call that needs a confirmation is asked about on a terminal, unless `yes`
/// confirms it.
///
/// # Errors
/// [`UsageError`] for an unknown tool or arguments that are no JSON object; else what [`assemble`] says.
pub(super) async fn call(settings: &Settings, tool: &str, arguments: &str, yes: bool) -> anyhow::Result<Ending> {
    let arguments = read(arguments)?;
    let parts = assemble(settings, SHELL, &Watched::default()).await?;
    let mut consent = if yes { Consent::Given } else { Consent::ByPerson };
    loop {
        let caller = Caller { consent, ..Caller::default() };
        let said = parts.toolbox.call_by(&caller, tool, arguments.clone(), Progress::default()).await;
        let Some(said) = said else {
            let names: Vec<&str> = parts.toolbox.entries().iter().map(|entry| entry.name).collect();
            let hint = match nearest(tool, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the tools are {}", names.join(", ")),
            };
            return Err(UsageError { message: format!("no tool is named `{tool}`; {hint}") }.into());
        };
        let Some(question) = said.question else {
            let text = said.answered.text + "\n";
            return Ok(if said.answered.is_error { failed(text) } else { Ending { out: text, ..Ending::default() } });
        };
        match terminal::ask(&question.for_person()).context("the terminal")? {
            Asked::Yes => {}
            Asked::No => return Ok(failed("Nothing was done.\n".to_owned())),
            Asked::Nobody => {
                let question = question.for_person();
                return Ok(failed(format!("Nothing was done. {question} Confirm with --yes.\n")));
            }
        }
        consent = Consent::Agreed(question.token().to_owned());
    }
}

fn failed(err: String) -> Ending {
    Ending { err, code: ANSWERED_ERROR, ..Ending::default() }
}

fn read(arguments: &str) -> Result<Map<String, Value>, UsageError> {
    let example = "write a JSON object such as '{\"query\":\"nguyen\"}', or - to read it from stdin";
    match unique_keys::from_str(arguments) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(UsageError { message: format!("the arguments are JSON but no object: {example}") }),
        Err(error) if unique_keys::is_repeated_key(&error) => {
            Err(UsageError { message: format!("the arguments cannot be meant: {error}; nothing was sent") })
        }
        Err(error) => Err(UsageError { message: format!("the arguments are no JSON ({error}): {example}") }),
    }
}
