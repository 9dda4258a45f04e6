//! Bodies in memory: of all callers together, and of one.

use imbrace_contacts_mcp::transport::http::Options;
use reqwest::StatusCode;
use reqwest::header::AUTHORIZATION;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::desk::{NOWHERE, call};
use super::server::{self, TestServer};

/// Bytes of all bodies together; of one caller half.
const TOGETHER: usize = 4_000;

async fn open() -> TestServer {
    let identity = server::asking_for("first-token\nsecond-token\nthird-token\n");
    let options = Options { sse: true, identity, largest_body: 1_900, bodies: TOGETHER, ..Options::default() };
    TestServer::with(NOWHERE, options).await
}

/// A body that takes so many bytes and never ends.
async fn held(server: &TestServer, token: &str, count: usize) -> TcpStream {
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: 1900\r\n\r\n"
    );
    socket.write_all(format!("{head}{}", " ".repeat(count)).as_bytes()).await.unwrap();
    socket
}

async fn said(server: &TestServer, token: &str) -> reqwest::Response {
    let body = call(1, "echo", json!({"text": "x".repeat(400)})).to_string();
    server.post(body).header(AUTHORIZATION, format!("Bearer {token}")).send().await.unwrap()
}

/// Asks until the answer has this status: sockets are read, and seen to be closed, in their own time.
async fn until(server: &TestServer, token: &str, status: StatusCode) -> reqwest::Response {
    for _ in 0..1_000 {
        let answer = said(server, token).await;
        if answer.status() == status {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never answered {status}");
}

#[tokio::test]
async fn when_all_bodies_take_too_much_a_further_one_is_told_to_come_back() {
    let server = open().await;
    let held = [held(&server, "first-token", 1_850).await, held(&server, "second-token", 1_850).await];
    let refused = until(&server, "third-token", StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(refused.headers()["retry-after"], "1");
    assert!(refused.text().await.unwrap().contains("try again in a moment"));
    drop(held);
    until(&server, "third-token", StatusCode::OK).await;
}

#[tokio::test]
async fn one_caller_cannot_take_the_room_of_the_others() {
    let server = open().await;
    let held = [held(&server, "first-token", 1_850).await, held(&server, "first-token", 1_850).await];
    let refused = until(&server, "first-token", StatusCode::TOO_MANY_REQUESTS).await;
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(said(&server, "second-token").await.status(), StatusCode::OK);
    drop(held);
    until(&server, "first-token", StatusCode::OK).await;
}

#[tokio::test]
async fn room_is_given_back_with_each_answer() {
    let server = open().await;
    for _ in 0..50 {
        assert_eq!(said(&server, "first-token").await.status(), StatusCode::OK);
    }
}
