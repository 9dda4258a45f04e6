//! From the bytes of one message to the message, or to the answer that bytes without one deserve.
//!
//! The SDK stays silent on text that is no JSON, and says the least possible about the rest. Here every frame that
//! expects an answer gets one: -32700 for text that is no JSON, -32600 for JSON that is no request.

use rmcp::model::ClientJsonRpcMessage;
use serde_json::{Value, json};

/// What one frame turned out to be.
#[derive(Debug)]
pub(crate) enum Frame {
    /// A message for the server.
    Message(Box<ClientJsonRpcMessage>),
    /// No message: this JSON-RPC error goes back.
    Answer(String),
    /// Nothing that expects an answer: an empty line, or a notification in a form that nobody knows.
    Nothing,
}

const UTF8_BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// JSON-RPC's code for text that is no JSON.
const PARSE_ERROR: i32 = -32700;
/// JSON-RPC's code for JSON that is no request.
pub(crate) const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC's code for arguments that cannot be read.
const INVALID_PARAMS: i32 = -32602;

/// Reads one frame.
pub(crate) fn read(bytes: &[u8]) -> Frame {
    let bytes = bytes.strip_prefix(UTF8_BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Frame::Nothing;
    }
    match serde_json::from_slice(bytes) {
        Ok(message) => Frame::Message(Box::new(message)),
        Err(_) => explain(bytes),
    }
}

/// Says why bytes are no message. Only wrong frames come here, so reading them twice costs nobody.
fn explain(bytes: &[u8]) -> Frame {
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => {
            // Only the place is told: the text around it belongs to the caller and may hold anything.
            let place = format!("line {} column {}", error.line(), error.column());
            return Frame::Answer(refusal(None, PARSE_ERROR, &format!("This is no JSON: it breaks off at {place}.")));
        }
    };
    let Value::Object(object) = value else {
        let message = if value.is_array() {
            "Batches are not supported: send one request at a time."
        } else {
            "A JSON-RPC message is an object."
        };
        return Frame::Answer(refusal(None, INVALID_REQUEST, message));
    };
    let id = object.get("id");
    if id.is_none() && object.get("method").is_some_and(Value::is_string) && object.contains_key("jsonrpc") {
        return Frame::Nothing;
    }
    let params = object.get("params").filter(|params| !params.is_null());
    let (code, message) = if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        (INVALID_REQUEST, "`jsonrpc` must be \"2.0\".")
    } else if id.is_some_and(|id| !usable(id)) {
        (INVALID_REQUEST, "`id` must be a string or a whole number.")
    } else if !object.get("method").is_some_and(Value::is_string) {
        (INVALID_REQUEST, "`method` must be a string.")
    } else if params.is_some_and(|params| !params.is_object()) {
        (INVALID_PARAMS, "`params` must be an object.")
    } else {
        (INVALID_REQUEST, "A request has `jsonrpc`, `id`, `method` and, if needed, `params`.")
    };
    Frame::Answer(refusal(id.filter(|id| usable(id)), code, message))
}

fn usable(id: &Value) -> bool {
    id.is_string() || id.is_i64()
}

/// A JSON-RPC error as text. `id` is null when the request's own cannot be known.
pub(crate) fn refusal(id: Option<&Value>, code: i32, message: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }).to_string()
}
