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

/// `/readyz` and the log tell that the gateway refuses the credential, until another one is accepted.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_credential_is_a_warning_and_makes_the_server_unready() {
    use imbrace_contacts_mcp::local_gateway::EXPIRED_ACCESS_TOKEN;
    let people = Population { contacts: 12, ..Population::default() };
    let local = LocalGateway::start(Options { people, ..Options::default() }).await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), EXPIRED_ACCESS_TOKEN).unwrap();
    let (base_url, path) = (local.base_url(), file.path().to_str().unwrap().to_owned());
    let variables = [("IMBRACE_BASE_URL", base_url.as_str()), ("IMBRACE_ACCESS_TOKEN_FILE", path.as_str())];
    let mut child = program(&["serve", "--http", "127.0.0.1:0"], &variables).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = log.find(|line| line.contains("listening at")).unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let ready = async || {
        let answer = client.get(format!("http://{address}/readyz")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let call = async || {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "list_contacts", "arguments": {"limit": 1}}});
        let request = client.post(format!("http://{address}/mcp")).header("content-type", "application/json");
        request.body(body.to_string()).send().await.unwrap().text().await.unwrap()
    };
    assert!(call().await.contains("\"isError\":true"));
    let line = log.find(|line| line.contains("refuses the credential")).unwrap();
    assert!(line.contains("WARN") && line.contains("status=401"), "{line}");
    let line = log.find(|line| line.contains("a call failed")).unwrap();
    assert!(line.contains("tool=\"list_contacts\"") && line.contains("reason=\"refused\""), "{line}");
    let (status, reason) = ready().await;
    assert!(status == 503 && reason.contains("\"the gateway refuses the credential\""), "{status} {reason}");
    std::fs::write(file.path(), ACCESS_TOKEN).unwrap();
    // An answer of /readyz holds for five seconds. No call is needed.
    tokio::time::sleep(Duration::from_millis(5200)).await;
    assert_eq!(ready().await, (200, "ready\n".to_owned()));
    assert!(call().await.contains("\"isError\":false"));
    child.kill().unwrap();
    child.wait().unwrap();
    local.stop().await;
}
