//! Who may come in over HTTP.

use imbrace_contacts_mcp::transport::http::{self, Options};
use reqwest::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::desk::{self, NOWHERE};
use super::server::{self, TestServer};

fn ping() -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string()
}

async fn status(server: &TestServer, header: reqwest::header::HeaderName, value: &str) -> StatusCode {
    let posted = server.post(ping()).header(header.clone(), value).send().await.unwrap().status();
    let opened = server.get("/sse").header(header, value).send().await.unwrap().status();
    assert_eq!(posted, opened, "{value}");
    posted
}

#[tokio::test]
async fn only_known_hosts_are_served() {
    let server = TestServer::open().await;
    for host in ["localhost", "LOCALHOST:1234", "127.0.0.1", "[::1]:80"] {
        assert_eq!(status(&server, HOST, host).await, 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:80", ""] {
        assert_eq!(status(&server, HOST, host).await, 403, "{host}");
    }
}

#[tokio::test]
async fn only_pages_of_known_origins_may_call() {
    let server = TestServer::open().await;
    for origin in ["http://localhost", "http://localhost:5173", "https://127.0.0.1:1", "http://[::1]:80"] {
        assert_eq!(status(&server, ORIGIN, origin).await, 200, "{origin}");
    }
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "null",
        "localhost",
        "http://localhost:80@evil.example",
    ] {
        assert_eq!(status(&server, ORIGIN, origin).await, 403, "{origin}");
    }
}

#[tokio::test]
async fn a_browser_learns_what_its_page_may_send_before_it_shows_a_token() {
    let options = Options { identity: server::asking_for("correct horse"), ..Options::default() };
    let server = TestServer::with(NOWHERE, options).await;
    let ask = |origin: &str| {
        let request = server::client().request(Method::OPTIONS, server.url("/mcp")).header(ORIGIN, origin);
        request.header("access-control-request-method", "POST").send()
    };
    let allowed = ask("http://localhost:6274").await.unwrap();
    assert_eq!(allowed.status(), 200);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "http://localhost:6274");
    assert!(allowed.headers()["access-control-allow-headers"].to_str().unwrap().contains("mcp-protocol-version"));
    let refused = ask("https://evil.example").await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(!refused.headers().contains_key("access-control-allow-origin"));

    let request =
        server.post(ping()).header(ORIGIN, "http://localhost:6274").header(AUTHORIZATION, "Bearer correct horse");
    let answered = request.send().await.unwrap();
    assert_eq!(answered.status(), 200);
    assert!(answered.headers()["vary"].to_str().unwrap().starts_with("origin"));
    assert_eq!(answered.headers()["access-control-expose-headers"], "retry-after,www-authenticate");
    assert_eq!(answered.headers()["access-control-allow-origin"], "http://localhost:6274");
}

#[tokio::test]
async fn a_token_is_asked_for_where_one_is_set() {
    let options = Options { sse: true, identity: server::asking_for("correct horse"), ..Options::default() };
    let server = TestServer::with(NOWHERE, options).await;
    assert_eq!(status(&server, AUTHORIZATION, "Bearer correct horse").await, 200);
    assert_eq!(status(&server, AUTHORIZATION, "bearer correct horse").await, 200);
    for wrong in ["Bearer correct hors", "Bearer ", "Bearer", "Basic correct horse", "correct horse"] {
        assert_eq!(status(&server, AUTHORIZATION, wrong).await, 401, "{wrong}");
    }
    let refused = server.post(ping()).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()[WWW_AUTHENTICATE], "Bearer");
    assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused_without_a_token() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = http::serve(listener, desk::server(NOWHERE), Options::default(), CancellationToken::new()).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("set a bearer token"), "{refused}");
}
