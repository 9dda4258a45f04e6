//! Plain calls are answered without the SDK, and nobody can tell.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{NOWHERE, Wire, call, server, text};
use super::house::House;

/// Calls in two forms that mean the same: a plain one, and one with empty metadata, which is the SDK's.
fn pairs() -> Vec<[Value; 2]> {
    let named = [
        ("echo", json!({"text": "hi \"there\"\n"})),
        ("echo", json!({})),
        ("echo", json!({"text": "hi", "other": 1})),
        ("panics", json!({})),
        ("ask_gateway", json!({})),
        ("nothing_known", json!({})),
    ];
    let both = |(name, arguments): (&str, Value)| {
        let plain = call(7, name, arguments);
        let mut other = plain.clone();
        other["params"]["_meta"] = json!({});
        [plain, other]
    };
    named.into_iter().map(both).collect()
}

/// What changes from call to call.
fn without_chance(answer: &Value) -> String {
    let text = answer.to_string();
    text.split_once("request ").map_or(text.clone(), |(before, _)| before.to_owned())
}

#[tokio::test]
async fn over_pipes_the_answer_is_what_the_sdk_would_have_answered() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    for [plain, other] in pairs() {
        let answers = [wire.ask(&plain).await, wire.ask(&other).await];
        assert_eq!(without_chance(&answers[0]), without_chance(&answers[1]), "{plain}");
    }
}

#[tokio::test]
async fn over_http_the_answer_and_its_head_are_what_the_sdk_would_have_answered() {
    let house = House::open().await;
    for [plain, other] in pairs() {
        let mut heads = Vec::new();
        for message in [&plain, &other] {
            let response = house.post(message.to_string()).send().await.unwrap();
            let mut head = format!("{} {:?}", response.status(), response.headers());
            head.truncate(head.find("\"date\"").unwrap_or(head.len()));
            heads.push((head, without_chance(&response.json::<Value>().await.unwrap())));
        }
        assert_eq!(heads[0], heads[1], "{plain}");
    }
}

#[tokio::test]
async fn what_only_the_sdk_knows_is_left_to_it() {
    let house = House::open().await;
    let plain = call(7, "echo", json!({"text": "hi"})).to_string();
    let status = async |name: &'static str, value: &str| {
        house.post(plain.clone()).header(name, value).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("mcp-protocol-version", "2025-06-18").await, 200);
    assert_eq!(status("mcp-protocol-version", "1999-01-01").await, 400);
    let json_only = house.post(plain.clone()).header("accept", "").send().await.unwrap();
    assert_eq!(json_only.status(), 200, "a second `accept` takes nothing from the first");
}

#[tokio::test]
async fn a_cancelled_plain_call_stops_and_is_never_answered() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    wire.say(&call(1, "waits", json!({"milliseconds": 20_000}))).await;
    wire.say(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})).await;
    let began = Instant::now();
    assert_eq!(text(&wire.call(2, "echo", json!({"text": "next"})).await), "next");
    // Its id is free again at once.
    assert_eq!(text(&wire.call(1, "echo", json!({"text": "again"})).await), "again");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn before_the_handshake_has_ended_no_call_is_plain() {
    let mut wire = Wire::bare(server(NOWHERE));
    let answer = wire.ask(&call(1, "echo", json!({"text": "too early"}))).await;
    assert!(answer["error"]["code"].is_number(), "{answer}");
}
