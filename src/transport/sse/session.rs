//! What the server remembers of one client between its messages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, GetExtensions, InitializeRequestParams, JsonRpcMessage,
    JsonRpcRequest, RequestId, ServerJsonRpcMessage, ServerResult,
};
use rmcp::service::serve_directly_with_ct;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::errand::{Errand, Wire};
use super::questions::Questions;
use crate::mcp::{Caller, Server};
use crate::transport::frame::{self, INVALID_REQUEST};
use crate::transport::guard::admission::Owner;

/// Requests in flight for one client; further ones are refused.
const MOST_IN_FLIGHT: usize = 64;

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
    introduced: Option<InitializeRequestParams>,
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

    /// Takes one message of the session's caller, as `caller` asks; answers go into the stream. A call keeps what it
    /// `holds` until it is answered.
    ///
    /// # Errors
    /// The JSON-RPC error for a request that is not taken.
    pub(super) fn take<T: Send + 'static>(
        self: &Arc<Self>,
        message: ClientJsonRpcMessage,
        caller: &Caller,
        holds: T,
    ) -> Result<(), String> {
        match message {
            JsonRpcMessage::Request(mut request) => {
                let cancel = self.admit(&request.id)?;
                request.request.extensions_mut().insert(self.caller.asking(caller));
                let answering = Arc::clone(self).answer(request, cancel);
                self.calls.spawn(async move {
                    answering.await;
                    drop(holds);
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

    /// Waits until no call is in flight.
    pub(super) async fn idle(&self) {
        self.calls.wait().await;
    }

    /// The client is gone: its calls stop, and with them their requests to the gateway.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    fn admit(&self, id: &RequestId) -> Result<CancellationToken, String> {
        let mut state = self.state();
        let refuse = |text: &str| frame::refusal(Some(&id.clone().into_json_value()), INVALID_REQUEST, text);
        if state.in_flight.contains_key(id) {
            return Err(refuse(
                "This id belongs to a request that is still in flight: use a fresh one for each request.",
            ));
        }
        if state.in_flight.len() >= MOST_IN_FLIGHT {
            return Err(refuse("Too many requests in flight: wait for some of the answers first."));
        }
        let cancel = self.ended.child_token();
        state.in_flight.insert(id.clone(), cancel.clone());
        Ok(cancel)
    }

    /// Runs one request to its answer, which goes into the stream unless it was cancelled.
    async fn answer(self: Arc<Self>, request: JsonRpcRequest<ClientRequest>, cancel: CancellationToken) {
        let id = request.id.clone();
        let introduction = match &request.request {
            ClientRequest::InitializeRequest(initialize) => Some(initialize.params.clone()),
            _ => None,
        };
        let introduced = self.state().introduced.clone();
        let (errand, Wire { mut said, replies }) = Errand::new(request);
        // Held to the end: dropping it cancels the request.
        let _running = serve_directly_with_ct(self.server.clone(), errand, introduced, cancel.clone());
        while let Some(message) = said.recv().await {
            let message = self.state().questions.outward(&id, message, &replies);
            let last = matches!(message, JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_));
            let Ok(text) = serde_json::to_string(&message).inspect_err(|error| {
                tracing::error!(%error, "an answer cannot be written as JSON");
            }) else {
                break;
            };
            // A place in the stream first: what waits for a client that does not read counts as in flight.
            let Ok(place) = self.answers.reserve().await else { break };
            if last && self.state().in_flight.remove(&id).is_none() {
                // The client cancelled it, and so it expects no answer.
                break;
            }
            if let Some(introduction) = &introduction {
                self.remember(introduction, &message);
            }
            place.send(text);
            if last {
                break;
            }
        }
        self.state().questions.end(&id);
    }

    fn remember(&self, introduction: &InitializeRequestParams, answer: &ServerJsonRpcMessage) {
        if let JsonRpcMessage::Response(response) = answer
            && let ServerResult::InitializeResult(agreed) = &response.result
        {
            let mut introduced = introduction.clone();
            introduced.protocol_version = agreed.protocol_version.clone();
            self.state().introduced = Some(introduced);
        }
    }

    // A std mutex: held for one look, never across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
