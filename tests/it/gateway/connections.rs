//! Connections: kept for the next request, given up when the gateway has, and never a reason to write twice.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use imbrace_contacts_mcp::gateway::{Client, Deadlines, GatewayError, Outcome, Settings};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::samples::{contact, list_contacts, update, upload};
use crate::support::scripted::{Scripted, json as answer};

/// What a gateway that keeps connections was sent: the methods of each connection's requests.
type Seen = Arc<Mutex<Vec<Vec<String>>>>;

/// Answers so many requests a connection, then says something or nothing and closes it.
async fn keeping(requests: usize) -> (SocketAddr, Seen) {
    closing(requests, "").await
}

async fn closing(requests: usize, last: &'static str) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let record = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let record = Arc::clone(&record);
            let number = record.lock().unwrap().len();
            record.lock().unwrap().push(Vec::new());
            tokio::spawn(serve(stream, requests, record, number, last));
        }
    });
    (address, seen)
}

async fn serve(mut stream: TcpStream, requests: usize, record: Seen, number: usize, last: &str) {
    for _ in 0..requests {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.unwrap();
        record.lock().unwrap()[number].push(head.split(' ').next().unwrap_or_default().to_owned());
        // Every operation can read it.
        let body = json!({ "data": [contact(1)], "url": "https://files.example/1.png" }).to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
    stream.write_all(last.as_bytes()).await.unwrap();
}

async fn client(address: SocketAddr) -> Client {
    let settings = Scripted::playing([answer(200, "[]")]).await.settings();
    Client::new(Settings { base_url: format!("http://{address}").parse().unwrap(), ..settings }).unwrap()
}

#[tokio::test]
async fn one_connection_serves_one_caller() {
    let (address, seen) = keeping(usize::MAX).await;
    let client = client(address).await;
    for _ in 0..3 {
        client.send(&list_contacts()).await.unwrap();
    }
    assert_eq!(*seen.lock().unwrap(), [["get", "get", "get"]]);
}

#[tokio::test]
async fn who_asks_at_the_same_time_waits_for_nobody_and_connections_are_used_again() {
    let (address, seen) = keeping(usize::MAX).await;
    let client = client(address).await;
    let page = |skip| {
        let client = client.clone();
        async move {
            let operation = imbrace_contacts_mcp::gateway::operations::ListContacts { limit: 10, skip, sort: None };
            client.send(&operation).await.unwrap()
        }
    };
    for _ in 0..4 {
        futures::future::join_all((0..8).map(page)).await;
    }
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), seen.iter().map(Vec::len).sum::<usize>()), (8, 32), "{seen:?}");
}

#[tokio::test]
async fn a_write_on_a_connection_that_was_closed_meanwhile_goes_out_once_on_another_one() {
    for requests in 1..=2 {
        let (address, seen) = keeping(requests).await;
        let client = client(address).await;
        for _ in 0..requests {
            client.send(&list_contacts()).await.unwrap();
        }
        // The gateway has closed it by now, and the client has not looked since.
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.send(&update(json!({ "remark": "x" }))).await.unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen.iter().flatten().filter(|method| *method == "put").count(), 1, "{seen:?}");
        assert_eq!(seen.last().unwrap(), &["put"], "{seen:?}");
    }
}

#[tokio::test]
async fn what_is_said_on_a_connection_at_rest_is_no_answer_to_the_next_request() {
    let last = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (address, seen) = closing(1, last).await;
    let client = client(address).await;
    client.send(&list_contacts()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.send(&update(json!({ "remark": "x" }))).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [["get"], ["put"]]);
}

#[tokio::test]
async fn an_upload_on_a_connection_that_was_closed_meanwhile_is_whole_on_another_one() {
    let (address, seen) = keeping(1).await;
    let client = client(address).await;
    client.send(&list_contacts()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.send(&upload("photo.png")).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [["get"], ["post"]]);
}

#[tokio::test]
async fn a_refusal_whose_body_never_comes_is_a_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            // An answer before its request is no HTTP, and ends the connection.
            let mut request = Vec::new();
            while !request.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let head =
                b"HTTP/1.1 422 Unprocessable Entity\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
            stream.write_all(head).await.unwrap();
            open.push(stream);
        }
    });
    let settings = Scripted::playing([answer(200, "[]")]).await.settings();
    let deadlines = Deadlines { attempt: Duration::from_millis(300), ..Deadlines::default() };
    let base_url = format!("http://{address}").parse().unwrap();
    let client = Client::new(Settings { base_url, deadlines, ..settings }).unwrap();
    let error = client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert!(matches!(&error, GatewayError::Refused(refusal) if refusal.status == 422), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotDone);
}
