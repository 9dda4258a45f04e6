//! Who may use the page: whoever opens the one-time link, from the page that this server gave them.
//!
//! Cookies of a host go to every port of it, so that another program of this machine may be sent ours. A second secret, which the page keeps
//! for itself and sends in a header, is asked for with it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::answer::{Answer, Refused};
use super::page;

/// How long a link can be opened.
const LINK_GOOD_FOR: Duration = Duration::from_secs(3600);

/// The header in which the page sends what it got for the link.
const KEY: HeaderName = HeaderName::from_static("x-review-key");

/// The secret of a link that can be opened once.
pub struct Link {
    token: String,
    until: Instant,
}

impl Link {
    /// A new one, good for an hour.
    pub fn new() -> Self {
        Self::good_for(LINK_GOOD_FOR)
    }

    /// A new one that is good for so long.
    pub fn good_for(time: Duration) -> Self {
        Self { token: secret(), until: Instant::now() + time }
    }

    /// Where it leads. The secret stands behind `#`, which browsers send nowhere.
    pub fn address(&self, port: u16) -> String {
        format!("http://127.0.0.1:{port}/#open={}", self.token)
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Link").finish_non_exhaustive()
    }
}

/// 32 random bytes as text.
fn secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What was given out for the link.
struct Session {
    cookie: String,
    key: String,
}

/// The link, what became of it, and where requests may come from.
pub(super) struct Access {
    link: Link,
    session: Mutex<Option<Arc<Session>>>,
    cookie_name: String,
    hosts: [String; 2],
}

impl Access {
    pub(super) fn new(link: Link, port: u16) -> Self {
        let hosts = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
        Self { link, session: Mutex::default(), cookie_name: format!("review_{port}"), hosts }
    }

    fn session(&self) -> Option<Arc<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the link, once.
    fn open(&self, token: &str) -> Result<Arc<Session>, Refused> {
        let forbidden = |code, message: &str| Refused::new(StatusCode::FORBIDDEN, code, message);
        let again = "start `imbrace-contacts-mcp cleanup review` again for a new one";
        if !equal(token, &self.link.token) {
            return Err(forbidden(
                "link_wrong",
                &format!("this link belongs to another start of the program; {again}"),
            ));
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if session.is_some() {
            return Err(forbidden("link_used", &format!("this link has been opened already; {again}")));
        }
        if Instant::now() >= self.link.until {
            return Err(forbidden("link_old", &format!("this link was good for an hour; {again}")));
        }
        Ok(Arc::clone(session.insert(Arc::new(Session { cookie: secret(), key: secret() }))))
    }

    /// Whether a request comes from the page that opened the link.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let Some(session) = self.session() else { return false };
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let has_cookie = cookies.any(|(name, value)| name == self.cookie_name && equal(value, &session.cookie));
        let key = headers.get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
        has_cookie & equal(key, &session.key)
    }

    /// Why a request is refused whoever sends it: another name of this machine, or another page.
    fn foreign(&self, request: &Request) -> Option<&'static str> {
        let headers = request.headers();
        let one = |name: HeaderName| {
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (None, _) => Ok(None),
                (Some(value), None) => value.to_str().map(Some).map_err(drop),
                _ => Err(()),
            }
        };
        let Ok(Some(host)) = one(header::HOST) else { return Some("a request names the host once") };
        if !self.hosts.iter().any(|known| known == host) {
            return Some("this page is served as 127.0.0.1 only");
        }
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        match one(header::ORIGIN) {
            Ok(Some(origin)) if origin.strip_prefix("http://") == Some(host) => {}
            Ok(None) if is_read => {}
            _ => return Some("only the page itself may ask here"),
        }
        let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
        if request.uri().path().starts_with("/api/") && site.is_some_and(|site| site != "same-origin") {
            return Some("only the page itself may ask here");
        }
        None
    }
}

/// Compares secrets in a time that tells nothing of them.
fn equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Refuses what comes from elsewhere, and adds to every answer what it says to a browser.
pub(super) async fn check(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    let mut response = match access.foreign(&request) {
        Some(reason) => Refused::new(StatusCode::FORBIDDEN, "foreign", reason).into_response(),
        None => next.run(request).await,
    };
    page::add_headers(response.headers_mut());
    response
}

/// Lets the page in that opened the link.
pub(super) async fn admit(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    if access.is_known(request.headers()) {
        return next.run(request).await;
    }
    let message =
        "this page is not, or no longer, connected: open the link that the program printed; each is good once";
    Refused::new(StatusCode::UNAUTHORIZED, "session", message).into_response()
}

/// The secret of the link, as the page read it behind `#`.
#[derive(Deserialize)]
pub(super) struct Opening {
    token: String,
}

/// Opens the link.
pub(super) async fn open(State(access): State<Arc<Access>>, Json(opening): Json<Opening>) -> Response {
    let session = match access.open(&opening.token) {
        Ok(session) => session,
        Err(refused) => return refused.into_response(),
    };
    let mut response = Answer(json!({ "key": session.key })).into_response();
    let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/api/", access.cookie_name, session.cookie);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The answer to any other address or method.
pub(super) async fn nothing_here() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "nothing_here", "there is nothing at this address; the page is at /")
}
