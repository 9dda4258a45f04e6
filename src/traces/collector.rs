//! The way to the collector: the HTTP client of the gateway, with its TLS, proxies and time-outs.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, Response};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use tokio::runtime::Handle;
use url::Url;

use super::SetupError;
use crate::http_client::{self, Authorities};

/// To connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// One request, from its start to the last byte of its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends spans on the runtime of the server, for the library's thread that waits for it.
#[derive(Debug)]
pub(super) struct Collector {
    client: http_client::HttpClient,
    runtime: Handle,
    /// True if the last request failed, so that an outage is told once.
    is_away: AtomicBool,
}

impl Collector {
    pub(super) fn new(endpoint: &Url, authorities: &Authorities) -> Result<Self, SetupError> {
        let is_plain = endpoint.scheme() == "http";
        let client = http_client::build(CONNECT_TIMEOUT, is_plain, authorities);
        let client = client.map_err(|error| SetupError(error.to_string()))?;
        let runtime = Handle::try_current().map_err(|error| SetupError(error.to_string()))?;
        Ok(Self { client, runtime, is_away: AtomicBool::new(false) })
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let request = self.client.request(head.method, head.uri.to_string()).headers(head.headers).body(body);
        let sending = self.runtime.spawn(async move {
            let answer = request.timeout(TIMEOUT).send().await.map_err(|error| http_client::describe_error(&error))?;
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            // Its answer about refused spans is of no use here, and may be long.
            Ok::<_, String>(response)
        });
        let response = sending.await??;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status().as_u16()).into());
        }
        Ok(response)
    }
}

impl HttpClient for Collector {
    fn send_bytes<'life, 'future>(
        &'life self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'life: 'future,
        Self: 'future,
    {
        Box::pin(async move {
            let sent = self.send(request).await;
            let was_away = self.is_away.swap(sent.is_err(), Ordering::Relaxed);
            match &sent {
                Err(error) if !was_away => tracing::warn!(%error, "traces do not reach the collector; calls go on"),
                Ok(_) if was_away => tracing::info!("traces reach the collector again"),
                _ => {}
            }
            sent
        })
    }
}
