//! What one caller may take, and what the server says to one who takes more.

use std::io::Write;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use imbrace_contacts_mcp::identity::tokens::Tokens;
use imbrace_contacts_mcp::identity::{Identity, Subject};
use imbrace_contacts_mcp::transport::http::{Options, Probe};
use insta::assert_snapshot;
use reqwest::header::AUTHORIZATION;
use reqwest::{Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::desk::{NOWHERE, call};
use super::server::{self, TestServer};

fn ping() -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string()
}

async fn with_token(server: &TestServer, token: &str) -> Response {
    server.post(ping()).header(AUTHORIZATION, format!("Bearer {token}")).send().await.unwrap()
}

#[tokio::test]
async fn each_token_has_its_own_calls_a_minute() {
    let identity = server::asking_for("# two desks\nfront: first-token\nback: second-token\n");
    let options = Options { identity, calls_per_minute: NonZeroU32::new(3), ..Options::default() };
    let server = TestServer::with(NOWHERE, options).await;
    for _ in 0..3 {
        assert_eq!(with_token(&server, "first-token").await.status(), 200);
    }
    let refused = with_token(&server, "first-token").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=21).contains(&seconds), "{seconds}");
    assert_snapshot!(refused.text().await.unwrap(), @r#"{"error":{"code":-32600,"message":"Too many calls in the last minute; wait before the next one."},"id":null,"jsonrpc":"2.0"}"#);
    assert_eq!(with_token(&server, "second-token").await.status(), 200);
    assert_eq!(with_token(&server, "wrong").await.status(), 401);
    assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn where_everybody_is_let_in_an_address_has_its_calls_a_minute() {
    let server =
        TestServer::with(NOWHERE, Options { calls_per_minute: NonZeroU32::new(2), ..Options::default() }).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(server.post(ping()).send().await.unwrap().status().as_u16());
    }
    assert_eq!(answers, [200, 200, 429]);
}

#[tokio::test]
async fn one_caller_does_not_take_the_places_of_another() {
    let identity = server::asking_for("first-token\nsecond-token\n");
    let server = TestServer::with(NOWHERE, Options { identity, calls_at_once: 1, ..Options::default() }).await;
    let slow = server.post(call(1, "waits", json!({"milliseconds": 600_000})).to_string());
    let slow = tokio::spawn(slow.header(AUTHORIZATION, "Bearer first-token").send());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let waiting = server.post(ping()).header(AUTHORIZATION, "Bearer first-token").send();
    let waiting = tokio::time::timeout(Duration::from_millis(200), waiting).await;
    assert!(waiting.is_err(), "the second call of one caller had no place");
    assert_eq!(with_token(&server, "second-token").await.status(), 200);
    slow.abort();
    assert_eq!(with_token(&server, "first-token").await.status(), 200);
}

#[tokio::test]
async fn the_token_file_is_read_again_when_it_changes() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "# desks\n\nfront: first-token-of-some-length").unwrap();
    let identity = Arc::new(Identity { tokens: Some(Tokens::open(file.path()).unwrap()), oauth: None });
    assert!(!format!("{identity:?}").contains("first-token-of-some-length"));
    let server = TestServer::with(NOWHERE, Options { identity, ..Options::default() }).await;
    assert_eq!(with_token(&server, "first-token-of-some-length").await.status(), 200);
    assert_eq!(with_token(&server, "front: first-token-of-some-length").await.status(), 401);
    assert_eq!(with_token(&server, "second-token-of-some-length").await.status(), 401);
    std::fs::write(file.path(), "back: second-token-of-some-length\n").unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(with_token(&server, "second-token-of-some-length").await.status(), 200);
    assert_eq!(with_token(&server, "first-token-of-some-length").await.status(), 401);
    assert_eq!(with_token(&server, "").await.status(), 401);
    // A pipe in its place is not waited for.
    #[cfg(target_os = "linux")]
    {
        std::fs::remove_file(file.path()).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, file.path(), 0o600.into()).unwrap();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let answer =
            tokio::time::timeout(Duration::from_secs(5), with_token(&server, "second-token-of-some-length")).await;
        assert_eq!(answer.expect("it is answered").status(), 200);
    }
    // Emptied, cut off, or with a token that could be guessed: those who were let in still are.
    for unusable in ["", "# none\n\n", "back: second-token-of-some-length\nnew: too-short", "back:\n"] {
        let _ = std::fs::remove_file(file.path());
        std::fs::write(file.path(), unusable).unwrap();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(with_token(&server, "second-token-of-some-length").await.status(), 200, "{unusable}");
        assert_eq!(with_token(&server, "too-short").await.status(), 401, "{unusable}");
    }
    // Gone for a moment while it is replaced: those who were let in still are.
    std::fs::remove_file(file.path()).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(with_token(&server, "second-token-of-some-length").await.status(), 200);
}

/// The labels of a token file are what its lines mean, however an editor has written it.
#[tokio::test]
async fn a_token_file_is_read_as_it_is_meant() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines =
        "\u{feff}# desks\r\n\r\n   \r\nfront desk:  first-token-of-some-length \r\nsecond-token-of-some-length\r\n";
    std::fs::write(file.path(), lines).unwrap();
    let identity = Arc::new(Identity { tokens: Some(Tokens::open(file.path()).unwrap()), oauth: None });
    for (token, label) in [("first-token-of-some-length", "front desk"), ("second-token-of-some-length", "token 2")] {
        let subject = identity.check(Some(token)).await.unwrap();
        assert_eq!(subject, Some(Subject::Token(label.into())));
    }
    for none in ["", "\u{feff}", "\u{feff}# desks", "\r", "front desk"] {
        assert!(identity.check(Some(none)).await.is_err(), "{none:?}");
    }
}

#[test]
fn a_token_file_without_a_token_or_with_one_to_guess_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let refusal = |text: &str| {
        std::fs::write(file.path(), text).unwrap();
        Tokens::open(file.path()).unwrap_err()
    };
    assert_eq!(refusal("# none yet\n\r\n"), "it holds no token");
    for (text, told) in [
        ("# desks\nname:\n", "its line 2 holds a token of 0 characters"),
        ("front: first-token-of-some-length\n\nback: hunter2\n", "its line 3 holds a token of 7 characters"),
        ("twenty-one-characters", "its line 1 holds a token of 21 characters"),
    ] {
        let reason = refusal(text);
        assert!(reason.starts_with(told) && !reason.contains("hunter2") && reason.contains("at least 22"), "{reason}");
    }
    std::fs::write(file.path(), "twenty-two-characters!").unwrap();
    assert!(Tokens::open(file.path()).is_ok());
}

#[tokio::test]
async fn wrong_tokens_are_slowed_and_a_right_one_from_the_same_address_is_not() {
    let identity = server::asking_for("first-token");
    let server = TestServer::with(NOWHERE, Options { identity, ..Options::default() }).await;
    let began = std::time::Instant::now();
    for _ in 0..10 {
        assert_eq!(with_token(&server, "wrong").await.status(), 401);
    }
    assert!(began.elapsed() < Duration::from_millis(500), "a slip of the hand is not slowed");
    let began = std::time::Instant::now();
    let late = futures::future::join_all((0..20).map(|_| with_token(&server, "wrong"))).await;
    assert!(late.iter().all(|answer| answer.status() == 401) && began.elapsed() >= Duration::from_millis(450));
    let refused = with_token(&server, "wrong").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "60");
    let began = std::time::Instant::now();
    assert_eq!(with_token(&server, "first-token").await.status(), 200);
    // Without any token: a client that asks where to get one.
    assert_eq!(server.post(ping()).send().await.unwrap().status(), 401);
    assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
}

#[tokio::test]
async fn refusals_say_what_would_be_right() {
    let options = Options { identity: server::asking_for("first-token"), largest_body: 64, ..Options::default() };
    let server = TestServer::with(NOWHERE, options).await;
    let request = |body: &str, token: &str, host: &str| {
        let request = server.post(body.to_owned()).header("host", host);
        request.header(AUTHORIZATION, format!("Bearer {token}")).send()
    };
    let mut said = Vec::new();
    for (body, token, host) in [
        (ping(), "first-token", "evil.example"),
        (ping(), "wrong", "localhost"),
        ("x".repeat(65), "first-token", "localhost"),
        ("{".to_owned(), "first-token", "localhost"),
    ] {
        let answer = request(&body, token, host).await.unwrap();
        said.push(format!("{} {}", answer.status().as_u16(), answer.text().await.unwrap()));
    }
    assert_snapshot!(said.join("\n"), @r#"
403 {"error":{"code":-32600,"message":"This `Host` is not served here. The operator allows names with --allow-host."},"id":null,"jsonrpc":"2.0"}
401 {"error":{"code":-32600,"message":"This bearer token is not valid here: it is unknown, expired, or meant for another server."},"id":null,"jsonrpc":"2.0"}
413 {"error":{"code":-32600,"message":"A body may have at most 64 bytes, and must arrive whole."},"id":null,"jsonrpc":"2.0"}
400 {"error":{"code":-32700,"message":"This is no JSON: it breaks off at line 1 column 1."},"id":null,"jsonrpc":"2.0"}
"#);
    let twice = server.post(ping()).header(AUTHORIZATION, "Bearer wrong").header(AUTHORIZATION, "Bearer first-token");
    assert_eq!(twice.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn ready_means_that_the_gateway_can_be_reached_and_is_asked_rarely() {
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let ready = Probe::new(move || {
        let count = counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move { if count > 0 { Ok(()) } else { Err("the gateway cannot be reached") } }
    });
    let server = TestServer::with(NOWHERE, Options { ready: Some(ready), ..Options::default() }).await;
    for _ in 0..3 {
        let answer = server.get("/readyz").send().await.unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(server::json(answer).await["error"]["message"], "the gateway cannot be reached");
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
    let server = TestServer::open().await;
    assert_eq!(server.get("/readyz").send().await.unwrap().text().await.unwrap(), "ready\n");
}

#[tokio::test]
async fn a_head_that_never_ends_is_refused() {
    let server = TestServer::open().await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-long: {}", "x".repeat(200 * 1024));
    // The server may close before everything is written.
    let _ = socket.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
}
