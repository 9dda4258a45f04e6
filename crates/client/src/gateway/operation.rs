//! What an operation is: a method, a route, what may be sent again, and the type of the answer.

use bytes::Bytes;
use http::Method;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::decode::Decode;
use super::refusal::Refusal;
use crate::model::{Id, id::Kind};

/// One endpoint of the gateway.
pub trait Operation: Send + Sync + 'static {
    /// The stem that also names the file, the tool and the test.
    const NAME: &'static str;
    /// The method of the request.
    const METHOD: Method;
    /// The path after the prefix, with `{name}` where a path value goes.
    const ROUTE: &'static str;
    /// What may be sent again after a failure.
    const REPLAY: Replay;
    /// What a success is written in.
    const FORMAT: Format = Format::Json;
    /// What a success decodes to.
    type Response: Decode;

    /// The values of this request.
    fn request(&self) -> Request;

    /// Why this request must not be sent at all, whatever a caller says; `None` when it may.
    ///
    /// For values that a gateway would take for something else, such as an empty list for "every one". It is the last
    /// guard; a caller that checks its own input tells its user more.
    fn validate(&self) -> Option<&'static str> {
        None
    }

    /// Why an answer that can be read is no answer to this request, in words that follow "the gateway answered with"; `None` when it is
    /// one. `is_loopback` says that the gateway is on this machine.
    fn mismatch(&self, _response: &Self::Response, _is_loopback: bool) -> Option<&'static str> {
        None
    }

    /// Another way to ask for the same, for the servers that know only that one (contract, section 8).
    fn alternative(&self) -> Option<Alternative> {
        None
    }

    /// How many rows the request skips, which the totals of a page are judged by.
    fn skip(&self) -> u64 {
        0
    }
}

/// What a successful answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, as nearly everywhere.
    Json,
    /// CSV, which may be large and take as long as an upload.
    Csv {
        /// The most bytes of it that are read.
        most: usize,
    },
}

/// What may be sent again when the outcome of a request is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It only reads.
    Read,
    /// It writes, and the second time changes nothing.
    Repeatable,
    /// It writes; nobody may send it again but who knows the state.
    Never,
}

/// The values that fill an operation's route, query and body.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Path values by name. Only checked ids get here.
    pub(super) path: Vec<(&'static str, String)>,
    /// Query pairs in order; a key may repeat.
    pub(super) query: Vec<(&'static str, String)>,
    /// The body.
    pub(super) body: Body,
}

impl Request {
    /// Adds a path value.
    #[must_use]
    pub fn path<K: Kind>(mut self, name: &'static str, id: &Id<K>) -> Self {
        self.path.push((name, id.as_str().to_owned()));
        self
    }

    /// Adds a query pair.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a query pair when there is a value.
    #[must_use]
    pub fn query_if(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }
}

/// The body of a request.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// None, and no content type.
    #[default]
    Empty,
    /// `application/json`, the only type that the gateway passes on whole (contract, section 3).
    Json(Value),
    /// `multipart/form-data` with one part named `file`.
    Upload(UploadBody),
}

/// A file to upload.
#[derive(Clone)]
pub struct UploadBody {
    /// The name that decides the stored extension.
    pub file_name: String,
    /// The media type of the part.
    pub media_type: String,
    /// The content.
    pub content: Bytes,
    /// Who is told how many bytes have left, chunk by chunk.
    pub watcher: Option<UnboundedSender<u64>>,
}

/// Says how large the file is and nothing of its content or name.
impl std::fmt::Debug for UploadBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "UploadBody({} bytes)", self.content.len())
    }
}

/// A second form of a request, tried once when the first is refused in a way that says "unknown here".
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The method of the second form.
    pub method: Method,
    /// The route of the second form.
    pub route: &'static str,
    /// Its values.
    pub request: Request,
    /// Which refusals it answers.
    pub when: fn(&Refusal) -> bool,
}
