//! Frames that are no requests: each gets its answer, byte for byte, and the connection lives on.

use serde_json::json;

use super::desk::{self, NOWHERE, Wire, server, text};

/// What comes back for a line, on an open and on a bare connection.
async fn answer_to(line: &[u8]) -> String {
    let mut open = Wire::open(server(NOWHERE)).await;
    open.say_raw(line).await;
    let answer = open.hear_raw().await;
    assert_eq!(text(&open.call(99, "echo", json!({"text": "alive"})).await), "alive");

    let mut bare = Wire::bare(server(NOWHERE));
    bare.say_raw(line).await;
    assert_eq!(bare.hear_raw().await, answer, "before the handshake");
    assert!(bare.ask(&desk::initialize(desk::HANDSHAKE)).await["result"].is_object());
    answer
}

#[tokio::test]
async fn a_line_that_is_no_json_gets_a_parse_error() {
    insta::assert_snapshot!(answer_to(b"{\"jsonrpc\":\n").await, @r#"{"error":{"code":-32700,"message":"This is no JSON: it breaks off at line 1 column 11."},"id":null,"jsonrpc":"2.0"}"#);
}

#[tokio::test]
async fn bytes_that_are_no_text_get_a_parse_error() {
    insta::assert_snapshot!(answer_to(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\xfe\"}\n").await, @r#"{"error":{"code":-32700,"message":"This is no JSON: it breaks off at line 1 column 35."},"id":null,"jsonrpc":"2.0"}"#);
}

#[tokio::test]
async fn a_batch_is_refused() {
    insta::assert_snapshot!(answer_to(b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]\n").await, @r#"{"error":{"code":-32600,"message":"Batches are not supported: send one request at a time."},"id":null,"jsonrpc":"2.0"}"#);
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
async fn a_line_that_is_too_long_is_refused_without_being_held() {
    let mut line = vec![b'x'; 16 * 1024 * 1024 + 1];
    line.push(b'\n');
    insta::assert_snapshot!(answer_to(&line).await, @r#"{"error":{"code":-32600,"message":"A message may have at most 16777216 bytes; this line had more."},"id":null,"jsonrpc":"2.0"}"#);
}

#[tokio::test]
async fn a_handshake_that_cannot_be_read_is_refused_and_may_be_repeated() {
    let line = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":5}}\n";
    insta::assert_snapshot!(answer_to(line).await, @r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"The params of `initialize` cannot be read; expected: `protocolVersion`, a string, `capabilities`, an object, and `clientInfo` with `name` and `version`."}}"#);
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
