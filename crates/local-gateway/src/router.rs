//! Routes and the way of a request: remember it, misbehave if told to, ask who it is, answer.

mod routes;

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Path, RawPathParams, Request, State};
use axum::response::Response;
use axum::routing::{MethodFilter, get, on};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::arrivals::Arrival;
use super::authentication;
use super::call::{self, Call};
use super::connection::{Line, SocketListener};
use super::faults::{FaultRequest, InjectedFault};
use super::reply::Reply;
use super::shared::Shared;
use super::store::StoreError;
use super::upload;
use crate::gateway::Operation;
use crate::gateway::operations::UpdateContact;
use crate::model::Prefix;
use routes::Route;

pub use routes::routes;

/// Serves until the shutdown.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let shutdown = shared.shutdown.clone();
    let service = router(shared).into_make_service_with_connect_info::<Line>();
    let server =
        axum::serve(SocketListener::open(listener), service).with_graceful_shutdown(shutdown.cancelled_owned());
    // The loop ends only by the shutdown; it has no error of its own to report.
    let _ = server.await;
}

fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new().route("/files/contact/{organization}/{name}", get(uploaded_file));
    for route in routes::table() {
        let Ok(filter) = MethodFilter::try_from(route.method.clone()) else {
            continue;
        };
        for prefix in [Prefix::ChannelService, Prefix::Backend] {
            let route = route.clone();
            let path = format!("/{}/{}", prefix.path(), route.path);
            let handler = move |State(shared): State<Arc<Shared>>,
                                ConnectInfo(line): ConnectInfo<Line>,
                                params: RawPathParams,
                                request: Request| async move {
                let (parts, body) = request.into_parts();
                let arrived = Arrived { line, prefix, params: owned(&params), parts };
                with_request_id(&arrived.parts.headers.clone(), answer(&shared, &route, arrived, body).await)
            };
            router = router.route(&path, on(filter, handler));
        }
    }
    router.fallback(unknown_path).method_not_allowed_fallback(unknown_path).with_state(shared)
}

/// A request without its body.
struct Arrived {
    line: Line,
    prefix: Prefix,
    params: Vec<(String, String)>,
    parts: Parts,
}

async fn answer(shared: &Arc<Shared>, route: &Route, arrived: Arrived, body: axum::body::Body) -> Response {
    let Some(body) = read(body, shared.limits.body).await else {
        return Reply::edge(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let arrival = remember(shared, Some(route.operation), &arrived.parts, &body);
    let asked = FaultRequest { operation: route.operation, form: route.form, prefix: arrived.prefix, path: route.path };
    let injected_fault = shared.faults.choose(&asked);
    if let Some(answer) = before(shared, &injected_fault, &arrived).await {
        return answer;
    }
    if is_swallowed(&arrived.parts.headers, &body) {
        wait(shared, shared.limits.swallow).await;
        return cut(&arrived.line);
    }
    let reply = match authentication::caller(&arrived.parts.headers, arrived.parts.uri.path()) {
        Ok(caller) => {
            let part =
                if route.takes_a_file() { upload::first_file(&arrived.parts.headers, &body).await } else { None };
            let query = injected_fault.change_query(call::pairs(arrived.parts.uri.query()));
            let (body, replaces) = (injected_fault.change_body(body), injected_fault.replaces());
            let call = Call { caller, path: arrived.params, query, body, part, replaces };
            handle(shared, route, call, arrival).await
        }
        Err(refusal) => refusal,
    };
    if injected_fault.resets_after() {
        return cut(&arrived.line);
    }
    injected_fault.after(reply)
}

/// What a fault does before the request is acted on; an answer when it is not acted on at all.
async fn before(shared: &Shared, injected_fault: &InjectedFault, arrived: &Arrived) -> Option<Response> {
    if let Some(latency) = injected_fault.latency() {
        wait(shared, latency).await;
    }
    if injected_fault.resets_before() {
        return Some(cut(&arrived.line));
    }
    injected_fault.instead(&arrived.parts.method, &arrived.parts.uri).map(Reply::into_response)
}

/// Runs the handler where SQLite may block.
async fn handle(shared: &Arc<Shared>, route: &Route, call: Call, arrival: Arc<Arrival>) -> Reply {
    let (shared, handler, operation) = (Arc::clone(shared), route.handler, route.operation);
    let act = move || {
        shared.crowd.request(operation, &shared.store)?;
        let reply = handler(&shared, &call)?;
        // Here, because nobody may be waiting any more when it is done.
        if reply.status.is_success() && arrival.method != Method::GET {
            shared.acts.keep(arrival);
            if operation == UpdateContact::NAME {
                shared.counter.write(call.id("contact_id"));
            }
        }
        Ok(reply)
    };
    let answered = tokio::task::spawn_blocking(act).await;
    match answered.map_err(|_| StoreError::Stopped).and_then(|answered| answered) {
        Ok(reply) => reply,
        Err(error) => {
            tracing::error!(operation = route.operation, %error, "the local gateway's data failed");
            Reply::code(StatusCode::INTERNAL_SERVER_ERROR, 99999, "Service Unavailable")
        }
    }
}

/// Waits, but never longer than the gateway lives.
async fn wait(shared: &Shared, time: std::time::Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = shared.shutdown.cancelled() => {}
    }
}

/// Closes the connection; the response only makes the server write, which is where the cut line answers.
fn cut(line: &Line) -> Response {
    line.cut();
    Reply::new(StatusCode::OK, "", Bytes::new()).into_response()
}

/// A body that the gateway's own parsers take, so that nothing is left to pass on (contract, section 3).
fn is_swallowed(headers: &HeaderMap, body: &Bytes) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !body.is_empty() && (media_type.starts_with("text/") || media_type.starts_with("application/x-www-form-urlencoded"))
}

/// The body, or `None` when it is larger than `most`; the rest is then read and dropped, so that the client gets to
/// see the refusal instead of a broken pipe.
async fn read(body: axum::body::Body, most: usize) -> Option<Bytes> {
    let mut stream = body.into_data_stream();
    let mut content = BytesMut::new();
    let mut size = 0;
    while let Some(Ok(chunk)) = stream.next().await {
        size += chunk.len();
        if size <= most {
            content.extend_from_slice(&chunk);
        } else {
            content.clear();
        }
        if size > most.saturating_mul(8) {
            return None;
        }
    }
    (size <= most).then(|| content.freeze())
}

fn remember(shared: &Shared, operation: Option<&'static str>, parts: &Parts, body: &Bytes) -> Arc<Arrival> {
    let target = parts.uri.path_and_query().map(|target| target.as_str().to_owned()).unwrap_or_default();
    let (method, headers) = (parts.method.clone(), parts.headers.clone());
    let (body, body_size) = (body.clone(), body.len());
    if let Some(operation) = operation {
        shared.counter.request(operation);
    }
    shared.arrivals.add(Arrival { operation, method, target, headers, body, body_size })
}

async fn unknown_path(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = read(body, shared.limits.body).await.unwrap_or_default();
    remember(&shared, None, &parts, &body);
    with_request_id(&parts.headers, Reply::unknown_path(&parts.method, parts.uri.path()).into_response())
}

/// An upload served back; public-read, as the storage behind the gateway is.
async fn uploaded_file(State(shared): State<Arc<Shared>>, Path((_, name)): Path<(String, String)>) -> Response {
    let found = tokio::task::spawn_blocking(move || shared.store.upload(&name)).await;
    match found.map_err(|_| StoreError::Stopped).and_then(|found| found) {
        Ok(Some((media_type, content))) => Reply::new(StatusCode::OK, &media_type, content).into_response(),
        Ok(None) => Reply::message(StatusCode::NOT_FOUND, "File not found").into_response(),
        Err(_) => Reply::code(StatusCode::INTERNAL_SERVER_ERROR, 99999, "Service Unavailable").into_response(),
    }
}

/// Echoes a request id of 1 to 64 characters, or mints one (contract, section 3).
fn with_request_id(headers: &HeaderMap, mut response: Response) -> Response {
    let name = HeaderName::from_static("x-request-id");
    let sent = headers.get(&name).filter(|value| (1..=64).contains(&value.len()));
    let minted = || HeaderValue::from_str(&Uuid::new_v4().to_string()).ok();
    if let Some(value) = sent.cloned().or_else(minted) {
        response.headers_mut().insert(name, value);
    }
    response
}

fn owned(params: &RawPathParams) -> Vec<(String, String)> {
    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
