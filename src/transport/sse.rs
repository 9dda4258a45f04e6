//! HTTP with server-sent events, as 2024-11-05 had it: `GET /sse` opens a stream, `POST /messages` speaks into it.
//!
//! Deprecated in the protocol, still spoken by clients. The SDK has dropped it, so it is written here, over the same
//! server: each message runs on its own, and what an idle client costs is its connection and one entry in a table.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::Stream;
use http::{StatusCode, header};
use rmcp::model::JsonRpcMessage;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::bodies::Bodies;
use super::callers::CallerLimits;
use super::guard::admission::Owner;
use super::message::{self, Incoming, NO_BATCHES, Refusal};
use super::reply;
use crate::mcp::{Caller, Server};
use session::Session;

mod questions;
mod request_transport;
mod session;

/// Messages that wait for a client that reads slowly, before its calls wait as well.
const STREAM_CAPACITY: usize = 16;

/// Proxies cut a stream that says nothing for longer.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How much the clients of this transport may take together.
pub(super) struct Limits {
    /// Open streams.
    pub(super) clients: usize,
    /// Bodies of POSTs.
    pub(super) bodies: Bodies,
}

/// The two routes.
pub(super) fn routes(server: Server, limits: Limits, stop: CancellationToken) -> Router {
    let state = Arc::new(SseState { server, limits, stop, sessions: Mutex::default() });
    Router::new().route("/sse", get(open)).route("/messages", post(post_message)).with_state(state)
}

struct SseState {
    server: Server,
    limits: Limits,
    stop: CancellationToken,
    sessions: Mutex<HashMap<Uuid, Arc<Session>>>,
}

impl SseState {
    // A std mutex: held for one look, never across an await.
    fn sessions(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open stream. Dropped when the client leaves, and with it the session and its calls.
struct EventStream {
    state: Arc<SseState>,
    id: Uuid,
    session: Arc<Session>,
    messages: mpsc::Receiver<String>,
    has_sent_endpoint: bool,
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.session.end();
        let mut sessions = self.state.sessions();
        sessions.remove(&self.id);
        // A table that many clients at once have grown is given back when they have left.
        if sessions.len() < sessions.capacity() / 4 {
            sessions.shrink_to_fit();
        }
    }
}

impl EventStream {
    async fn next(&mut self) -> Option<Event> {
        if !self.has_sent_endpoint {
            self.has_sent_endpoint = true;
            return Some(Event::default().event("endpoint").data(format!("/messages?sessionId={}", self.id.simple())));
        }
        let message = tokio::select! {
            biased;
            message = self.messages.recv() => message,
            // At a stop the stream stays for the answers that are still to come.
            () = async { self.state.stop.cancelled().await; self.session.idle().await } => self.messages.try_recv().ok(),
        };
        message.map(|message| Event::default().event("message").data(message))
    }
}

async fn open(State(state): State<Arc<SseState>>, request: Request) -> Response {
    let (sender, messages) = mpsc::channel(STREAM_CAPACITY);
    let owner = request.extensions().get::<Owner>().copied();
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let session = Arc::new(Session::new(state.server.clone(), sender, caller, owner));
    // 122 bits from the operating system: knowing the id is what lets a POST in.
    let id = Uuid::new_v4();
    {
        let mut sessions = state.sessions();
        if sessions.len() >= state.limits.clients {
            let text = "Too many open event streams; close some, or try again later.";
            return reply::refused_with(StatusCode::SERVICE_UNAVAILABLE, (header::RETRY_AFTER, "10"), text);
        }
        sessions.insert(id, Arc::clone(&session));
    }
    let stream = EventStream { state, id, session, messages, has_sent_endpoint: false };
    Sse::new(events(stream)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn events(stream: EventStream) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok(event), stream))
    })
}

/// The session that a POST names.
fn named(request: &Request) -> Option<Uuid> {
    let pairs = request.uri().query()?.split('&').filter_map(|pair| pair.split_once('='));
    let mut ids = pairs.filter(|(key, _)| *key == "sessionId").map(|(_, id)| id);
    Uuid::try_parse(ids.next()?).ok()
}

async fn post_message(State(state): State<Arc<SseState>>, request: Request) -> Response {
    let session = named(&request).and_then(|id| state.sessions().get(&id).cloned());
    let Some(session) = session else {
        let text = "No such session: it has ended, or `sessionId` is not the one that GET /sse gave.";
        return reply::refused(StatusCode::NOT_FOUND, text);
    };
    // Knowing the id of a session is not enough to speak for its caller, whose credential it uses.
    if session.owner() != request.extensions().get::<Owner>().copied() {
        let text = "This session was opened by somebody else: send the credentials that GET /sse was sent.";
        return reply::refused(StatusCode::FORBIDDEN, text);
    }
    let limits = request.extensions().get::<CallerLimits>().cloned();
    if state.stop.is_cancelled() {
        return reply::refused(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.");
    }
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let (bytes, room) = match state.limits.bodies.read(request.into_body(), limits.as_ref()).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    match message::read(&bytes) {
        Incoming::Message(message) => {
            // A call needs a permit; what cancels one must not wait for it.
            let permit = match limits.filter(|_| matches!(*message, JsonRpcMessage::Request(_))) {
                Some(limits) => match limits.permit().await {
                    Ok(permit) => Some(permit),
                    Err(refusal) => return refusal,
                },
                None => None,
            };
            match session.take(*message, &caller, (permit, room)) {
                Ok(()) => accepted(),
                Err(refusal) => reply::error(StatusCode::BAD_REQUEST, &refusal),
            }
        }
        Incoming::Batch(_) if !session.has_batches() => {
            reply::error(StatusCode::BAD_REQUEST, &Refusal::invalid(None, NO_BATCHES))
        }
        Incoming::Batch(elements) => {
            session.take_batch(elements, caller, limits, room);
            accepted()
        }
        Incoming::Refused(refusal) | Incoming::NotJson(refusal) => reply::error(StatusCode::BAD_REQUEST, &refusal),
        Incoming::Nothing => accepted(),
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, "Accepted").into_response()
}
