//! A person is asked over the older SSE pair: by a real exchange of messages, in several calls at once.

use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::transport::http::Options;
use serde_json::{Value, json};

use super::desk::{self, call, text};
use super::server::TestServer;
use super::sse::Stream;
use crate::harness::{Harness, Wishes};

const TOOL: &str = "dismiss_all_notifications";

async fn open() -> (Harness, TestServer, Stream) {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let server = TestServer::of(Server::new(desk.toolbox.clone()), Options { sse: true, ..Options::default() }).await;
    let mut stream = Stream::of(server.get("/sse"), &server).await;
    let mut hello = desk::initialize("2025-06-18");
    hello["params"]["capabilities"] = json!({ "elicitation": {} });
    stream.ask(&hello).await;
    stream.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    (desk, server, stream)
}

fn deletes(desk: &Harness) -> usize {
    desk.arrivals().iter().filter(|arrival| arrival.method == "DELETE").count()
}

fn reply(question: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": question["id"], "result": result})
}

#[tokio::test]
async fn a_person_who_agrees_is_obeyed_once() {
    let (desk, _house, mut stream) = open().await;
    let question = stream.ask(&call(7, TOOL, json!({ "type": "teams" }))).await;
    assert_eq!(question["method"], "elicitation/create", "{question}");
    assert!(question["params"]["message"].as_str().unwrap().starts_with("Dismiss all notifications: dismiss "));
    assert_eq!(deletes(&desk), 0);
    let yes = reply(&question, &json!({ "action": "accept", "content": { "confirm": true } }));
    let done = stream.ask(&yes).await;
    assert_eq!(done["id"], 7);
    assert!(text(&done).ends_with("teams notifications dismissed"), "{done}");
    // A second reply to the same question, and one to none, mean nothing.
    stream.say(&yes).await;
    stream.say(&reply(&json!({ "id": 99 }), &json!({ "action": "accept", "content": { "confirm": true } }))).await;
    assert_eq!(stream.ask(&json!({"jsonrpc": "2.0", "id": 8, "method": "ping"})).await["id"], 8);
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn a_person_who_declines_or_cannot_be_asked_is_obeyed_too() {
    let (desk, _house, mut stream) = open().await;
    let question = stream.ask(&call(1, TOOL, json!({ "type": "teams" }))).await;
    let declined = stream.ask(&reply(&question, &json!({ "action": "decline" }))).await;
    assert_eq!(text(&declined), "Nothing was done: the user declined.");
    let question = stream.ask(&call(2, TOOL, json!({ "type": "teams" }))).await;
    let error = json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32601, "message": "not now"}});
    let unasked = stream.ask(&error).await;
    assert!(text(&unasked).contains("the client gave no answer"), "{unasked}");
    assert_eq!(deletes(&desk), 0);
}

#[tokio::test]
async fn questions_of_two_calls_have_ids_of_their_own_and_each_gets_its_reply() {
    let (desk, _house, mut stream) = open().await;
    let first = stream.ask(&call(1, TOOL, json!({ "type": "teams" }))).await;
    let second = stream.ask(&call(2, TOOL, json!({ "type": "all" }))).await;
    assert_ne!(first["id"], second["id"]);
    let no = stream.ask(&reply(&second, &json!({ "action": "decline" }))).await;
    assert_eq!((&no["id"], text(&no)), (&json!(2), "Nothing was done: the user declined."));
    let yes = stream.ask(&reply(&first, &json!({ "action": "accept", "content": { "confirm": true } }))).await;
    assert_eq!(yes["id"], 1);
    assert!(text(&yes).ends_with("teams notifications dismissed"), "{yes}");
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn a_call_that_is_cancelled_while_a_person_thinks_does_nothing() {
    let (desk, _house, mut stream) = open().await;
    let question = stream.ask(&call(1, TOOL, json!({ "type": "teams" }))).await;
    stream.say(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})).await;
    stream.say(&reply(&question, &json!({ "action": "accept", "content": { "confirm": true } }))).await;
    let mut next = stream.ask(&json!({"jsonrpc": "2.0", "id": 2, "method": "ping"})).await;
    while next.get("id").is_none() {
        // The question may be withdrawn first.
        assert_eq!(next["method"], "notifications/cancelled", "{next}");
        assert_eq!(next["params"]["requestId"], question["id"]);
        next = stream.hear().await;
    }
    assert_eq!(next["id"], 2, "{next}");
    assert_eq!(deletes(&desk), 0);
}
