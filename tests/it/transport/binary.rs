//! The built binary, as a client starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{HANDSHAKE, call, initialize, modern, text};

fn serve(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imbrace-contacts-mcp"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("IMBRACE_")) {
        command.env_remove(name);
    }
    command
        .args(["serve", "--env", "local", "--local-contacts", "20"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for the end, and fails when it does not come.
fn ended(child: &mut Child) -> (bool, Duration) {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.success(), began.elapsed());
        }
        if began.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("the process does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn every_message_is_answered_and_nothing_else_is_on_stdout() {
    let mut child = serve(&["--log", "trace"]);
    let mut input = child.stdin.take().unwrap();
    let requests = [
        initialize(HANDSHAKE),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
        call(2, "list_contacts", json!({"limit": 2})),
        call(3, "search_contacts", json!({"query": "UNK"})),
        call(4, "list_notifications", json!({})),
        call(5, "get_contact", json!({"contact_id": "../x"})),
        modern(6, "tools/call", json!({"name": "list_contacts"})),
    ];
    for request in &requests {
        writeln!(input, "{request}").unwrap();
    }
    writeln!(input, "no json").unwrap();
    drop(input);
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    let mut logged = String::new();
    child.stderr.take().unwrap().read_to_string(&mut logged).unwrap();
    assert!(ended(&mut child).0, "{logged}");
    let answers: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 7, "{said}");
    let answer = |id: i64| answers.iter().find(|answer| answer["id"] == id).unwrap_or_else(|| panic!("{id} in {said}"));
    assert!(text(answer(2)).starts_with("# contacts 1-2 of 20"), "{said}");
    assert_eq!(answer(5)["result"]["isError"], true);
    assert_eq!(answer(6)["result"]["isError"], false);
    assert!(logged.contains("a line was ignored"), "{logged}");
}

#[test]
fn it_ends_soon_after_its_input_and_after_a_signal() {
    let mut child = serve(&["--log", "error"]);
    drop(child.stdin.take());
    let (well, took) = ended(&mut child);
    assert!(well && took < Duration::from_secs(10), "{took:?}");

    let mut child = serve(&["--log", "error"]);
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", initialize(HANDSHAKE)).unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let (well, took) = ended(&mut child);
    assert!(well && took < Duration::from_secs(10), "{took:?}");
}
