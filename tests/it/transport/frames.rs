//! Frames that are no requests: each gets its answer, byte for byte, and the connection lives on.

use serde_json::{Value, json};

use super::desk::{self, NOWHERE, Wire, server, text};

/// What comes back for a line, on an open and on a bare connection.
async fn answer_to(line: &[u8]) -> String {
    let mut open = Wire::open(server(NOWHERE)).await;
    open.say_raw(line).await;
    let answer = open.hear_raw().await;
    assert_eq!(text(&open.call(99, "echo", json!({"text": "alive"})).await), "alive");

    let mut bare = Wire::bare(server(NOWHERE));
    bare.say_raw(line).await;
    let parsed: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(bare.hear().await, parsed, "before the handshake");
    assert!(bare.ask(&desk::initialize(desk::HANDSHAKE)).await["result"].is_object());
    answer
}

/// Says a line that gets no answer: the next answer belongs to the next request, on an open and on a bare connection.
async fn is_ignored(line: &[u8]) {
    let mut open = Wire::open(server(NOWHERE)).await;
    open.say_raw(line).await;
    assert_eq!(text(&open.call(99, "echo", json!({"text": "alive"})).await), "alive");

    let mut bare = Wire::bare(server(NOWHERE));
    bare.say_raw(line).await;
    assert!(bare.ask(&desk::initialize(desk::HANDSHAKE)).await["result"].is_object());
}

#[tokio::test]
async fn text_that_is_no_json_is_ignored() {
    for line in ["{\"jsonrpc\":\n", "hello\n", "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"a\n", "[1,\n"] {
        is_ignored(line.as_bytes()).await;
    }
    is_ignored(b"\xff\xfe\n").await;
    let too_long = [vec![b'x'; 16 * 1024 * 1024 + 1], b"\n".to_vec()].concat();
    is_ignored(&too_long).await;
}

/// A value takes many times the memory of its text, so a message has a bound of values, too.
#[tokio::test]
async fn a_message_of_too_many_values_is_refused_under_its_own_id() {
    let numbers = "0,".repeat(100_001);
    let call = |arguments: &str| {
        let params = format!(r#"{{"name":"echo","arguments":{arguments}}}"#);
        format!("{{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{params}}}\n")
    };
    let refused: Value = serde_json::from_str(&answer_to(call(&format!("[{numbers}0]")).as_bytes()).await).unwrap();
    assert_eq!(refused["id"], 7);
    assert!(refused["error"]["message"].as_str().unwrap().contains("at most 100000 values"), "{refused}");
    // As many commas inside of a text are one value.
    let mut open = Wire::open(server(NOWHERE)).await;
    assert!(open.call(1, "echo", json!({ "text": numbers })).await["result"].is_object());
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused_under_its_own_id() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let call = |arguments: &str| {
        let params = format!(r#"{{"name":"search_contacts","arguments":{arguments}}}"#);
        format!("{{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{params}}}\n")
    };
    let mut answers = Vec::new();
    for arguments in [
        r#"{"query":"Lan \ud83d"}"#,
        r#"{"limit":1e400}"#,
        &format!(r#"{{"query":{deep}}}"#),
        r#"{"query":"a","query":"b"}"#,
        r#"{"query":"a"#,
    ] {
        answers.push(answer_to(call(arguments).as_bytes()).await);
    }
    answers.push(answer_to(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\xfe\"}\n").await);
    answers.push(answer_to(b"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\",\"method\":\"ping\"}\n").await);
    insta::assert_snapshot!(answers.concat());
}

#[tokio::test]
async fn a_request_that_is_too_long_is_refused_under_its_own_id() {
    let mut line = b"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\",\"params\":{\"x\":\"".to_vec();
    line.extend(vec![b'x'; 16 * 1024 * 1024]);
    line.extend(b"\"}}\n");
    insta::assert_snapshot!(answer_to(&line).await, @r#"{"error":{"code":-32600,"message":"A message may have at most 16777216 bytes; this one had more."},"id":5,"jsonrpc":"2.0"}"#);
}

/// A connection that agreed on the one version with batches.
async fn with_batches() -> Wire {
    let mut wire = Wire::bare(server(NOWHERE));
    wire.ask(&desk::initialize("2025-03-26")).await;
    wire
}

#[tokio::test]
async fn a_batch_is_refused_where_the_version_has_none() {
    insta::assert_snapshot!(answer_to(b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]\n").await, @r#"{"error":{"code":-32600,"message":"Only protocol version 2025-03-26 has batches, after its handshake: send one message at a time."},"id":null,"jsonrpc":"2.0"}"#);
}

#[tokio::test]
async fn a_batch_is_answered_by_one_array() {
    let mut wire = with_batches().await;
    let batch = json!([
        {"jsonrpc": "2.0", "id": 7, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        desk::call(8, "waits", json!({"milliseconds": 50})),
        desk::call(9, "echo", json!({"text": "quick"})),
        desk::initialize("2025-03-26"),
        5,
        {"jsonrpc": "2.0", "id": 9, "method": "ping"},
    ]);
    let answers = wire.ask(&batch).await;
    let mut answers = answers.as_array().unwrap().clone();
    answers.sort_by_key(ToString::to_string);
    insta::assert_json_snapshot!(answers);
    assert_eq!(text(&wire.call(9, "echo", json!({"text": "alive"})).await), "alive");
}

#[tokio::test]
async fn a_batch_whose_calls_are_cancelled_is_answered_without_them() {
    let mut wire = with_batches().await;
    let cancel = |id: i64| json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
    let slow = |id: i64| desk::call(id, "waits", json!({"milliseconds": 600_000}));
    wire.say(&json!([slow(1), cancel(1), slow(2), desk::call(3, "echo", json!({"text": "kept"}))])).await;
    wire.say(&cancel(2)).await;
    let answers = wire.hear().await;
    assert_eq!(answers.as_array().unwrap().len(), 1, "{answers}");
    assert_eq!(text(&answers[0]), "kept");
    // A batch that is cancelled as a whole, and one of notifications, get no answer.
    wire.say(&json!([slow(4), cancel(4)])).await;
    wire.say(&json!([{"jsonrpc": "2.0", "method": "notifications/initialized"}])).await;
    assert_eq!(text(&wire.call(5, "echo", json!({"text": "next"})).await), "next");
}

#[tokio::test]
async fn batches_that_are_empty_nested_too_large_or_broken_are_refused() {
    let mut wire = with_batches().await;
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let many = format!("[{}]", vec![ping; 51].join(","));
    let mut answers = Vec::new();
    for line in
        ["[]", "[[]]", &many, &format!(r#"[{ping},{{"jsonrpc":"2.0","id":2,"method":"ping","params":{{"a":1e400}}}}]"#)]
    {
        wire.say_raw(format!("{line}\n").as_bytes()).await;
        answers.push(wire.hear_raw().await);
    }
    insta::assert_snapshot!(answers.concat());
}

#[tokio::test]
async fn a_batch_that_the_end_of_input_cuts_short_is_answered() {
    let mut wire = with_batches().await;
    wire.say(&json!([desk::call(1, "waits", json!({"milliseconds": 600_000})), desk::call(2, "echo", json!({}))]))
        .await;
    let said = wire.close().await;
    assert_eq!(said.len(), 1, "{said:?}");
    let answers = said[0].as_array().unwrap();
    assert_eq!(answers.len(), 2, "{answers:?}");
}

#[tokio::test]
async fn a_second_handshake_changes_nothing_that_was_agreed() {
    let mut wire = Wire::bare(server(NOWHERE));
    wire.ask(&desk::initialize("2025-03-26")).await;
    let mut again = desk::initialize("2025-11-25");
    again["params"]["capabilities"] = json!({"elicitation": {}});
    let answer = wire.ask(&again).await;
    assert_eq!(answer["result"]["protocolVersion"], "2025-03-26", "{answer}");
    assert!(wire.ask(&json!([desk::call(1, "echo", json!({}))])).await.is_array(), "batches are still there");
}

#[tokio::test]
async fn a_request_without_a_usable_id_is_refused() {
    insta::assert_snapshot!(answer_to(b"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}\n").await, @r#"{"error":{"code":-32600,"message":"`id` must be a string or a whole number."},"id":null,"jsonrpc":"2.0"}"#);
}

#[tokio::test]
async fn a_request_of_another_json_rpc_is_refused_under_its_own_id() {
    insta::assert_snapshot!(answer_to(b"{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"ping\"}\n").await, @r#"{"error":{"code":-32600,"message":"`jsonrpc` must be \"2.0\"."},"id":7,"jsonrpc":"2.0"}"#);
}

#[tokio::test]
async fn a_method_that_is_no_text_is_refused_under_its_own_id() {
    insta::assert_snapshot!(answer_to(b"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":5}\n").await, @r#"{"error":{"code":-32600,"message":"`method` must be a string."},"id":"a","jsonrpc":"2.0"}"#);
}

#[tokio::test]
async fn a_handshake_that_cannot_be_read_is_refused_and_may_be_repeated() {
    let line = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":5}}\n";
    insta::assert_snapshot!(answer_to(line).await, @r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"The params of `initialize` cannot be read: at `protocolVersion`, invalid type: integer `5`, expected a string. Expected: `protocolVersion`, a string, `capabilities`, an object, and `clientInfo` with `name` and `version`."}}"#);
}

#[tokio::test]
async fn calls_that_cannot_be_read_are_refused_as_invalid_params() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    for params in [json!({}), json!({"name": 5}), json!({"name": "echo", "arguments": []}), json!("echo"), json!(null)]
    {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        let answer = wire.ask(&request).await;
        assert_eq!(answer["error"]["code"], -32602, "{params}: {answer}");
    }
}

#[tokio::test]
async fn empty_lines_windows_line_ends_and_unknown_notifications_need_no_answer() {
    let mut wire = Wire::bare(server(NOWHERE));
    wire.say_raw(b"\n\r\n  \n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/from/the/future\",\"params\":5}\n").await;
    wire.say_raw(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n").await;
    wire.say_raw(b"{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{}}\n").await;
    wire.say_raw(format!("\u{feff}{}\r\n", desk::initialize(desk::HANDSHAKE)).as_bytes()).await;
    assert_eq!(wire.hear().await["id"], 0);
}

#[tokio::test]
async fn a_last_line_without_its_end_is_still_answered() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    wire.say_raw(desk::call(1, "echo", json!({"text": "last"})).to_string().as_bytes()).await;
    let said = wire.close().await;
    assert_eq!(said.len(), 1);
    assert_eq!(text(&said[0]), "last");
}

#[tokio::test]
async fn an_input_that_ends_at_once_is_no_failure() {
    assert!(Wire::bare(server(NOWHERE)).close().await.is_empty());
}
