//! The HTTP+SSE pair of 2024-11-05, byte by byte.

use std::time::Duration;

use imbrace_contacts_mcp::transport::http::Options;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::desk::{self, NOWHERE, call, text};
use super::server::{self, TestServer};

/// One open event stream.
pub struct Stream {
    response: reqwest::Response,
    read: String,
    /// Where to post, as the first event said.
    endpoint: String,
}

impl Stream {
    async fn open(server: &TestServer) -> Self {
        Self::of(server.get("/sse"), server).await
    }

    /// The stream that a request opens.
    pub async fn of(request: reqwest::RequestBuilder, server: &TestServer) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        let mut stream = Self { response, read: String::new(), endpoint: String::new() };
        let (event, data) = stream.event().await.unwrap();
        assert_eq!(event, "endpoint");
        stream.endpoint = server.url(&data);
        stream
    }

    /// The next event and its data; `None` at the end.
    async fn event(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let found = field("event: ").zip(field("data: "));
                self.read = rest.to_owned();
                match found {
                    Some(found) => return Some(found),
                    None => continue,
                }
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        let (event, data) = self.event().await.unwrap();
        assert_eq!(event, "message");
        serde_json::from_str(&data).unwrap()
    }

    async fn post(&self, body: impl Into<String>) -> reqwest::Response {
        self.posting(body).send().await.unwrap()
    }

    /// Posts one message with further headers.
    pub async fn send(&self, message: &Value, headers: &[(&str, &str)]) -> reqwest::Response {
        let request = headers
            .iter()
            .fold(self.posting(message.to_string()), |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap()
    }

    fn posting(&self, body: impl Into<String>) -> reqwest::RequestBuilder {
        server::client().post(&self.endpoint).header(CONTENT_TYPE, "application/json").body(body.into())
    }

    /// Posts one message.
    pub async fn say(&self, message: &Value) {
        assert_eq!(self.post(message.to_string()).await.status(), 202);
    }

    /// Posts one message and hears the next.
    pub async fn ask(&mut self, message: &Value) -> Value {
        self.say(message).await;
        self.hear().await
    }
}

#[tokio::test]
async fn a_client_opens_lists_and_calls() {
    let server = TestServer::open().await;
    let mut stream = Stream::open(&server).await;
    let (_, id) = stream.endpoint.split_once("/messages?sessionId=").unwrap();
    assert_eq!(id.len(), 32, "an id of 128 bits");
    assert_eq!(stream.ask(&desk::initialize("2024-11-05")).await["result"]["protocolVersion"], "2024-11-05");
    stream.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let list = stream.ask(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})).await;
    assert_eq!(list["result"]["tools"][0]["name"], "echo");
    assert!(list["result"].get("resultType").is_none());
    assert_eq!(text(&stream.ask(&call(2, "echo", json!({"text": "line\nbreak"}))).await), "line\nbreak");
    assert_eq!(stream.ask(&call(3, "panics", json!({}))).await["result"]["isError"], true);
    assert_eq!(stream.ask(&json!({"jsonrpc": "2.0", "id": 4, "method": "ping"})).await["result"], json!({}));
}

#[tokio::test]
async fn two_clients_hear_only_their_own_answers() {
    let server = TestServer::open().await;
    let (mut one, mut two) = (Stream::open(&server).await, Stream::open(&server).await);
    assert_ne!(one.endpoint, two.endpoint);
    one.say(&call(1, "echo", json!({"text": "one"}))).await;
    two.say(&call(1, "echo", json!({"text": "two"}))).await;
    assert_eq!(text(&one.hear().await), "one");
    assert_eq!(text(&two.hear().await), "two");
}

#[tokio::test]
async fn progress_comes_before_the_answer() {
    let server = TestServer::open().await;
    let mut stream = Stream::open(&server).await;
    let mut request = call(1, "counts", json!({"milliseconds": 1}));
    request["params"]["_meta"] = json!({"progressToken": "here"});
    let mut message = stream.ask(&request).await;
    let mut told = 0.0;
    while message.get("id").is_none() {
        assert!(message["params"]["progress"].as_f64().unwrap() > told);
        told = message["params"]["progress"].as_f64().unwrap();
        message = stream.hear().await;
    }
    assert_eq!(told, 5.0);
    assert_eq!(text(&message), "counted");
}

#[tokio::test]
async fn a_post_that_is_no_message_or_names_no_session_is_refused() {
    let server = TestServer::open().await;
    let stream = Stream::open(&server).await;
    for (body, code) in [("{", "-32700"), ("[]", "-32600")] {
        let response = stream.post(body).await;
        assert_eq!(response.status(), 400);
        assert!(response.text().await.unwrap().contains(code));
    }
    let client = server::client();
    for path in ["/messages", "/messages?sessionId=", "/messages?sessionId=00000000000000000000000000000000"] {
        let response = client.post(server.url(path)).body("{}").send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
    assert_eq!(server.get("/messages").send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let server = TestServer::with(NOWHERE, Options { sse: true, largest_body: 1000, ..Options::default() }).await;
    let stream = Stream::open(&server).await;
    assert_eq!(stream.post("x".repeat(1001)).await.status(), 413);
}

#[tokio::test]
async fn one_client_too_many_is_refused_until_another_leaves() {
    let server = TestServer::with(NOWHERE, Options { sse: true, sse_clients: 1, ..Options::default() }).await;
    let first = Stream::open(&server).await;
    let refused = server.get("/sse").send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let endpoint = first.endpoint.clone();
    drop(first);
    let left = tokio::time::timeout(Duration::from_secs(10), async {
        while server.get("/sse").send().await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    left.await.expect("the place to be free again");
    assert_eq!(server::client().post(endpoint).body("{}").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_cancelled_call_and_one_whose_client_leaves_drop_their_requests_to_the_gateway() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", gateway.local_addr().unwrap());
    let server = TestServer::with(&base_url, Options { sse: true, ..Options::default() }).await;
    let mut stream = Stream::open(&server).await;
    let mut request = [0; 1024];

    stream.say(&call(1, "ask_gateway", json!({}))).await;
    let (mut upstream, _) = gateway.accept().await.unwrap();
    assert!(upstream.read(&mut request).await.unwrap() > 0);
    stream.say(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})).await;
    let dropped = tokio::time::timeout(Duration::from_secs(5), upstream.read(&mut request)).await;
    assert!(matches!(dropped.expect("the connection to be dropped"), Ok(0) | Err(_)));
    assert_eq!(stream.ask(&call(2, "echo", json!({"text": "next"}))).await["id"], 2);

    stream.say(&call(3, "ask_gateway", json!({}))).await;
    let (mut upstream, _) = gateway.accept().await.unwrap();
    assert!(upstream.read(&mut request).await.unwrap() > 0);
    drop(stream);
    let dropped = tokio::time::timeout(Duration::from_secs(5), upstream.read(&mut request)).await;
    assert!(matches!(dropped.expect("the connection to be dropped"), Ok(0) | Err(_)));
}

#[tokio::test]
async fn an_id_that_is_in_flight_is_refused() {
    let server = TestServer::open().await;
    let mut stream = Stream::open(&server).await;
    stream.say(&call(1, "waits", json!({"milliseconds": 2_000}))).await;
    assert_eq!(stream.post(call(1, "echo", json!({})).to_string()).await.status(), 400);
    assert_eq!(text(&stream.hear().await), "waited");
}

#[tokio::test]
async fn a_stop_ends_the_streams_after_their_last_answers() {
    let server = TestServer::open().await;
    let (mut busy, mut idle) = (Stream::open(&server).await, Stream::open(&server).await);
    busy.say(&call(1, "sends", json!({"milliseconds": 400}))).await;
    server.stop.cancel();
    assert!(idle.event().await.is_none());
    assert_eq!(text(&busy.hear().await), "sent");
    assert!(busy.event().await.is_none());
    tokio::time::timeout(Duration::from_secs(10), server.serving).await.expect("the end").unwrap().unwrap();
}

#[tokio::test]
async fn without_the_option_there_is_no_such_route() {
    let server = TestServer::with(NOWHERE, Options::default()).await;
    assert_eq!(server.get("/sse").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_batch_is_answered_by_one_array_in_its_version_only() {
    let server = TestServer::open().await;
    let batch = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        call(2, "echo", json!({"text": "second"})),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        desk::initialize("2025-03-26"),
    ]);
    let mut stream = Stream::open(&server).await;
    stream.ask(&desk::initialize("2024-11-05")).await;
    let refused = stream.post(batch.to_string()).await;
    assert_eq!(refused.status(), 400);
    // A second handshake changes nothing, so there are still no batches.
    assert_eq!(stream.ask(&desk::initialize("2025-03-26")).await["result"]["protocolVersion"], "2024-11-05");
    assert_eq!(stream.post(batch.to_string()).await.status(), 400);

    let mut stream = Stream::open(&server).await;
    stream.ask(&desk::initialize("2025-03-26")).await;
    let answers = stream.ask(&batch).await;
    assert_eq!(answers.as_array().unwrap().len(), 3, "{answers}");
    assert_eq!(text(&answers[1]), "second");
    assert!(answers[2]["error"]["message"].as_str().unwrap().contains("must not be part of a batch"), "{answers}");
    assert_eq!(text(&stream.ask(&call(2, "echo", json!({"text": "free again"}))).await), "free again");
}
