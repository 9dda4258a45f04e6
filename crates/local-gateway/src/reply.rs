//! Answers: the success envelopes and the error bodies of the contract, sections 4.1 and 7.1.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::Stream;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, StatusCode};
use tokio::sync::mpsc::Receiver;

use super::json::{self, Object};
use super::store::Slice;

/// The media type of every JSON answer.
pub(super) const JSON: &str = "application/json; charset=utf-8";
/// The media type of error pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// An answer before it is put on the wire; faults may still change it.
#[derive(Debug)]
pub(super) struct Reply {
    /// The status.
    pub(super) status: StatusCode,
    /// The media type of the body; empty for none.
    pub(super) media_type: String,
    /// Other headers.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub(super) body: Bytes,
    /// A body that comes in parts, instead of `body`.
    pub(super) stream: Option<Receiver<std::io::Result<Bytes>>>,
}

impl Reply {
    /// Any answer.
    pub(super) fn new(status: StatusCode, media_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status, media_type: media_type.to_owned(), headers: Vec::new(), body: body.into(), stream: None }
    }

    /// 200 with a JSON text.
    pub(super) fn json(body: String) -> Self {
        Self::new(StatusCode::OK, JSON, body)
    }

    /// An error status with a JSON text.
    pub(super) fn error(status: StatusCode, body: String) -> Self {
        Self::new(status, JSON, body)
    }

    /// 200 and `{"success":true}`: what read and dismiss answer here. No source shows their bodies (contract, 5.6).
    pub(super) fn done() -> Self {
        Self::json(Object::new().with("success", &true).end())
    }

    /// An error whose body is only a message.
    pub(super) fn message(status: StatusCode, message: &str) -> Self {
        Self::error(status, Object::new().text("message", message).end())
    }

    /// An error with a numeric code (contract, 7.2).
    pub(super) fn code(status: StatusCode, code: u32, message: &str) -> Self {
        Self::error(status, Object::new().with("code", &code).text("message", message).end())
    }

    /// 404 with code 40004.
    pub(super) fn contact_not_found() -> Self {
        Self::code(StatusCode::NOT_FOUND, 40004, "Contact not found")
    }

    /// The 400 of the framework's validation.
    pub(super) fn invalid(code: &str, message: &str) -> Self {
        let body = Object::new()
            .with("statusCode", &400)
            .text("code", code)
            .text("error", "Bad Request")
            .text("message", message)
            .end();
        Self::error(StatusCode::BAD_REQUEST, body)
    }

    /// What Express prints for a path that it does not know.
    pub(super) fn unknown_path(method: &Method, path: &str) -> Self {
        let escaped = path.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        Self::page(StatusCode::NOT_FOUND, "Error", &format!("<pre>Cannot {method} {escaped}</pre>"))
    }

    /// The page that an edge in front of the gateway sends, such as `502 Bad Gateway`.
    pub(super) fn edge(status: StatusCode) -> Self {
        let title = status.to_string();
        Self::page(status, &title, &format!("<center><h1>{title}</h1></center>\n<hr><center>nginx</center>"))
    }

    fn page(status: StatusCode, title: &str, body: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n\
             <body>\n{body}\n</body>\n</html>\n"
        );
        Self::new(status, HTML, page)
    }

    /// The same answer with one more header.
    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The answer on the wire.
    pub(super) fn into_response(self) -> Response {
        let body = match self.stream {
            Some(parts) => Body::from_stream(in_parts(parts)),
            None => Body::from(self.body),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if let Ok(media_type) = HeaderValue::from_str(&self.media_type)
            && !media_type.is_empty()
        {
            response.headers_mut().insert(CONTENT_TYPE, media_type);
        }
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// The parts of a body, as they come.
pub(super) fn in_parts(parts: Receiver<std::io::Result<Bytes>>) -> impl Stream<Item = std::io::Result<Bytes>> {
    futures::stream::unfold(parts, |mut parts| async { parts.recv().await.map(|part| (part, parts)) })
}

/// The list envelope: `count` is the grand total and `total` the rows of this page (contract, 4.1).
pub(super) fn list(slice: &Slice, skip: u64) -> Reply {
    Reply::json(
        Object::new()
            .text("object_name", "list")
            .raw("data", &json::array(&slice.rows))
            .raw("nested", "{}")
            .with("has_more", &slice.has_more(skip))
            .with("count", &slice.count)
            .with("total", &slice.rows.len())
            .end(),
    )
}

/// The envelope of comment lists.
pub(super) fn items(slice: &Slice, skip: u64) -> Reply {
    Reply::json(
        Object::new()
            .raw("items", &json::array(&slice.rows))
            .with("count", &slice.count)
            .with("total", &slice.rows.len())
            .with("has_more", &slice.has_more(skip))
            .end(),
    )
}

/// `{"data":[…]}` and nothing else.
pub(super) fn data(rows: &[String]) -> Reply {
    Reply::json(Object::new().raw("data", &json::array(rows)).end())
}
