//! `cleanup policy`: a policy is checked, and confirmed by the operator.

use std::path::Path;

use anyhow::Context as _;
use imbrace_contacts_client::characters::{escaped_json, escaped_lines};
use serde_json::{Value, json};

use super::super::terminal::{self, Asked};
use super::super::{DONE, Ending, UsageError};
use super::{CleanupSession, refused};
use crate::cli::{ConfirmArguments, PolicyArguments};
use crate::files;
use crate::policy::{self, Policy};

/// Digits of a digest that people compare.
const SHOWN: usize = 16;

/// Reads a policy.
///
/// # Errors
/// [`UsageError`] with every mistake, its line and its word; or what keeps the file from being read.
pub(super) fn read(file: &Path) -> anyhow::Result<Policy> {
    let name = file.display();
    let text = files::read_regular_text(file, policy::LARGEST).with_context(|| format!("the policy {name}"))?;
    Policy::read(&text).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.0.iter().map(|mistake| format!("{name}: {mistake}")).collect();
        UsageError { message: escaped_lines(&format!("this is no policy:\n  {}", lines.join("\n  "))).into_owned() }
            .into()
    })
}

/// The first digits of a digest.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..SHOWN).unwrap_or(digest)
}

fn value(policy: &Policy) -> Value {
    let lines: serde_json::Map<String, Value> = policy
        .to_string()
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, said)| (name.replace(' ', "_"), json!(said)))
        .collect();
    json!({ "digest": policy.digest(), "policy": lines })
}

/// Says what a policy does. No configuration is read.
///
/// # Errors
/// As [`read`].
pub(super) fn check(given: &PolicyArguments) -> anyhow::Result<Ending> {
    let policy = read(&given.file)?;
    let out = if given.options.json {
        escaped_json(&format!("{:#}\n", value(&policy))).into_owned()
    } else {
        escaped_lines(&format!("{policy}digest: {}\n", short(policy.digest()))).into_owned()
    };
    Ok(Ending { out, code: DONE, ..Ending::default() })
}

/// Keeps the operator's agreement to a policy.
///
/// # Errors
/// As [`read`], or the state's.
pub(super) async fn confirm(session: &CleanupSession, given: &ConfirmArguments) -> anyhow::Result<Ending> {
    let policy = read(&given.policy.file)?;
    let (place, digest) = (session.place.named(), short(policy.digest()).to_owned());
    let shown = escaped_lines(&policy.to_string()).into_owned();
    if !given.yes {
        match terminal::ask(&format!("{shown}Let this be written in {place} without asking?"))? {
            Asked::Yes => {}
            Asked::No => return Ok(refused("Nothing was confirmed.\n".to_owned())),
            Asked::Nobody => {
                let err = format!("{shown}Nothing was confirmed. Without a terminal, --yes confirms it for {place}.\n");
                return Ok(refused(err));
            }
        }
    }
    let confirmed = session.workspace.confirm_policy(policy.digest()).await?;
    let text = format!("{shown}confirmed for {place} at {}: digest {digest}\n", confirmed.at);
    let mut value = value(&policy);
    if let Value::Object(fields) = &mut value {
        fields.insert("confirmed_at".to_owned(), json!(confirmed.at));
    }
    Ok(session.said(text, &value, String::new(), DONE))
}
