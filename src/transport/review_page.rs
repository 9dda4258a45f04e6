//! The review page of a server over HTTP, at `/review`: whoever opens it signs in as every other caller does.
//!
//! The page itself holds nothing and is given to everybody. Its questions go to `/review/api/`, behind the same guard as `/mcp`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use http::StatusCode;

use super::bodies::Bodies;
use super::callers::CallerLimits;
use super::guard::REVIEW_API;
use super::http::Options;
use super::media_types::is_json;
use super::reply;
use crate::mcp::pages::PageQuestion;
use crate::mcp::{Caller, Server};
use crate::review::{add_headers, to_sign_in};

/// Where the page is.
const PAGE: &str = "/review";

/// The page itself.
pub(super) fn page(server: &Server, options: &Options) -> Router {
    if !server.has_pages() {
        return Router::new();
    }
    let asks_for_token = options.gateway_keys || options.identity.is_asked_for();
    let header = options.gateway_credential_header.as_ref().map(ToString::to_string);
    let page = get(async move || to_sign_in(asks_for_token, header.as_deref()));
    Router::new().route(PAGE, page).route("/review/", get(async || Redirect::permanent(PAGE)))
}

/// The answers to the page.
pub(super) fn answers(server: Server, bodies: Bodies) -> Router {
    if !server.has_pages() {
        return Router::new();
    }
    let state = Arc::new(Answers { server, bodies });
    Router::new().route("/review/api/{*path}", get(read).merge(post(write))).with_state(state)
}

struct Answers {
    server: Server,
    bodies: Bodies,
}

async fn read(State(answers): State<Arc<Answers>>, request: Request) -> Response {
    answers.answer(request).await.unwrap_or_else(|refusal| refusal)
}

async fn write(State(answers): State<Arc<Answers>>, request: Request) -> Response {
    // A form of another page names another type, and a browser asks before it sends this one.
    if !is_json(request.headers()) {
        let text = "The body must be application/json, as the page sends it.";
        return reply::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    }
    answers.answer(request).await.unwrap_or_else(|refusal| refusal)
}

impl Answers {
    /// Answers a question of the page; the refusal of a body, or of a caller who takes too much.
    async fn answer(&self, request: Request) -> Result<Response, Response> {
        let (head, body) = request.into_parts();
        let limits = head.extensions.get::<CallerLimits>();
        let (bytes, _room) = self.bodies.read(body, limits).await?;
        let _permit = match limits {
            Some(limits) => Some(limits.permit().await?),
            None => None,
        };
        let path = head.uri.path().strip_prefix(REVIEW_API).unwrap_or_default().to_owned();
        let query = head.uri.query().unwrap_or_default().to_owned();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let asked = PageQuestion { method: head.method, path, query, body };
        let (status, text) = self.server.ask_page(head.extensions.get::<Caller>(), asked).await;
        let mut response = reply::json(status, text);
        add_headers(response.headers_mut());
        Ok(response)
    }
}
