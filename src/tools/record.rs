//! What the audit file is told of a call: the whole ids in its arguments, and how it ended, in words of closed sets.

use imbrace_contacts_client::write_gate::WriteRefused;
use serde_json::{Map, Value};

use super::error::ToolError;
use super::tool::{Effect, Entry};
use crate::audit::{Outcome, Pending};
use crate::context::Context;
use crate::gateway::{self, GatewayError};
use crate::write_gate::{Intent, SHELL, WriteGate};

/// Prefixes of ids of the gateway. A credential is none of them, even when it stands where an id belongs.
const PREFIXES: [&str; 8] = ["con", "conv", "tcu", "cmc", "not", "msg", "u", "t"];

/// Ids that one line holds at most; no tool takes more.
const MOST: usize = 200;

/// Lets a call through the gate, and records that it begins, when calls are recorded.
///
/// # Errors
/// For a write that the gate refuses.
pub(super) async fn begin(
    gate: &WriteGate,
    context: &Context,
    entry: &Entry,
    arguments: &Map<String, Value>,
) -> Result<Option<Pending>, ToolError> {
    let is_recording = gate.is_recording();
    let intent = Intent {
        tool: entry.name,
        effect: word(entry.effect),
        writes: !entry.effect.is_read_only(),
        counts: is_one_write(entry),
        ids: if is_recording { ids(context, arguments) } else { Vec::new() },
        arguments: if is_recording { Value::Object(arguments.clone()).to_string() } else { String::new() },
    };
    gate.record(intent).await.map_err(refused)
}

/// Whether a call is one write at the gateway. The writes of a plan pass the gate one by one.
pub(super) const fn is_one_write(entry: &Entry) -> bool {
    match entry.effect {
        Effect::Read | Effect::Store => false,
        Effect::Write { .. } => !entry.sweeps,
        Effect::Destroy => true,
    }
}

/// What a model is told of a write that the gate refuses.
pub(super) fn refused(refused: WriteRefused) -> ToolError {
    match refused {
        WriteRefused::Unrecorded => ToolError::Unrecorded,
        other => ToolError::Cleanup { words: format!("nothing was done: {other}"), may_have_acted: false },
    }
}

const fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Store => "store",
        Effect::Write { .. } => "write",
        Effect::Destroy => "destroy",
    }
}

/// How a call ended.
pub(super) fn outcome<T>(result: &Result<T, ToolError>, effect: Effect) -> Outcome {
    let Err(error) = result else { return Outcome::Done };
    match error {
        ToolError::TimedOut { .. } => Outcome::TimedOut,
        ToolError::Panicked { .. } => Outcome::Panicked,
        ToolError::Gateway { error, .. } => {
            let open = !effect.is_read_only() && error.outcome() != gateway::Outcome::NotDone;
            if open { Outcome::Unknown(kind(error)) } else { Outcome::Failed(kind(error)) }
        }
        ToolError::Cleanup { may_have_acted: true, .. } if !effect.is_read_only() => Outcome::Unknown("cleanup"),
        ToolError::Cleanup { .. } => Outcome::Failed("cleanup"),
        ToolError::Unsettled { .. } => Outcome::Unknown("unsettled"),
        // Only read so far; nothing was written.
        ToolError::BeforeWrite { error, .. } => Outcome::Failed(kind(error)),
        ToolError::Argument(_) => Outcome::Failed("argument"),
        ToolError::Missing { .. } => Outcome::Failed("missing"),
        ToolError::Upload(_) => Outcome::Failed("upload"),
        ToolError::Busy { .. } => Outcome::Failed("busy"),
        ToolError::Unconfirmed(_) => Outcome::Failed("unconfirmed"),
        ToolError::Consent(_) | ToolError::ConfirmationStore(_) => Outcome::Failed("confirmation"),
        ToolError::Disabled { .. } => Outcome::Failed("withheld"),
        ToolError::Unrecorded => Outcome::Failed("unrecorded"),
    }
}

/// Why a call failed, as the log tells it: words of closed sets and the number of the request, never texts of the gateway or of a
/// caller.
pub(super) struct Failure {
    reason: &'static str,
    /// The gateway's status, when it answered with one.
    status: Option<u16>,
    request_id: Option<String>,
    /// Whether the operator has to do something: not for arguments that a model got wrong.
    concerns_operator: bool,
    is_credential_refused: bool,
}

impl Failure {
    /// What the log tells of an error; nothing of a call that only waits for its confirmation.
    pub(super) fn of(error: &ToolError) -> Option<Self> {
        let plain = |reason, concerns_operator| Self {
            reason,
            status: None,
            request_id: None,
            concerns_operator,
            is_credential_refused: false,
        };
        Some(match error {
            ToolError::Unconfirmed(_) => return None,
            ToolError::Gateway { error, .. } | ToolError::BeforeWrite { error, .. } => {
                let (status, is_credential_refused) = match &**error {
                    GatewayError::Refused(refusal) => (Some(refusal.status.as_u16()), refusal.is_about_credential()),
                    GatewayError::Redirected { status, .. } => (Some(status.as_u16()), false),
                    _ => (None, false),
                };
                let request_id = Some(error.request_id().to_owned()).filter(|id| !id.is_empty());
                // Not found is an answer like any other.
                let concerns_operator = !error.is_not_found();
                Self { reason: kind(error), status, request_id, concerns_operator, is_credential_refused }
            }
            ToolError::TimedOut { .. } => plain("timed_out", true),
            ToolError::Panicked { .. } => plain("panicked", true),
            ToolError::Cleanup { .. } => plain("cleanup", true),
            ToolError::Unsettled { .. } => plain("unsettled", true),
            ToolError::Busy { .. } => plain("busy", true),
            ToolError::Unrecorded => plain("unrecorded", true),
            ToolError::Argument(_) => plain("argument", false),
            ToolError::Missing { .. } => plain("missing", false),
            ToolError::Upload(_) => plain("upload", false),
            ToolError::Consent(_) => plain("confirmation", false),
            ToolError::ConfirmationStore(_) => plain("confirmation", true),
            ToolError::Disabled { .. } => plain("withheld", false),
        })
    }

    /// Logs one line, and another one for a credential that has to be replaced. At a shell the answer itself is on the terminal, so
    /// that a warning would say it twice.
    pub(super) fn log(&self, tool: &str, caller: &str) {
        let Self { reason, status, request_id, .. } = self;
        let request_id = request_id.as_deref();
        if caller == SHELL {
            tracing::info!(tool, caller, reason, status, request_id, "a call failed");
            return;
        }
        if self.is_credential_refused {
            tracing::warn!(status, request_id, caller, "the gateway refuses the credential");
        }
        if self.concerns_operator {
            tracing::warn!(tool, caller, reason, status, request_id, "a call failed");
        } else {
            tracing::info!(tool, caller, reason, status, request_id, "a call failed");
        }
    }
}

fn kind(error: &GatewayError) -> &'static str {
    match error {
        GatewayError::NotSent { .. } => "not_sent",
        GatewayError::Paused { .. } => "paused",
        GatewayError::NotReached { .. } => "not_reached",
        GatewayError::NoAnswer { .. } => "no_answer",
        GatewayError::Refused(_) => "refused",
        GatewayError::Redirected { .. } => "redirected",
        GatewayError::Missing { .. } => "missing",
        GatewayError::Unreadable { .. } => "unreadable",
        GatewayError::WrongShape { .. } => "wrong_shape",
        GatewayError::Mismatch { .. } => "mismatch",
    }
}

/// The gateway's ids that stand in the arguments, whole, each once.
fn ids(context: &Context, arguments: &Map<String, Value>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for id in words(arguments).filter_map(|word| context.short_ids().known(word).or_else(|| id(word))) {
        if found.len() < MOST && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// Every word of the arguments that could be an id, in order.
pub(super) fn words(arguments: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let mut rest: Vec<&Value> = arguments.values().rev().collect();
    let texts = std::iter::from_fn(move || {
        loop {
            match rest.pop()? {
                Value::String(text) => return Some(text.as_str()),
                Value::Array(values) => rest.extend(values.iter().rev()),
                Value::Object(values) => rest.extend(values.values().rev()),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
    });
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    texts.flat_map(move |text| text.split(move |letter| !is_part(letter)))
}

/// A word that is an id: a known prefix and a UUID. Anything freer could be somebody's name.
fn id(word: &str) -> Option<String> {
    let (prefix, rest) = word.split_once('_')?;
    let parts = [8, 4, 4, 4, 12];
    let hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_uuid = rest.split('-').map(str::len).eq(parts) && rest.split('-').all(hexadecimal);
    (PREFIXES.contains(&prefix) && is_uuid).then(|| word.to_owned())
}
