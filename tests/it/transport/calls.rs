//! Calls: side by side, cut short, with progress, into a bug, and past the end of input.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::desk::{NOWHERE, Wire, call, server, text};
use crate::support::scripted::{Play, Scripted};

#[tokio::test]
async fn a_quick_call_overtakes_a_slow_one() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    wire.say(&call(1, "waits", json!({"milliseconds": 300}))).await;
    wire.say(&call(2, "echo", json!({"text": "quick"}))).await;
    assert_eq!(wire.hear().await["id"], 2);
    assert_eq!(wire.hear().await["id"], 1);
}

#[tokio::test]
async fn an_unknown_tool_is_refused_with_the_nearest_name() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    let answer = wire.call(1, "ask_gatewy", json!({})).await;
    assert_eq!(
        answer["error"],
        json!({"code": -32602, "message": "No tool is named `ask_gatewy`. Did you mean `ask_gateway`?"})
    );
    let answer = wire.call(2, "xyzzy", json!({})).await;
    assert_eq!(answer["error"]["message"], "No tool is named `xyzzy`.");
}

#[tokio::test]
async fn absent_and_null_arguments_are_none() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    assert_eq!(text(&wire.call(1, "removes", Value::Null).await), "removed");
    let request = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "removes"}});
    assert_eq!(text(&wire.ask(&request).await), "removed");
}

#[tokio::test]
async fn a_panic_becomes_an_answer_and_the_next_call_works() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    let answer = wire.call(1, "panics", json!({})).await;
    assert_eq!(answer["result"]["isError"], true);
    assert!(!text(&answer).contains("bounds"), "{answer}");
    assert_eq!(text(&wire.call(2, "echo", json!({"text": "alive"})).await), "alive");
}

#[tokio::test]
async fn an_id_that_is_in_flight_is_refused_and_the_first_call_is_answered() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    wire.say(&call(1, "waits", json!({"milliseconds": 200}))).await;
    let answer = wire.call(1, "echo", json!({"text": "second"})).await;
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32600)), "{answer}");
    assert_eq!(text(&wire.hear().await), "waited");
    assert_eq!(text(&wire.call(1, "echo", json!({"text": "free again"})).await), "free again");
}

#[tokio::test]
async fn cancelling_a_call_drops_its_request_to_the_gateway_and_gets_no_answer() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut wire = Wire::open(server(&format!("http://{}", gateway.local_addr().unwrap()))).await;
    wire.say(&call(1, "ask_gateway", json!({}))).await;
    let (mut upstream, _) = gateway.accept().await.unwrap();
    let mut request = [0; 1024];
    assert!(upstream.read(&mut request).await.unwrap() > 0);

    wire.say(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})).await;
    let dropped = tokio::time::timeout(Duration::from_secs(5), upstream.read(&mut request)).await;
    assert!(matches!(dropped.expect("the connection to be dropped"), Ok(0) | Err(_)));

    assert_eq!(wire.call(2, "echo", json!({"text": "next"})).await["id"], 2, "no answer to the cancelled call");
    assert_eq!(text(&wire.call(1, "echo", json!({"text": "id 1 is free"})).await), "id 1 is free");
}

#[tokio::test]
async fn a_hundred_of_a_hundred_cancelled_calls_are_seen_upstream() {
    let gateway = Scripted::playing([Play::Hang]).await;
    let mut wire = Wire::open(server(&format!("http://{}", gateway.address))).await;
    for batch in 0..4 {
        let ids = batch * 25..(batch + 1) * 25;
        for id in ids.clone() {
            // Each asks about a contact of its own, so that none shares another's request.
            let contact = format!("con_00000000-0000-4000-8000-{id:012}");
            wire.say(&call(id, "ask_gateway", json!({"contact_id": contact}))).await;
        }
        let (came, left) = (ids.end as usize, ids.start as usize);
        until("come", || gateway.seen().len() == came).await;
        assert_eq!(gateway.left(), left, "calls that nobody cancelled go on");
        for id in ids {
            let cancelled = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
            wire.say(&cancelled).await;
        }
        // The promise is 500 ms, which `stress/src/bin/cancel.rs` measures; here it only has to happen.
        until("left", || gateway.left() == came).await;
    }
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(20), "never {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn progress_grows_and_ends_before_the_answer() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    for milliseconds in [0, 60, 150] {
        let mut request = call(1, "counts", json!({"milliseconds": milliseconds}));
        request["params"]["_meta"] = json!({"progressToken": "here"});
        wire.say(&request).await;
        let mut told = Vec::new();
        let answer = loop {
            let message = wire.hear().await;
            if message.get("id").is_some() {
                break message;
            }
            assert_eq!(message["method"], "notifications/progress");
            assert_eq!(message["params"]["progressToken"], "here");
            assert_eq!(message["params"]["total"], 5.0);
            told.push(message["params"]["progress"].as_f64().unwrap());
        };
        assert_eq!(text(&answer), "counted");
        assert!(told.is_sorted_by(|earlier, later| earlier < later), "{told:?}");
        assert_eq!(told.last(), Some(&5.0), "the last step is always told");
    }
}

#[tokio::test]
async fn nobody_is_told_of_progress_who_did_not_ask() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    assert_eq!(wire.call(1, "counts", json!({"milliseconds": 1})).await["id"], 1);
}

#[tokio::test]
async fn calls_in_flight_at_the_end_of_input_are_answered_within_the_second() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    wire.say(&call(1, "waits", json!({"milliseconds": 100}))).await;
    wire.say(&call(2, "waits", json!({"milliseconds": 600_000}))).await;
    wire.say(&call(3, "sends", json!({"milliseconds": 600_000}))).await;
    let began = Instant::now();
    let mut said = wire.close().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    said.sort_by_key(|answer| answer["id"].as_i64());
    assert_eq!(text(&said[0]), "waited");
    assert!(text(&said[1]).contains("nothing was changed"), "{}", said[1]);
    assert!(text(&said[2]).contains("may still have been done"), "{}", said[2]);
}

#[tokio::test]
async fn each_of_many_reads_that_the_end_of_input_cuts_short_is_answered() {
    const CALLS: i64 = 500;
    let mut wire = Wire::open(server(NOWHERE)).await;
    for id in 1..=CALLS {
        wire.say(&call(id, "waits", json!({"milliseconds": 600_000}))).await;
    }
    let said = wire.close().await;
    let ids: HashSet<i64> = said.iter().filter_map(|answer| answer["id"].as_i64()).collect();
    assert_eq!(ids, (1..=CALLS).collect());
    assert!(said.iter().all(|answer| text(answer).contains("nothing was changed")), "{said:?}");
}

#[tokio::test]
async fn a_stop_lets_calls_finish_and_takes_no_new_ones() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    wire.say(&call(1, "sends", json!({"milliseconds": 800}))).await;
    // Answered, so the call before it has begun.
    wire.call(2, "echo", json!({})).await;
    wire.stop.cancel();
    wire.say(&call(3, "echo", json!({}))).await;
    let said = wire.rest().await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(text(&said[0]), "sent");
}

#[tokio::test]
async fn a_client_that_sends_thousands_of_calls_at_once_gets_every_answer() {
    const CALLS: i64 = 3_000;
    let mut wire = Wire::open(server(NOWHERE)).await;
    let mut writer = wire.writer.take().unwrap();
    let writing = tokio::spawn(async move {
        for id in 1..=CALLS {
            let line = format!("{}\n", call(id, "echo", json!({"text": "x".repeat(500)})));
            writer.write_all(line.as_bytes()).await.unwrap();
        }
        writer
    });
    let mut ids = HashSet::new();
    for _ in 0..CALLS {
        ids.insert(wire.hear().await["id"].as_i64().unwrap());
    }
    assert_eq!(ids.len(), CALLS as usize);
    drop(writing.await.unwrap());
}

#[tokio::test]
async fn a_call_before_the_handshake_is_refused() {
    let mut wire = Wire::bare(server(NOWHERE));
    let answer = wire.ask(&call(1, "echo", json!({"text": "too early"}))).await;
    assert!(answer["error"]["code"].is_number(), "{answer}");
}

#[tokio::test]
async fn a_cancelled_call_stops_and_frees_its_id() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    wire.say(&call(1, "waits", json!({"milliseconds": 20_000}))).await;
    wire.say(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})).await;
    let began = Instant::now();
    assert_eq!(text(&wire.call(2, "echo", json!({"text": "next"})).await), "next");
    assert_eq!(text(&wire.call(1, "echo", json!({"text": "again"})).await), "again");
    assert!(began.elapsed() < Duration::from_secs(10));
}
