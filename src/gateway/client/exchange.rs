//! One request and its answer, within the deadlines of each phase.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{RequestBuilder, Response};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::endpoint::Endpoint;
use super::{Core, cause, upload};
use crate::gateway::answer::{Answer, Unreadable};
use crate::gateway::refusal::{Refusal, RefusedAnswer};
use crate::gateway::shape::Shape;
use crate::gateway::{Body, Deadlines, Format, GatewayError, retry};
use crate::model::Prefix;

/// The most of a JSON answer that is read.
const LARGEST_ANSWER: usize = 10 << 20;
/// The most of a refusal that is read: its message is in the first lines.
const LARGEST_REFUSAL: usize = 64 << 10;

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
    pub(super) url: Url,
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
        self.no_answer(cause::timed_out(patience), true)
    }

    fn no_answer(&self, cause: String, timed_out: bool) -> GatewayError {
        GatewayError::NoAnswer { cause, timed_out, request_id: self.request_id.clone() }
    }
}

impl Core {
    /// Sends one request and reads its answer, unless the gateway is to be left alone.
    pub(super) async fn exchange(&self, call: &Call, outgoing: Outgoing<'_>) -> Result<Answer, GatewayError> {
        let ticket = self.host.gate.enter().map_err(|wait| GatewayError::Paused {
            host: self.host_name(),
            wait,
            request_id: call.request_id.clone(),
        })?;
        let answer = self.ask_gateway(call, outgoing).await;
        ticket.report(answer.as_ref().is_err_and(GatewayError::is_outage));
        answer
    }

    async fn ask_gateway(&self, call: &Call, outgoing: Outgoing<'_>) -> Result<Answer, GatewayError> {
        let started = Instant::now();
        let until = |patience: Duration| (started + patience).min(call.deadline);
        let (first_byte, last_byte) = (until(call.first_byte), until(call.attempt));
        let (prefix, format) = (outgoing.prefix.path(), outgoing.format);
        let request = self.request(call, outgoing)?;
        let response = match timeout_at(first_byte, request.send()).await {
            Ok(response) => response.map_err(|error| self.failed(call, &error))?,
            Err(_) => return Err(call.timed_out(first_byte - started)),
        };
        if response.status().is_redirection() {
            return Err(GatewayError::Redirected { status: response.status(), request_id: call.request_id.clone() });
        }
        match timeout_at(last_byte, self.read(call, (prefix, format), response)).await {
            Ok(answer) => answer,
            Err(_) => Err(call.timed_out(last_byte - started)),
        }
    }

    /// The request with its headers and body. The content length is set by the body, which is never chunked: older
    /// gateways drop a body without one (contract, section 3).
    fn request(&self, call: &Call, outgoing: Outgoing<'_>) -> Result<RequestBuilder, GatewayError> {
        let http = self.http().ok_or_else(|| {
            self.not_reached(call, "TLS could not be set up: this machine has no certificate authorities")
        })?;
        let builder = http
            .request(outgoing.method.clone(), outgoing.url)
            .header(ACCEPT, HeaderValue::from_static(accepted(outgoing.format)))
            .header(HeaderName::from_static("x-request-id"), &call.request_id);
        // Each stays marked as sensitive.
        let own = self.settings.credential.headers().into_iter();
        let builder = own.fold(builder, |builder, (name, value)| builder.header(name, value));
        Ok(match outgoing.body {
            Body::Empty => builder,
            Body::Json(json) => builder.header(CONTENT_TYPE, "application/json").body(json.to_string()),
            Body::Upload(file) => builder.multipart(upload::form(file)),
        })
    }

    async fn read(
        &self,
        call: &Call,
        (prefix, format): (&'static str, Format),
        response: Response,
    ) -> Result<Answer, GatewayError> {
        let status = response.status();
        let content_type = text_header(response.headers(), CONTENT_TYPE).map(str::to_owned);
        let retry_after = text_header(response.headers(), RETRY_AFTER)
            .and_then(|text| retry::retry_after(text, jiff::Timestamp::now()));
        let refusal = |body: &[u8]| {
            let (request_id, secret) = (&*call.request_id, self.settings.credential.secret());
            let refused = RefusedAnswer { status, body, retry_after, prefix, request_id, secret };
            Err(GatewayError::Refused(Refusal::read(&refused)))
        };
        if !status.is_success() {
            // The status has said it; a body that breaks off takes nothing from that.
            let body = body_of(response, LARGEST_REFUSAL).await;
            return refusal(&body.bytes);
        }
        let limit = most(format);
        let body = body_of(response, limit).await;
        if let Some(error) = body.broken {
            return Err(self.failed(call, &error));
        }
        let unreadable = |cause| GatewayError::Unreadable { cause, prefix, request_id: call.request_id.clone() };
        if body.is_cut {
            return Err(unreadable(Unreadable::TooLarge { limit }));
        }
        let read = if format == Format::Json { Answer::read } else { Answer::read_csv };
        let answer =
            read(&body.bytes, content_type.as_deref(), self.settings.credential.secret()).map_err(unreadable)?;
        match &answer.shape {
            // Some layers say "no" with a status of success.
            Some(Shape::Object(envelope)) if envelope.plain("success") == Some(&false.into()) => refusal(&body.bytes),
            _ => Ok(answer),
        }
    }

    /// A failure of the transport, by whether anything was sent.
    fn failed(&self, call: &Call, error: &reqwest::Error) -> GatewayError {
        if error.is_connect() || error.is_builder() {
            self.not_reached(call, &cause::words(error, self.settings.deadlines.connect))
        } else {
            call.no_answer(cause::words(error, call.attempt), error.is_timeout())
        }
    }

    fn not_reached(&self, call: &Call, cause: &str) -> GatewayError {
        let (host, request_id) = (self.host_name(), call.request_id.clone());
        GatewayError::NotReached { host, cause: cause.to_owned(), request_id }
    }

    /// Host and port.
    fn host_name(&self) -> String {
        let url = &self.settings.base_url;
        let port = url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", url.host_str().unwrap_or_default())
    }
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

/// As much of a body as was wanted and came.
struct Received {
    bytes: Vec<u8>,
    /// Whether there was more than was wanted.
    is_cut: bool,
    /// What ended it early.
    broken: Option<reqwest::Error>,
}

/// Reads a body up to a limit.
async fn body_of(mut response: Response, limit: usize) -> Received {
    let announced = text_header(response.headers(), CONTENT_LENGTH).and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut received = Received { bytes: Vec::with_capacity(limit.min(announced)), is_cut: false, broken: None };
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if received.bytes.len() + chunk.len() <= limit => received.bytes.extend_from_slice(&chunk),
            Ok(Some(chunk)) => {
                let room = limit - received.bytes.len();
                received.bytes.extend(chunk.iter().take(room));
                received.is_cut = true;
                return received;
            }
            Ok(None) => return received,
            Err(error) => {
                received.broken = Some(error);
                return received;
            }
        }
    }
}

fn text_header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// An id for one call's requests: 16 hex digits, because a model reads it in errors and a UUID would cost it 25 tokens.
/// The gateway keeps any of 1 to 64 characters (contract, section 3).
fn fresh_request_id() -> String {
    format!("{:016x}", rand::random::<u64>())
}
