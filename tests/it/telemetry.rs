//! Log lines of the built binary, with hostile words in all that a stranger or an operator can put into them.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::transport::desk::{HANDSHAKE, call, initialize};

/// What would be a line of its own, and what would reorder or erase one.
const FORGED: &str = "x\n2026-01-05T08:00:00Z  INFO forged: paid\r\u{1b}[2K\u{85}\u{2028}\u{202e}\u{9b}0m";

/// Every crate at its loudest.
const LOUD: &str =
    "trace,h2=trace,hyper=trace,hyper_util=trace,reqwest=trace,rmcp=trace,rustls=trace,tower=trace,axum=trace";

/// The log of a server that was told hostile names, ids, arguments and paths.
fn log(format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let hostile = folder.path().join("audit\n2026-01-05T08:00:00Z  INFO forged: audit\u{202e}");
    std::fs::create_dir(&hostile).unwrap();
    let file = hostile.join("a.jsonl");
    let mut child = Command::new(env!("CARGO_BIN_EXE_imbrace-contacts-mcp"))
        .args(["serve", "--env", "local", "--local-contacts", "20", "--log", LOUD, "--log-format", format])
        .args(["--audit".as_ref(), file.as_os_str()])
        .env_clear()
        .env("HOME", &hostile)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let notification = json!({"jsonrpc": "2.0", "method": FORGED, "params": {"reason": FORGED}});
    let cancelled = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": FORGED, "reason": FORGED}});
    let mut named = call(3, "list_contacts", json!({}));
    named["id"] = json!(FORGED);
    named["params"]["_meta"] = json!({"progressToken": FORGED});
    for message in [
        initialize(HANDSHAKE),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        call(1, FORGED, json!({})),
        call(2, "search_contacts", json!({"query": FORGED})),
        call(4, "get_contact", json!({"contact_id": FORGED})),
        json!({"jsonrpc": "2.0", "id": 5, "method": FORGED}),
        named,
        notification,
        cancelled,
    ] {
        writeln!(input, "{message}").unwrap();
    }
    // No JSON at all, with the raw characters in it.
    writeln!(input, "{FORGED}").unwrap();
    drop(input);
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success(), "{log}");
    log
}

fn is_quiet(letter: char) -> bool {
    letter == '\n' || !(letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202e}'))
}

#[test]
fn a_text_log_has_no_line_that_it_did_not_write() {
    let log = log("text");
    assert!(log.lines().count() > 10 && log.contains("forged"), "the names are in the log: {log}");
    for line in log.lines() {
        // The year of the forged lines has passed; every real line begins with the present.
        assert!(!line.starts_with("2026-01-05") && line.starts_with("20"), "{line}");
    }
    assert!(log.chars().all(is_quiet));
}

#[test]
fn a_json_log_has_one_object_a_line() {
    let log = log("json");
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(event["level"].is_string(), "{line}");
    }
    assert!(log.chars().all(is_quiet));
}
