//! The review page of a server over HTTP: given to everybody, answering those who sign in.

use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::tools::Selection;
use imbrace_contacts_mcp::transport::http::Options;
use reqwest::header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN};
use serde_json::{Value, json};

use super::server::{self, TestServer};
use crate::harness::{Harness, Wishes};

const TOKEN: &str = "a-token-of-at-least-32-characters-here";

async fn open(selection: Selection) -> (Harness, TestServer) {
    let desk = Harness::with(Wishes { contacts: 60, selection, ..Wishes::default() }).await;
    let options = Options { identity: server::asking_for(TOKEN), largest_body: 64 * 1024, ..Options::default() };
    let server = TestServer::of(Server::new(desk.toolbox.clone()), options).await;
    (desk, server)
}

#[tokio::test]
async fn the_page_holds_nothing_and_its_answers_are_for_callers() {
    let (desk, server) = open(Selection::default()).await;
    desk.call("audit_contacts", json!({})).await;
    let page = server.get("/review").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let text = page.text().await.unwrap();
    assert!(text.contains("<meta name=\"connection\" content=\"server\"><meta name=\"token\" content=\"true\">"));
    assert!(!text.contains("con_") && !text.contains(TOKEN));

    for path in ["state", "duplicates", "contacts?query=nguyen"] {
        let path = format!("/review/api/{path}");
        assert_eq!(server.get(&path).send().await.unwrap().status(), 401, "{path}");
        let wrong = server.get(&path).header(AUTHORIZATION, "Bearer wrong").send().await.unwrap();
        assert_eq!(wrong.status(), 401, "{path}");
        let right = server.get(&path).header(AUTHORIZATION, format!("Bearer {TOKEN}")).send().await.unwrap();
        assert_eq!(right.status(), 200, "{path}");
        assert!(right.headers().contains_key(CONTENT_SECURITY_POLICY));
    }
}

#[tokio::test]
async fn only_its_own_page_and_allowed_ones_may_ask() {
    let (_desk, server) = open(Selection::default()).await;
    let own = server.address.to_string();
    let status = async |host: &str, origin: &str, path: &str| {
        let request = server.get(path).header(AUTHORIZATION, format!("Bearer {TOKEN}"));
        request.header(HOST, host).header(ORIGIN, origin).send().await.unwrap().status()
    };
    assert_eq!(status(&own, &format!("http://{own}"), "/review/api/state").await, 200);
    // A proxy in front has ended TLS and calls the server by an allowed name.
    assert_eq!(status("localhost", "https://localhost", "/review/api/state").await, 200);
    for origin in ["https://example.com", "null", "http://127.0.0.1.example.com", "example"] {
        assert_eq!(status(&own, origin, "/review/api/state").await, 403, "{origin}");
    }
    assert_eq!(status("example.com", "http://example.com", "/review/api/state").await, 403);
    assert_eq!(status("example.com", "http://example.com", "/review").await, 403);
}

#[tokio::test]
async fn a_question_that_writes_is_json_of_a_bounded_size() {
    let (desk, server) = open(Selection::default()).await;
    desk.call("audit_contacts", json!({})).await;
    let post = |kind: &'static str, body: String| {
        let url = server.url("/review/api/plans");
        let request = server::client().post(url).header(AUTHORIZATION, format!("Bearer {TOKEN}"));
        request.header(CONTENT_TYPE, kind).body(body).send()
    };
    let plan = json!({ "fix": ["safe"] }).to_string();
    assert_eq!(post("text/plain", plan.clone()).await.unwrap().status(), 415);
    assert_eq!(
        post("application/json", format!("{{\"filter\":\"{}\"}}", "x".repeat(70_000))).await.unwrap().status(),
        413
    );
    assert!(post("application/json", "{".to_owned()).await.unwrap().status().is_client_error());
    let made = post("application/json", plan).await.unwrap();
    assert_eq!(made.status(), 200);
    let made: Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
    assert!(made["steps"].as_u64().unwrap() > 0, "{made}");
}

#[tokio::test]
async fn a_request_that_wants_no_writes_gets_a_page_without_them() {
    let (desk, server) = open(Selection::default()).await;
    desk.call("audit_contacts", json!({})).await;
    let state = async |read_only: &str| {
        let request = server.get("/review/api/state").header(AUTHORIZATION, format!("Bearer {TOKEN}"));
        server::json(request.header("x-imbrace-read-only", read_only).send().await.unwrap()).await
    };
    assert_eq!(state("false").await["read_only"], false);
    assert_eq!(state("true").await["read_only"], true);
}

#[tokio::test]
async fn without_a_cleanup_there_is_no_page() {
    let names = Some(vec!["get_contact".to_owned()]);
    let (_desk, server) = open(Selection { names, ..Selection::default() }).await;
    for path in ["/review", "/review/api/state"] {
        let request = server.get(path).header(AUTHORIZATION, format!("Bearer {TOKEN}"));
        assert_eq!(request.send().await.unwrap().status(), 404, "{path}");
    }
}
