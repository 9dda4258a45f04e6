//! Shows that memory follows the budget of an answer and not the size of what a gateway or a client sends.
//!
//! ```sh
//! cargo run -p stress --release --bin memory             # every case
//! cargo run -p stress --bin memory -- --quick            # the same cases, a tenth of the size
//! cargo run -p stress --bin memory -- --only uploads     # the cases with this word in their names
//! ```
//!
//! A gateway of this program's own answers each call with something hostile of some 9 MiB; the server is a process of its own, on
//! Linux, and what is counted is the highest resident memory of each case above rest. A case without an answer fails.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stress::peer::{self, Failure, PATIENCE, Peer, call, command, figure, resident};

/// Most that a call which does not scan the snapshot may take above rest, in MiB.
const GOAL: u64 = 64;

/// Most that any mix of calls may take above rest, in MiB.
const MIX_GOAL: u64 = 256;

/// How long a case may take: uploads wait for each other.
const CASE_TIMEOUT: Duration = Duration::from_secs(300);

/// A token as the gateway's own look; it opens nothing.
const TOKEN: &str = "acc_00000000-0000-4000-8000-000000000001";

/// A list of nothing.
const EMPTY: &str = r#"{"data":[],"count":0}"#;

/// Bytes of an upload.
const UPLOAD: usize = 10 * 1024 * 1024;

/// What the gateway answers at the moment.
type Answer = Arc<Mutex<Arc<String>>>;

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    Ok(if measure()? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure() -> Result<bool, Failure> {
    let share = if std::env::args().any(|argument| argument == "--quick") { 10 } else { 1 };
    let answer = Answer::default();
    let address = gateway(&answer)?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("photo.bin"), vec![b'x'; UPLOAD / share])?;
    let uploads = folder.path().to_string_lossy().into_owned();
    let words: Vec<String> = std::env::args().collect();
    let only = words.iter().position(|word| word == "--only").and_then(|place| words.get(place + 1).cloned());
    let is_wanted = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    let mut all_met = true;
    for output in ["text", "structured"] {
        let words = ["--output", output, "--upload-dir", &uploads, "--confirm", "never", "--ids", "whole"];
        let mut cases = answers(share);
        let uploaded = r#"{"url":"https://files.example.com/photo.bin"}"#.to_owned();
        cases.push(("128 uploads at once", ("upload_contact_file", vec![json!({"path": "photo.bin"}); 128]), uploaded));
        cases.extend(
            hostile_arguments(share)
                .into_iter()
                .map(|(name, arguments)| (name, ("list_contacts", vec![arguments]), EMPTY.to_owned())),
        );
        for (name, (tool, calls), body) in cases.into_iter().filter(|(name, ..)| is_wanted(name)) {
            let mut peer = started(&address, &words, &answer)?;
            set(&answer, body);
            let calls: Vec<(&str, Value)> = calls.into_iter().map(|arguments| (tool, arguments)).collect();
            all_met &= case(&mut peer, &format!("{output}: {name}"), &calls)?;
            peer.end()?;
        }
        let (calls, body) = mix(share);
        let name = format!("{} calls of every kind", calls.len());
        if is_wanted(&name) {
            let mut peer = started(&address, &words, &answer)?;
            set(&answer, body);
            all_met &= case(&mut peer, &format!("{output}: {name}"), &calls)?;
            peer.end()?;
        }
    }
    Ok(all_met)
}

/// A server that has answered once. A process a case: what one has taken from the system, another would not have to take again.
fn started(address: &str, words: &[&str], answer: &Answer) -> Result<Peer, Failure> {
    set(answer, EMPTY.to_owned());
    let mut peer = Peer::start(command(address, TOKEN, words)?)?;
    // The first call sets up what stays.
    peer.say(&call(0, "list_contacts", &json!({"limit": 1})))?;
    peer.said.recv_timeout(PATIENCE)?;
    Ok(peer)
}

/// What the gateway answers from now on.
fn set(answer: &Answer, body: String) {
    *answer.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(body);
}

/// Makes calls at the same time, and tells the highest memory above rest until all are answered.
fn case(peer: &mut Peer, name: &str, calls: &[(&str, Value)]) -> Result<bool, Failure> {
    let process = peer.child.id();
    let rest = resident(process);
    // From here on the kernel counts the highest value anew.
    std::fs::write(format!("/proc/{process}/clear_refs"), "5")?;
    let began = Instant::now();
    for (number, (tool, arguments)) in calls.iter().enumerate() {
        peer.say(&call(number as u64 + 1, tool, arguments))?;
    }
    let mut ends: Vec<String> = Vec::new();
    for _ in calls {
        let said = peer.said.recv_timeout(CASE_TIMEOUT).map_err(|_| format!("{name}: a call has no answer"))?;
        let text = said.pointer("/result/content/0/text").or_else(|| said.pointer("/error/message"));
        ends.push(text.and_then(Value::as_str).unwrap_or_default().chars().take(60).collect());
    }
    ends.dedup();
    let peak = peak(process)?.saturating_sub(rest) / 1024;
    let took = began.elapsed().as_secs_f64();
    let said = ends.first().map(String::as_str).unwrap_or_default().replace('\n', " ");
    let goal = if calls.len() == 1 { GOAL } else { MIX_GOAL };
    Ok(figure(&format!("{name}: {peak} MiB above rest, {took:.1} s; {said}"), &format!("at most {goal}"), peak <= goal))
}

/// The highest memory since it was last counted anew, in KiB.
fn peak(process: u32) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// A case: its name, the tool with its calls, and the gateway's answer.
type Case = (&'static str, (&'static str, Vec<Value>), String);

/// What a gateway may answer, each some 9 MiB.
fn answers(share: usize) -> Vec<Case> {
    let list = |rows: String, count: usize| format!(r#"{{"data":[{rows}],"count":{count}}}"#);
    let id = |row: usize| format!("con_00000000-0000-4000-8000-{row:012}");
    let whole = || ("list_contacts", vec![json!({"limit": 100, "fields": "*"})]);
    let usual = || ("list_contacts", vec![json!({"limit": 100})]);
    let rows = |fields: &dyn Fn(usize) -> String| {
        let row = |row: usize| format!(r#"{{"id":"{}",{}}}"#, id(row), fields(row));
        list((0..100).map(row).collect::<Vec<_>>().join(","), 100)
    };
    let own_keys = |keys: usize| {
        move |row: usize| {
            (0..keys).fold(String::new(), |mut text, key| {
                let comma = if key == 0 { "" } else { "," };
                // Writing to a String cannot fail.
                let _ = write!(text, r#"{comma}"k{row}_{key}":1"#);
                text
            })
        }
    };
    let nested = |row: usize| {
        let inner = own_keys(7_500 / share)(row);
        format!(r#""parameters":{{"a":{{"b":{{{inner}}}}}}}"#)
    };
    let long = |_: usize| format!(r#""display_name":"{}""#, "x".repeat(90_000 / share));
    let escaped = |_: usize| format!(r#""display_name":"{}""#, "\\u202e\\u0000".repeat(7_500 / share));
    let numbers = |_: usize| format!(r#""tags":[{}0]"#, "0,".repeat(45_000 / share));
    let deep = |_: usize| format!(r#""parameters":{}1{}"#, r#"{"a":["#.repeat(40), "]}".repeat(40));
    let few = |row: usize| own_keys(900)(row);
    vec![
        ("100 rows of 7,500 own keys, fields=*", whole(), rows(&own_keys(7_500 / share))),
        ("100 rows of 7,500 own keys", usual(), rows(&own_keys(7_500 / share))),
        ("100 rows of 900 own keys, fields=*", whole(), rows(&few)),
        ("parameters of 7,500 keys, fields=*", whole(), rows(&nested)),
        ("lists of 45,000 numbers, fields=*", whole(), rows(&numbers)),
        ("names of 90,000 letters, fields=*", whole(), rows(&long)),
        ("names of 90,000 letters", usual(), rows(&long)),
        ("names of 7,500 escapes, fields=*", whole(), rows(&escaped)),
        ("nesting of 80 levels, fields=*", whole(), rows(&deep)),
        ("a list of 4,500,000 numbers", usual(), list("0,".repeat(4_500_000 / share) + "0", 1)),
        ("one text of 9 MiB", usual(), format!(r#""{}""#, "x".repeat(9_000_000 / share))),
        (
            "one contact of 9 MiB",
            ("get_contact", vec![json!({"contact_id": id(1), "fields": "*"})]),
            format!(r#"{{"id":"{}",{}}}"#, id(1), own_keys(750_000 / share)(1)),
        ),
        (
            "messages of 9 MiB",
            ("get_conversation_messages", vec![json!({"conversation_id": "tcu_00000000-0000-4000-8000-000000000001"})]),
            rows(&own_keys(7_500 / share)),
        ),
        ("a web page of 9 MiB", usual(), format!("<html>{}", "<p>x</p>".repeat(1_100_000 / share))),
        ("16 calls of 100 rows with own keys", ("list_contacts", spread(16)), rows(&few)),
    ]
}

/// Calls that are no equal reads.
fn spread(calls: usize) -> Vec<Value> {
    (0..calls).map(|skip| json!({"limit": 100, "skip": skip, "fields": "*"})).collect()
}

/// Uploads, lists, messages and hostile arguments at the same time, and an answer of 9 MiB that fits all of them.
fn mix(share: usize) -> (Vec<(&'static str, Value)>, String) {
    let few = (0..900).map(|key| format!(r#""k{key}":1"#)).collect::<Vec<_>>().join(",");
    let row = |row: usize| {
        format!(r#"{{"id":"con_00000000-0000-4000-8000-{row:012}","name":"{}",{few}}}"#, "x".repeat(80_000 / share))
    };
    let rows = (0..100).map(row).collect::<Vec<_>>().join(",");
    let body = format!(r#"{{"url":"https://files.example.com/photo.bin","data":[{rows}],"count":100}}"#);
    let mut calls = vec![("upload_contact_file", json!({"path": "photo.bin"})); 64];
    for (number, arguments) in spread(32).into_iter().enumerate() {
        calls.push(("list_contacts", arguments));
        let seat = format!("tcu_00000000-0000-4000-8000-{number:012}");
        calls.push(("get_conversation_messages", json!({"conversation_id": seat, "fields": "*"})));
    }
    calls.extend(hostile_arguments(share).into_iter().map(|(_, arguments)| ("list_contacts", arguments)));
    (calls, body)
}

/// What a client may send, each some 3 MiB.
fn hostile_arguments(share: usize) -> Vec<(&'static str, Value)> {
    let keys = |count: usize| Value::Object((0..count).map(|key| (format!("k{key}"), Value::from(1))).collect());
    let deep = (0..100).fold(Value::from(1), |inner, _| json!({ "a": inner }));
    vec![
        ("arguments, a list of 1,500,000 numbers", json!({ "fields": vec![0; 1_500_000 / share] })),
        ("arguments, 200,000 keys", keys(200_000 / share)),
        ("arguments, a text of 3 MiB", json!({ "fields": "x".repeat(3_000_000 / share) })),
        ("arguments, 100 levels", json!({ "filter": deep })),
    ]
}

/// A gateway that answers every request with the same body.
fn gateway(answer: &Answer) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let answer = Arc::clone(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || serve(stream, &answer));
        }
    });
    Ok(address)
}

/// Answers one connection until it ends.
fn serve(stream: TcpStream, answer: &Answer) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let head = line.trim().to_ascii_lowercase();
            if let Some(text) = head.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap_or_default();
            }
            if head.is_empty() {
                break;
            }
        }
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink())?;
        let body = Arc::clone(&answer.lock().unwrap_or_else(PoisonError::into_inner));
        write!(writer, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len())?;
        writer.write_all(body.as_bytes())?;
    }
}
