//! `serve`: started, spoken to, and ended.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{CANARY, program, run, run_with_input};

const FEW: [&str; 4] = ["--env", "local", "--local-contacts", "12"];

fn initialize() -> String {
    let client = json!({"name": "test", "version": "1"});
    let parameters = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}).to_string() + "\n"
}

#[test]
fn with_nothing_configured_serve_says_what_to_set_and_ends_with_78() {
    let refused = run(&["serve"], &[]);
    assert_eq!((refused.code, refused.out.as_str()), (78, ""));
    assert!(refused.err.contains("imbrace-contacts-mcp serve --env local"), "{}", refused.err);
}

#[test]
fn a_client_is_answered_on_stdout_alone_and_the_end_of_input_is_the_end() {
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_contacts", "arguments": {"limit": 1}}});
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let words = [&["serve"], FEW.as_slice()].concat();
    let answer = run_with_input(&words, &[], &format!("{}{initialized}\n{call}\n", initialize()));
    assert_eq!(answer.code, 0, "{}", answer.err);
    let lines: Vec<Value> = answer.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{}", answer.out);
    let text = lines[1]["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("# contacts 1-1 of 12"), "{text}");
}

#[test]
fn logs_can_be_json_and_name_no_contact() {
    let words = [&["serve", "--log-format", "json"], FEW.as_slice()].concat();
    let answer = run_with_input(&words, &[], &initialize());
    let lines: Vec<Value> = answer.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "ready" && line["tools"].is_u64()), "{}", answer.err);
}

#[cfg(unix)]
#[test]
fn sigterm_ends_a_waiting_server_with_0() {
    let mut child = started(&[&["serve"], FEW.as_slice()].concat());
    let mut input = child.stdin.take().unwrap();
    input.write_all(initialize().as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("serverInfo"), "{line}");
    signal(&child, "-TERM");
    assert_eq!(code_of(child), Some(0));
}

#[cfg(unix)]
#[test]
fn the_review_page_is_served_where_its_link_says_until_a_signal() {
    let state = tempfile::tempdir().unwrap();
    let words = ["cleanup", "review", "--no-open", "--env", "local", "--local-contacts", "20", "--state-dir"];
    let mut child = started(&[words.as_slice(), &[state.path().to_str().unwrap()]].concat());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let link = lines.find(|line| line.starts_with("http://127.0.0.1:")).expect("a link");
    let (address, token) = link.strip_prefix("http://").unwrap().split_once("/#open=").unwrap();
    assert!(token.len() >= 43, "{link}");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("<!doctype html>"), "{answer}");
    signal(&child, "-INT");
    assert_eq!(code_of(child), Some(0));
}

#[cfg(unix)]
#[test]
fn http_is_served_where_the_log_says_until_a_signal() {
    let mut child = started(&[&["serve", "--http", "127.0.0.1:0", "--sse"], FEW.as_slice()].concat());
    // Closed after the line: a server whose log nobody reads any more must go on.
    let log = BufReader::new(child.stderr.take().unwrap());
    let line = log.lines().map_while(Result::ok).find(|line| line.contains("listening at")).unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert!(line.contains("/mcp and /sse"), "{line}");
    assert!(line.contains("authentication=\"none\"") && line.contains("calls_per_minute=\"unlimited\""), "{line}");
    let body = initialize();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("serverInfo"), "{answer}");
    signal(&child, "-INT");
    assert_eq!(code_of(child), Some(0));
}

#[cfg(unix)]
#[test]
fn a_health_check_says_by_its_exit_code_whether_a_server_is_alive_and_needs_no_configuration() {
    let mut child = started(&[&["serve", "--http", "127.0.0.1:0"], FEW.as_slice()].concat());
    let log = BufReader::new(child.stderr.take().unwrap());
    let line = log.lines().map_while(Result::ok).find(|line| line.contains("listening at")).unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let alive = run(&["doctor", "--health", &address], &[]);
    assert_eq!((alive.code, alive.out.as_str(), alive.err.as_str()), (0, "", ""));
    signal(&child, "-INT");
    assert_eq!(code_of(child), Some(0));
    let gone = run(&["doctor", "--health", &address], &[]);
    assert_eq!((gone.code, gone.out.as_str()), (1, ""));
    assert!(gone.err.starts_with(&format!("the server at {address} is not alive: ")), "{}", gone.err);
}

#[cfg(unix)]
#[test]
fn refusals_are_logged_with_their_reason_and_never_with_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, "front-desk: the-right-token-of-the-front-desk\n").unwrap();
    let file = file.to_str().unwrap();
    let words = ["serve", "--http", "127.0.0.1:0", "--http-token-file", file, "--calls-per-minute", "1"];
    let mut child = started(&[words.as_slice(), FEW.as_slice()].concat());
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = log.find(|line| line.contains("listening at")).unwrap();
    assert!(line.contains("authentication=\"bearer tokens\"") && line.contains("calls_per_minute=\"1\""), "{line}");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let mut told = Vec::new();
    for (headers, status, reason) in [
        (format!("host: {address}"), 401, "no bearer token was sent"),
        (format!("host: {address}\r\nauthorization: Bearer the-wrong-token"), 401, "none of the configured tokens"),
        ("host: evil.example".to_owned(), 403, "--allow-host"),
        (format!("host: {address}\r\norigin: https://evil.example"), 403, "--allow-origin"),
        (format!("host: {address}\r\nauthorization: Bearer the-right-token-of-the-front-desk"), 405, ""),
        (
            format!("host: {address}\r\nauthorization: Bearer the-right-token-of-the-front-desk"),
            429,
            "token front-desk",
        ),
    ] {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.write_all(format!("GET /mcp HTTP/1.1\r\n{headers}\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{headers}: {answer}");
        if !reason.is_empty() {
            let line = log.find(|line| line.contains("a request was refused")).unwrap();
            assert!(line.contains(reason), "{reason}: {line}");
            told.push(line);
        }
    }
    let told = told.join("\n");
    assert!(!told.contains("the-wrong-token") && !told.contains("the-right-token"), "{told}");
    signal(&child, "-TERM");
    assert_eq!(code_of(child), Some(0));
}

/// Off this machine, with the log at its most talkative.
#[cfg(unix)]
#[test]
fn a_gateway_key_is_taken_and_no_key_is_ever_logged() {
    use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, SECOND_ACCESS_TOKEN};
    let words = ["serve", "--http", "0.0.0.0:0", "--auth", "gateway-key", "--sse", "--log", "trace"];
    let mut child = started(&[words.as_slice(), FEW.as_slice()].concat());
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = log.by_ref().find(|line| line.contains("listening at")).unwrap();
    assert!(line.contains("authentication=\"gateway keys\""), "{line}");
    let port = line.split("0.0.0.0:").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let reading = std::thread::spawn(move || log.collect::<Vec<_>>().join("\n"));
    for (key, status) in [(ACCESS_TOKEN, 200), (SECOND_ACCESS_TOKEN, 200), (CANARY, 401), (ACCESS_TOKEN, 200)] {
        let body = r#"{"limit":1}"#;
        for path in ["/tools/list_notifications", "/tools/list_contacts?read_only=true"] {
            let head = format!("host: localhost\r\nauthorization: Bearer {key}\r\nconnection: close");
            let length = body.len();
            let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
            let request = format!("POST {path} HTTP/1.1\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
            assert!(!answer.contains(key), "{answer}");
        }
    }
    signal(&child, "-TERM");
    assert_eq!(code_of(child), Some(0));
    let log = reading.join().unwrap();
    assert!(log.contains("the gateway does not accept it"), "{log}");
    for key in [ACCESS_TOKEN, SECOND_ACCESS_TOKEN, CANARY] {
        // Also not in part.
        assert!(!log.contains(key) && !log.contains(&key["acc_".len()..]), "a key is in the log");
    }
}

#[cfg(unix)]
#[test]
fn wrong_tokens_are_counted_by_address_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, "front-desk: the-right-token-of-the-front-desk\n").unwrap();
    let words = ["serve", "--http", "127.0.0.1:0", "--http-token-file", file.to_str().unwrap()];
    let mut child = started(&[words.as_slice(), FEW.as_slice()].concat());
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = log.find(|line| line.contains("listening at")).unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    for count in 1..=3 {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let token = format!("the-wrong-token-number-{count}");
        let head = format!(
            "GET /mcp HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        let line = log.find(|line| line.contains("a request was refused")).unwrap();
        let is_told = line.contains(&format!("wrong_tokens={count}")) && line.contains("address=127.0.0.1");
        assert!(is_told && !line.contains("the-wrong-token"), "{line}");
    }
    signal(&child, "-TERM");
    assert_eq!(code_of(child), Some(0));
}

#[test]
fn a_token_that_could_be_guessed_is_refused_at_start_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, "front-desk: hunter2\n").unwrap();
    let words = ["serve", "--http", "127.0.0.1:0", "--http-token-file", file.to_str().unwrap()];
    let refused = run(&[words.as_slice(), FEW.as_slice()].concat(), &[]);
    assert_eq!(refused.code, 78, "{}", refused.err);
    assert!(refused.err.contains("--http-token-file: its line 1 holds a token of 7 characters"), "{}", refused.err);
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
}

/// SIGHUP, which a terminal sends as it closes, is what SIGTERM is: a write under way is finished and recorded.
#[cfg(target_os = "linux")]
#[test]
fn every_signal_to_end_lets_a_write_finish_and_records_it() {
    for name in ["-TERM", "-INT", "-HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let audit = folder.path().join("audit");
        let words = ["serve", "--audit", audit.to_str().unwrap(), "--local-faults", "update_contact:latency,ms=700"];
        let mut child = started(&[words.as_slice(), FEW.as_slice()].concat());
        let mut input = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        input.write_all(initialize().as_bytes()).unwrap();
        lines.next().unwrap();
        let listed = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
            "params": {"name": "list_contacts", "arguments": {"limit": 1}}});
        writeln!(input, "{listed}").unwrap();
        let listed = lines.next().unwrap();
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let text = listed["result"]["content"][0]["text"].as_str().unwrap();
        let contact = text.split([',', '\n', ' ']).find(|word| word.starts_with("con_") && word.len() > 6).unwrap();
        let set = json!({"contact_id": contact, "set": {"remark": "vip"}});
        let update = json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call",
            "params": {"name": "update_contact", "arguments": set}});
        writeln!(input, "{update}").unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while !std::fs::read_to_string(&audit).unwrap().contains("\"intent\"") && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        signal(&child, name);
        assert_eq!(code_of(child), Some(0), "{name}");
        let lines = std::fs::read_to_string(&audit).unwrap();
        let last = lines.lines().last().unwrap();
        assert!(last.contains("\"outcome\":\"ok\"") && last.contains("update_contact"), "{name}: {lines}");
    }
}

/// `nohup` has SIGHUP ignored, and so has what it starts.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_at_the_start_stays_ignored() {
    let words = format!(
        "trap '' HUP; exec {} serve --env local --local-contacts 12",
        env!("CARGO_BIN_EXE_imbrace-contacts-mcp")
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &words]).env_clear().env("HOME", crate::support::home());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    input.write_all(initialize().as_bytes()).unwrap();
    lines.next().unwrap();
    signal(&child, "-HUP");
    std::thread::sleep(Duration::from_millis(100));
    input.write_all(initialize().replace("\"id\":1", "\"id\":2").as_bytes()).unwrap();
    assert!(lines.next().is_some(), "it still answers");
    drop(input);
    assert_eq!(code_of(child), Some(0));
}

/// A limit on the size of files fails a write as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_empty_key_behind() {
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("audit");
    let words = format!(
        "trap '' XFSZ; ulimit -f 0; exec {} serve --env local --local-contacts 12 --audit {}",
        env!("CARGO_BIN_EXE_imbrace-contacts-mcp"),
        audit.display()
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &words]).env_clear().env("HOME", crate::support::home()).stdin(Stdio::null());
    let ended = command.output().unwrap();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && log.contains("--audit: the key beside the audit file"), "{log}");
    assert!(!folder.path().join("audit.key").exists(), "{log}");
    // With room again, it starts.
    let started = run(&["serve", "--env", "local", "--local-contacts", "12", "--audit", audit.to_str().unwrap()], &[]);
    assert_eq!(started.code, 0, "{}", started.err);
}

#[test]
fn a_host_that_no_request_can_match_is_refused_at_start() {
    for host in ["https://crm.example", "*.crm.example", "crm.example/mcp", "crm.example:http", "two names", "::1"] {
        let refused = run(&[&["serve", "--http", "127.0.0.1:0", "--allow-host", host], FEW.as_slice()].concat(), &[]);
        assert_eq!(refused.code, 78, "{host}: {}", refused.err);
        assert!(refused.err.contains("no scheme, no path, no star"), "{}", refused.err);
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_at_once_with_130() {
    let words = [&["serve", "--local-faults", "*:latency,ms=15000"], FEW.as_slice()].concat();
    let mut child = started(&words);
    let mut input = child.stdin.take().unwrap();
    // A write: reads are cut at the first signal.
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"mark_notifications_read","arguments":{"ids":["not_1"]}}}"#;
    input.write_all(format!("{}{call}\n", initialize()).as_bytes()).unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    signal(&child, "-TERM");
    log.find(|line| line.contains("a second signal ends at once")).expect("the first signal is told");
    signal(&child, "-TERM");
    assert_eq!(code_of(child), Some(130));
}

#[test]
fn an_address_that_cannot_be_had_is_said_with_70() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(&[&["serve", "--http", &address], FEW.as_slice()].concat(), &[]);
    assert_eq!(refused.code, 70);
    assert!(refused.err.contains(&format!("cannot listen at {address}")), "{}", refused.err);
}

#[test]
fn an_address_for_other_machines_needs_a_token() {
    let refused = run(&[&["serve", "--http", "0.0.0.0:0"], FEW.as_slice()].concat(), &[]);
    assert_eq!(refused.code, 78);
    assert!(refused.err.contains("--http-token-file"), "{}", refused.err);
}

fn started(words: &[&str]) -> Child {
    program(words, &[]).stdin(Stdio::piped()).spawn().expect("the binary runs")
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let status = std::process::Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(status.expect("kill exists").success());
}

/// The exit code, or a failure instead of a test that hangs.
fn code_of(mut child: Child) -> Option<i32> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    panic!("it did not end");
}
