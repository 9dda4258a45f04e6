//! `/metrics` for Prometheus: among the routes of the tools, or at an address of its own.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::accept::{self, Shutdown};
use super::reply;
use crate::metrics::{CONTENT_TYPE, Metrics};

/// Open connections at an address of its own: a few scrapers. Callers of the tools take none of them, whatever their number.
const CONNECTIONS: usize = 16;

/// How long a scrape may go on after a stop.
const GRACE: Duration = Duration::from_secs(1);

/// The route.
pub(super) fn routes(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(text)).with_state(metrics)
}

/// Serves nothing else at this address, to whoever asks, until the stop.
pub async fn serve(listener: TcpListener, metrics: Metrics, stop: CancellationToken) {
    let app = routes(metrics)
        .method_not_allowed_fallback(|| async {
            reply::refused(StatusCode::METHOD_NOT_ALLOWED, "Metrics are read with GET.")
        })
        .fallback(|| async { reply::refused(StatusCode::NOT_FOUND, "Only /metrics is served at this address.") });
    accept::accept(listener, app, CONNECTIONS, Shutdown { stop, grace: GRACE, cut: CancellationToken::new() }).await;
}

async fn text(State(metrics): State<Metrics>) -> Response {
    match metrics.text().await {
        Some(text) => (StatusCode::OK, [(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        None => reply::refused(StatusCode::INTERNAL_SERVER_ERROR, "The metrics cannot be written."),
    }
}
