//! JSON-RPC lines: every answer to bytes that are no message is one line of JSON with a known error code.
#![no_main]

use futures::executor::block_on;
use imbrace_contacts_mcp::transport::fuzzing::answers;
use serde_json::Value;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // One byte says how long a line may be: so short that most are too long, or as long as it is served.
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let longest = if choice % 4 == 0 { 16 } else { 1 << 20 };
    let all = block_on(answers(bytes, longest));
    assert!(all.len() <= bytes.iter().filter(|byte| **byte == b'\n').count() + 1);
    for text in all.into_iter().flatten() {
        assert!(!text.contains('\n'));
        let answer: Value = serde_json::from_str(&text).expect("an answer is JSON");
        assert!(matches!(answer["error"]["code"].as_i64(), Some(-32700 | -32600 | -32602)));
        assert!(matches!(answer["id"], Value::Null | Value::String(_) | Value::Number(_)));
    }
});
