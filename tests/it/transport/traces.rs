//! Traces, in a build with the feature `otel`: what a collector gets, and what becomes of calls when it is away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use imbrace_contacts_mcp::http_client::Authorities;
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::tools::Toolbox;
use imbrace_contacts_mcp::traces::Traces;
use imbrace_contacts_mcp::transport::http::Options;
use serde_json::json;
use tokio::net::TcpListener;

use super::desk::call;
use super::server::TestServer;
use crate::harness::Harness;

const MEI: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// Trace and span of a caller.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<u8>>>);

impl Collector {
    async fn open() -> (Self, String) {
        let collector = Self::default();
        let keep = |State(kept): State<Self>, body: Bytes| async move { kept.0.lock().unwrap().extend(body) };
        let app = axum::Router::new().route("/v1/traces", post(keep)).with_state(collector.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        (collector, address)
    }

    /// How often these bytes were sent: texts stand in the messages as they are.
    fn count(&self, bytes: &[u8]) -> usize {
        self.0.lock().unwrap().windows(bytes.len()).filter(|window| *window == bytes).count()
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = (0..hexadecimal.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
}

async fn traced(harness: &Harness, endpoint: &str, to_gateway: bool) -> (TestServer, Traces) {
    let traces = Traces::start(&endpoint.parse().unwrap(), &Authorities::default(), to_gateway).unwrap();
    harness.context.gateway().observe(traces.observer().unwrap());
    let toolbox = Toolbox::builder(harness.context.clone()).build().unwrap();
    let server = TestServer::of(Server::new(toolbox).traced(traces.clone()), Options::default()).await;
    (server, traces)
}

/// The `traceparent` of the last request at the gateway.
fn at_gateway(harness: &Harness) -> Option<String> {
    let last = harness.arrivals().last().cloned().unwrap();
    last.headers.get("traceparent").map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_call_and_its_requests_to_the_gateway_are_spans_of_the_callers_trace_without_data() {
    let harness = Harness::new().await;
    let (collector, endpoint) = Collector::open().await;
    let (server, traces) = traced(&harness, &endpoint, true).await;
    let mut message = call(1, "get_contact", json!({"contact_id": MEI}));
    message["params"]["_meta"] = json!({
        "traceparent": format!("00-{TRACE}-{SPAN}-01"),
        "tracestate": "mail=mei.chan", "baggage": "user=mei.chan@example.com",
    });
    server.ask(&message).await;
    let sent = at_gateway(&harness).expect("the gateway is told");
    let [_, trace, attempt, _] = sent.split('-').collect::<Vec<_>>()[..] else { panic!("{sent}") };
    assert_eq!(trace, TRACE);
    assert_ne!(attempt, SPAN);
    server.ask(&call(2, "call_+12025550123", json!({}))).await;
    server.ask(&call(3, "get_contact", json!({"contact_id": "nobody"}))).await;
    traces.end().await;
    for (text, count) in [
        ("tools/call get_contact", 2),
        ("tools/call _OTHER", 1),
        ("GET contacts/{contact_id}", 1),
        ("execute_tool", 3),
        ("tool_error", 2),
        ("mcp.protocol.version", 3),
    ] {
        assert_eq!(collector.count(text.as_bytes()), count, "{text}");
    }
    // Two spans of the caller's trace, one of them below the caller's span, and the one that the gateway was told of.
    assert_eq!(collector.count(&bytes(TRACE)), 2);
    assert_eq!(collector.count(&bytes(SPAN)), 1);
    assert_eq!(collector.count(&bytes(attempt)), 1);
    for data in ["mei", "Mei", "66d67483", "example.com", "acc_", "5550123", "nobody", "tracestate", "127.0.0.1"] {
        assert_eq!(collector.count(data.as_bytes()), 0, "{data}");
    }
}

#[tokio::test]
async fn the_gateway_is_told_nothing_unless_it_is_set_and_garbage_is_no_parent() {
    let harness = Harness::new().await;
    let (collector, endpoint) = Collector::open().await;
    let (server, traces) = traced(&harness, &endpoint, false).await;
    let message = call(1, "get_contact", json!({"contact_id": MEI})).to_string();
    let long = "0".repeat(8000);
    let of_header = format!("00-{TRACE}-{SPAN}-01");
    for value in [
        "garbage of mei.chan@example.com",
        "00-00000000000000000000000000000000-0000000000000000-01",
        &long,
        &of_header,
    ] {
        let answer = server.post(message.clone()).header("traceparent", value).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.text().await.unwrap().contains("\"isError\":false"));
        assert_eq!(at_gateway(&harness), None);
    }
    traces.end().await;
    assert_eq!(collector.count(b"tools/call get_contact"), 4);
    // The header is the parent where no `_meta` names one.
    assert_eq!((collector.count(&bytes(TRACE)), collector.count(&bytes(SPAN))), (2, 1));
    assert_eq!(collector.count(b"garbage"), 0);
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_holds_up_no_call_and_no_end() {
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for endpoint in ["http://127.0.0.1:9".to_owned(), format!("http://{}", silent.local_addr().unwrap())] {
        let harness = Harness::new().await;
        let (server, traces) = traced(&harness, &endpoint, true).await;
        let work = async {
            for id in 0..200 {
                server.ask(&call(id, "get_contact", json!({"contact_id": MEI}))).await;
            }
            traces.end().await;
        };
        tokio::time::timeout(LIMIT, work).await.expect("nothing waits for the collector");
    }
}
