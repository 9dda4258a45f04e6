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
use super::callers::Turn;
use super::frame::{self, Frame};
use super::guard::admission::Owner;
use super::reply;
use crate::mcp::{Caller, Server};
use session::Session;

mod errand;
mod questions;
mod session;

/// Messages that wait for a client that reads slowly, before its calls wait as well.
const WAITING: usize = 16;

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
    let door = Arc::new(Door { server, limits, stop, sessions: Mutex::default() });
    Router::new().route("/sse", get(open)).route("/messages", post(speak)).with_state(door)
}

struct Door {
    server: Server,
    limits: Limits,
    stop: CancellationToken,
    sessions: Mutex<HashMap<Uuid, Arc<Session>>>,
}

impl Door {
    // A std mutex: held for one look, never across an await.
    fn sessions(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open stream. Dropped when the client leaves, and with it the session and its calls.
struct Listener {
    door: Arc<Door>,
    id: Uuid,
    session: Arc<Session>,
    messages: mpsc::Receiver<String>,
    greeted: bool,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.session.end();
        self.door.sessions().remove(&self.id);
    }
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(Event::default().event("endpoint").data(format!("/messages?sessionId={}", self.id.simple())));
        }
        let message = tokio::select! {
            biased;
            message = self.messages.recv() => message,
            // At a stop the stream stays for the answers that are still to come.
            () = async { self.door.stop.cancelled().await; self.session.idle().await } => self.messages.try_recv().ok(),
        };
        message.map(|message| Event::default().event("message").data(message))
    }
}

async fn open(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (sender, messages) = mpsc::channel(WAITING);
    let owner = request.extensions().get::<Owner>().copied();
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let session = Arc::new(Session::new(door.server.clone(), sender, caller, owner));
    // 122 bits from the operating system: knowing the id is what lets a POST in.
    let id = Uuid::new_v4();
    {
        let mut sessions = door.sessions();
        if sessions.len() >= door.limits.clients {
            let text = "Too many open event streams; close some, or try again later.";
            return reply::refused_with(StatusCode::SERVICE_UNAVAILABLE, (header::RETRY_AFTER, "10"), text);
        }
        sessions.insert(id, Arc::clone(&session));
    }
    let listener = Listener { door, id, session, messages, greeted: false };
    Sse::new(events(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })
}

/// The session that a POST names.
fn named(request: &Request) -> Option<Uuid> {
    let pairs = request.uri().query()?.split('&').filter_map(|pair| pair.split_once('='));
    let mut ids = pairs.filter(|(key, _)| *key == "sessionId").map(|(_, id)| id);
    Uuid::try_parse(ids.next()?).ok()
}

async fn speak(State(door): State<Arc<Door>>, request: Request) -> Response {
    let session = named(&request).and_then(|id| door.sessions().get(&id).cloned());
    let Some(session) = session else {
        let text = "No such session: it has ended, or `sessionId` is not the one that GET /sse gave.";
        return reply::refused(StatusCode::NOT_FOUND, text);
    };
    // Knowing the id of a session is not enough to speak for its caller, whose credential it uses.
    if session.owner() != request.extensions().get::<Owner>().copied() {
        let text = "This session was opened by somebody else: send the credentials that GET /sse was sent.";
        return reply::refused(StatusCode::FORBIDDEN, text);
    }
    let turn = request.extensions().get::<Turn>().cloned();
    if door.stop.is_cancelled() {
        return reply::refused(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.");
    }
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let (bytes, room) = match door.limits.bodies.read(request.into_body(), turn.as_ref()).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    match frame::read(&bytes) {
        Frame::Message(message) => {
            // A call takes a place; what cancels one must not wait for it.
            let place = match turn.filter(|_| matches!(*message, JsonRpcMessage::Request(_))) {
                Some(turn) => match turn.place().await {
                    Ok(place) => Some(place),
                    Err(refusal) => return refusal,
                },
                None => None,
            };
            match session.take(*message, &caller, (place, room)) {
                Ok(()) => (StatusCode::ACCEPTED, "Accepted").into_response(),
                Err(refusal) => reply::json(StatusCode::BAD_REQUEST, refusal),
            }
        }
        Frame::Answer(text) => reply::json(StatusCode::BAD_REQUEST, text),
        Frame::Nothing => (StatusCode::ACCEPTED, "Accepted").into_response(),
    }
}
