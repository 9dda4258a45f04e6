//! What the server remembers of one client between its messages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{StreamExt, stream};
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, GetExtensions, InitializeRequestParams, JsonRpcMessage,
    JsonRpcRequest, ProtocolVersion, RequestId, ServerJsonRpcMessage, ServerResult,
};
use rmcp::service::serve_directly_with_ct;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::questions::Questions;
use super::request_transport::{RequestChannels, RequestTransport};
use crate::mcp::{Caller, Server};
use crate::transport::batch;
use crate::transport::bodies::Room;
use crate::transport::callers::{CallPermit, CallerLimits, TOO_MANY_A_MINUTE, TOO_MANY_AT_ONCE};
use crate::transport::guard::admission::Owner;
use crate::transport::message::{ID_IN_USE, Incoming, Refusal};

/// Requests in flight for one client; further ones are refused.
const MAX_IN_FLIGHT: usize = 64;

/// Calls of one batch that run at the same time.
const BATCH_CONCURRENCY: usize = 4;

/// One client: how it introduced itself, and what it waits for.
pub(super) struct Session {
    server: Server,
    answers: mpsc::Sender<String>,
    /// Who opened it: every message is theirs.
    caller: Caller,
    owner: Option<Owner>,
    state: Mutex<State>,
    calls: TaskTracker,
    ended: CancellationToken,
}

#[derive(Default)]
struct State {
    /// What the client said in the handshake, with the version that was agreed on.
    handshake: Option<InitializeRequestParams>,
    in_flight: HashMap<RequestId, CancellationToken>,
    questions: Questions,
}

impl Session {
    pub(super) fn new(server: Server, answers: mpsc::Sender<String>, caller: Caller, owner: Option<Owner>) -> Self {
        let calls = TaskTracker::new();
        // Only a closed tracker can be waited for; it still takes new tasks.
        calls.close();
        Self { server, answers, caller, owner, state: Mutex::default(), calls, ended: CancellationToken::new() }
    }

    /// Whom it belongs to.
    pub(super) const fn owner(&self) -> Option<Owner> {
        self.owner
    }

    /// Whether the handshake agreed on the one version that has batches.
    pub(super) fn has_batches(&self) -> bool {
        let state = self.state();
        let agreed = state.handshake.as_ref().map(|handshake| &handshake.protocol_version);
        agreed == Some(&ProtocolVersion::V_2025_03_26)
    }

    /// Takes one message of the session's caller, as `caller` asks; answers go into the stream. A call keeps what it
    /// `holds` until its tool has ended.
    ///
    /// # Errors
    /// The JSON-RPC error for a request that is not taken.
    pub(super) fn take<T: Send + 'static>(
        self: &Arc<Self>,
        message: ClientJsonRpcMessage,
        caller: &Caller,
        holds: T,
    ) -> Result<(), Refusal> {
        match message {
            JsonRpcMessage::Request(request) => {
                let cancel = self.admit(&request.id)?;
                let (session, caller) = (Arc::clone(self), caller.clone());
                self.calls.spawn(async move {
                    let id = request.id.clone();
                    let answer = session.run(request, &caller, cancel).await;
                    drop(holds);
                    session.send(&[id], answer).await;
                });
            }
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = notification.notification
                    && let Some(id) = cancelled.params.request_id
                    && let Some(cancel) = self.state().in_flight.remove(&id)
                {
                    cancel.cancel();
                }
            }
            reply @ (JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_)) => self.state().questions.reply(reply),
        }
        Ok(())
    }

    /// Takes the messages of a batch, within the limits of the caller; one array of answers goes into the stream.
    pub(super) fn take_batch(
        self: &Arc<Self>,
        elements: Vec<Incoming>,
        caller: Caller,
        limits: Option<CallerLimits>,
        room: Room,
    ) {
        let session = Arc::clone(self);
        self.calls.spawn(async move {
            let (mut ids, mut calls) = (Vec::new(), Vec::new());
            for (index, element) in elements.into_iter().filter_map(batch::element).enumerate() {
                let call = match element {
                    Ok(JsonRpcMessage::Request(request)) => session.admit(&request.id).map(|cancel| {
                        ids.push(request.id.clone());
                        (index, request, cancel)
                    }),
                    // No notification or reply is refused.
                    Ok(other) => {
                        let _ = session.take(other, &caller, ());
                        continue;
                    }
                    Err(refusal) => Err(refusal),
                };
                calls.push(call);
            }
            let run = async |call: Result<(usize, JsonRpcRequest<ClientRequest>, CancellationToken), Refusal>| {
                let (index, request, cancel) = match call {
                    Ok(call) => call,
                    Err(refusal) => return Some(refusal.to_json()),
                };
                let id = request.id.clone().into_json_value();
                match permit(limits.as_ref(), index).await {
                    Ok(_permit) => session.run(request, &caller, cancel).await,
                    Err(text) => Some(Refusal::invalid(Some(&id), text).to_json()),
                }
            };
            let answers = stream::iter(calls).map(run).buffered(BATCH_CONCURRENCY);
            let answers: Vec<_> = answers.filter_map(std::future::ready).collect().await;
            drop(room);
            let answers = Some(answers).filter(|answers| !answers.is_empty()).map(Value::Array);
            session.send(&ids, answers).await;
        });
    }

    /// Waits until no call is in flight.
    pub(super) async fn idle(&self) {
        self.calls.wait().await;
    }

    /// The client is gone: its calls stop, and with them their requests to the gateway.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    fn admit(&self, id: &RequestId) -> Result<CancellationToken, Refusal> {
        let mut state = self.state();
        let refuse = |text: &str| Refusal::invalid(Some(&id.clone().into_json_value()), text);
        if state.in_flight.contains_key(id) {
            return Err(refuse(ID_IN_USE));
        }
        if state.in_flight.len() >= MAX_IN_FLIGHT {
            return Err(refuse("Too many requests in flight: wait for some of the answers first."));
        }
        let cancel = self.ended.child_token();
        state.in_flight.insert(id.clone(), cancel.clone());
        Ok(cancel)
    }

    /// Runs one request to its answer; `None` when it was cancelled or the client has left.
    ///
    /// Nothing here waits for a client that does not read its stream: what does not fit into the stream is left out.
    async fn run(
        &self,
        mut request: JsonRpcRequest<ClientRequest>,
        caller: &Caller,
        cancel: CancellationToken,
    ) -> Option<Value> {
        request.request.extensions_mut().insert(self.caller.asking(caller));
        let id = request.id.clone();
        let initialize = match &request.request {
            ClientRequest::InitializeRequest(initialize) => Some(initialize.params.clone()),
            _ => None,
        };
        let handshake = self.state().handshake.clone();
        let (transport, RequestChannels { mut messages, replies }) = RequestTransport::new(request);
        // Kept to the end: dropping it cancels the request.
        let _running = serve_directly_with_ct(self.server.clone(), transport, handshake, cancel.clone());
        let mut answer = None;
        while let Some(message) = messages.recv().await {
            let message = self.state().questions.outward(&id, message, &replies);
            if let Some(initialize) = &initialize {
                self.remember(initialize, &message);
            }
            let text = serde_json::to_value(&message).inspect_err(|error| {
                tracing::error!(%error, "an answer cannot be written as JSON");
            });
            match (&message, text) {
                (JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_), text) => {
                    answer = text.ok();
                    break;
                }
                (_, Ok(text)) => {
                    let is_sent = self.answers.try_send(text.to_string()).is_ok();
                    if !is_sent && let JsonRpcMessage::Request(question) = &message {
                        self.state().questions.fail(&question.id);
                    }
                }
                (_, Err(_)) => {}
            }
        }
        self.state().questions.end(&id);
        answer.filter(|_| !cancel.is_cancelled())
    }

    /// Puts an answer into the stream, as soon as there is room, and ends its requests. Those that wait for a client that does
    /// not read count as in flight, and hold nothing else.
    async fn send(&self, ids: &[RequestId], answer: Option<Value>) {
        let slot = match answer {
            Some(_) => self.answers.reserve().await.ok(),
            None => None,
        };
        let mut are_expected = ids.is_empty();
        {
            let mut state = self.state();
            for id in ids {
                // A client that cancelled a request expects no answer to it.
                are_expected |= state.in_flight.remove(id).is_some();
            }
        }
        if let (Some(slot), Some(answer)) = (slot.filter(|_| are_expected), answer) {
            slot.send(answer.to_string());
        }
    }

    /// Keeps what the first handshake agreed on; a later one changes nothing.
    fn remember(&self, initialize: &InitializeRequestParams, answer: &ServerJsonRpcMessage) {
        if let JsonRpcMessage::Response(response) = answer
            && let ServerResult::InitializeResult(result) = &response.result
        {
            let mut handshake = initialize.clone();
            handshake.protocol_version = result.protocol_version.clone();
            self.state().handshake.get_or_insert(handshake);
        }
    }

    // A std mutex: held for one look, never across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit for a call of a batch, the first of which is counted already.
async fn permit(limits: Option<&CallerLimits>, index: usize) -> Result<Option<CallPermit>, &'static str> {
    let Some(limits) = limits else { return Ok(None) };
    if index > 0 {
        limits.count().map_err(|_| TOO_MANY_A_MINUTE)?;
    }
    limits.permit().await.map(Some).map_err(|_| TOO_MANY_AT_ONCE)
}
