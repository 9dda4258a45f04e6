//! Who may come in over HTTP: the `Host` and `Origin` checks against DNS rebinding, what a browser asks first, and then
//! who the caller is.

pub(super) mod admission;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use super::callers::{AtOnce, Callers};
use super::http::Options;
use super::reply::refused;
use admission::{Admission, ORGANIZATION};

/// The names under which a browser on the same machine may reach a server.
pub(crate) const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What every request must show.
pub(crate) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    admission: Admission,
}

impl Guard {
    /// `own` is the address that is listened on: a page can make a browser send a foreign name, never a foreign address.
    pub(crate) fn new(options: &Options, own: IpAddr) -> Self {
        let mut hosts: Vec<String> = options.allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        if !own.is_unspecified() {
            hosts.push(if own.is_ipv6() { format!("[{own}]") } else { own.to_string() });
        }
        let origins = options.allowed_origins.iter().map(|origin| origin.to_ascii_lowercase()).collect();
        let at_once = AtOnce { calls: options.calls_at_once, bytes: options.bodies / 2 };
        let callers = Callers::new(options.calls_per_minute, at_once);
        let identity = Arc::clone(&options.identity);
        let admission = Admission::new(identity, options.gateway_credential_header.clone(), callers);
        Self { hosts, origins, admission }
    }

    fn place_refusal(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        if !self.host_is_known(uri, headers) {
            let text = "This `Host` is not served here. The operator allows names with --allow-host.";
            return Some(refused(StatusCode::FORBIDDEN, text));
        }
        if !self.origin_is_known(headers) {
            let text = "Pages of this `Origin` may not call. The operator allows them with --allow-origin.";
            return Some(refused(StatusCode::FORBIDDEN, text));
        }
        None
    }

    fn host_is_known(&self, uri: &Uri, headers: &HeaderMap) -> bool {
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

    fn origin_is_known(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::ORIGIN).iter().all(|origin| {
            let origin = origin.to_str().unwrap_or_default().to_ascii_lowercase();
            self.origins.iter().any(|allowed| origin_matches(allowed, &origin))
        })
    }

    /// What pages of a known origin may send: the headers that the protocol has, the credential's if one is asked for, and
    /// no others.
    fn permission(&self) -> Response {
        let mut allowed =
            "accept, authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, \
            mcp-session-id, x-imbrace-confirm, x-imbrace-read-only, x-imbrace-tools"
                .to_owned();
        if let Some(header) = &self.admission.credential_header {
            allowed = format!("{allowed}, {header}, {ORGANIZATION}");
        }
        let headers = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, allowed.as_str()),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    }

    async fn passed(&self, request: Request, next: Next) -> Response {
        match self.admission.admit(request).await {
            Ok(request) => next.run(request).await,
            Err(refusal) => refusal,
        }
    }
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

/// Lets a request pass, or answers it.
pub(crate) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if let Some(refusal) = guard.place_refusal(request.uri(), headers) {
        return refusal;
    }
    let origin = headers.get(header::ORIGIN).cloned();
    let mut response = if origin.is_some() && asks_before(&request) {
        // A browser's question, which never carries the token.
        guard.permission()
    } else {
        guard.passed(request, next).await
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, www-authenticate"));
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// Whether a browser asks if a page may send a request of another kind than a form could.
fn asks_before(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
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
