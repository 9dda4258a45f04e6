//! The built binary with `--audit`: killed, out of space, and asked about its file.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::transport::desk::{HANDSHAKE, call, initialize, text};

const BINARY: &str = env!("CARGO_BIN_EXE_imbrace-contacts-mcp");
const CONTACT: &str = "con_00000000-0000-4000-8000-000000000001";

/// A server over the local gateway, started by a shell line that ends in `exec "$@"`.
fn serve(shell: &str, path: &str, faults: &str) -> Child {
    let words = ["serve", "--env", "local", "--local-contacts", "20", "--audit", path, "--local-faults", faults];
    let mut command = Command::new("sh");
    command.args(["-c", shell, "sh", BINARY]).args(words).env_clear().env("HOME", crate::support::home());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn verify(path: &str) -> (i32, String) {
    let run = Command::new(BINARY).args(["audit", "verify", path]).output().unwrap();
    (run.status.code().unwrap(), String::from_utf8([run.stdout, run.stderr].concat()).unwrap())
}

/// Says the handshake and one call; the answers can be read from what is given back.
fn ask(child: &mut Child, requests: &[Value]) -> impl Iterator<Item = Value> + use<> {
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", initialize(HANDSHAKE)).unwrap();
    writeln!(input, "{}", json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).unwrap();
    for request in requests {
        writeln!(input, "{request}").unwrap();
    }
    child.stdin = Some(input);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).skip(1)
}

#[cfg(unix)]
#[test]
fn a_write_under_way_when_the_process_is_killed_is_reported_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let shown = path.to_str().unwrap();
    let mut child = serve("exec \"$@\"", shown, "*:latency,ms=20000");
    let update = call(1, "update_contact", json!({"contact_id": CONTACT, "set": {"remark": "x"}}));
    let _answers = ask(&mut child, &[update]);
    while !std::fs::read_to_string(&path).is_ok_and(|text| text.contains("intent")) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, said) = verify(shown);
    assert!(code == 0 && said.contains(&format!("no outcome yet: line 2 update_contact {CONTACT}")), "{said}");

    let mut child = serve("exec \"$@\"", shown, "");
    drop(child.stdin.take());
    let run = child.wait_with_output().unwrap();
    let log = String::from_utf8(run.stderr).unwrap();
    assert!(log.contains("nobody knows whether it was done") && log.contains(CONTACT), "{log}");
    let (code, said) = verify(shown);
    assert!(code == 0 && said.contains("1 write begun, 1 of them with unknown outcome"), "{said}");
}

#[cfg(unix)]
#[test]
fn without_space_for_its_intent_a_write_is_refused_and_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let shown = path.to_str().unwrap();
    // Files may have 1,024 to 2,048 bytes, as the shell counts; a write beyond is an error.
    let mut child = serve("trap '' XFSZ; ulimit -f 2; exec \"$@\"", shown, "");
    let mut answers = ask(&mut child, &[]);
    let mut input = child.stdin.take().unwrap();
    let mut asked = |id: i64, tool: &str, arguments: Value| {
        writeln!(input, "{}", call(id, tool, arguments)).unwrap();
        answers.next().unwrap()
    };
    for id in 1..=6 {
        assert_eq!(asked(id, "list_contacts", json!({"limit": 1}))["result"]["isError"], false);
    }
    let refused = asked(7, "dismiss_all_notifications", json!({"type": "all"}));
    assert!(text(&refused).starts_with("Nothing was done: the audit file cannot be written"), "{refused}");
    let counted = asked(8, "list_notifications", json!({"limit": 1}));
    assert!(!text(&counted).contains("0 of 0"), "{counted}");
    drop(input);
    child.wait().unwrap();
    assert_eq!(verify(shown).0, 0, "what did not fit was cut off again");
}

#[test]
fn verify_ends_with_1_where_the_chain_breaks_and_with_70_without_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let shown = path.to_str().unwrap();
    let run = Command::new(BINARY)
        .args(["call", "list_contacts", "--env", "local", "--local-contacts", "20", "--audit", shown])
        .output();
    assert!(run.unwrap().status.success());
    let (code, said) = verify(shown);
    assert!(code == 0 && said.starts_with("intact: 2 lines, 1 call"), "{said}");
    let changed = std::fs::read_to_string(&path).unwrap().replace("list_contacts", "list_comments");
    std::fs::write(&path, changed).unwrap();
    let (code, said) = verify(shown);
    assert_eq!((code, said.starts_with("broken at line 2")), (1, true), "{said}");
    assert_eq!(verify(folder.path().join("none").to_str().unwrap()).0, 70);
    let refused = Command::new(BINARY).args(["serve", "--env", "local", "--audit", shown]).output().unwrap();
    assert_eq!(refused.status.code(), Some(78), "a broken file is not written to");
}
