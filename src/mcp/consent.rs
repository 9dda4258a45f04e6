//! Asks a person whether a call may go on, in the way that their client's era of the protocol has for it.
//!
//! With a handshake the server sends a request of its own and waits. From 2026-07-28 on the call is answered with the
//! question, and the client repeats it with the person's answer and the state that came with the question.

use std::collections::BTreeMap;
use std::time::Duration;

use ring::hmac;
use rmcp::RoleServer;
use rmcp::model::{
    BooleanSchema, CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock,
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema, InputRequest,
    InputRequiredResult, PrimitiveSchemaDefinition,
};
use rmcp::service::{ElicitationMode, Peer, RequestContext};

use super::is_modern;
use crate::tools::{Caller, Consent, Question};

/// The one field of the form, and the name of the question among those that a client is asked.
const FIELD: &str = "confirm";

/// How long a person may think: less than the confirmation is valid.
const PATIENCE: Duration = Duration::from_secs(110);

/// How often a call is asked about anew because what it would do has changed while the person thought.
pub(super) const ROUNDS: usize = 3;

/// What the person said; all but the first mean that nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Agreed,
    Declined,
    Dismissed,
    /// The client could not ask, or gave no answer that can be read.
    Unasked,
}

/// Who calls, as far as the transport found out, and whether a person can be asked; both only where the tool `confirms`.
pub(super) fn caller(request: &CallToolRequestParams, context: &RequestContext<RoleServer>, confirms: bool) -> Caller {
    let proven = super::Caller::of(&context.extensions).cloned().unwrap_or_default();
    let key =
        if confirms { proven.fingerprint(&hmac::Key::new(hmac::HMAC_SHA256, b"caller")).to_vec() } else { Vec::new() };
    let consent = match &request.request_state {
        Some(state) if is_modern(context) => Consent::Agreed(state.clone()),
        _ if !confirms => Consent::ByArgument,
        _ if can_ask(context) => Consent::ByPerson,
        _ => Consent::ByArgument,
    };
    Caller { key, consent, who: proven.who }
}

fn can_ask(context: &RequestContext<RoleServer>) -> bool {
    if !is_modern(context) {
        return context.peer.supported_elicitation_modes().contains(&ElicitationMode::Form);
    }
    let asks = |capabilities: ClientCapabilities| capabilities.elicitation;
    // Neither mode named means forms, as before there were two.
    context.meta.client_capabilities().and_then(asks).is_some_and(|modes| modes.form.is_some() || modes.url.is_none())
}

/// What the person said, when the request repeats a call with their answer.
pub(super) fn answer(request: &CallToolRequestParams) -> Verdict {
    let answer = request.input_responses.as_ref().and_then(|answers| answers.get(FIELD));
    let read = answer.and_then(|answer| serde_json::from_value::<ElicitResult>(answer.clone()).ok());
    read.map_or(Verdict::Unasked, |result| verdict(&result))
}

/// Asks over an open connection and waits for the answer.
pub(super) async fn ask(peer: &Peer<RoleServer>, question: &Question) -> Verdict {
    match peer.create_elicitation_with_timeout(form(question), Some(PATIENCE)).await {
        Ok(result) => verdict(&result),
        Err(error) => {
            tracing::warn!(%error, "the client could not ask");
            Verdict::Unasked
        }
    }
}

/// The answer that makes a client ask, and repeat the call.
pub(super) fn required(question: &Question) -> CallToolResponse {
    let request = InputRequest::Elicitation(ElicitRequest::new(form(question)));
    let requests = BTreeMap::from([(FIELD.to_owned(), request)]);
    InputRequiredResult::new(Some(requests), Some(question.token().to_owned())).into()
}

/// What a call answers that was not agreed to.
pub(super) fn refusal(verdict: Verdict) -> CallToolResponse {
    let text = match verdict {
        Verdict::Declined => "Nothing was done: the user declined.",
        Verdict::Dismissed => "Nothing was done: the user closed the question without an answer.",
        Verdict::Agreed => {
            "Nothing was done: what this call would do changed again and again while the user was asked."
        }
        Verdict::Unasked => "Nothing was done: this call needs the user's confirmation, and the client gave no answer.",
    };
    CallToolResult::error(vec![ContentBlock::text(text)]).into()
}

fn form(question: &Question) -> ElicitRequestParams {
    let field = PrimitiveSchemaDefinition::Boolean(BooleanSchema::new().title("Do it"));
    let requested_schema = ElicitationSchema::new(BTreeMap::from([(FIELD.to_owned(), field)]));
    let requested_schema = requested_schema.with_required(vec![FIELD.to_owned()]);
    ElicitRequestParams::FormElicitationParams { meta: None, message: question.for_person(), requested_schema }
}

/// Agreed is only who accepted the form and said yes in it.
fn verdict(result: &ElicitResult) -> Verdict {
    let yes = result.content.as_ref().and_then(|content| content.get(FIELD)).and_then(serde_json::Value::as_bool);
    match (&result.action, yes) {
        (ElicitationAction::Accept, Some(true)) => Verdict::Agreed,
        (ElicitationAction::Accept, Some(false)) | (ElicitationAction::Decline, _) => Verdict::Declined,
        (ElicitationAction::Cancel, _) => Verdict::Dismissed,
        _ => Verdict::Unasked,
    }
}
