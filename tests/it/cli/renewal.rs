//! A credential in a file that is replaced while the server runs.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Duration;

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use serde_json::{Value, json};

use super::{CANARY, program};

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_credential_is_used_from_the_next_call_on() {
    let people = Population { contacts: 12, ..Population::default() };
    let local = LocalGateway::start(Options { people, ..Options::default() }).await.unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{CANARY}").unwrap();
    let (base_url, path) = (local.base_url(), file.path().to_str().unwrap().to_owned());
    let variables = [("IMBRACE_BASE_URL", base_url.as_str()), ("IMBRACE_ACCESS_TOKEN_FILE", path.as_str())];
    let mut child = program(&["serve", "--log", "info"], &variables).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |message: &Value| -> Value {
        writeln!(input, "{message}").unwrap();
        serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()
    };
    ask(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25",
        "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}));
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_contacts", "arguments": {"limit": 1}}});
    let refused = ask(&call);
    assert_eq!(refused["result"]["isError"], true, "{refused}");
    // Replaced by something that is no credential: what was read last stays, and nothing of either is told.
    std::fs::write(file.path(), "hunter2\n").unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(ask(&call)["result"]["isError"], true);
    std::fs::write(file.path(), format!("{ACCESS_TOKEN}\n")).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    // The old one's refusal would rest it for a minute.
    let answered = ask(&call);
    assert_eq!(answered["result"]["isError"], false, "{answered}");
    drop(input);
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("the credential stays as it was") && log.contains("the credential was read again"), "{log}");
    assert!(![CANARY, ACCESS_TOKEN, "hunter2"].iter().any(|secret| log.contains(secret)), "{log}");
    local.stop().await;
}
