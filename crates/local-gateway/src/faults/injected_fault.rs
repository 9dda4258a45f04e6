//! What is done to one request.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode, Uri};
use serde_json::Value;

use super::{AnswerBody, Fault, rewrite};
use crate::call::pairs;
use crate::model::UPDATABLE_FIELDS;
use crate::reply::{self, JSON, Reply};

/// What the service behind the gateway answers at its root.
const ROOT: &str = r#"{"service":"channel-service","status":"ok"}"#;
/// The limiter's own words (contract, section 3).
const TOO_MANY: &str = "Too many requests. Please try again later.";

/// The faults of one request.
#[derive(Debug)]
pub(crate) struct InjectedFault {
    faults: Vec<Fault>,
    /// The route's path after the prefix.
    path: &'static str,
}

impl InjectedFault {
    /// These faults, on a route.
    pub(super) fn new(faults: Vec<Fault>, path: &'static str) -> Self {
        Self { faults, path }
    }

    /// How much later the answer comes.
    pub(crate) fn latency(&self) -> Option<Duration> {
        let waits = self.faults.iter().filter_map(|fault| match fault {
            Fault::Latency(time) => Some(*time),
            _ => None,
        });
        waits.reduce(|sum, time| sum + time)
    }

    /// Whether the socket is closed before anything is done.
    pub(crate) fn resets_before(&self) -> bool {
        self.faults.contains(&Fault::ResetBefore)
    }

    /// Whether the socket is closed when everything is done.
    pub(crate) fn resets_after(&self) -> bool {
        self.faults.contains(&Fault::ResetAfter)
    }

    /// Whether an update is taken for the whole contact.
    pub(crate) fn replaces(&self) -> bool {
        self.faults.contains(&Fault::Replaced)
    }

    /// The answer that is given instead of doing anything.
    pub(crate) fn instead(&self, method: &Method, uri: &Uri) -> Option<Reply> {
        let path = uri.path();
        self.faults.iter().find_map(|fault| match fault {
            Fault::SortRefused(key) if pairs(uri.query()).iter().any(|pair| is_sort_by(pair, key)) => {
                Some(Reply::message(StatusCode::BAD_REQUEST, "Invalid sort"))
            }
            Fault::Answer { status, body, retry_after } => {
                Some(given(*status, body, retry_after.as_deref(), (method, path)))
            }
            Fault::Redirect(address) => {
                let reply = Reply::new(StatusCode::FOUND, "text/plain; charset=utf-8", "Found. Redirecting");
                Some(with(reply, LOCATION, address))
            }
            // What is mounted at the first step of the path arrives at the root of the service behind.
            Fault::LostPath if matches!(self.path, "contacts" | "notifications" | "conversation_messages") => {
                Some(Reply::new(StatusCode::OK, JSON, ROOT))
            }
            Fault::LostPath => {
                let rest = self.path.split_once('/').map_or("", |(_, rest)| rest);
                Some(Reply::unknown_path(method, &format!("/{rest}")))
            }
            _ => None,
        })
    }

    /// The query as the handler gets to see it.
    pub(crate) fn change_query(&self, mut query: Vec<(String, String)>) -> Vec<(String, String)> {
        for fault in &self.faults {
            if let Fault::SortIgnored(key) = fault {
                query.retain(|pair| !is_sort_by(pair, key));
            }
        }
        query
    }

    /// The body as the handler gets to see it.
    pub(crate) fn change_body(&self, body: Bytes) -> Bytes {
        self.faults.iter().fold(body, |body, fault| match fault {
            Fault::Ignored(field) => rewrite::update(&body, |fields| {
                fields.retain(|name, _| field != "*" && field != name);
            })
            .unwrap_or(body),
            Fault::Normalized { field, form } => rewrite::update(&body, |fields| {
                for (_, value) in fields.iter_mut().filter(|(name, _)| field == "*" || field == *name) {
                    if let Value::String(text) = value {
                        *text = form.of(text);
                    }
                }
            })
            .unwrap_or(body),
            Fault::Clobbered(field) => rewrite::update(&body, |fields| {
                for name in UPDATABLE_FIELDS.iter().filter(|name| field == "*" || field == *name) {
                    fields.entry(*name).or_insert_with(|| Value::String(String::new()));
                }
            })
            .unwrap_or(body),
            _ => body,
        })
    }

    /// The real answer, made wrong; errors are left as they are.
    pub(crate) fn after(&self, mut reply: Reply) -> Response {
        if !reply.status.is_success() {
            return reply.into_response();
        }
        // What comes in parts is no JSON.
        for fault in self.faults.iter().filter(|_| reply.stream.is_none()) {
            let text = || String::from_utf8_lossy(&reply.body);
            let changed = match fault {
                Fault::Empty => Some(String::new()),
                Fault::Wrapped => Some(format!("{{\"data\":{}}}", text())),
                Fault::BareArray => rewrite::bare_array(&text()),
                Fault::Items => Some(rewrite::items(&text())),
                Fault::TextNumbers => Some(rewrite::text_numbers(&text())),
                _ => None,
            };
            if let Some(changed) = changed {
                reply.body = changed.into();
            }
        }
        if self.faults.contains(&Fault::Truncated) { truncated(reply) } else { reply.into_response() }
    }
}

/// Whether a part of a query asks for an order by this key, in either direction; `*` is every key.
fn is_sort_by((name, value): &(String, String), key: &str) -> bool {
    name == "sort" && (key == "*" || value.trim_start_matches('-') == key)
}

/// An answer given instead of the real one.
fn given(status: StatusCode, body: &AnswerBody, retry_after: Option<&str>, asked: (&Method, &str)) -> Reply {
    let reply = match body {
        AnswerBody::Json if status == StatusCode::TOO_MANY_REQUESTS => {
            Reply::new(status, "text/html; charset=utf-8", TOO_MANY)
        }
        AnswerBody::Json if status.is_server_error() => Reply::code(status, 99999, "Service Unavailable"),
        AnswerBody::Json => Reply::message(status, status.canonical_reason().unwrap_or("Error")),
        AnswerBody::Html if status == StatusCode::NOT_FOUND => Reply::unknown_path(asked.0, asked.1),
        AnswerBody::Html => Reply::edge(status),
        AnswerBody::Empty => Reply::new(status, "", Bytes::new()),
        AnswerBody::Root => Reply::new(status, JSON, ROOT),
        AnswerBody::Text { media_type, text } => Reply::new(status, media_type, text.clone()),
    };
    match retry_after {
        Some(seconds) => with(reply, RETRY_AFTER, seconds),
        None => reply,
    }
}

/// A header, unless its value cannot be one.
fn with(reply: Reply, name: http::HeaderName, value: &str) -> Reply {
    match HeaderValue::from_str(value) {
        Ok(value) => reply.with(name, value),
        Err(_) => reply,
    }
}

/// Announces the whole answer, sends half of it, and breaks off; of an answer in parts only the first two are sent.
fn truncated(mut reply: Reply) -> Response {
    if let Some(parts) = reply.stream.take() {
        let broken = async { Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)) };
        let parts = reply::in_parts(parts).take(2).chain(futures::stream::once(broken));
        let (head, _) = reply.into_response().into_parts();
        return Response::from_parts(head, Body::from_stream(parts));
    }
    let (whole, half) = (reply.body.len(), reply.body.slice(..reply.body.len() / 2));
    let reply = Reply { body: Bytes::new(), ..reply };
    let mut response = reply.into_response();
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(whole));
    let broken = async {
        // Without a pause the server would notice the break before it sends anything.
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    };
    let parts = futures::stream::iter([Ok(half)]).chain(futures::stream::once(broken));
    let (head, _) = response.into_parts();
    Response::from_parts(head, Body::from_stream(parts))
}
