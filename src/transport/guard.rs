//! Who may come in over HTTP: the `Host` and `Origin` checks against DNS rebinding, what a browser asks first, and then
//! who the caller is.

pub(super) mod admission;
mod wrong_tokens;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::callers::{AtOnce, Callers};
use super::http::Options;
use super::reply::refused;
use crate::mcp::{Server, request_restrictions};
use crate::metrics::{Metrics, Refused};
use admission::{Admission, ORGANIZATION};

/// The names under which a browser on the same machine may reach a server.
pub(crate) const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// How long a browser may keep the answer to a preflight request.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(600);

/// What every request must show.
pub(crate) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    admission: Admission,
    metrics: Metrics,
}

impl Guard {
    /// `own` is the address that is listened on: a page can make a browser send a foreign name, never a foreign address.
    pub(crate) fn new(options: &Options, own: IpAddr, server: &Server) -> Self {
        let mut hosts: Vec<String> = options.allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        if !own.is_unspecified() {
            hosts.push(if own.is_ipv6() { format!("[{own}]") } else { own.to_string() });
        }
        let origins = options.allowed_origins.iter().map(|origin| origin.to_ascii_lowercase()).collect();
        let at_once = AtOnce { calls: options.calls_at_once, bytes: options.bodies / 2 };
        let callers = Callers::new(options.calls_per_minute, at_once, options.metrics.clone());
        let identity = Arc::clone(&options.identity);
        let keys = options.gateway_keys.then(|| server.gateway_keys()).flatten();
        let header = options.gateway_credential_header.clone();
        let admission = Admission::new(identity, header, keys, server.clone(), callers);
        Self { hosts, origins, admission, metrics: options.metrics.clone() }
    }

    fn refusal(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        if !self.is_known_host(uri, headers) {
            self.metrics.refused(Refused::Host);
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(clipped);
            tracing::warn!(reason = "its Host is not allowed (--allow-host)", ?host, "a request was refused");
            let text = "This `Host` is not served here. The operator allows names with --allow-host.";
            return Some(refused(StatusCode::FORBIDDEN, text));
        }
        let is_own_page = uri.path().starts_with(REVIEW_API) && is_same_origin(headers);
        if !is_own_page && !self.are_known_origins(headers) {
            self.metrics.refused(Refused::Origin);
            let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).map(clipped);
            tracing::warn!(reason = "its Origin is not allowed (--allow-origin)", ?origin, "a request was refused");
            let text = "Pages of this `Origin` may not call. The operator allows them with --allow-origin.";
            return Some(refused(StatusCode::FORBIDDEN, text));
        }
        None
    }

    fn is_known_host(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut written = headers.get_all(header::HOST).iter();
        let host = match (written.next(), written.next()) {
            (Some(host), None) => host.to_str().ok(),
            // Two of them: whoever reads the other one sees another request.
            (Some(_), Some(_)) => None,
            (None, _) => uri.authority().map(http::uri::Authority::as_str),
        };
        let Some(host) = host.map(str::to_ascii_lowercase) else {
            return false;
        };
        let name = split_port(&host).0;
        self.hosts.iter().any(|allowed| *allowed == host || *allowed == name)
    }

    fn are_known_origins(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::ORIGIN).iter().all(|origin| self.is_known_origin(origin))
    }

    fn is_known_origin(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().unwrap_or_default().to_ascii_lowercase();
        self.origins.iter().any(|allowed| origin_matches(allowed, &origin))
    }
}

/// Returns true if the page that asks was served under the very name that it asks: the server's own, whose host is known already. A proxy
/// in front may have ended TLS, so that the scheme tells nothing.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let one = |name| {
        let mut values = headers.get_all(name).iter().map(|value| value.to_str().ok());
        values.next().flatten().filter(|_| values.next().is_none())
    };
    let (host, origin) = (one(header::HOST), one(header::ORIGIN));
    let origin = origin.and_then(|origin| origin.split_once("://"));
    host.is_some() && origin.map(|(_, authority)| authority) == host
}

/// The beginning of what a client sent, for the log.
fn clipped(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Host and port of an authority; the port may be missing.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    }
}

fn origin_matches(allowed: &str, origin: &str) -> bool {
    if allowed == origin {
        return true;
    }
    let (Some((allowed_scheme, allowed)), Some((scheme, authority))) =
        (allowed.split_once("://"), origin.split_once("://"))
    else {
        return false;
    };
    let default = if scheme == "https" { "443" } else { "80" };
    let (host, port) = split_port(authority);
    let same_host = |allowed: &str| allowed_scheme == scheme && allowed == host;
    if let Some(any_port) = allowed.strip_suffix(":*") {
        return same_host(any_port);
    }
    let (allowed, allowed_port) = split_port(allowed);
    same_host(allowed) && allowed_port.unwrap_or(default) == port.unwrap_or(default)
}

/// Where the review page asks.
pub(super) const REVIEW_API: &str = "/review/api/";

/// Refuses requests for an unknown `Host` or from a page of an unknown `Origin`.
pub(crate) async fn check_host_and_origin(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.refusal(request.uri(), request.headers()) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

/// Which pages may read answers, and which headers they may send: those of the protocol and those that this server reads.
pub(crate) fn cors(guard: &Arc<Guard>) -> CorsLayer {
    let mut headers: Vec<HeaderName> = vec![header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE];
    headers.extend(
        ["last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id"]
            .map(HeaderName::from_static),
    );
    headers.extend([request_restrictions::CONFIRM, request_restrictions::READ_ONLY, request_restrictions::TOOLS]);
    if let Some(header) = &guard.admission.credential_header {
        headers.extend([header.clone(), ORGANIZATION]);
    }
    if guard.admission.gateway_keys.is_some() {
        headers.push(ORGANIZATION);
    }
    let known = Arc::clone(guard);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| known.is_known_origin(origin)))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(headers)
        .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Finds out who the caller is and lets them in, or refuses.
pub(crate) async fn admit(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.admission.admit(request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_match_by_scheme_host_and_port() {
        for (allowed, origin, expected) in [
            ("http://localhost:*", "http://localhost:5173", true),
            ("http://localhost:*", "http://localhost", true),
            ("http://localhost:*", "https://localhost:5173", false),
            ("http://localhost:*", "http://localhost.example.com:80", false),
            ("https://app.example.com", "https://app.example.com:443", true),
            ("https://app.example.com", "https://app.example.com:8443", false),
            ("http://[::1]:*", "http://[::1]:80", true),
            ("http://localhost:*", "null", false),
            ("null", "null", true),
        ] {
            assert_eq!(origin_matches(allowed, origin), expected, "{allowed} {origin}");
        }
    }

    #[test]
    fn an_address_without_a_port_keeps_its_colons() {
        assert_eq!(split_port("[::1]"), ("[::1]", None));
        assert_eq!(split_port("[::1]:80"), ("[::1]", Some("80")));
        assert_eq!(split_port("localhost:80"), ("localhost", Some("80")));
    }
}
