//! Serving over HTTP: the listener, what callers must show, and whether the server is ready.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::super::assembly::Assembly;
use crate::config::{Given, Http, OAuthKeys, Settings};
use crate::gateway::Client;
use crate::gateway::operations::ListContacts;
use crate::http_client::Authorities;
use crate::identity::Identity;
use crate::identity::oauth::{self, ResourceServer};
use crate::identity::tokens::Tokens;
use crate::mcp::Server;
use crate::metrics::Metrics;
use crate::telemetry;
use crate::transport::http::{self, Probe};

/// How long the gateway may take to accept a connection before it counts as out of reach.
const REACHED_WITHIN: Duration = Duration::from_secs(3);

/// More threads than that would mostly wait for the gateway, and each holds memory.
const MOST_THREADS: usize = 4;

/// Serves until `stop` is cancelled.
///
/// # Errors
/// When the address cannot be had, and what ended the serving.
pub(super) async fn serve(
    settings: &Settings,
    (ready, metrics): (Probe, Metrics),
    server: Server,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let Some(http) = &settings.http else { return Ok(()) };
    let options = options(http, &settings.gateway.authorities, (ready, metrics))?;
    on_threads(over_http((http.listen, http.metrics), options, server, stop)).await
}

/// Serves many clients on several threads. Stdio has one client, which one thread serves: it starts and rests cheaper.
///
/// # Errors
/// When the threads cannot be had, and what ended the serving.
async fn on_threads(serving: impl Future<Output = anyhow::Result<()>> + Send + 'static) -> anyhow::Result<()> {
    let count = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(count).enable_all().build()?;
    let served = threads.spawn(serving).await;
    // Whoever still waits for something at the end waits without us; a runtime must not be dropped inside another.
    threads.shutdown_background();
    served.context("HTTP ended early")?
}

async fn over_http(
    (listen, metrics): (SocketAddr, Option<SocketAddr>),
    options: http::Options,
    server: Server,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    // Before the listener, so that it can have as many connections as it may.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen at {listen}"))?;
    let address = listener.local_addr()?;
    tracing::info!(
        authentication = authentication(&options),
        calls_per_minute = options.calls_per_minute.map_or_else(|| "unlimited".to_owned(), |calls| calls.to_string()),
        calls_at_once = options.calls_at_once,
        max_body_bytes = options.largest_body,
        max_connections = options.connections,
        "listening at http://{address}/mcp{}",
        if options.sse { " and /sse" } else { "" }
    );
    #[cfg(feature = "metrics")]
    if let Some(metrics) = metrics {
        let listener = TcpListener::bind(metrics).await.with_context(|| format!("cannot listen at {metrics}"))?;
        tracing::info!("metrics at http://{}/metrics", listener.local_addr()?);
        tokio::spawn(crate::transport::metrics::serve(listener, options.metrics.clone(), stop.clone()));
    }
    // The configuration refuses an address for metrics in such a build.
    #[cfg(not(feature = "metrics"))]
    let _ = metrics;
    let identity = Arc::clone(&options.identity);
    let keys = tokio::spawn(async move {
        if let Some(oauth) = &identity.oauth {
            oauth.keep_keys_fresh().await;
        }
    });
    let served = http::serve(listener, server, options, stop).await.with_context(|| format!("HTTP at {listen}"));
    keys.abort();
    served
}

/// The authentication that callers need, in words for the log.
fn authentication(options: &http::Options) -> String {
    let identity = &options.identity;
    let known = [
        (identity.tokens.is_some(), "bearer tokens"),
        (identity.oauth.is_some(), "OAuth access tokens"),
        (options.gateway_credential_header.is_some(), "own gateway credentials"),
        (options.gateway_keys, "gateway keys"),
    ];
    let asked: Vec<&str> = known.into_iter().filter_map(|(is_asked, what)| is_asked.then_some(what)).collect();
    if asked.is_empty() { "none".to_owned() } else { asked.join(", ") }
}

fn options(
    settings: &Http,
    authorities: &Authorities,
    (ready, metrics): (Probe, Metrics),
) -> anyhow::Result<http::Options> {
    let tokens = |given: &Given| {
        let secrets = telemetry::secrets().clone();
        Tokens::open_hidden(Path::new(given.text()), secrets).map_err(|reason| given.unusable(&reason))
    };
    let identity = Identity {
        tokens: settings.tokens.as_ref().map(tokens).transpose()?,
        oauth: settings.oauth.as_ref().map(|given| {
            ResourceServer::new(oauth::Settings {
                issuer: given.issuer.clone(),
                audience: given.audience.clone(),
                keys: match &given.keys {
                    OAuthKeys::Url(url) => oauth::Source::Url(url.clone()),
                    OAuthKeys::File(path) => oauth::Source::File(path.clone()),
                },
                authorities: authorities.clone(),
                scopes: given.scopes.clone(),
                fetch_every: oauth::FETCH_EVERY,
            })
        }),
    };
    let mut options = http::Options {
        sse: settings.sse,
        identity: Arc::new(identity),
        gateway_credential_header: settings.credential_header.as_deref().map(str::parse).transpose()?,
        gateway_keys: settings.gateway_keys,
        calls_per_minute: settings.calls_per_minute,
        ready: Some(ready),
        metrics,
        serves_metrics: settings.metrics.is_none(),
        ..http::Options::default()
    };
    options.allowed_hosts.extend(settings.allowed_hosts.iter().cloned());
    options.allowed_origins.extend(settings.allowed_origins.iter().cloned());
    Ok(options)
}

/// Finds out whether something listens where the gateway is, and whether it takes the credential.
///
/// No credential is spent while the gateway takes it. After a refusal it is tried again by a small read, at most once a minute, so
/// that the server gets ready again by itself, also with a new credential in the file.
pub(super) fn probe(parts: &Assembly) -> Probe {
    let base_url = &parts.base_url;
    // Where each request brings its own credential, there is none whose refusal would concern all.
    let own = parts.tenants.is_none().then(|| parts.toolbox.gateway().clone());
    let host = base_url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = base_url.port_or_known_default().unwrap_or(443);
    let store = parts.store.clone().filter(|store| store.spans_machines());
    Probe::new(move || {
        let (host, own, store) = (host.clone(), own.clone(), store.clone());
        async move {
            let connecting = TcpStream::connect((host.as_str(), port));
            if !matches!(tokio::time::timeout(REACHED_WITHIN, connecting).await, Ok(Ok(_))) {
                return Err("the gateway cannot be reached");
            }
            if let Some(own) = own.filter(Client::is_credential_refused) {
                let read = ListContacts { limit: 1, skip: 0, sort: None };
                let _ = tokio::time::timeout(REACHED_WITHIN, own.send(&read)).await;
                if own.is_credential_refused() {
                    return Err("the gateway refuses the credential");
                }
            }
            let Some(store) = store else { return Ok(()) };
            match tokio::task::spawn_blocking(move || store.now()).await {
                Ok(Ok(_)) => Ok(()),
                _ => Err("the state database does not answer: reads go on, nothing is written"),
            }
        }
    })
}
