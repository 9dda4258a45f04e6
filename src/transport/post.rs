//! A POST to `/mcp`: what the SDK's HTTP service lacks, around it.
//!
//! The SDK calls every body that is no message a wrong media type (415) in plain text, knows no batches, and turns away
//! clients that do not accept both forms of an answer.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use rmcp::model::{ClientJsonRpcMessage, GetMeta, JsonRpcMessage, ProtocolVersion};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::batch;
use super::bodies::{Bodies, Room};
use super::callers::{BodyWithPermit, CallPermit, CallerLimits};
use super::media_types::{Accepted, EVENT_STREAM, JSON};
use super::message::{self, ID_IN_USE, Incoming, NO_BATCHES, Refusal};
use super::reply;
use crate::mcp::Server;

/// The longest answer to one message of a batch, in bytes. All are held until the last one is there.
const MAX_BATCH_ANSWER: usize = 16 * 1024 * 1024;

/// Messages of one batch that are served at the same time.
const BATCH_CONCURRENCY: usize = 4;

/// The SDK's service with what stands in front of it.
pub(super) struct Endpoint {
    service: StreamableHttpService<Server, NeverSessionManager>,
    bodies: Bodies,
}

impl Endpoint {
    pub(super) fn new(server: Server, max_body: usize, bodies: Bodies, cut: CancellationToken) -> Self {
        let configuration = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(max_body)
            .with_cancellation_token(cut)
            // Checked once, by the guard, for all routes alike.
            .disable_allowed_hosts();
        let service = StreamableHttpService::new(move || Ok(server.clone()), Arc::default(), configuration);
        Self { service, bodies }
    }

    /// The SDK's answer to another method, whatever form of answer the client takes.
    pub(super) async fn pass_any(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        self.pass(request_of(head, body)).await
    }

    /// The SDK's answer, its errors as JSON-RPC like all others.
    async fn pass(&self, request: Request) -> Response {
        let response = self.service.handle(request).await.map(Body::new);
        let kind = response.headers().get(header::CONTENT_TYPE);
        let is_json = kind.is_some_and(|kind| kind == JSON);
        let status = response.status();
        if (status.is_client_error() || status.is_server_error()) && !is_json {
            return explained(response).await;
        }
        response
    }

    /// Answers a body of JSON.
    ///
    /// # Errors
    /// The refusal of a request that the SDK is not asked about.
    pub(super) async fn post(&self, request: Request) -> Result<Response, Response> {
        let (head, body) = request.into_parts();
        let accepted = Accepted::of(&head.headers);
        if accepted.is_none() {
            let text = "The answer is application/json or text/event-stream: name one of them in `Accept`.";
            return Err(reply::refused(StatusCode::NOT_ACCEPTABLE, text));
        }
        let limits = head.extensions.get::<CallerLimits>().cloned();
        let (bytes, room) = self.bodies.read(body, limits.as_ref()).await?;
        let (response, permit) = match message::read(&bytes) {
            Incoming::Message(message) => {
                let id = request_id(&message);
                let permit = match permit(limits.as_ref()).await {
                    Ok(permit) => permit,
                    Err(refusal) => return Err(under_id(refusal, id).await),
                };
                let body = body_for(accepted, *message).map_or_else(|| Body::from(bytes), Body::from);
                (under_id(self.pass(request_of(head, body)).await, id).await, permit)
            }
            Incoming::Batch(elements) => (self.batch(&head, limits.as_ref(), elements).await?, None),
            Incoming::Refused(refusal) | Incoming::NotJson(refusal) => {
                return Err(reply::error(StatusCode::BAD_REQUEST, &refusal));
            }
            Incoming::Nothing if bytes.trim_ascii().is_empty() => {
                let text = "The body is empty; it must hold one JSON-RPC message.";
                return Err(reply::refused(StatusCode::BAD_REQUEST, text));
            }
            Incoming::Nothing => return Ok(StatusCode::ACCEPTED.into_response()),
        };
        let response = if accepted.json { response } else { as_event_stream(response).await };
        Ok(response.map(|body| Body::new(BodyWithPermit::new(body, permit, room))))
    }

    /// Calls a tool with these arguments, as one message; what it answers is an answer to `tools/call`.
    ///
    /// # Errors
    /// The refusal of a body that holds no arguments, or of a caller who takes too much.
    pub(super) async fn call_tool(&self, name: &str, request: Request) -> Result<ToolAnswer, Response> {
        let (mut head, body) = request.into_parts();
        let limits = head.extensions.get::<CallerLimits>().cloned();
        let (bytes, room) = self.bodies.read(body, limits.as_ref()).await?;
        let arguments = message::read_arguments(&bytes);
        let arguments = arguments.map_err(|refusal| reply::error(StatusCode::BAD_REQUEST, &refusal))?;
        let permit = permit(limits.as_ref()).await?;
        let params = json!({ "name": name, "arguments": arguments });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        // They would speak of a protocol that the caller does not use.
        for name in ["mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id", "last-event-id"] {
            head.headers.remove(name);
        }
        head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        let response = self.pass(request_of(head, Body::from(message.to_string()))).await;
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        let bytes = bytes.map_err(|error| internal_error(&error))?;
        let answer = serde_json::from_slice(&bytes).map_err(|error| internal_error(&error))?;
        Ok(ToolAnswer { answer, permit, room })
    }

    /// Serves each message of a batch by itself, within the limits of its caller, and answers with one array.
    async fn batch(
        &self,
        head: &Parts,
        limits: Option<&CallerLimits>,
        elements: Vec<Incoming>,
    ) -> Result<Response, Response> {
        // Without the header the version is 2025-03-26, which did not have it yet.
        let version = head.headers.get("mcp-protocol-version");
        if version.is_some_and(|version| version.as_bytes() != ProtocolVersion::V_2025_03_26.as_str().as_bytes()) {
            return Err(reply::error(StatusCode::BAD_REQUEST, &Refusal::invalid(None, NO_BATCHES)));
        }
        let mut seen = HashSet::new();
        let each = elements.into_iter().filter_map(batch::element).enumerate().map(|(index, element)| {
            let element = element.and_then(|message| match &message {
                JsonRpcMessage::Request(request) if !seen.insert(request.id.clone()) => {
                    Err(Refusal::invalid(Some(&request.id.clone().into_json_value()), ID_IN_USE))
                }
                _ => Ok(message),
            });
            async move {
                match element {
                    Ok(message) => self.one_of_batch(head, limits, index, message).await,
                    Err(refusal) => Some(refusal.to_json()),
                }
            }
        });
        let each: Vec<_> = each.collect();
        let answers: Vec<Value> =
            stream::iter(each).buffered(BATCH_CONCURRENCY).filter_map(std::future::ready).collect().await;
        if answers.is_empty() {
            return Ok(StatusCode::ACCEPTED.into_response());
        }
        Ok(reply::json(StatusCode::OK, Value::Array(answers).to_string()))
    }

    /// The answer to one message of a batch; `None` to a notification.
    async fn one_of_batch(
        &self,
        head: &Parts,
        limits: Option<&CallerLimits>,
        index: usize,
        message: ClientJsonRpcMessage,
    ) -> Option<Value> {
        let id = request_id(&message);
        let answer = async {
            // The guard has counted the first one.
            if let Some(limits) = limits.filter(|_| index > 0) {
                limits.count()?;
            }
            let _permit = permit(limits).await?;
            let body = serde_json::to_vec(&message).map_err(|error| internal_error(&error))?;
            Ok(self.pass(request_of(head.clone(), Body::from(body))).await)
        };
        let response = answer.await.unwrap_or_else(|refusal: Response| refusal);
        if response.status() == StatusCode::ACCEPTED {
            return None;
        }
        let bytes = axum::body::to_bytes(response.into_body(), MAX_BATCH_ANSWER).await.unwrap_or_default();
        let mut answer = serde_json::from_slice::<Value>(&bytes)
            .unwrap_or_else(|_| Refusal::invalid(None, "The answer is too long for a batch.").to_json());
        if let (Some(own), Some(id)) = (answer.get_mut("id"), id) {
            *own = id;
        }
        Some(answer)
    }
}

/// The answer to a call, and what it holds until it was sent.
pub(super) struct ToolAnswer {
    /// A JSON-RPC response.
    pub(super) answer: Value,
    permit: Option<CallPermit>,
    room: Room,
}

impl ToolAnswer {
    /// A response with this body, which holds what the call held.
    pub(super) fn respond(self, status: StatusCode, body: &Value) -> Response {
        let Self { permit, room, .. } = self;
        reply::json(status, body.to_string()).map(|body| Body::new(BodyWithPermit::new(body, permit, room)))
    }
}

fn request_id(message: &ClientJsonRpcMessage) -> Option<Value> {
    match message {
        JsonRpcMessage::Request(request) => Some(request.id.clone().into_json_value()),
        _ => None,
    }
}

/// A refusal under the id of the request that it refuses, where it has none yet.
async fn under_id(response: Response, id: Option<Value>) -> Response {
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    let Some(id) = id.filter(|_| is_refusal) else { return response };
    let (mut head, body) = response.into_parts();
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return internal_error(&error),
    };
    let Ok(Value::Object(mut error)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    let own = error.entry("id").or_insert(Value::Null);
    if own.is_null() {
        *own = id;
    }
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(Value::Object(error).to_string()))
}

async fn permit(limits: Option<&CallerLimits>) -> Result<Option<CallPermit>, Response> {
    match limits {
        Some(limits) => limits.permit().await.map(Some),
        None => Ok(None),
    }
}

/// The body to send on where it must not be the client's own: a call that reports progress is answered as an event stream, so
/// a client that takes none gets no progress.
fn body_for(accepted: Accepted, mut message: ClientJsonRpcMessage) -> Option<Vec<u8>> {
    if accepted.event_stream {
        return None;
    }
    let JsonRpcMessage::Request(request) = &mut message else { return None };
    request.request.get_meta_mut().remove("progressToken")?;
    serde_json::to_vec(&message).ok()
}

/// The request as the SDK takes it.
fn request_of(mut head: Parts, body: Body) -> Request {
    head.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    // The body may be another one than the client's.
    head.headers.remove(header::CONTENT_LENGTH);
    Request::from_parts(head, body)
}

/// A JSON answer as an event stream of one event.
async fn as_event_stream(response: Response) -> Response {
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == JSON);
    if response.status() != StatusCode::OK || !is_json {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return internal_error(&error),
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
    // The SDK's JSON has no line breaks, which would end the event's data.
    Response::from_parts(head, Body::from([b"event: message\ndata: ", &*bytes, b"\n\n"].concat()))
}

fn internal_error(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "an answer cannot be written");
    reply::refused(StatusCode::INTERNAL_SERVER_ERROR, "The answer cannot be written.")
}

/// The SDK's refusals in plain text, as JSON-RPC errors like all others.
async fn explained(response: Response) -> Response {
    let (head, body) = response.into_parts();
    let text = axum::body::to_bytes(body, 4096).await.unwrap_or_default();
    let mut explained = reply::refused(head.status, &String::from_utf8_lossy(&text));
    if let Some(allow) = head.headers.get(header::ALLOW) {
        explained.headers_mut().insert(header::ALLOW, allow.clone());
    }
    explained
}
