//! Streamable HTTP, with a plain HTTP client.

use std::time::Duration;

use imbrace_contacts_mcp::transport::http::Options;
use reqwest::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::desk::{self, NOWHERE, call, modern, text};
use super::server::{self, TestServer};

#[tokio::test]
async fn every_version_is_served_without_a_session() {
    let server = TestServer::open().await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let response = server.post(desk::initialize(version).to_string()).send().await.unwrap();
        assert!(!response.headers().contains_key("mcp-session-id"));
        assert_eq!(server::json(response).await["result"]["protocolVersion"], version);
        let request = call(1, "echo", json!({"text": version})).to_string();
        let answer = server.post(request).header("mcp-protocol-version", version).send().await.unwrap();
        assert_eq!(text(&server::json(answer).await), version);
    }
    let request = modern(1, "tools/call", json!({"name": "echo", "arguments": {"text": "modern"}}));
    let answer = server::json(server.modern(&request).send().await.unwrap()).await;
    assert_eq!(text(&answer), "modern");
    let discovered = server.modern(&modern(2, "server/discover", json!({}))).send().await.unwrap();
    assert_eq!(server::json(discovered).await["result"]["supportedVersions"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_notification_is_accepted_without_a_body() {
    let server = TestServer::open().await;
    for method in ["notifications/initialized", "notifications/from/the/future"] {
        let response = server.post(json!({"jsonrpc": "2.0", "method": method}).to_string()).send().await.unwrap();
        assert_eq!(response.status(), 202);
        assert_eq!(response.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn a_body_that_is_no_message_is_a_bad_request_with_a_json_rpc_error() {
    let server = TestServer::open().await;
    for (body, code) in [
        ("{", -32700),
        ("", -32600),
        ("[]", -32600),
        ("[5", -32700),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
        (r#"{"id":1,"method":"ping"}"#, -32600),
    ] {
        let response = server.post(body).send().await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        assert_eq!(server::json(response).await["error"]["code"], code, "{body}");
    }
}

#[tokio::test]
async fn calls_that_cannot_be_read_are_refused_as_invalid_params() {
    let server = TestServer::open().await;
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 5}});
    assert_eq!(server.ask(&request).await["error"]["code"], -32602);
    assert_eq!(
        server.ask(&call(1, "ech", json!({}))).await["error"]["message"],
        "No tool is named `ech`. Did you mean `echo`?"
    );
}

#[tokio::test]
async fn wrong_headers_get_the_status_that_http_has_for_them() {
    let server = TestServer::open().await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    let client = server::client();
    let post = || client.post(server.url("/mcp")).body(ping.clone());

    let response = post().header(CONTENT_TYPE, "application/json").header(ACCEPT, "text/html").send().await.unwrap();
    assert_eq!(response.status(), 406);
    assert_eq!(server::json(response).await["error"]["code"], -32600);
    let response = post().header(CONTENT_TYPE, "text/plain").header(ACCEPT, "application/json, text/event-stream");
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 415);
    assert!(server::json(response).await["error"]["message"].as_str().unwrap().contains("application/json"));
    for method in [reqwest::Method::GET, reqwest::Method::DELETE, reqwest::Method::PUT] {
        let request = client.request(method, server.url("/mcp")).header(ACCEPT, "text/event-stream");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 405);
        assert!(response.headers().contains_key(ALLOW));
        assert_eq!(server::json(response).await["error"]["code"], -32600);
    }
    for (method, path, status) in [
        (reqwest::Method::GET, "/", 404),
        (reqwest::Method::POST, "/sse", 405),
        (reqwest::Method::GET, "/messages", 405),
        (reqwest::Method::DELETE, "/healthz", 405),
        (reqwest::Method::POST, "/messages", 404),
    ] {
        let response = client.request(method, server.url(path)).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers().contains_key(ALLOW), status == 405, "{path}");
        assert_eq!(server::json(response).await["error"]["code"], -32600, "{path}");
    }
    assert_eq!(server.get("/healthz").send().await.unwrap().text().await.unwrap(), "ok\n");
}

#[tokio::test]
async fn clients_that_accept_one_form_of_an_answer_or_name_none_are_served() {
    let server = TestServer::open().await;
    let client = server::client();
    let mut reporting = call(1, "counts", json!({"milliseconds": 1}));
    reporting["params"]["_meta"] = json!({"progressToken": 5});
    for (accept, kind, events) in [
        (None, "application/json", 0),
        (Some("*/*"), "application/json", 0),
        (Some("application/json"), "application/json", 0),
        (Some("text/event-stream"), "text/event-stream", 1),
    ] {
        let ask = async |message: &Value| {
            let post =
                client.post(server.url("/mcp")).header(CONTENT_TYPE, "application/json").body(message.to_string());
            let post = accept.into_iter().fold(post, |post, accept| post.header(ACCEPT, accept));
            post.send().await.unwrap()
        };
        let answer = ask(&call(1, "echo", json!({"text": "line\nbreak"}))).await;
        assert_eq!((answer.status().as_u16(), answer.headers()[CONTENT_TYPE].to_str().unwrap()), (200, kind));
        let body = answer.text().await.unwrap();
        let data: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data.len(), events, "{body}");
        let message: Value = serde_json::from_str(data.first().unwrap_or(&body.as_str())).unwrap();
        assert_eq!(text(&message), "line\nbreak");
        // Whoever takes no event stream gets none, even from a call that could report progress.
        let answer = ask(&reporting).await;
        let takes_events = accept != Some("application/json");
        let kind = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        assert_eq!(kind == "text/event-stream", takes_events, "{accept:?}");
        assert!(answer.text().await.unwrap().contains("counted"));
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_under_its_own_id() {
    let server = TestServer::open().await;
    for broken in [r#""\ud83d""#, "1e400", r#"{"a":1,"a":1}"#, "\"cut off"] {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"echo","arguments":{{"text":{broken}}}}}}}"#
        );
        let response = server.post(body).send().await.unwrap();
        assert_eq!(response.status(), 400);
        let answer = server::json(response).await;
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(7), &json!(-32700)), "{answer}");
    }
}

#[tokio::test]
async fn a_batch_is_answered_by_one_array_in_its_version_only() {
    let server = TestServer::open().await;
    let mut reporting = call(4, "counts", json!({"milliseconds": 1}));
    reporting["params"]["_meta"] = json!({"progressToken": 5});
    let batch = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        call(2, "echo", json!({"text": "second"})),
        call(2, "echo", json!({"text": "an id that is taken"})),
        desk::initialize("2025-03-26"),
        call(3, "nothing_known", json!({})),
        reporting,
    ]);
    let post = |version: Option<&str>| {
        let post = server.post(batch.to_string());
        version.into_iter().fold(post, |post, version| post.header("mcp-protocol-version", version)).send()
    };
    for version in [None, Some("2025-03-26")] {
        let answers = server::json(post(version).await.unwrap()).await;
        insta::allow_duplicates! { insta::assert_json_snapshot!(answers) };
    }
    for version in ["2024-11-05", "2025-06-18", "2025-11-25", desk::MODERN] {
        let response = post(Some(version)).await.unwrap();
        assert_eq!(response.status(), 400);
        assert!(server::json(response).await["error"]["message"].as_str().unwrap().contains("2025-03-26"));
    }
    let quiet = server.post(r#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#).send().await.unwrap();
    assert_eq!((quiet.status().as_u16(), quiet.text().await.unwrap().as_str()), (202, ""));
    let ask = server.post(batch.to_string()).header(ACCEPT, "").send().await.unwrap();
    assert_eq!(ask.status(), 200);
}

#[tokio::test]
async fn session_headers_of_other_versions_are_tolerated() {
    let server = TestServer::open().await;
    for (name, value) in [("mcp-session-id", "from-another-server"), ("last-event-id", "7"), ("mcp-session-id", "")] {
        let answer = server.post(call(1, "echo", json!({"text": "hi"})).to_string()).header(name, value).send().await;
        assert_eq!(text(&server::json(answer.unwrap()).await), "hi");
        let modern = server.modern(&modern(1, "tools/call", json!({"name": "echo", "arguments": {"text": "hi"}})));
        let answer = modern.header(name, value).send().await.unwrap();
        assert_eq!(text(&server::json(answer).await), "hi");
    }
}

#[tokio::test]
async fn modern_headers_must_repeat_the_body() {
    let server = TestServer::open().await;
    let list = modern(1, "tools/list", json!({}));
    for (method, version, code) in [("tools/call", desk::MODERN, -32020), ("tools/list", "2025-11-25", -32020)] {
        let request =
            server.post(list.to_string()).header("mcp-method", method).header("mcp-protocol-version", version);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400);
        assert_eq!(server::json(response).await["error"]["code"], code);
    }
    let mut unknown = list;
    unknown["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    let request = server.post(unknown.to_string()).header("mcp-method", "tools/list");
    let response = request.header("mcp-protocol-version", "2099-01-01").send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(server::json(response).await["error"]["code"], -32022);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_next_request_works() {
    let server = TestServer::with(NOWHERE, Options { largest_body: 1000, ..Options::default() }).await;
    let response = server.post(call(1, "echo", json!({"text": "x".repeat(1000)})).to_string()).send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert!(server::json(response).await["error"]["message"].as_str().unwrap().contains("1000 bytes"));
    assert_eq!(text(&server.ask(&call(1, "echo", json!({"text": "alive"}))).await), "alive");
}

#[tokio::test]
async fn progress_turns_the_answer_into_an_event_stream() {
    let server = TestServer::open().await;
    let mut request = call(1, "counts", json!({"milliseconds": 1}));
    request["params"]["_meta"] = json!({"progressToken": 5});
    let response = server.post(request.to_string()).send().await.unwrap();
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    let body = response.text().await.unwrap();
    let messages: Vec<Value> =
        body.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?).ok()).collect();
    assert_eq!(messages[0]["params"]["progressToken"], 5);
    assert_eq!(text(messages.last().unwrap()), "counted");
}

#[tokio::test]
async fn a_panic_becomes_an_answer() {
    let server = TestServer::open().await;
    assert_eq!(server.ask(&call(1, "panics", json!({}))).await["result"]["isError"], true);
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_to_the_gateway_along() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = TestServer::with(&format!("http://{}", gateway.local_addr().unwrap()), Options::default()).await;
    let leaving = tokio::spawn(server.post(call(1, "ask_gateway", json!({})).to_string()).send());
    let (mut upstream, _) = gateway.accept().await.unwrap();
    let mut request = [0; 1024];
    assert!(upstream.read(&mut request).await.unwrap() > 0);
    leaving.abort();
    let dropped = tokio::time::timeout(Duration::from_secs(5), upstream.read(&mut request)).await;
    assert!(matches!(dropped.expect("the connection to be dropped"), Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_stop_lets_writes_finish_cuts_reads_takes_no_new_calls_and_returns() {
    let server = TestServer::open().await;
    let slow = tokio::spawn(server.post(call(1, "sends", json!({"milliseconds": 500})).to_string()).send());
    let read = tokio::spawn(server.post(call(2, "waits", json!({"milliseconds": 600_000})).to_string()).send());
    // An idle connection that is kept must not hold the process.
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert!(idle.read(&mut [0; 256]).await.unwrap() > 0);
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.cancel();
    let cut = server::json(read.await.unwrap().unwrap()).await;
    assert!(text(&cut).contains("the server is stopping; nothing was changed"), "{cut}");
    assert_eq!(text(&server::json(slow.await.unwrap().unwrap()).await), "sent");
    tokio::time::timeout(Duration::from_secs(10), server.serving).await.expect("the end").unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_stop_cuts_calls_that_outlast_the_grace() {
    let options = Options { sse: true, grace: Duration::from_millis(200), ..Options::default() };
    let server = TestServer::with(NOWHERE, options).await;
    let slow = tokio::spawn(server.post(call(1, "sends", json!({"milliseconds": 600_000})).to_string()).send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), server.serving).await.expect("the end").unwrap().unwrap();
    let _ = slow.await.unwrap();
}
