//! Traces by OpenTelemetry's conventions for MCP: a span a call of a tool, and below it one a request to the gateway.
//!
//! Attributes are words of closed sets and numbers. Of what callers send, only a valid `traceparent` is taken: `tracestate` and `baggage` are
//! free texts, and are left out. Without the feature `otel`, and until a collector is named, nothing is traced.

#[cfg(feature = "otel")]
mod collector;
#[cfg(feature = "otel")]
mod recorded;

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "otel")]
use recorded::Recorded;
use url::Url;

use crate::gateway::Observer;
use crate::http_client::Authorities;

/// The reason why spans cannot be sent to a collector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(String);

/// Where a call comes from, as its caller says: `traceparent` of W3C Trace Context. What cannot be read is ignored.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parent<'a> {
    /// The one in `_meta` of the request, which is the parent.
    pub meta: Option<&'a str>,
    /// The one in the headers of the HTTP request: the parent where the first is missing, else linked.
    pub header: Option<&'a str>,
}

/// The call that a span is of.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The name of a tool that exists, or [`crate::metrics::OTHER`].
    pub tool: &'static str,
    /// True if it came over HTTP.
    pub is_http: bool,
    /// The version of the protocol, when it is one that is known.
    pub protocol_version: Option<&'static str>,
    /// Its source.
    pub parent: Parent<'a>,
}

/// Makes spans, and sends them to a collector. Cheap to clone.
#[derive(Clone, Default)]
pub struct Traces {
    #[cfg(feature = "otel")]
    recorded: Option<Arc<Recorded>>,
}

impl Traces {
    /// Sends spans as OTLP over HTTP to `/v1/traces` below this address, from now on. The variables of OpenTelemetry hold as elsewhere:
    /// `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`.
    ///
    /// With `to_gateway` every request to the gateway carries the `traceparent` of its span.
    ///
    /// # Errors
    /// [`SetupError`], also in a build without the feature `otel`.
    pub fn start(endpoint: &Url, authorities: &Authorities, to_gateway: bool) -> Result<Self, SetupError> {
        #[cfg(feature = "otel")]
        return Ok(Self { recorded: Some(Arc::new(Recorded::start(endpoint, authorities, to_gateway)?)) });
        #[cfg(not(feature = "otel"))]
        {
            let _ = (endpoint, authorities, to_gateway);
            Err(SetupError("this build has no feature `otel`".to_owned()))
        }
    }

    /// Runs a call in a span of its own. `is_error` says of what it came to whether it tells of an error.
    pub(crate) async fn call<T>(
        &self,
        call: Call<'_>,
        work: impl Future<Output = T>,
        is_error: impl Fn(&T) -> bool,
    ) -> T {
        #[cfg(feature = "otel")]
        if let Some(recorded) = &self.recorded {
            return recorded.call(call, work, is_error).await;
        }
        let _ = (call, is_error);
        work.await
    }

    /// Makes a span of every request to the gateway.
    pub fn observer(&self) -> Option<Arc<dyn Observer>> {
        #[cfg(feature = "otel")]
        return self.recorded.as_ref().map(|recorded| recorded.observer());
        #[cfg(not(feature = "otel"))]
        None
    }

    /// Sends what is left and ends, within a few seconds.
    pub async fn end(&self) {
        #[cfg(feature = "otel")]
        if let Some(recorded) = &self.recorded {
            recorded.end().await;
        }
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Traces").finish_non_exhaustive()
    }
}
