//! Clients that speak and never listen: what the server takes from them before it stops reading.

use std::time::Duration;

use imbrace_contacts_mcp::transport::http::Options;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::desk::{self, NOWHERE, Wire, call};
use super::server::TestServer;

/// A write that does not get through for so long is one that the server does not take.
const STUCK: Duration = Duration::from_millis(500);

/// A request whose id, which its answer repeats, has ten thousand letters.
fn long(number: usize) -> Value {
    let id = format!("{number}{}", "x".repeat(10_000));
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/list"})
}

#[tokio::test]
async fn stdio_stops_reading_when_a_thousand_answers_wait_and_loses_none() {
    let mut wire = Wire::open(desk::server(NOWHERE)).await;
    let mut writer = wire.writer.take().unwrap();
    let mut taken = 0;
    while taken < 5_000 {
        let line = format!("{}\n", long(taken + 1));
        if tokio::time::timeout(STUCK, writer.write_all(line.as_bytes())).await.is_err() {
            break;
        }
        taken += 1;
    }
    // In flight, in the two buffers of 64 KiB, and the line that was half written.
    assert!((1_000..1_100).contains(&taken), "{taken} requests were taken without an answer being read");
    let mut heard = std::collections::BTreeSet::new();
    while heard.len() < taken {
        let id = wire.hear().await["id"].as_str().unwrap().trim_end_matches('x').to_owned();
        heard.insert(id.parse::<usize>().unwrap());
    }
    assert_eq!(heard.into_iter().collect::<Vec<_>>(), (1..=taken).collect::<Vec<_>>());
}

#[tokio::test]
async fn stdio_bounds_the_answers_to_lines_that_are_no_message_too() {
    let mut wire = Wire::open(desk::server(NOWHERE)).await;
    let mut writer = wire.writer.take().unwrap();
    let mut taken = 0;
    while taken < 50_000
        && tokio::time::timeout(STUCK, writer.write_all(b"[\"JSON, no message, and long enough to fill buffers\"]\n"))
            .await
            .is_ok()
    {
        taken += 1;
    }
    assert!(taken < 10_000, "{taken} lines were taken without an answer being read");
}

#[tokio::test]
async fn http_takes_one_request_a_connection_at_a_time() {
    let server = TestServer::with(NOWHERE, Options::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let body = long(1).to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    let mut taken = 0;
    while taken < 20_000 && tokio::time::timeout(STUCK, stream.write_all(request.as_bytes())).await.is_ok() {
        taken += 1;
    }
    // What the kernel's buffers hold, in both directions; the server itself holds one.
    assert!(taken < 2_000, "{taken} requests were taken without an answer being read");
    let mut bytes = [0; 12];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 200");
    drop(stream);
    assert_eq!(server.ask(&call(1, "echo", json!({"text": "next"}))).await["id"], 1);
}

#[tokio::test]
async fn an_sse_client_that_does_not_read_its_stream_is_refused_and_holds_up_no_other() {
    // Fewer calls at once than answers that wait: those must hold no permits of their caller.
    let server = TestServer::with(NOWHERE, Options { sse: true, calls_at_once: 2, ..Options::default() }).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    stream.write_all(format!("GET /sse HTTP/1.1\r\nhost: {}\r\n\r\n", server.address).as_bytes()).await.unwrap();
    let mut head = String::new();
    while !head.contains("sessionId=") || !head.ends_with("\n\n\r\n") {
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).await.unwrap();
        head.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    let session = head.split_once("sessionId=").unwrap().1.get(..32).unwrap().to_owned();
    let client = super::server::client();
    let mut taken = 0;
    let refused = loop {
        let post = client.post(server.url(&format!("/messages?sessionId={session}")));
        let answer = post.header("content-type", "application/json").body(long(taken + 1).to_string());
        let answer = answer.send().await.unwrap();
        if answer.status() != 202 {
            break answer.text().await.unwrap();
        }
        taken += 1;
        assert!(taken < 5_000, "a client that does not read is never refused");
    };
    assert!(refused.contains("Too many requests in flight"), "{refused}");
    let mut other = super::sse::Stream::of(server.get("/sse"), &server).await;
    for id in 1..=3 {
        let answer = other.ask(&call(id, "echo", json!({"text": "goes on"}))).await;
        assert_eq!(desk::text(&answer), "goes on");
    }
}

#[tokio::test]
async fn a_panic_is_answered_at_once_over_each_transport_and_others_go_on() {
    let began = std::time::Instant::now();
    let mut wire = Wire::open(desk::server(NOWHERE)).await;
    let server = TestServer::open().await;
    for tool in ["panics", "panics_elsewhere"] {
        let over_stdio = wire.call(1, tool, json!({"text": "a secret"})).await;
        let over_http = server.ask(&call(1, tool, json!({"text": "a secret"}))).await;
        for answer in [over_stdio, over_http] {
            assert_eq!(answer["result"]["isError"], true, "{answer}");
            assert!(desk::text(&answer).contains("failed inside the server"), "{answer}");
            assert!(!answer.to_string().contains("secret"), "{answer}");
        }
    }
    assert_eq!(desk::text(&wire.call(2, "echo", json!({"text": "next"})).await), "next");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
