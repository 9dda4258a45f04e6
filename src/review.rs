//! The review page: people decide about duplicates, plans and questions by looking.
//!
//! The page is one file that talks JSON to [`ReviewApi`]: from a browser on the same machine ([`Site`]), or inside a chat, through the
//! host of an MCP App. Whatever it asks goes to the same engine as the commands and tools, and what it writes passes the same gate.

mod access;
mod answer;
mod api;
mod contact;
mod job;
mod page;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use http::{Method, Request, StatusCode, header};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::cleanup::{DuplicatesRequest, Workspace};
use crate::gateway::Client;
use crate::write_gate::WriteGate;
use access::Access;

pub use access::Link;
pub use job::Jobs;
pub(crate) use page::{add_headers, for_host, to_sign_in};

/// The largest body of a request, in bytes: some thousand answers at once.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// The largest answer that a host is given, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

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
    /// The names of the tools that are offered: the page does nothing that none of them does. `None` for all.
    pub tools: Option<Vec<&'static str>>,
}

impl Review {
    fn offers(&self, tool: &str) -> bool {
        self.tools.as_ref().is_none_or(|tools| tools.contains(&tool))
    }
}

/// What the handlers share.
struct Shared {
    review: Review,
    jobs: Jobs,
}

/// The answers to a page. Whoever passes on its questions has found out who asks.
#[derive(Clone)]
pub struct ReviewApi {
    routes: Router,
}

impl ReviewApi {
    /// The answers over an engine; what takes a while is among these jobs.
    pub fn new(review: Review, jobs: Jobs) -> Self {
        let routes = routes(&Arc::new(Shared { review, jobs }));
        let routes = routes.fallback(access::nothing_here).method_not_allowed_fallback(access::nothing_here);
        Self { routes: routes.layer(DefaultBodyLimit::max(LARGEST_BODY)) }
    }

    /// Answers one question: a path such as `duplicates` or `plans/PLAN`, its query, and for a POST its body. The answer is JSON, with
    /// the status that it would have over HTTP.
    pub async fn ask(&self, method: Method, path: &str, query: &str, body: String) -> (StatusCode, String) {
        let path = path.trim_start_matches('/');
        let uri = if query.is_empty() { format!("/api/{path}") } else { format!("/api/{path}?{query}") };
        let request = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, "application/json");
        let Ok(request) = request.body(Body::from(body)) else {
            let refused = answer::Refused::argument("this is no path of the page");
            return (StatusCode::BAD_REQUEST, refused.to_json().to_string());
        };
        let Ok(response) = self.routes.clone().oneshot(request).await;
        let status = response.status();
        match axum::body::to_bytes(response.into_body(), LARGEST_ANSWER).await {
            Ok(bytes) => (status, String::from_utf8_lossy(&bytes).into_owned()),
            Err(_) => {
                let refused = answer::Refused::argument("the answer is too large; ask for less of it");
                (StatusCode::PAYLOAD_TOO_LARGE, refused.to_json().to_string())
            }
        }
    }

    /// The error that the page shows where a question was not answered.
    pub(crate) fn refusal(code: &'static str, message: impl Into<String>) -> String {
        answer::Refused::new(StatusCode::FORBIDDEN, code, message).to_json().to_string()
    }
}

/// The page of one browser on this machine: whoever opens the link.
pub struct Site {
    router: Router,
    jobs: Jobs,
    warm: JoinHandle<()>,
}

impl Site {
    /// A page behind a link, served at a port of this machine until `stop` is cancelled.
    pub fn new(review: Review, link: Link, port: u16, stop: &CancellationToken) -> Self {
        let access = Arc::new(Access::new(link, port));
        let jobs = Jobs::new(stop);
        // The first look at a list compares everybody with everybody; whoever opens the page finds it done, or waits for the rest of it.
        let workspace = review.workspace.clone();
        let warm = tokio::spawn(async move { drop(workspace.duplicates(DuplicatesRequest::default()).await) });
        let router = routes(&Arc::new(Shared { review, jobs: jobs.clone() }))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&access), access::admit))
            .route("/", get(page::page))
            .route("/api/open", post(access::open).with_state(Arc::clone(&access)))
            .fallback(access::nothing_here)
            .method_not_allowed_fallback(access::nothing_here)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(axum::middleware::from_fn_with_state(access, access::check));
        Self { router, jobs, warm }
    }

    /// The page and its answers.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Waits for the end of what is under way.
    pub async fn end(self) {
        self.warm.abort();
        self.jobs.end().await;
    }
}

/// The routes of the page, each as far as the tool is offered that does the same.
fn routes(shared: &Arc<Shared>) -> Router {
    let offers = |tool| shared.review.offers(tool);
    let read = |tool, route: MethodRouter<Arc<Shared>>| if offers(tool) { route } else { get(api::not_offered) };
    let write = |tool, route: MethodRouter<Arc<Shared>>| if offers(tool) { route } else { post(api::not_offered) };
    let (find, plan, show) = ("find_duplicate_contacts", "plan_cleanup", "show_cleanup");
    Router::new()
        .route("/api/state", get(api::state))
        .route("/api/overview", read("audit_contacts", get(api::overview)))
        .route("/api/duplicates", read(find, get(api::duplicates)))
        .route("/api/questions", read(find, get(api::questions)))
        .route("/api/shared", read(find, get(api::shared)))
        .route("/api/decisions", read(find, get(api::decisions)))
        .route("/api/decide", write("decide_duplicates", post(api::decide)))
        .route("/api/history", read(show, get(api::history)))
        .route("/api/plans", read(show, get(api::plans)))
        .route("/api/plans", write(plan, post(api::make_plan)))
        .route("/api/plans/{plan}", read(show, get(api::plan)))
        .route("/api/plans/{plan}/steps", read(show, get(api::steps)))
        .route("/api/plans/{plan}/discard", write(plan, post(api::discard)))
        .route("/api/plans/{plan}/without", write(plan, post(api::without)))
        .route("/api/plans/{plan}/apply", write("apply_cleanup", post(job::apply)))
        .route("/api/plans/{plan}/undoable", write("undo_cleanup", post(job::undoable)))
        .route("/api/plans/{plan}/undo", write("undo_cleanup", post(job::undo)))
        .route("/api/sync", write("audit_contacts", post(job::sync)))
        .route("/api/job", get(job::job))
        .route("/api/job/stop", post(job::stop))
        .route("/api/contacts", read("search_contacts", get(contact::find)))
        .route("/api/contacts/{contact}", read("get_contact", get(contact::contact)))
        .route("/api/contacts/{contact}/conversations", read("get_contact_conversations", get(contact::conversations)))
        .route("/api/contacts/{contact}/comments", read("list_contact_comments", get(contact::comments)))
        .route("/api/contacts/{contact}/files", read("list_contact_files", get(contact::files)))
        .with_state(Arc::clone(shared))
}
