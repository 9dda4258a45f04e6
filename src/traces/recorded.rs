//! The spans, by OpenTelemetry's own libraries.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use imbrace_contacts_client::gateway::{Attempt, AttemptEnd, AttemptOutcome, AttemptRequest, Observer};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    FutureExt as _, Link, SpanContext, SpanKind, Status, TraceContextExt, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use url::Url;

use super::collector::Collector;
use super::{Call, Parent, SetupError};
use crate::http_client::Authorities;

/// The header, and the key of `_meta`.
const TRACEPARENT: &str = "traceparent";

/// How long the end waits for a collector.
const END_TIMEOUT: Duration = Duration::from_secs(3);

/// Where spans are made.
pub(super) struct Recorded {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    /// True if the gateway is sent the `traceparent` of each request's span.
    to_gateway: bool,
}

impl Recorded {
    pub(super) fn start(endpoint: &Url, authorities: &Authorities, to_gateway: bool) -> Result<Self, SetupError> {
        let address = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(endpoint, authorities)?)
            .with_endpoint(address)
            .build()
            .map_err(|error| SetupError(error.to_string()))?;
        // A queue between the calls and the collector: a full one drops spans and holds up nobody.
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build();
        let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
        Ok(Self { provider, tracer, to_gateway })
    }

    pub(super) async fn call<T>(
        &self,
        call: Call<'_>,
        work: impl Future<Output = T>,
        is_error: impl Fn(&T) -> bool,
    ) -> T {
        let Call { tool, is_http, protocol_version, parent } = call;
        let (parent, linked) = origin(parent);
        let mut attributes = vec![
            KeyValue::new("mcp.method.name", "tools/call"),
            KeyValue::new("gen_ai.operation.name", "execute_tool"),
            KeyValue::new("gen_ai.tool.name", tool),
            KeyValue::new("network.transport", if is_http { "tcp" } else { "pipe" }),
        ];
        attributes.extend(protocol_version.map(|version| KeyValue::new("mcp.protocol.version", version)));
        let builder = self.tracer.span_builder(format!("tools/call {tool}")).with_kind(SpanKind::Server);
        let builder = builder.with_attributes(attributes).with_links(linked.into_iter().collect());
        let span = self.tracer.build_with_context(builder, &parent);
        // Ends the span when the call is dropped, too.
        let context = parent.with_span(span);
        let done = work.with_context(context.clone()).await;
        if is_error(&done) {
            context.span().set_attribute(KeyValue::new("error.type", "tool_error"));
            context.span().set_status(Status::error(""));
        }
        context.span().end();
        done
    }

    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(Attempts { tracer: self.tracer.clone(), to_gateway: self.to_gateway })
    }

    pub(super) async fn end(&self) {
        let provider = self.provider.clone();
        // It waits for a thread that sends over this runtime.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(END_TIMEOUT)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces did not reach the collector");
        }
    }
}

/// The service that the spans name. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES hold.
fn resource() -> Resource {
    let builder = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if std::env::var_os("OTEL_SERVICE_NAME").is_some() {
        return builder.build();
    }
    builder.with_service_name(env!("CARGO_PKG_NAME")).build()
}

/// The parent of a call, and what is linked with it.
fn origin(parent: Parent<'_>) -> (Context, Option<Link>) {
    let (meta, header) = (parent.meta.and_then(span_context), parent.header.and_then(span_context));
    let (parent, linked) = match (meta, header) {
        (Some(meta), header) => (Some(meta), header),
        (None, header) => (header, None),
    };
    let context = parent.map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent));
    (context, linked.map(|linked| Link::new(linked, Vec::new(), 0)))
}

/// Reads a `traceparent`; `None` for one that is not valid.
fn span_context(text: &str) -> Option<SpanContext> {
    if !is_well_formed(text) {
        return None;
    }
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), text.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let found = context.span().span_context().clone();
    found.is_valid().then_some(found)
}

/// True if the parts have the lengths and digits of W3C Trace Context: the library also takes shorter ids.
fn is_well_formed(text: &str) -> bool {
    let is_digits = |part: &str, count: usize| {
        part.len() == count && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut parts = text.splitn(5, '-');
    let known = [2, 32, 16, 2].into_iter().all(|count| parts.next().is_some_and(|part| is_digits(part, count)));
    // Later versions may say more behind these parts.
    known && (parts.next().is_none() || !text.starts_with("00"))
}

/// Makes a span of each request to the gateway.
struct Attempts {
    tracer: SdkTracer,
    to_gateway: bool,
}

/// One of them, under way. Dropped before its end, it was abandoned.
struct OneAttempt {
    context: Context,
    to_gateway: bool,
}

impl Observer for Attempts {
    fn begin(&self, request: &AttemptRequest) -> Box<dyn Attempt> {
        let builder = self.tracer.span_builder(format!("{} {}", request.method, request.route));
        let builder = builder.with_kind(SpanKind::Client).with_attributes([
            KeyValue::new("http.request.method", request.method.to_string()),
            KeyValue::new("url.template", request.route),
            KeyValue::new("imbrace.operation", request.operation),
        ]);
        // The call's span, where a call asks; reads in the background have none.
        let parent = Context::current();
        let span = self.tracer.build_with_context(builder, &parent);
        Box::new(OneAttempt { context: parent.with_span(span), to_gateway: self.to_gateway })
    }
}

impl OneAttempt {
    fn failed(&self, outcome: AttemptOutcome) {
        self.context.span().set_attribute(KeyValue::new("error.type", outcome.name()));
        self.context.span().set_status(Status::error(""));
    }
}

impl Attempt for OneAttempt {
    fn traceparent(&self) -> Option<HeaderValue> {
        if !self.to_gateway {
            return None;
        }
        let mut carrier = HashMap::new();
        TraceContextPropagator::new().inject_context(&self.context, &mut carrier);
        HeaderValue::try_from(carrier.remove(TRACEPARENT)?).ok()
    }

    fn end(self: Box<Self>, end: AttemptEnd) {
        if let Some(status) = end.status {
            let status = KeyValue::new("http.response.status_code", i64::from(status.as_u16()));
            self.context.span().set_attribute(status);
        }
        if end.outcome != AttemptOutcome::Answered {
            self.failed(end.outcome);
        }
        self.context.span().end();
    }
}

impl Drop for OneAttempt {
    fn drop(&mut self) {
        if self.context.span().is_recording() {
            self.failed(AttemptOutcome::Abandoned);
            self.context.span().end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_META: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const OF_HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

    #[test]
    fn meta_is_the_parent_before_the_header_which_is_linked() {
        let id = |context: &Context| context.span().span_context().trace_id().to_string();
        let (parent, linked) = origin(Parent { meta: Some(OF_META), header: Some(OF_HEADER) });
        assert_eq!(id(&parent), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(linked.unwrap().span_context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        let (parent, linked) = origin(Parent { meta: Some("garbage"), header: Some(OF_HEADER) });
        assert_eq!((id(&parent).as_str(), linked.is_none()), ("0af7651916cd43dd8448eb211c80319c", true));
    }

    #[test]
    fn garbage_is_no_parent() {
        let long = "0".repeat(100_000);
        for garbage in [
            "",
            "00",
            "mei.chan@example.com",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            &long,
        ] {
            assert!(span_context(garbage).is_none(), "{}", &garbage[..garbage.len().min(80)]);
        }
        assert!(span_context(OF_META).is_some_and(|context| context.is_remote() && context.is_sampled()));
    }
}
