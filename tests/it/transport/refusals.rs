//! Every error of the server over HTTP: its status, and a JSON-RPC error in its body.

use std::num::NonZeroU32;

use imbrace_contacts_mcp::transport::http::{Options, Probe};
use reqwest::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::desk::{self, NOWHERE, call, modern};
use super::server::{self, TestServer};

const TOKEN: &str = "Bearer correct-horse-battery-staple";

/// One wrong request: how it is sent, and the status and id of its answer.
struct Wrong {
    what: &'static str,
    request: RequestBuilder,
    status: u16,
    id: Value,
}

fn wrong(what: &'static str, request: RequestBuilder, status: u16) -> Wrong {
    Wrong { what, request, status, id: Value::Null }
}

/// The error of an answer, which must be nothing else than a JSON-RPC error.
async fn error(what: &str, response: Response) -> Value {
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json", "{what}");
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["error", "id", "jsonrpc"], "{what}: {body}");
    assert_eq!(body["jsonrpc"], "2.0", "{what}");
    assert!(body["error"]["code"].as_i64().is_some_and(|code| code < 0), "{what}: {body}");
    assert!(body["error"]["message"].as_str().is_some_and(|text| text.len() > 10), "{what}: {body}");
    body
}

#[tokio::test]
async fn every_error_is_a_json_rpc_error_under_the_id_of_its_request_where_it_has_one() {
    let ready = Probe::new(|| async { Err("the gateway cannot be reached") });
    let identity = server::asking_for("correct-horse-battery-staple");
    let options = Options { sse: true, identity, largest_body: 4096, sse_clients: 0, ..Options::default() };
    let server = TestServer::with(NOWHERE, Options { ready: Some(ready), ..options }).await;
    let client = server::client();
    let ping = json!({"jsonrpc": "2.0", "id": 7, "method": "ping"}).to_string();
    let send = |method: Method, path: &str| client.request(method, server.url(path)).header(AUTHORIZATION, TOKEN);
    let post = |body: &str| server.post(body).header(AUTHORIZATION, TOKEN);
    let unknown_version = post(&ping).header("mcp-protocol-version", "1999-01-01");
    let mismatch = post(&modern(8, "tools/list", json!({})).to_string())
        .header("mcp-protocol-version", desk::MODERN)
        .header("mcp-method", "tools/call");
    let no_accept = send(Method::POST, "/mcp").header(CONTENT_TYPE, "application/json").header(ACCEPT, "text/html");
    let table = [
        wrong("no JSON", post("{"), 400),
        wrong("an empty body", post(""), 400),
        wrong("an empty batch", post("[]"), 400),
        wrong("two of one header", post(&ping).header(AUTHORIZATION, TOKEN), 400),
        wrong("a header of no value", post(&ping).header("x-imbrace-read-only", "maybe"), 400),
        Wrong { id: json!(7), ..wrong("cut off", post(r#"{"jsonrpc":"2.0","id":7,"method":"ping","params":{"#), 400) },
        Wrong { id: json!(7), ..wrong("an unknown version", unknown_version, 400) },
        Wrong { id: json!(8), ..wrong("a header that contradicts the body", mismatch, 400) },
        wrong("no token", server.post(&*ping), 401),
        wrong("a wrong token", server.post(&*ping).header(AUTHORIZATION, "Bearer wrong"), 401),
        wrong("another scheme", server.post(&*ping).header(AUTHORIZATION, "Basic Y29ycmVjdA=="), 401),
        wrong("a foreign host", post(&ping).header(HOST, "evil.example"), 403),
        wrong("a foreign page", post(&ping).header(ORIGIN, "https://evil.example"), 403),
        wrong("no such path", send(Method::GET, "/nothing"), 404),
        wrong("no such session", send(Method::POST, "/messages?sessionId=1").body(ping.clone()), 404),
        wrong("no such tool", send(Method::POST, "/tools/nothing"), 404),
        wrong("a stream that is not offered", send(Method::GET, "/mcp").header(ACCEPT, "text/event-stream"), 405),
        wrong("a GET that takes anything", send(Method::GET, "/mcp"), 405),
        wrong("a session that cannot be ended", send(Method::DELETE, "/mcp"), 405),
        wrong("a method of no use", send(Method::PUT, "/mcp"), 405),
        wrong("a GET of a tool", send(Method::GET, "/tools/echo"), 405),
        wrong("a POST of the document", send(Method::POST, "/openapi.json"), 405),
        wrong("no form of the answer is accepted", no_accept.body(ping.clone()), 406),
        wrong("a long body", post(&"x".repeat(5000)), 413),
        wrong("a long body for a tool", send(Method::POST, "/tools/echo").body(" ".repeat(5000)), 413),
        wrong("another media type", send(Method::POST, "/mcp").header(CONTENT_TYPE, "text/plain").body("hi"), 415),
        wrong("no media type", send(Method::POST, "/mcp").body(ping.clone()), 415),
        wrong("a form", send(Method::POST, "/tools/echo").header(CONTENT_TYPE, "text/plain").body("{}"), 415),
        wrong("not ready", send(Method::GET, "/readyz"), 503),
        wrong("too many streams", send(Method::GET, "/sse"), 503),
    ];
    for Wrong { what, request, status, id } in table {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{what}");
        assert_eq!(response.headers().contains_key(ALLOW), status == 405, "{what}");
        assert_eq!(error(what, response).await["id"], id, "{what}");
    }
    server.stop.cancel();
}

#[tokio::test]
async fn too_many_calls_are_told_when_to_come_back() {
    let options = Options { calls_per_minute: NonZeroU32::new(1), ..Options::default() };
    let server = TestServer::with(NOWHERE, options).await;
    let echo = call(1, "echo", json!({"text": "hi"})).to_string();
    assert_eq!(server.post(&*echo).send().await.unwrap().status(), 200);
    let response = server.post(&*echo).send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers()[RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap() > 0);
    error("one call too many", response).await;
}

/// A client names in `Accept` what it likes and sends the headers of sessions that other versions have; a batch comes in the
/// version that has them.
#[tokio::test]
async fn each_way_to_ask_is_answered_in_the_form_that_the_client_takes() {
    let server = TestServer::open().await;
    let client = server::client();
    let one = call(1, "echo", json!({"text": "hi"}));
    let many = json!([one, call(2, "echo", json!({"text": "there"}))]);
    let accepts = [
        (None, "application/json"),
        (Some(""), "application/json"),
        (Some("*/*"), "application/json"),
        (Some("application/json"), "application/json"),
        (Some("application/*;q=0.5"), "application/json"),
        (Some("text/event-stream"), "text/event-stream"),
        (Some("application/json, text/event-stream"), "application/json"),
    ];
    let sessions: [&[(&str, &str)]; 4] = [
        &[],
        &[("mcp-session-id", "0199-from-another-server")],
        &[("last-event-id", "42")],
        &[("mcp-session-id", ""), ("last-event-id", "")],
    ];
    for (accept, kind) in accepts {
        for headers in sessions {
            for (version, body, count) in [
                (None, &one, 1),
                (Some("2024-11-05"), &one, 1),
                (Some("2025-03-26"), &one, 1),
                (Some("2025-06-18"), &one, 1),
                (Some("2025-11-25"), &one, 1),
                (None, &many, 2),
                (Some("2025-03-26"), &many, 2),
            ] {
                let post = client.post(server.url("/mcp")).header(CONTENT_TYPE, "application/json; charset=utf-8");
                let post = accept.into_iter().fold(post, |post, accept| post.header(ACCEPT, accept));
                let post = headers.iter().fold(post, |post, (name, value)| post.header(*name, *value));
                let post = version.into_iter().fold(post, |post, version| post.header("mcp-protocol-version", version));
                let response = post.body(body.to_string()).send().await.unwrap();
                let what = format!("{accept:?} {headers:?} {version:?} {count}");
                assert_eq!(response.status(), 200, "{what}");
                assert_eq!(response.headers()[CONTENT_TYPE], kind, "{what}");
                assert!(!response.headers().contains_key("mcp-session-id"), "{what}");
                let text = response.text().await.unwrap();
                let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(&text);
                let answer: Value = serde_json::from_str(data).unwrap();
                let answers = answer.as_array().cloned().unwrap_or_else(|| vec![answer]);
                assert_eq!(answers.len(), count, "{what}: {text}");
                assert!(answers.iter().all(|answer| answer["result"]["isError"] == false), "{what}: {text}");
            }
        }
    }
}
