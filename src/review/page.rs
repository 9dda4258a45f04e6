//! The page itself: one file with its script and style, built by `web/build` and checked in.

use std::sync::LazyLock;

use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};

/// What `web/build` made.
const PAGE: &str = include_str!("../../web/dist/review.html");

/// The page may run its own script and use its own style, each by its hash, and talk to this server. It loads nothing, is shown inside
/// nothing, and makes no element of a text.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        digest(between("<script>", "</script>")),
        digest(between("<style>", "</style>")),
    )
});

/// The text of the page's one element of a kind.
fn between(start: &str, end: &str) -> &'static str {
    let after = PAGE.split_once(start).map_or("", |(_, rest)| rest);
    after.split_once(end).map_or("", |(inside, _)| inside)
}

/// How the page reaches its server, as its own code reads it.
const BY_LINK: &str = "<meta name=\"connection\" content=\"link\">";

/// The page for whoever signs in to the server that serves it, and what its answers say to a browser. The page asks
/// for a bearer token, and for a gateway credential where a header takes one.
pub(crate) fn to_sign_in(asks_for_token: bool, credential_header: Option<&str>) -> Response {
    let header = credential_header.unwrap_or_default();
    let by_server = format!(
        "<meta name=\"connection\" content=\"server\"><meta name=\"token\" content=\"{asks_for_token}\">\
         <meta name=\"credential-header\" content=\"{header}\">"
    );
    let mut response = Html(PAGE.replacen(BY_LINK, &by_server, 1)).into_response();
    add_headers(response.headers_mut());
    response
}

/// The page for the host of an MCP App, which passes on its questions; with each it sends the key. Its policy stands in the page: who
/// serves it to the browser is the host.
pub(crate) fn for_host(key: &str) -> String {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(between("<script>", "</script>")),
        digest(between("<style>", "</style>")),
    );
    let by_host = format!(
        "<meta http-equiv=\"content-security-policy\" content=\"{policy}\"><meta name=\"connection\" content=\"host\">\
         <meta name=\"key\" content=\"{key}\">"
    );
    PAGE.replacen(BY_LINK, &by_host, 1)
}

fn digest(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text))
}

/// The page.
pub(super) async fn page() -> Response {
    Html(PAGE).into_response()
}

/// Adds what every answer says to a browser.
pub(crate) fn add_headers(headers: &mut HeaderMap) {
    let policy = HeaderValue::from_str(&POLICY).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_script_and_one_style_and_loads_nothing() {
        for mark in ["<script>", "</script>", "<style>", "</style>"] {
            assert_eq!(PAGE.matches(mark).count(), 1, "{mark}");
        }
        assert!(!between("<script>", "</script>").is_empty() && !between("<style>", "</style>").is_empty());
        for outside in
            ["src=", "<link", "<img", "<iframe", "@import", "url(", "innerHTML", "outerHTML", "insertAdjacentHTML"]
        {
            assert!(!PAGE.contains(outside), "{outside}");
        }
        assert!(HeaderValue::from_str(&POLICY).is_ok());
        assert_eq!(PAGE.matches(BY_LINK).count(), 1);
    }
}
