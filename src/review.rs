//! The review page: people decide about duplicates, plans and questions in a browser on the same machine.
//!
//! The page is one file that talks JSON to this server. Whatever it asks goes to the same engine as the commands and tools, and
//! what it writes passes the same gate.

mod access;
mod answer;
mod api;
mod contact;
mod job;
mod page;
mod views;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cleanup::{DuplicatesRequest, Workspace};
use crate::gateway::Client;
use crate::transport::accept::{self, Shutdown};
use crate::write_gate::WriteGate;
use access::Access;
use job::Jobs;

pub use access::Link;

/// The largest body of a request, in bytes: some thousand answers at once.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// One browser opens a few connections.
const CONNECTIONS: usize = 64;

/// How long answers may take after a stop.
const GRACE: Duration = Duration::from_secs(5);

/// What is reviewed, and what writes pass.
#[derive(Debug, Clone)]
pub struct Review {
    /// The engine.
    pub workspace: Workspace,
    /// For conversations, comments and files of a contact.
    pub gateway: Client,
    /// What every write passes.
    pub gate: WriteGate,
    /// Where writes go, in words: environment and organisation.
    pub place: String,
    /// Whether the operator wants no writes.
    pub read_only: bool,
    /// Requests a second that a sync begins with; infinity is without a limit, `None` is the usual rate.
    pub requests_per_second: Option<f64>,
}

/// What the handlers share.
struct Shared {
    review: Review,
    jobs: Jobs,
}

/// Serves the page until `stop` is cancelled; then what is being written ends before its next contact.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(listener: TcpListener, review: Review, link: Link, stop: CancellationToken) -> std::io::Result<()> {
    let access = Arc::new(Access::new(link, listener.local_addr()?.port()));
    let shared = Arc::new(Shared { review, jobs: Jobs::new(stop.clone()) });
    // The first look at a list compares everybody with everybody; whoever opens the page finds it done, or waits for the rest of it.
    let workspace = shared.review.workspace.clone();
    let warm = tokio::spawn(async move { drop(workspace.duplicates(DuplicatesRequest::default()).await) });
    let app = routes(&shared)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&access), access::admit))
        .route("/", get(page::page))
        .route("/api/open", post(access::open).with_state(Arc::clone(&access)))
        .fallback(access::nothing_here)
        .method_not_allowed_fallback(access::nothing_here)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::middleware::from_fn_with_state(access, access::check));
    accept::accept(listener, app, CONNECTIONS, Shutdown { stop, grace: GRACE, cut: CancellationToken::new() }).await;
    warm.abort();
    shared.jobs.end().await;
    Ok(())
}

/// What only the page may call.
fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/api/state", get(api::state))
        .route("/api/overview", get(api::overview))
        .route("/api/duplicates", get(api::duplicates))
        .route("/api/questions", get(api::questions))
        .route("/api/shared", get(api::shared))
        .route("/api/decisions", get(api::decisions))
        .route("/api/decide", post(api::decide))
        .route("/api/history", get(api::history))
        .route("/api/plans", get(api::plans).post(api::make_plan))
        .route("/api/plans/{plan}", get(api::plan))
        .route("/api/plans/{plan}/steps", get(api::steps))
        .route("/api/plans/{plan}/discard", post(api::discard))
        .route("/api/plans/{plan}/without", post(api::without))
        .route("/api/plans/{plan}/apply", post(job::apply))
        .route("/api/plans/{plan}/undoable", post(job::undoable))
        .route("/api/plans/{plan}/undo", post(job::undo))
        .route("/api/sync", post(job::sync))
        .route("/api/job", get(job::job))
        .route("/api/job/stop", post(job::stop))
        .route("/api/contacts", get(contact::find))
        .route("/api/contacts/{contact}", get(contact::contact))
        .route("/api/contacts/{contact}/{part}", get(contact::part))
        .with_state(Arc::clone(shared))
}
