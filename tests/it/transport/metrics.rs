//! Metrics: what is counted under which labels, and who may read it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use imbrace_contacts_mcp::context::Progress;
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::metrics::{self, Metrics, Refused};
use imbrace_contacts_mcp::tools::Toolbox;
use imbrace_contacts_mcp::transport::{self, http::Options};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::desk::call;
use super::server::{self, TestServer};
use super::tools;
use crate::harness::Harness;

/// A contact of every population.
const MEI: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// A name that no tool has and no label may have.
const MADE_UP: &str = "call_+12025550123_mei.chan@example.com";

/// What one scrape says: each series with its labels in the order of the text, and its value.
type Series = BTreeMap<String, f64>;

fn series(text: &str) -> Series {
    let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    samples
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// A server that counts, over the gateway of a harness.
async fn counting(harness: &Harness, options: Options) -> (TestServer, Metrics) {
    let metrics = Metrics::recording();
    metrics.watch_breaker(harness.context.gateway());
    harness.context.gateway().observe(metrics.observer().unwrap());
    metrics.watch_snapshot(harness.context.cleanup().unwrap());
    let toolbox = Toolbox::builder(harness.context.clone()).metrics(metrics.clone()).build().unwrap();
    let server = TestServer::of(Server::new(toolbox), Options { metrics: metrics.clone(), ..options }).await;
    (server, metrics)
}

async fn scraped(server: &TestServer) -> (String, Series) {
    let response = server.get("/metrics").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], metrics::CONTENT_TYPE);
    let text = response.text().await.unwrap();
    let series = series(&text);
    (text, series)
}

#[tokio::test]
async fn calls_and_requests_to_the_gateway_are_counted_and_no_data_becomes_a_label() {
    let harness = Harness::new().await;
    let (server, _) = counting(&harness, Options::default()).await;
    server.ask(&call(1, "get_contact", json!({"contact_id": MEI}))).await;
    server.ask(&call(2, "search_contacts", json!({"query": "mei.chan@example.com"}))).await;
    server.ask(&call(3, "get_contact", json!({"contact": MADE_UP, "contact_id": ""}))).await;
    server.ask(&call(4, MADE_UP, json!({"contact_id": MEI}))).await;
    server.ask(&call(5, "dismiss_all_notifications", json!({"type": "all"}))).await;
    harness.gateway.set_faults("*:403".parse().unwrap());
    server.ask(&call(6, "get_contact", json!({"contact_id": MEI}))).await;

    let (text, series) = scraped(&server).await;
    let count = |tool: &str, error: &str, outcome: &str| {
        let labels = format!(
            "mcp_method_name=\"tools/call\",gen_ai_tool_name=\"{tool}\",error_type=\"{error}\",outcome=\"{outcome}\""
        );
        series.get(&format!("mcp_server_operation_duration_seconds_count{{{labels}}}")).copied()
    };
    assert_eq!(count("get_contact", "", "ok"), Some(1.0), "{text}");
    assert_eq!(count("get_contact", "tool_error", "error"), Some(2.0), "{text}");
    assert_eq!(count("_OTHER", "tool_error", "error"), Some(1.0), "{text}");
    assert_eq!(count("dismiss_all_notifications", "", "preview"), Some(1.0), "{text}");
    let reasons = ["argument", "refused"].map(|reason| {
        series.get(&format!("imbrace_failed_calls_total{{gen_ai_tool_name=\"get_contact\",reason=\"{reason}\"}}"))
    });
    assert_eq!(reasons, [Some(&1.0), Some(&1.0)], "{text}");
    let attempts = |class: &str, outcome: &str| {
        let labels = format!(
            "http_request_method=\"GET\",url_template=\"contacts/{{contact_id}}\",status_class=\"{class}\",outcome=\"{outcome}\""
        );
        series.get(&format!("imbrace_gateway_attempt_duration_seconds_count{{{labels}}}")).copied()
    };
    assert_eq!((attempts("2xx", "answered"), attempts("4xx", "refused")), (Some(1.0), Some(1.0)), "{text}");
    assert_eq!(series["imbrace_calls_in_flight"], 0.0);
    for secret in [MADE_UP, MEI, "66d67483", "mei.chan", "example.com", "acc_", "55500"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// The conventions give the bounds of the buckets, so that servers can be compared.
#[tokio::test]
async fn the_buckets_of_calls_are_those_of_the_conventions() {
    let metrics = Metrics::recording();
    metrics.unknown_tool();
    let text = metrics.text().await.unwrap();
    let bounds: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("mcp_server_operation_duration_seconds_bucket"))
        .filter_map(|line| line.split("le=\"").nth(1)?.split('"').next())
        .collect();
    let conventions =
        ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "30", "60", "120", "300", "+Inf"];
    assert_eq!(bounds, conventions);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_in_flight_and_then_cancelled() {
    let metrics = Metrics::recording();
    let harness = Harness::new().await;
    let builder = Toolbox::builder(harness.context.clone()).entries(tools::all()).metrics(metrics.clone());
    let toolbox = builder.build().unwrap();
    let arguments = json!({"milliseconds": 600_000}).as_object().cloned().unwrap();
    let waits = tokio::spawn(async move { toolbox.call("waits", arguments, Progress::default()).await });
    let in_flight = async || series(&metrics.text().await.unwrap())["imbrace_calls_in_flight"];
    while in_flight().await == 0.0 {
        tokio::task::yield_now().await;
    }
    waits.abort();
    assert!(waits.await.is_err());
    assert_eq!(in_flight().await, 0.0);
    let text = metrics.text().await.unwrap();
    assert!(text.contains("gen_ai_tool_name=\"waits\",error_type=\"tool_error\",outcome=\"cancelled\"} 1"), "{text}");
}

#[tokio::test]
async fn metrics_at_the_address_of_the_tools_are_behind_their_authentication() {
    let harness = Harness::new().await;
    let identity = server::asking_for("correct-horse-battery-staple");
    let (server, metrics) = counting(&harness, Options { identity, ..Options::default() }).await;
    for wrong in [None, Some("Bearer wrong-horse-battery-staple")] {
        let request = server.get("/metrics");
        let request = wrong.into_iter().fold(request, |request, token| request.header(AUTHORIZATION, token));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    let foreign = [(HOST, "contacts.example.com"), (ORIGIN, "https://example.com")];
    for (header, value) in foreign {
        assert_eq!(server.get("/metrics").header(header, value).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    }
    let right = server.get("/metrics").header(AUTHORIZATION, "Bearer correct-horse-battery-staple");
    let text = right.send().await.unwrap().text().await.unwrap();
    assert_eq!(text, metrics.text().await.unwrap());
    let series = series(&text);
    for (reason, count) in [("missing_token", 1.0), ("invalid_token", 1.0), ("host", 1.0), ("origin", 1.0)] {
        assert_eq!(
            series[&format!("imbrace_refused_requests_total{{reason=\"{reason}\"}}")],
            count,
            "{reason}: {text}"
        );
    }
    // Every reason is a series from the start, so that its first increase is seen.
    for reason in Refused::ALL {
        assert!(text.contains(&format!("imbrace_refused_requests_total{{reason=\"{}\"}}", reason.name())), "{text}");
    }
}

#[tokio::test]
async fn nothing_is_served_at_metrics_where_nothing_is_counted_or_an_address_of_its_own_is_named() {
    let harness = Harness::new().await;
    let (server, _) = counting(&harness, Options { serves_metrics: false, ..Options::default() }).await;
    assert_eq!(server.get("/metrics").send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let silent = TestServer::open().await;
    assert_eq!(silent.get("/metrics").send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_of_its_own_answers_while_the_tools_take_no_more_connections() {
    let harness = Harness::new().await;
    let options = Options { serves_metrics: false, connections: 2, ..Options::default() };
    let (server, metrics) = counting(&harness, options).await;
    // The server has no connection left, and another client waits for one.
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(tokio::net::TcpStream::connect(server.address).await.unwrap());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(transport::metrics::serve(listener, metrics, stop.clone()));
    let client = server::client();
    let url = |path: &str| format!("http://{address}{path}");
    let statuses = [
        client.get(url("/metrics")).send().await.unwrap().status(),
        client.post(url("/metrics")).send().await.unwrap().status(),
        client.get(url("/mcp")).send().await.unwrap().status(),
    ];
    assert_eq!(statuses, [StatusCode::OK, StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_FOUND]);
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), serving).await.expect("it ends with the server").unwrap();
    drop(held);
}

#[tokio::test]
async fn the_breaker_the_snapshot_and_the_progress_of_a_cleanup_are_shown() {
    let harness = Harness::new().await;
    let (server, _) = counting(&harness, Options::default()).await;
    let (_, before) = scraped(&server).await;
    assert_eq!(before["imbrace_snapshot_age_seconds"], -1.0);
    assert_eq!(before["imbrace_gateway_breaker_state{state=\"closed\"}"], 1.0);
    server.ask(&call(1, "audit_contacts", json!({}))).await;
    let (text, read) = scraped(&server).await;
    assert!((0.0..600.0).contains(&read["imbrace_snapshot_age_seconds"]), "{text}");
    // The last stage reads what is new, whose number nobody knows before.
    assert!(read["imbrace_cleanup_progress_done{kind=\"sync\"}"] >= 1.0, "{text}");
    assert_eq!(read["imbrace_cleanup_progress_expected{kind=\"sync\"}"], 0.0, "{text}");

    harness.gateway.set_faults("*:503".parse().unwrap());
    for id in 0..20 {
        server.ask(&call(id, "get_contact", json!({"contact_id": MEI}))).await;
        let (text, now) = scraped(&server).await;
        let states = ["closed", "open", "half_open"]
            .map(|state| now[&format!("imbrace_gateway_breaker_state{{state=\"{state}\"}}")]);
        assert_eq!(states.iter().sum::<f64>(), 1.0, "{text}");
        if states[1] == 1.0 {
            return;
        }
    }
    panic!("the breaker never opened");
}

#[test]
fn calls_of_the_store_are_timed_and_answered_as_without() {
    use imbrace_contacts_store::{Confirmation, Digest, SqliteStore, StoreError, Way};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let metrics = Metrics::recording();
    let store = metrics.watch_store(Arc::new(SqliteStore::new(folder.path())));
    let (caller, limit): (Digest, u64) = ([7; 32], 2);
    let counted: Result<Vec<_>, StoreError> = (0..3).map(|_| store.count_write(&caller, limit, 0)).collect();
    assert_eq!(counted.unwrap(), [Some(1), Some(2), None]);
    let confirmation = Confirmation { way: Way::Argument, call: caller, content: caller, issued: 0, expires: 10 };
    store.issue("nonce", &confirmation).unwrap();
    store.spend("nonce", Way::Argument, &caller, 1).unwrap();
    // One that was used is refused by a store that works.
    store.spend("nonce", Way::Argument, &caller, 1).unwrap_err();
    let text = runtime.block_on(metrics.text()).unwrap();
    for (operation, count) in [("count_write", 3), ("issue", 1), ("spend", 2)] {
        let line =
            format!("imbrace_store_duration_seconds_count{{operation=\"{operation}\",outcome=\"ok\"}} {count}\n");
        assert!(text.contains(&line), "{line} in {text}");
    }
}

/// Every metric is in the documentation, with its labels; the text has no other.
#[tokio::test]
async fn the_documentation_lists_every_metric_with_its_labels() {
    let harness = Harness::new().await;
    let (server, metrics) = counting(&harness, Options::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let store = metrics.watch_store(Arc::new(imbrace_contacts_store::SqliteStore::new(folder.path())));
    store.sweep(0).unwrap();
    server.ask(&call(1, "audit_contacts", json!({}))).await;
    server.ask(&call(2, MADE_UP, json!({}))).await;
    let (text, series) = scraped(&server).await;
    let described: BTreeMap<&str, BTreeSet<&str>> =
        metrics::catalog().iter().map(|metric| (metric.name, metric.labels.iter().copied().collect())).collect();
    let mut seen = BTreeSet::new();
    for name in series.keys() {
        let (base, labels) = name.split_once('{').unwrap_or((name, ""));
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| base.strip_suffix(end)).unwrap_or(base);
        let labels: BTreeSet<&str> = labels
            .split("\",")
            .filter_map(|pair| Some(pair.split_once('=')?.0))
            .filter(|label| *label != "le")
            .collect();
        assert_eq!(described.get(base), Some(&labels), "{name}");
        seen.insert(base);
    }
    assert_eq!(seen.len(), described.len(), "{:?}: {text}", described.keys().filter(|name| !seen.contains(*name)));
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/observability.md");
    let page = std::fs::read_to_string(page).unwrap();
    for metric in metrics::catalog() {
        assert!(
            page.contains(&format!("| `{}` | {} |", metric.name, metric.kind)),
            "{} is not in the page",
            metric.name
        );
    }
}
