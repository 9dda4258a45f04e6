//! Servers that hang, drip or never stop; and servers that are not there.

use std::time::Duration;

use imbrace_contacts_mcp::gateway::{Client, Deadlines, GatewayError, Outcome, Settings, Unreadable};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::samples::{list_contacts, page, update, upload};
use crate::support::scripted::{Play, Scripted, json};

const SHORT: Duration = Duration::from_millis(150);

fn head(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let server = Scripted::playing([Play::Hang]).await;
    let error = server.hasty_client(SHORT).send(&list_contacts()).await.unwrap_err();
    assert!(matches!(&error, GatewayError::NoAnswer { cause, .. } if cause.starts_with("timed out after ")), "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.seen().len(), 1, "no attempt is started with under half a second left");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let server = Scripted::playing([Play::Stall(format!("{}{{\"data\":[", head(1000)).into_bytes())]).await;
    let error = server.hasty_client(SHORT).send(&list_contacts()).await.unwrap_err();
    assert!(matches!(&error, GatewayError::NoAnswer { cause, .. } if cause.starts_with("timed out after ")), "{error}");
}

#[tokio::test]
async fn an_upload_has_a_deadline_of_its_own() {
    let server = Scripted::playing([Play::Hang]).await;
    let deadlines = Deadlines { upload: SHORT, ..Deadlines::default() };
    let client = Client::new(Settings { deadlines, ..server.settings() }).unwrap();
    let error = client.send(&upload("a.png")).await.unwrap_err();
    assert_eq!((error.outcome(), server.seen().len()), (Outcome::Unknown, 1));
}

#[tokio::test]
async fn a_slow_attempt_leaves_time_for_another() {
    let server = Scripted::playing([Play::Hang, json(200, &page().to_string())]).await;
    let deadlines = Deadlines { first_byte: SHORT, ..Deadlines::default() };
    let client = Client::new(Settings { deadlines, ..server.settings() }).unwrap();
    assert_eq!(client.send(&list_contacts()).await.unwrap().rows.len(), 10);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_body_that_stops_in_the_middle_is_no_answer() {
    let server = Scripted::playing([Play::Bytes(format!("{}{{\"data\":[", head(1000)).into_bytes())]).await;
    let error = server.client().send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer from the gateway: connection closed before the whole answer");
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn no_more_than_ten_mebibytes_are_read() {
    let mut bytes = head(11 << 20).into_bytes();
    bytes.resize(bytes.len() + (11 << 20), b' ');
    let server = Scripted::playing([Play::Bytes(bytes)]).await;
    let error = server.client().send(&list_contacts()).await.unwrap_err();
    let limit = 10 << 20;
    assert!(
        matches!(error, GatewayError::Unreadable { cause: Unreadable::TooLarge { limit: read }, .. } if read == limit),
        "{error}"
    );
}

#[tokio::test]
async fn a_closed_port_is_not_reached_and_says_so() {
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = Scripted::playing([json(200, "[]")]).await;
    let base_url = format!("http://{address}").parse().unwrap();
    let client = Client::new(Settings { base_url, ..server.settings() }).unwrap();
    let error = client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not reach {address}: connection refused"));
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotDone, true));
}

#[tokio::test]
async fn an_unknown_name_is_not_reached_and_says_so() {
    let server = Scripted::playing([json(200, "[]")]).await;
    let base_url = "https://gateway.invalid".parse().unwrap();
    let deadlines = Deadlines { call: Duration::from_secs(1), ..Deadlines::default() };
    let client = Client::new(Settings { base_url, deadlines, ..server.settings() }).unwrap();
    let error = client.send(&list_contacts()).await.unwrap_err();
    // Where no resolver answers at all the call's own deadline ends it.
    let expected = ["could not reach gateway.invalid:443: ", "no answer from the gateway: timed out"];
    assert!(expected.iter().any(|start| error.to_string().starts_with(start)), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_reached_over_https() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let settings = Scripted::playing([json(200, "[]")]).await.settings();
    let error = Client::new(Settings { base_url, ..settings }).unwrap().send(&list_contacts()).await.unwrap_err();
    // Where the machine has no certificate authorities, TLS cannot even begin.
    let expected = ["the other side does not speak TLS", "this machine has no certificate authorities"];
    assert!(expected.iter().any(|words| error.to_string().ends_with(words)), "{error}");
    assert_eq!(error.outcome(), Outcome::NotDone);
    serving.abort();
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_not_reached() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let settings = Scripted::playing([json(200, "[]")]).await.settings();
    let deadlines = Deadlines { connect: SHORT, ..Deadlines::default() };
    let client = Client::new(Settings { base_url, deadlines, ..settings }).unwrap();
    let error = client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert!(matches!(&error, GatewayError::NotReached { .. }), "{error}");
    let expected = ["timed out after 150 ms", "this machine has no certificate authorities"];
    assert!(expected.iter().any(|words| error.to_string().ends_with(words)), "{error}");
}

#[tokio::test]
async fn dropping_a_call_ends_its_request() {
    let server = Scripted::playing([Play::Hang]).await;
    let client = server.client();
    let operation = list_contacts();
    assert!(tokio::time::timeout(SHORT, client.send(&operation)).await.is_err());
    let connection_ends = async {
        while server.left() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), connection_ends).await.unwrap();
}
