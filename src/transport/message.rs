//! Reads the bytes of one line or one HTTP body as a JSON-RPC message, a batch, or the error that they deserve.
//!
//! The SDK ignores text that is no JSON, accepts repeated keys, and answers other invalid messages without their id.

use std::fmt;

use rmcp::model::ClientJsonRpcMessage;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
#[cfg(feature = "http")]
use serde_json::Map;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::model::shape::has_more_values_than;
use crate::unique_keys::UniqueKeys;

/// What the bytes of one line or body hold.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// One message for the SDK.
    Message(Box<ClientJsonRpcMessage>),
    /// The elements of a JSON array, in order. Only protocol version 2025-03-26 has batches.
    Batch(Vec<Incoming>),
    /// A request that cannot be served: this error answers it.
    Refused(Refusal),
    /// Text that is no JSON, and in which no request id can be found.
    NotJson(Refusal),
    /// Nothing that expects an answer: an empty line, or a notification of an unknown form.
    Nothing,
}

/// A JSON-RPC error in the making. `id` is null when the id of the request is unknown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) id: Value,
    code: i32,
    pub(crate) message: String,
}

const UTF8_BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// JSON-RPC's code for text that cannot be parsed.
const PARSE_ERROR: i32 = -32700;
/// JSON-RPC's code for JSON that is no request.
const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC's code for params that cannot be read.
const INVALID_PARAMS: i32 = -32602;

/// Values in one message or batch. Each takes memory, however short it is: a list of two million numbers is 4 MiB of text and 64 of
/// memory.
const MAX_VALUES: usize = 100_000;

/// Messages in one batch; fewer than a client of `/sse` may have in flight.
pub(crate) const MAX_BATCH: usize = 50;

/// Said to a batch where another version than 2025-03-26 was agreed, or none yet.
pub(crate) const NO_BATCHES: &str =
    "Only protocol version 2025-03-26 has batches, after its handshake: send one message at a time.";

/// Said to a request whose id another request uses at the moment.
pub(crate) const ID_IN_USE: &str =
    "This id belongs to a request that is still in flight: use a fresh one for each request.";

impl Refusal {
    fn new(id: Option<&Value>, code: i32, message: impl Into<String>) -> Self {
        let id = id.filter(|id| is_usable_id(id)).cloned().unwrap_or_default();
        Self { id, code, message: message.into() }
    }

    /// An Invalid Request error (-32600) under this id.
    pub(crate) fn invalid(id: Option<&Value>, message: impl Into<String>) -> Self {
        Self::new(id, INVALID_REQUEST, message)
    }

    /// An Invalid Params error (-32602) under this id.
    pub(crate) fn params(id: &Value, message: impl Into<String>) -> Self {
        Self::new(Some(id), INVALID_PARAMS, message)
    }

    /// The error as a JSON-RPC message.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "jsonrpc": "2.0", "id": self.id, "error": { "code": self.code, "message": self.message } })
    }
}

/// Reads one line or body.
pub(crate) fn read(bytes: &[u8]) -> Incoming {
    let bytes = bytes.strip_prefix(UTF8_BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Incoming::Nothing;
    }
    if has_more_values_than(bytes, MAX_VALUES) {
        let text = format!("A message may hold at most {MAX_VALUES} values; this one has more.");
        let id = if bytes.first() == Some(&b'[') { None } else { request_id(bytes) };
        return Incoming::Refused(Refusal::invalid(id.as_ref(), text));
    }
    if bytes.first() == Some(&b'[') { read_batch(bytes) } else { read_one(bytes) }
}

/// Reads a body that holds the arguments of a call and nothing around them; an empty one holds none.
///
/// # Errors
/// A [`Refusal`] that names the fault, as for a message.
#[cfg(feature = "http")]
pub(crate) fn read_arguments(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let bytes = bytes.strip_prefix(UTF8_BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if has_more_values_than(bytes, MAX_VALUES) {
        let text = format!("The arguments may hold at most {MAX_VALUES} values; these have more.");
        return Err(Refusal::invalid(None, text));
    }
    if let Err(error) = serde_json::from_slice::<UniqueKeys>(bytes) {
        let text = format!("The body cannot be read as JSON at {}.", place(&error));
        return Err(Refusal::new(None, PARSE_ERROR, text));
    }
    let not_an_object = |_| Refusal::invalid(None, "The body must be a JSON object: the arguments of the tool.");
    serde_json::from_slice(bytes).map_err(not_an_object)
}

/// The error for a line whose first bytes are these and whose rest was too long to keep; `None` without a request id.
pub(crate) fn too_long(beginning: &[u8], max_bytes: usize) -> Option<Refusal> {
    let id = request_id(beginning.trim_ascii_start())?;
    Some(Refusal::invalid(Some(&id), format!("A message may have at most {max_bytes} bytes; this one had more.")))
}

fn read_batch(bytes: &[u8]) -> Incoming {
    // Raw values, so that one broken message leaves the others readable.
    let Ok(elements) = serde_json::from_slice::<Vec<&RawValue>>(bytes) else {
        let place = serde_json::from_slice::<Vec<IgnoredAny>>(bytes).err().map(|error| place(&error));
        let text = format!("This is no JSON: it breaks off at {}.", place.unwrap_or_default());
        return Incoming::NotJson(Refusal::new(None, PARSE_ERROR, text));
    };
    if elements.is_empty() {
        return Incoming::Refused(Refusal::invalid(None, "A batch must hold at least one message."));
    }
    if elements.len() > MAX_BATCH {
        let text = format!("A batch may hold at most {MAX_BATCH} messages; this one has {}.", elements.len());
        return Incoming::Refused(Refusal::invalid(None, text));
    }
    let read = |element: &&RawValue| match element.get().as_bytes() {
        [b'[', ..] => Incoming::Refused(Refusal::invalid(None, "A batch must not hold another batch.")),
        bytes => read_one(bytes),
    };
    Incoming::Batch(elements.iter().map(read).collect())
}

fn read_one(bytes: &[u8]) -> Incoming {
    if let Err(error) = serde_json::from_slice::<UniqueKeys>(bytes) {
        return unreadable(bytes, &error);
    }
    match serde_json::from_slice(bytes) {
        Ok(message) => Incoming::Message(Box::new(message)),
        Err(_) => explain(bytes),
    }
}

/// The answer to text that is no JSON, or JSON that has no safe meaning: half a surrogate pair, a number that is too large,
/// nesting that is too deep, a repeated key.
fn unreadable(bytes: &[u8], error: &serde_json::Error) -> Incoming {
    // Only the place is told: the text around it belongs to the caller and may hold anything.
    let place = place(error);
    let is_json = serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
    let text = if is_json {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        format!("The message cannot be read at {place}: {reason}.")
    } else {
        format!("This is no JSON: it breaks off at {place}.")
    };
    match request_id(bytes) {
        Some(id) => Incoming::Refused(Refusal::new(Some(&id), PARSE_ERROR, text)),
        None if is_json => Incoming::Refused(Refusal::new(None, PARSE_ERROR, text)),
        None => Incoming::NotJson(Refusal::new(None, PARSE_ERROR, text)),
    }
}

fn place(error: &serde_json::Error) -> String {
    format!("line {} column {}", error.line(), error.column())
}

/// Says why JSON is no message. Only invalid messages come here, so reading them twice costs nobody.
fn explain(bytes: &[u8]) -> Incoming {
    let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else {
        return Incoming::Refused(Refusal::invalid(None, "A JSON-RPC message is an object."));
    };
    let id = object.get("id");
    if id.is_none() && object.get("method").is_some_and(Value::is_string) && object.contains_key("jsonrpc") {
        return Incoming::Nothing;
    }
    let params = object.get("params").filter(|params| !params.is_null());
    let (code, message) = if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        (INVALID_REQUEST, "`jsonrpc` must be \"2.0\".")
    } else if id.is_some_and(|id| !is_usable_id(id)) {
        (INVALID_REQUEST, "`id` must be a string or a whole number.")
    } else if !object.get("method").is_some_and(Value::is_string) {
        (INVALID_REQUEST, "`method` must be a string.")
    } else if params.is_some_and(|params| !params.is_object()) {
        (INVALID_PARAMS, "`params` must be an object.")
    } else {
        (INVALID_REQUEST, "A request has `jsonrpc`, `id`, `method` and, if needed, `params`.")
    };
    Incoming::Refused(Refusal::new(id, code, message))
}

fn is_usable_id(id: &Value) -> bool {
    id.is_string() || id.is_i64()
}

/// The id of a request whose text may be broken, or cut off, behind its id and method.
///
/// A text without `method` may be a response, whose id belongs to a question of the server's own.
fn request_id(bytes: &[u8]) -> Option<Value> {
    let mut head = Head::default();
    // What was found before an error counts.
    let _ = head.deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    head.id.filter(|id| head.has_method && !head.is_ambiguous && is_usable_id(id))
}

/// What the top level of a message says, as far as it can be read.
#[derive(Default)]
struct Head {
    id: Option<Value>,
    has_method: bool,
    is_ambiguous: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Head {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Head {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON-RPC message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "id" => {
                    self.is_ambiguous |= self.id.is_some();
                    self.id = Some(map.next_value()?);
                }
                "method" => {
                    map.next_value::<IgnoredAny>()?;
                    self.has_method = true;
                }
                // Skipping a value checks no numbers, surrogates or depth.
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &[u8]) -> Refusal {
        match read(text) {
            Incoming::Refused(refusal) | Incoming::NotJson(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_id_of_a_broken_message_is_found_before_and_behind_what_breaks_it() {
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        for broken in [r#""Lan \ud83d""#, "1e400", "-1e999", deep.as_str(), r#"{"a":1,"a":2}"#, "\"\u{1}\""] {
            for text in [
                format!(r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"x":{broken}}}}}"#),
                format!(r#"{{"params":{{"x":{broken}}},"method":"tools/call","id":7,"jsonrpc":"2.0"}}"#),
            ] {
                let is_lost = broken.contains('\u{1}') && text.starts_with(r#"{"params"#);
                let expected = if is_lost { Value::Null } else { json!(7) };
                let refusal = refusal(text.as_bytes());
                assert_eq!((refusal.id, refusal.code), (expected, PARSE_ERROR), "{text:.80}");
            }
        }
    }

    #[test]
    fn a_broken_response_and_an_ambiguous_id_are_answered_under_no_id() {
        for text in [
            r#"{"jsonrpc":"2.0","id":0,"result":{"a":1e400}}"#,
            r#"{"jsonrpc":"2.0","id":0,"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1e400,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":0,"result":{"action":"acc"#,
        ] {
            assert_eq!(refusal(text.as_bytes()).id, Value::Null, "{text}");
        }
    }

    #[test]
    fn a_batch_keeps_the_messages_beside_a_broken_one() {
        let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping","params":{"a":1e400}},5]"#;
        let Incoming::Batch(elements) = read(batch.as_bytes()) else { panic!() };
        assert!(matches!(elements[0], Incoming::Message(_)));
        assert!(matches!(&elements[1], Incoming::Refused(refusal) if refusal.id == json!(2)));
        assert!(matches!(&elements[2], Incoming::Refused(refusal) if refusal.id.is_null()));
    }

    proptest! {
        #[test]
        fn a_request_with_an_id_never_goes_unanswered_when_its_params_are_cut_off(
            id in 0_i64..1_000, text in "[a-z\"\\\\\u{0}-\u{1f}{}\\[\\]:,0-9]{0,40}", cut in 0_usize..60
        ) {
            let head = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":"#);
            let whole = format!("{head}{text}}}");
            let end = (head.len() + cut).min(whole.len());
            if let Some(part) = whole.get(..end) {
                match read(part.as_bytes()) {
                    Incoming::Message(_) => {}
                    Incoming::Refused(refusal) => prop_assert_eq!(refusal.id, json!(id)),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}
