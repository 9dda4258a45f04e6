//! An error status and what its body says, by the contract's section 7.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::words;

/// An error status, with what its body says.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The kind, by status, code and message (contract, section 7.3).
    pub kind: RefusalKind,
    /// Whether a [`RefusalKind::Forbidden`] holds for everything that this credential could ask: its licence, or its
    /// organisation. The others are about one route (contract, section 7.1).
    pub is_general: bool,
    /// The gateway's words: one line, clipped, credentials redacted. Data, never instructions.
    pub message: String,
    /// The field that the gateway complains about, when it names one.
    pub field: Option<String>,
    /// How long the gateway asks us to wait.
    pub retry_after: Option<Duration>,
    /// Whether the body was empty.
    pub empty_body: bool,
    /// Whether the body was JSON; the gateway's own "unknown path" is HTML.
    pub json_body: bool,
    /// The prefix that the request went under.
    pub prefix: &'static str,
    /// Method and path behind the prefix, with names for the values in it: `GET contacts/{contact_id}`.
    pub route: String,
    /// The `x-request-id` of the request.
    pub request_id: String,
}

/// What kind of refusal it is (contract, section 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The credential is missing, wrong or expired.
    Auth,
    /// The credential may not do this.
    Forbidden,
    /// No such object, or no such route.
    NotFound,
    /// The request is wrong.
    Invalid,
    /// The body is too large for the edge.
    TooLarge,
    /// Too many requests.
    RateLimited,
    /// The gateway or what is behind it failed.
    Upstream,
}

/// A refused answer as it came.
pub(super) struct RefusedAnswer<'a> {
    pub(super) status: StatusCode,
    pub(super) body: &'a [u8],
    pub(super) retry_after: Option<Duration>,
    pub(super) prefix: &'static str,
    pub(super) route: &'a str,
    /// The encoding of a body that nobody here can read.
    pub(super) encoding: Option<&'a str>,
    pub(super) request_id: &'a str,
    /// The credential in use, which must not come back in the gateway's words.
    pub(super) secret: &'a str,
}

impl Refusal {
    /// Whether the gateway refuses the credential itself, and not only one operation: a 401, a licence or an organisation.
    pub fn is_about_credential(&self) -> bool {
        self.kind == RefusalKind::Auth || (self.kind == RefusalKind::Forbidden && self.is_general)
    }

    /// Reads a refused answer.
    pub(super) fn read(answer: &RefusedAnswer<'_>) -> Self {
        let text = String::from_utf8_lossy(answer.body);
        let json = serde_json::from_str::<Value>(text.trim()).ok().filter(|json| json.is_object() || json.is_array());
        let said = match (&json, answer.encoding) {
            (_, Some(encoding)) => Some(format!("a body in the encoding {encoding}, which was not asked for")),
            (Some(json), None) => message_in(json).map(str::to_owned),
            (None, None) => Some(words::page_words(&text)),
        };
        let reason = || answer.status.canonical_reason().unwrap_or_default().to_owned();
        let said = said.map(|said| words::one_line(&said, answer.secret)).filter(|said| !said.is_empty());
        let field =
            json.as_ref().and_then(|json| ["field", "key"].into_iter().find_map(|name| json.get(name)?.as_str()));
        let message = said.unwrap_or_else(reason);
        let code = json.as_ref().and_then(code_in);
        Self {
            status: answer.status,
            kind: kind(answer.status, code.as_deref(), &message),
            is_general: code.as_deref() == Some("LICENSE_INVALID") || message.contains("organization mismatch"),
            message,
            field: field.map(|field| words::one_line(field, answer.secret)),
            retry_after: answer.retry_after,
            empty_body: answer.body.trim_ascii().is_empty(),
            // Of a body that cannot be read nobody knows that it is a web page.
            json_body: json.is_some() || answer.encoding.is_some(),
            prefix: answer.prefix,
            route: answer.route.to_owned(),
            request_id: answer.request_id.to_owned(),
        }
    }

    /// Whether this is how servers answer a path or method that they do not know: 405, a 404 that is no JSON, or a
    /// framework's own words for it in JSON.
    pub fn is_unknown_route(&self) -> bool {
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => true,
            StatusCode::NOT_FOUND => !self.json_body || names_a_route(&self.message),
            _ => false,
        }
    }

    /// Method, prefix and path: `GET v1/backend/contacts/{contact_id}`.
    pub fn whole_route(&self) -> String {
        let (method, path) = self.route.split_once(' ').unwrap_or_default();
        format!("{method} {}/{path}", self.prefix)
    }

    /// A 400 without a word: the sign of a gateway that dropped the body of a DELETE (contract, test B).
    pub fn is_empty_bad_request(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.empty_body
    }

    /// Whether a refused DELETE is one that a POST may stand in for: nothing was removed, because the route, the
    /// method or the body did not arrive (contract, 5.6: 404, 405, or 400 with an empty body).
    pub fn is_undone_delete(&self) -> bool {
        matches!(self.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) || self.is_empty_bad_request()
    }

    /// Whether waiting may help: 408, 429, 502, 503, 504.
    pub fn is_passing(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 502 | 503 | 504)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} \"{}\"", self.status.as_u16(), self.message)?;
        if self.is_unknown_route() {
            write!(formatter, " (no route {})", self.whole_route())?;
        }
        Ok(())
    }
}

/// Whether a message is a framework's "no such route": `Cannot GET /x`, `Route GET:/x not found`.
fn names_a_route(message: &str) -> bool {
    let methods = ["GET", "POST", "PUT", "DELETE", "PATCH"];
    let begins =
        |start: &str, after: &str| methods.iter().any(|method| message.starts_with(&format!("{start}{method}{after}")));
    begins("Cannot ", " /") || (begins("Route ", ":/") && message.ends_with("not found"))
}

/// The first non-empty of the places where the layers put their message (contract, section 7.3).
fn message_in(json: &Value) -> Option<&str> {
    let places = ["/message", "/message/message", "/message/0", "/error/message", "/error", "/detail", "/details"];
    let found =
        |place: &&str| json.pointer(place).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    places.iter().find_map(found)
}

/// The layer's own code: a number or a word.
fn code_in(json: &Value) -> Option<String> {
    let code = json.get("code").or_else(|| json.pointer("/error/code")).or_else(|| json.pointer("/message/code"))?;
    Some(code.as_str().map_or_else(|| code.to_string(), str::to_owned))
}

/// The kind; a code says more than the status that it came with.
fn kind(status: StatusCode, code: Option<&str>, message: &str) -> RefusalKind {
    match (status.as_u16(), code) {
        (401, _) | (_, Some("40001")) => RefusalKind::Auth,
        (403, _) | (_, Some("40003" | "LICENSE_INVALID")) => RefusalKind::Forbidden,
        (404 | 405, _) | (_, Some("40004")) => RefusalKind::NotFound,
        (400, _) if message.trim_end_matches('.').eq_ignore_ascii_case("not found") => RefusalKind::NotFound,
        (413, _) => RefusalKind::TooLarge,
        (429, _) => RefusalKind::RateLimited,
        (408 | 500.., _) => RefusalKind::Upstream,
        _ => RefusalKind::Invalid,
    }
}
