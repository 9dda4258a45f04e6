//! Streamable HTTP at `/mcp`, the same tools at `/tools/NAME` with their document at `/openapi.json`, signs of life at
//! `/healthz` and `/readyz`, and on request the older pair `/sse` and `/messages`.
//!
//! Stateless: every POST carries one message and gets one JSON answer, in both eras of the protocol. There are no
//! sessions to leak or to expire, and any replica may answer. A call that reports progress is answered as an event stream.

use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderName, Method, StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{Any, CorsLayer};

use super::accept::{self, Shutdown};
use super::bodies::Bodies;
use super::guard::{self, Guard, LOCAL_NAMES};
use super::media_types::is_json;
use super::post::Endpoint;
use super::readiness::Readiness;
#[cfg(feature = "cleanup")]
use super::review_page;
use super::{openapi, reply, sse};
use crate::identity::Identity;
use crate::identity::oauth::WELL_KNOWN;
use crate::mcp::Server;
use crate::metrics::Metrics;

pub use super::readiness::{NotReady, Probe};

/// How a server over HTTP is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether the HTTP+SSE pair of 2024-11-05 is served, too.
    pub sse: bool,
    /// What clients prove themselves with. With nothing, only a loopback address may be listened on.
    pub identity: Arc<Identity>,
    /// The header in which every request brings its own gateway credential, for a server that has tenants.
    pub gateway_credential_header: Option<HeaderName>,
    /// True if the bearer token of each request is its own gateway key and, once the gateway has accepted it, the
    /// authentication. Goes with a server of tenants whose keys are checked, and with no other authentication.
    pub gateway_keys: bool,
    /// Requests that one caller may send in a minute; any number without.
    pub calls_per_minute: Option<NonZeroU32>,
    /// Calls of one caller at the same time; further ones wait, and are refused with 429 when that takes too long. Fewer
    /// than the toolbox has places for, so that no caller keeps out the others.
    pub calls_at_once: usize,
    /// Finds out for `/readyz` whether calls can succeed.
    pub ready: Option<Probe>,
    /// Where refused callers are counted.
    pub metrics: Metrics,
    /// True if `/metrics` is served to callers like the tools. Never where callers bring gateway keys: each of them is somebody else.
    pub serves_metrics: bool,
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
            gateway_keys: false,
            calls_per_minute: None,
            calls_at_once: 64,
            ready: None,
            metrics: Metrics::default(),
            serves_metrics: true,
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
/// [`io::ErrorKind::InvalidInput`] when the listener is reachable from other machines and nothing is asked of its clients,
/// or when gateway keys are asked for and cannot be checked, or another authentication is asked for beside them.
pub async fn serve(listener: TcpListener, server: Server, options: Options, stop: CancellationToken) -> io::Result<()> {
    let address = listener.local_addr()?;
    let is_other_asked_for = options.identity.is_asked_for() || options.gateway_credential_header.is_some();
    if options.gateway_keys && (is_other_asked_for || server.gateway_keys().is_none()) {
        let text = "gateway keys are the only authentication of a server that can check them with the gateway";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    if !options.identity.is_asked_for() && !options.gateway_keys && !address.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{address} is reachable from other machines: set a bearer token, an OAuth issuer or gateway keys, or listen on \
                 127.0.0.1"
            ),
        ));
    }
    let cut = CancellationToken::new();
    let server = server.until(stop.clone());
    let guard = Guard::new(&options, address.ip(), &server);
    let ready = Arc::new(Readiness::new(options.ready.clone(), stop.clone()));
    let ending = server.clone();
    let bodies = Bodies::new(options.largest_body, options.bodies, options.metrics.clone());
    #[cfg(feature = "cleanup")]
    let (page, answers) = (review_page::page(&server, &options), review_page::answers(server.clone(), bodies.clone()));
    let mcp = Arc::new(Endpoint::new(server.clone(), options.largest_body, bodies.clone(), cut.clone()));
    let mut app = Router::new().route("/mcp", any(endpoint)).with_state(Arc::clone(&mcp));
    app = app.merge(openapi::routes(server.clone(), mcp, &options));
    #[cfg(feature = "metrics")]
    if options.serves_metrics && !options.gateway_keys && options.metrics.is_on() {
        app = app.merge(super::metrics::routes(options.metrics.clone()));
    }
    #[cfg(feature = "cleanup")]
    {
        app = app.merge(answers);
    }
    if options.sse {
        let limits = sse::Limits { clients: options.sse_clients, bodies };
        app = app.merge(sse::routes(server, limits, stop.clone()));
    }
    let guard = Arc::new(guard);
    let wrong_method =
        || async { reply::refused(StatusCode::METHOD_NOT_ALLOWED, "This path does not take this HTTP method.") };
    let app = app
        // Behind the layers, for the routes so far: preflights are answered, and the host is checked, whatever the method.
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&guard), guard::admit));
    // Given to everybody who calls the server by its name.
    #[cfg(feature = "cleanup")]
    let app = app.merge(page);
    let app = app
        .layer(guard::cors(&guard))
        .layer(axum::middleware::from_fn_with_state(guard, guard::check_host_and_origin))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(async move || ready.answer().await))
        .merge(metadata(&options.identity))
        .fallback(|| async {
            reply::refused(StatusCode::NOT_FOUND, "The MCP endpoint is /mcp, the OpenAPI document /openapi.json.")
        })
        .method_not_allowed_fallback(wrong_method);
    accept::accept(listener, app, options.connections, Shutdown { stop, grace: options.grace, cut }).await;
    ending.finish().await;
    Ok(())
}

/// What OAuth clients read before they have a token, for the server's own path and, behind a proxy, any other.
fn metadata(identity: &Identity) -> Router {
    let Some(oauth) = &identity.oauth else { return Router::new() };
    let text = oauth.metadata().to_string();
    let answer = get(async move || reply::json(StatusCode::OK, text));
    // Public, and pages of clients that run in a browser read it.
    let routes = Router::new().route(WELL_KNOWN, answer.clone()).route(&format!("{WELL_KNOWN}/{{*path}}"), answer);
    routes.layer(CorsLayer::new().allow_origin(Any))
}

/// The SDK's service behind what it lacks; see [`super::post`].
async fn endpoint(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    if request.method() != Method::POST {
        return endpoint.pass_any(request).await;
    }
    if !is_json(request.headers()) {
        let text = "The body must be a JSON-RPC message with `Content-Type: application/json`.";
        return reply::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    }
    // The refusal and the answer are one kind of response.
    endpoint.post(request).await.unwrap_or_else(|refusal| refusal)
}
