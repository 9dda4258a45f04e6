//! Streamable HTTP at `/mcp`, signs of life at `/healthz` and `/readyz`, and on request the older pair `/sse` and `/messages`.
//!
//! Stateless: every POST carries one message and gets one JSON answer, in both eras of the protocol. There are no
//! sessions to leak or to expire, and any replica may answer. A call that reports progress is answered as an event stream.

use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::accept::{self, Ends};
use super::bodies::{Bodies, Room};
use super::callers::{Held, Place, Turn};
use super::frame::{self, Frame};
use super::guard::{self, Guard, LOCAL_NAMES};
use super::readiness::Readiness;
use super::{plain, reply, sse};
use crate::identity::Identity;
use crate::identity::oauth::WELL_KNOWN;
use crate::mcp::{Caller, Server};

pub use super::readiness::Probe;

/// How a server over HTTP is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether the HTTP+SSE pair of 2024-11-05 is served, too.
    pub sse: bool,
    /// What clients prove themselves with. With nothing, only a loopback address may be listened on.
    pub identity: Arc<Identity>,
    /// The header in which every request brings its own gateway credential, for a server that has tenants.
    pub gateway_credential_header: Option<HeaderName>,
    /// Requests that one caller may send in a minute; any number without.
    pub calls_per_minute: Option<NonZeroU32>,
    /// Calls of one caller at the same time; further ones wait, and are refused with 429 when that takes too long. Fewer
    /// than the toolbox has places for, so that no caller keeps out the others.
    pub calls_at_once: usize,
    /// Finds out for `/readyz` whether the gateway can be reached.
    pub ready: Option<Probe>,
    /// Names that clients may call the server by, with or without a port.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may call: `scheme://host`, `scheme://host:port` or `scheme://host:*`.
    pub allowed_origins: Vec<String>,
    /// The longest body of a POST, in bytes.
    pub largest_body: usize,
    /// Bytes of bodies in memory, from their arrival to the answer: of all callers together, and of one caller half as many.
    /// Further ones are refused with 503, or with 429.
    pub bodies: usize,
    /// Open connections; further ones wait in the kernel's queue. An event stream holds one, and so does each POST.
    pub connections: usize,
    /// Open event streams over `/sse`; further ones are refused with 503.
    pub sse_clients: usize,
    /// How long calls may go on after a stop.
    pub grace: Duration,
}

impl Default for Options {
    /// For this machine only: local names, no token, no `/sse`.
    fn default() -> Self {
        let names = || LOCAL_NAMES.iter();
        Self {
            sse: false,
            identity: Arc::default(),
            gateway_credential_header: None,
            calls_per_minute: None,
            calls_at_once: 64,
            ready: None,
            allowed_hosts: names().map(|name| (*name).to_owned()).collect(),
            allowed_origins: ["http", "https"]
                .iter()
                .flat_map(|scheme| names().map(move |name| format!("{scheme}://{name}:*")))
                .collect(),
            largest_body: 4 * 1024 * 1024,
            bodies: 64 * 1024 * 1024,
            connections: 11_000,
            sse_clients: 10_000,
            grace: Duration::from_secs(20),
        }
    }
}

/// Serves until `stop` is cancelled, lets calls in flight finish within the grace, then returns.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] when the listener is reachable from other machines and nothing is asked of its clients.
pub async fn serve(listener: TcpListener, server: Server, options: Options, stop: CancellationToken) -> io::Result<()> {
    let address = listener.local_addr()?;
    if !options.identity.is_asked_for() && !address.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{address} is reachable from other machines: set a bearer token or an OAuth issuer, or listen on 127.0.0.1"
            ),
        ));
    }
    let cut = CancellationToken::new();
    let server = server.until(stop.clone());
    let guard = Guard::new(&options, address.ip());
    let ready = Arc::new(Readiness::new(options.ready.clone(), stop.clone()));
    let bodies = Bodies::new(options.largest_body, options.bodies);
    let endpoint_state = Endpoint::new(server.clone(), options.largest_body, bodies.clone(), cut.clone());
    let mut app = Router::new().route("/mcp", any(endpoint)).with_state(Arc::new(endpoint_state));
    if options.sse {
        let limits = sse::Limits { clients: options.sse_clients, bodies };
        app = app.merge(sse::routes(server, limits, stop.clone()));
    }
    let app = app
        .layer(axum::middleware::from_fn_with_state(Arc::new(guard), guard::check))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(async move || ready.answer().await))
        .merge(metadata(&options.identity))
        .fallback(|| async { reply::refused(StatusCode::NOT_FOUND, "The MCP endpoint is /mcp.") });
    accept::accept(listener, app, options.connections, Ends { stop, grace: options.grace, cut }).await;
    Ok(())
}

/// What OAuth clients read before they have a token, for the server's own path and, behind a proxy, any other.
fn metadata(identity: &Identity) -> Router {
    let Some(oauth) = &identity.oauth else { return Router::new() };
    let text = oauth.metadata().to_string();
    let answer = get(async move || {
        let mut answer = reply::json(StatusCode::OK, text);
        // Public, and pages of clients that run in a browser read it.
        answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        answer
    });
    Router::new().route(WELL_KNOWN, answer.clone()).route(&format!("{WELL_KNOWN}/{{*path}}"), answer)
}

/// The SDK's service, and what stands in front of it.
struct Endpoint {
    service: StreamableHttpService<Server, NeverSessionManager>,
    server: Server,
    bodies: Bodies,
    cut: CancellationToken,
}

impl Endpoint {
    fn new(server: Server, largest_body: usize, bodies: Bodies, cut: CancellationToken) -> Self {
        let configuration = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(largest_body)
            .with_cancellation_token(cut.clone())
            // Checked once, by the guard, for all routes alike.
            .disable_allowed_hosts();
        let each = server.clone();
        let service = StreamableHttpService::new(move || Ok(each.clone()), Arc::default(), configuration);
        Self { service, server, bodies, cut }
    }
}

async fn endpoint(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    // A body of another type is none of ours: the SDK refuses it with 415 before it is read.
    let (request, place, room) = if request.method() == Method::POST && is_json(&request) {
        match checked(request, &endpoint).await {
            Ok(checked) => checked,
            Err(refusal) => return refusal,
        }
    } else {
        (request, None, Room::default())
    };
    let response = endpoint.service.handle(request).await;
    let response = response.map(|body| Body::new(Held::new(Body::new(body), place, room)));
    if response.status().is_client_error() && !response.headers().contains_key(header::CONTENT_TYPE) {
        return explained(response).await;
    }
    response
}

fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The request with its body read and found to be a message, its place among its caller's calls, and the room that it
/// takes; otherwise the answer, that of a plain call among them.
///
/// The SDK calls every body that is no message a wrong media type (415), in plain text.
async fn checked(request: Request, endpoint: &Endpoint) -> Result<(Request, Option<Place>, Room), Response> {
    let (head, body) = request.into_parts();
    let turn = head.extensions.get::<Turn>().cloned();
    let (bytes, room) = endpoint.bodies.read(body, turn.as_ref()).await?;
    if plain::allows(&head.headers)
        && let Some(call) = endpoint.server.plain(&bytes)
    {
        let place = match turn {
            Some(turn) => Some(turn.place().await?),
            None => None,
        };
        let answer = endpoint.server.answer(call, head.extensions.get::<Caller>(), &endpoint.cut).await;
        let answer = reply::json(StatusCode::OK, answer);
        return Err(answer.map(|body| Body::new(Held::new(body, place, room))));
    }
    match frame::read(&bytes) {
        Frame::Message(_) => {
            let place = match turn {
                Some(turn) => Some(turn.place().await?),
                None => None,
            };
            Ok((Request::from_parts(head, Body::from(bytes)), place, room))
        }
        Frame::Answer(text) => Err(reply::json(StatusCode::BAD_REQUEST, text)),
        Frame::Nothing if bytes.trim_ascii().is_empty() => {
            Err(reply::refused(StatusCode::BAD_REQUEST, "The body is empty; it must hold one JSON-RPC message."))
        }
        Frame::Nothing => Err(Response::builder().status(StatusCode::ACCEPTED).body(Body::empty()).unwrap_or_default()),
    }
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
