//! The one path from an operation to its answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::credential::Credential;
use super::decode::{Answer, Decode};
use super::error::{GatewayError, Refusal, RefusalKind};
use super::operation::{Body, Operation, Request};
use super::retry;
use crate::model::{Prefix, PrefixChoice};

/// How long each phase of a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// To connect.
    pub connect: Duration,
    /// One attempt, from the first byte sent to the last byte read.
    pub attempt: Duration,
    /// The whole call, waits included.
    pub call: Duration,
    /// An upload, which is one attempt.
    pub upload: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(12),
            call: Duration::from_secs(20),
            upload: Duration::from_secs(50),
        }
    }
}

/// What a client needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host, port and, for a self-hosted edge, a path such as `/api`.
    pub base_url: Url,
    /// The path in front of every route.
    pub prefix: PrefixChoice,
    /// Who we are.
    pub credential: Credential,
    /// How long to wait.
    pub deadlines: Deadlines,
}

/// Sends operations to one gateway with one credential.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    http: reqwest::Client,
    /// Whether the other prefix has won the probe.
    swapped: AtomicBool,
}

impl Client {
    /// A client. Nothing is sent yet.
    ///
    /// # Errors
    /// When the TLS stack cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        // An error says that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.deadlines.connect)
            .tcp_nodelay(true)
            .user_agent(concat!("imbrace-contacts-mcp/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            settings,
            http,
            swapped: AtomicBool::new(false),
        })
    }

    /// Sends an operation and decodes its answer.
    ///
    /// # Errors
    /// [`GatewayError`], by the phase that failed.
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<O::Response, GatewayError> {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(&O::METHOD, O::ROUTE, &operation.request()).await {
                Ok((answer, request_id)) => {
                    let prefix = self.prefix().path();
                    return O::Response::decode(answer).map_err(|shape| GatewayError::WrongShape {
                        shape,
                        prefix,
                        request_id,
                    });
                }
                Err(error) => error,
            };
            match retry::wait(O::REPLAY, attempt, &error, rand::random()) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    /// The prefix in use.
    pub fn prefix(&self) -> Prefix {
        match self.settings.prefix {
            PrefixChoice::Fixed(prefix) => prefix,
            PrefixChoice::Auto(first) if self.swapped.load(Ordering::Relaxed) => first.other(),
            PrefixChoice::Auto(first) => first,
        }
    }

    async fn attempt(&self, method: &Method, route: &str, request: &Request) -> Result<(Answer, String), GatewayError> {
        let request_id = uuid::Uuid::new_v4().to_string();
        let mut url = self.settings.base_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(self.prefix().path().split('/'));
            for segment in route.split('/') {
                let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                let value = name.and_then(|name| request.path.iter().find(|(key, _)| *key == name));
                segments.push(value.map_or(segment, |(_, value)| value.as_str()));
            }
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let headers: HeaderMap = self.settings.credential.headers().into_iter().collect();
        let builder = self
            .http
            .request(method.clone(), url)
            .headers(headers)
            .header("x-request-id", &request_id);
        let builder = match &request.body {
            Body::Empty => builder,
            Body::Json(body) => builder
                .header("content-type", "application/json")
                .body(body.to_string()),
            Body::Upload(_) => builder,
        };
        let failed = |error: reqwest::Error, request_id: &str| {
            let (cause, request_id) = (error.to_string(), request_id.to_owned());
            GatewayError::NoAnswer { cause, request_id }
        };
        let response = builder.send().await.map_err(|error| failed(error, &request_id))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| failed(error, &request_id))?;
        if !status.is_success() {
            return Err(GatewayError::Refused(Refusal {
                status,
                kind: if status == StatusCode::NOT_FOUND {
                    RefusalKind::NotFound
                } else {
                    RefusalKind::Invalid
                },
                message: String::new(),
                field: None,
                retry_after: None,
                empty_body: body.is_empty(),
                json_body: false,
                request_id,
            }));
        }
        let json = if body.is_empty() {
            None
        } else {
            serde_json::from_slice(&body).ok()
        };
        Ok((Answer { json }, request_id))
    }
}
