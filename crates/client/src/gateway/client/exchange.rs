//! One request and its answer, within the deadlines of each phase.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::endpoint::Endpoint;
use super::{Core, upload};
use crate::gateway::answer::{Answer, Unreadable};
use crate::gateway::refusal::{Refusal, RefusedAnswer};
use crate::gateway::{AttemptEnd, AttemptRequest, Body, Deadlines, Format, GatewayError, retry, words};
use crate::http_client::{self, BodyError, ConnectFailure};
use crate::model::Prefix;
use crate::model::shape::{Envelope, Shape};

/// The most of a JSON answer that is read.
const LARGEST_ANSWER: usize = 10 << 20;
/// Memory for the bodies of large answers that are read at the same time, in KiB: a permit each.
pub(super) const MEMORY_FOR_BODIES: usize = 32 << 10;
/// An announced body below this is read without asking for room, in bytes.
const SMALL_BODY: usize = 256 << 10;
/// The most of a refusal that is read: its message is in the first lines.
const LARGEST_REFUSAL: usize = 64 << 10;

/// So much before the end of an attempt its status is told without a body that has not come.
const REFUSED_EARLIER: Duration = Duration::from_millis(20);
/// The most that is set aside for a body because somebody announced it.
const ANNOUNCED: usize = 1 << 20;

/// What all attempts of one call share.
pub(super) struct Call {
    pub(super) endpoint: Endpoint,
    /// Sent as `x-request-id` and named in every error.
    pub(super) request_id: String,
    deadline: Instant,
    first_byte: Duration,
    attempt: Duration,
}

/// One request, ready to be addressed.
pub(super) struct Outgoing<'a> {
    pub(super) method: &'a Method,
    pub(super) route: &'static str,
    pub(super) address: Url,
    pub(super) body: &'a Body,
    pub(super) prefix: Prefix,
    pub(super) format: Format,
}

impl Call {
    pub(super) fn start(endpoint: Endpoint, deadlines: &Deadlines, is_large: bool) -> Self {
        let Deadlines { first_byte, attempt, call, upload, .. } = *deadlines;
        let (first_byte, attempt, call) = if is_large { (upload, upload, upload) } else { (first_byte, attempt, call) };
        Self { endpoint, request_id: fresh_request_id(), deadline: Instant::now() + call, first_byte, attempt }
    }

    /// How much time is left.
    pub(super) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Whether another request can be answered in time.
    pub(super) fn has_time(&self) -> bool {
        self.remaining() >= retry::SHORTEST_ATTEMPT
    }

    fn timed_out(&self, patience: Duration) -> GatewayError {
        self.no_answer(http_client::timed_out(patience), true)
    }

    fn no_answer(&self, cause: String, timed_out: bool) -> GatewayError {
        GatewayError::NoAnswer { cause, timed_out, request_id: self.request_id.clone() }
    }
}

impl Core {
    /// Sends one request and reads its answer, unless the gateway is to be left alone.
    pub(super) async fn exchange(&self, call: &Call, outgoing: Outgoing<'_>) -> Result<Answer, GatewayError> {
        let observed = self.host.observer.get().map(|observer| {
            observer.begin(&AttemptRequest::new(call.endpoint.name, outgoing.method.clone(), outgoing.route))
        });
        let traceparent = observed.as_ref().and_then(|attempt| attempt.traceparent());
        let answer = self.ask_with_permit(call, outgoing, traceparent).await;
        if let Some(attempt) = observed {
            attempt.end(AttemptEnd::of(answer.as_ref().err()));
        }
        answer
    }

    async fn ask_with_permit(
        &self,
        call: &Call,
        outgoing: Outgoing<'_>,
        traceparent: Option<HeaderValue>,
    ) -> Result<Answer, GatewayError> {
        let ticket = self.host.gate.enter().map_err(|wait| GatewayError::Paused {
            host: self.host_name(),
            wait,
            request_id: call.request_id.clone(),
        })?;
        let answer = self.ask_gateway(call, outgoing, traceparent).await;
        ticket.report(answer.as_ref().is_err_and(GatewayError::is_outage));
        answer
    }

    async fn ask_gateway(
        &self,
        call: &Call,
        outgoing: Outgoing<'_>,
        traceparent: Option<HeaderValue>,
    ) -> Result<Answer, GatewayError> {
        let started = Instant::now();
        let until = |patience: Duration| (started + patience).min(call.deadline);
        let (first_byte, last_byte) = (until(call.first_byte), until(call.attempt));
        let (prefix, format) = (outgoing.prefix.path(), outgoing.format);
        let route = format!("{} {}", outgoing.method, outgoing.route);
        let http = self.http().map_err(|error| self.not_reached(call, ConnectFailure::Setup, &error.to_string()))?;
        let traceparent = traceparent.map(|value| (HeaderName::from_static("traceparent"), value));
        let request = self.request(http, call, outgoing).headers(traceparent.into_iter().collect());
        let response = match timeout_at(first_byte, request.send()).await {
            Ok(response) => response.map_err(|error| self.failed(call, &error))?,
            Err(_) => return Err(call.timed_out(first_byte - started)),
        };
        if response.status().is_redirection() {
            return Err(GatewayError::Redirected { status: response.status(), request_id: call.request_id.clone() });
        }
        match timeout_at(last_byte, self.read(call, (prefix, &route, format), response, last_byte)).await {
            Ok(answer) => answer,
            Err(_) => Err(call.timed_out(last_byte - started)),
        }
    }

    /// The request with its headers and body. The content length is set by the body, which is never chunked: older
    /// gateways drop a body without one (contract, section 3).
    fn request(&self, http: &reqwest::Client, call: &Call, outgoing: Outgoing<'_>) -> RequestBuilder {
        // Each stays marked as sensitive.
        let credential: HeaderMap = self.settings.credential.headers().into_iter().collect();
        let builder = http
            .request(outgoing.method.clone(), outgoing.address)
            .headers(credential)
            .header(ACCEPT, HeaderValue::from_static(accepted(outgoing.format)))
            .header(HeaderName::from_static("x-request-id"), &call.request_id);
        match outgoing.body {
            Body::Empty => builder,
            Body::Json(json) => builder
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(Bytes::from(json.to_string())),
            Body::Upload(file) => {
                let (content_type, body) = upload::form(file);
                let content_type = content_type.map(|value| (CONTENT_TYPE, value));
                builder.headers(content_type.into_iter().collect()).body(body)
            }
        }
    }

    async fn read(
        &self,
        call: &Call,
        (prefix, route, format): (&'static str, &str, Format),
        response: Response,
        last_byte: Instant,
    ) -> Result<Answer, GatewayError> {
        let status = response.status();
        let content_type = text_header(response.headers(), CONTENT_TYPE).map(str::to_owned);
        let retry_after = text_header(response.headers(), RETRY_AFTER)
            .and_then(|text| retry::retry_after(text, jiff::Timestamp::now()));
        let secret = self.settings.credential.secret();
        let encoding = unasked_encoding(response.headers()).map(|name| words::one_line(&name, secret));
        let refusal = |body: &[u8]| {
            let (request_id, encoding) = (&*call.request_id, encoding.as_deref());
            let refused = RefusedAnswer { status, body, retry_after, prefix, route, encoding, request_id, secret };
            Err(GatewayError::Refused(Refusal::read(&refused)))
        };
        if !status.is_success() {
            // The status has said it; a body that breaks off, or never comes, takes nothing from that.
            let body = timeout_at(last_byte - REFUSED_EARLIER, body_of(response, LARGEST_REFUSAL)).await;
            return refusal(&body.map(|body| body.bytes).unwrap_or_default());
        }
        let limit = most(format);
        // Large bodies are read a few at a time, each with the memory that it may take.
        let room = match announced(&response) {
            Some(length) if length < SMALL_BODY => 0,
            Some(length) => length.min(limit),
            None => limit,
        };
        let _room = match format {
            Format::Json => self.host.bodies.acquire_many(kibibytes(room)).await.ok(),
            // A whole list; the snapshot is read by one at a time.
            Format::Csv { .. } => None,
        };
        let body = body_of(response, limit).await;
        if let Some(error) = body.broken {
            return Err(call.no_answer(error.describe(), false));
        }
        let unreadable = |cause| GatewayError::Unreadable { cause, prefix, request_id: call.request_id.clone() };
        if body.is_cut {
            return Err(unreadable(Unreadable::TooLarge { limit }));
        }
        if let Some(name) = encoding.as_ref().filter(|_| !body.bytes.is_empty()) {
            return Err(unreadable(Unreadable::ContentEncoding { name: name.clone() }));
        }
        let read = if format == Format::Json { Answer::read } else { Answer::read_csv };
        let answer = read(&body.bytes, content_type.as_deref(), secret).map_err(unreadable)?;
        match &answer.shape {
            // Some layers say "no" with a status of success.
            Some(Shape::Object(envelope)) if says_no(envelope) => refusal(&body.bytes),
            _ => Ok(answer),
        }
    }

    /// A failure of the transport, by whether anything was sent.
    fn failed(&self, call: &Call, error: &reqwest::Error) -> GatewayError {
        let is_unsent = http_client::is_before_request(error);
        if error.is_connect() && error.is_timeout() {
            let words = http_client::timed_out(self.settings.deadlines.connect);
            return self.not_reached(call, ConnectFailure::TimedOut, &words);
        }
        let cause = http_client::describe_error(error);
        let cause = match self.proxy() {
            Some(proxy) if !is_unsent => format!("{cause}, through the proxy {proxy}"),
            _ => cause,
        };
        if is_unsent { self.not_reached(call, ConnectFailure::of(error), &cause) } else { call.no_answer(cause, false) }
    }

    fn not_reached(&self, call: &Call, failure: ConnectFailure, cause: &str) -> GatewayError {
        let (host, request_id) = (self.host_name(), call.request_id.clone());
        GatewayError::NotReached { host, failure, cause: cause.to_owned(), request_id }
    }

    /// Host and port, and the proxy on the way.
    fn host_name(&self) -> String {
        let url = &self.settings.base_url;
        let port = url.port_or_known_default().unwrap_or_default();
        let host = format!("{}:{port}", url.host_str().unwrap_or_default());
        self.proxy().map_or_else(|| host.clone(), |proxy| format!("{host} through the proxy {proxy}"))
    }
}

/// Whether an object says that nothing was done, whatever its status: `success` or `ok` is false.
fn says_no(envelope: &Envelope) -> bool {
    let is_false = |value: &Value| {
        value == &Value::Bool(false) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"))
    };
    ["success", "ok"].into_iter().any(|name| envelope.scalar(name).is_some_and(is_false))
}

/// The encoding of a body, though none was asked for.
fn unasked_encoding(headers: &HeaderMap) -> Option<String> {
    let name =
        String::from_utf8_lossy(headers.get(CONTENT_ENCODING)?.as_bytes()).trim().chars().take(20).collect::<String>();
    (!name.is_empty() && !name.eq_ignore_ascii_case("identity")).then_some(name)
}

/// The media type that is asked for.
fn accepted(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Csv { .. } => "text/csv",
    }
}

/// The most of an answer that is read.
fn most(format: Format) -> usize {
    match format {
        Format::Json => LARGEST_ANSWER,
        Format::Csv { most } => most,
    }
}

/// The length that an answer announces.
fn announced(response: &Response) -> Option<usize> {
    text_header(response.headers(), CONTENT_LENGTH)?.parse().ok()
}

/// Bytes in KiB, as permits of the memory for bodies.
fn kibibytes(bytes: usize) -> u32 {
    u32::try_from(bytes / 1024).unwrap_or(u32::MAX).min(MEMORY_FOR_BODIES as u32)
}

/// As much of a body as was wanted and came.
struct Received {
    bytes: Bytes,
    /// Whether there was more than was wanted.
    is_cut: bool,
    /// What ended it early.
    broken: Option<BodyError>,
}

/// Reads a body up to a limit.
async fn body_of(response: Response, limit: usize) -> Received {
    let announced = announced(&response).unwrap_or(0);
    let mut body = http_client::Body::of(response);
    // Most bodies come in one piece, which is then all of them.
    let (mut first, mut more) = (Bytes::new(), Vec::new());
    let (mut is_cut, mut broken) = (false, None);
    loop {
        match body.chunk().await {
            Ok(Some(chunk)) => {
                let room = limit - first.len().max(more.len());
                is_cut = chunk.len() > room;
                let chunk = chunk.slice(..chunk.len().min(room));
                if first.is_empty() && more.is_empty() {
                    first = chunk;
                } else {
                    if more.is_empty() {
                        more.reserve(limit.min(announced).min(ANNOUNCED));
                        more.extend_from_slice(&std::mem::take(&mut first));
                    }
                    more.extend_from_slice(&chunk);
                }
                if is_cut {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => {
                broken = Some(error);
                break;
            }
        }
    }
    let bytes = if more.is_empty() { first } else { Bytes::from(more) };
    Received { bytes, is_cut, broken }
}

fn text_header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// An id for one call's requests: 16 hex digits, because a model reads it in errors and a UUID would cost it 25 tokens.
/// The gateway keeps any of 1 to 64 characters (contract, section 3).
fn fresh_request_id() -> String {
    format!("{:016x}", rand::random::<u64>())
}
