//! A day of calls, one a second, in minutes: 86,400 calls of all tools over stdio and HTTP, against a faulty gateway.
//!
//! `cargo run --release -p stress --bin soak`; with `-- --quick` 2,000 calls. No call may stay without an answer, and what the
//! server processes hold in memory may not grow once they are warm.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use serde_json::{Value, json};
use stress::peer::{self, Failure, Peer, call, command, figure, resident};

/// Calls in flight for each of the two transports.
const AT_ONCE: usize = 16;

/// What goes wrong at the gateway: a few of a hundred requests of each kind.
const FAULTS: &str =
    "*:503=0.01;*:429=0.005,retry_after=0;*:reset=0.01;*:truncated=0.005;*:html=0.005;*:latency=0.02,ms=30";

/// What the server may hold more after 10,000 calls, in KiB.
const MOST_GROWTH: u64 = 1024;

/// What one transport saw.
struct Seen {
    name: &'static str,
    calls: u64,
    unanswered: u64,
    errors: u64,
    /// Resident memory when warm and at the end, in KiB.
    warm: u64,
    last: u64,
}

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    let quick = std::env::args().any(|word| word == "--quick");
    let calls: u64 = if quick { 2_000 } else { 86_400 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let gateway = runtime.block_on(LocalGateway::start(Options {
        people: Population { contacts: 300, ..Population::default() },
        faults: FAULTS.parse()?,
        ..Options::default()
    }))?;
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let base_url = gateway.base_url();
    let seen = std::thread::scope(|scope| {
        let stdio = scope.spawn(|| over_stdio(&base_url, calls / 2));
        let http = scope.spawn(|| over_http(&base_url, calls / 2, &folder.path().join("log")));
        [stdio.join(), http.join()].map(|ended| ended.map_err(|_| Failure::from("a thread panicked")).flatten())
    });
    let mut reached = true;
    for seen in seen {
        let Seen { name, calls, unanswered, errors, warm, last } = seen?;
        let allowed = MOST_GROWTH * calls.div_ceil(10_000);
        let growth = last.saturating_sub(warm);
        let text = format!("{name}: {calls} calls, {unanswered} unanswered, {errors} of them answered with an error");
        reached &= figure(&text, "0 unanswered, some errors", unanswered == 0 && errors > 0);
        let text = format!("{name}: resident {warm} KiB when warm, {last} KiB at the end, {growth} KiB more");
        // So few calls do not warm it: they are held to more.
        let allowed = if quick { 8 * allowed } else { allowed };
        reached &= figure(&text, &format!("at most {allowed} KiB more"), growth <= allowed);
    }
    let text = format!("all: {calls} calls in {:.1} s", began.elapsed().as_secs_f64());
    reached &= figure(&text, "minutes", began.elapsed() < Duration::from_secs(1_800));
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The call of this number: all tools in turn, with ids and words that come again.
fn nth(number: u64) -> Value {
    let contact = "con_66d67483-8982-43d6-acbe-139568688add";
    let skip = number % 280;
    let (tool, arguments) = match number % 16 {
        0 | 1 => ("list_contacts", json!({"limit": 20, "skip": skip})),
        2 | 3 => ("search_contacts", json!({"query": if skip.is_multiple_of(2) { "nguyen" } else { "@example.com" }})),
        4 | 5 => ("get_contact", json!({"contact_id": contact})),
        6 => ("get_contact_conversations", json!({"contact_id": contact})),
        7 => ("list_contact_comments", json!({"contact_id": contact})),
        8 => ("list_contact_files", json!({"contact_id": contact})),
        9 => ("list_notifications", json!({"limit": 20})),
        10 => ("update_contact", json!({"contact_id": contact, "set": {"remark": format!("call {skip}")}})),
        11 => ("mark_notifications_read", json!({"ids": ["not_00000000-0000-4000-8000-000000000001"]})),
        12 => ("get_contact", json!({"contact_id": "../contacts"})),
        13 => ("list_contacts", json!({"limit": "many"})),
        14 => ("no_such_tool", json!({})),
        _ => ("upload_contact_file", json!({"contact_id": contact, "path": "/etc/hostname"})),
    };
    call(number + 1, tool, &arguments)
}

fn is_error(answer: &Value) -> bool {
    answer.pointer("/result/isError") == Some(&Value::Bool(true)) || answer.get("error").is_some()
}

fn over_stdio(base_url: &str, calls: u64) -> Result<Seen, Failure> {
    let mut peer = Peer::start(command(base_url, ACCESS_TOKEN, &["--log", "off"])?)?;
    let mut seen = Seen { name: "stdio", calls, unanswered: 0, errors: 0, warm: 0, last: 0 };
    let mut waiting = BTreeSet::new();
    for number in 0..calls {
        if number == calls / 5 {
            seen.warm = resident(peer.child.id());
        }
        peer.say(&nth(number))?;
        waiting.insert(number + 1);
        while waiting.len() >= AT_ONCE {
            hear(&peer, &mut waiting, &mut seen)?;
        }
    }
    while !waiting.is_empty() && hear(&peer, &mut waiting, &mut seen).is_ok() {}
    seen.unanswered = waiting.len() as u64;
    seen.last = resident(peer.child.id());
    peer.end()?;
    Ok(seen)
}

fn hear(peer: &Peer, waiting: &mut BTreeSet<u64>, seen: &mut Seen) -> Result<(), Failure> {
    let answer = peer.said.recv_timeout(peer::PATIENCE)?;
    if answer.get("id").and_then(Value::as_u64).is_some_and(|id| waiting.remove(&id)) {
        seen.errors += u64::from(is_error(&answer));
    }
    Ok(())
}

fn over_http(base_url: &str, calls: u64, log: &std::path::PathBuf) -> Result<Seen, Failure> {
    let words = ["--log", "warn,imbrace_contacts_mcp::app=info"];
    let (mut child, address) = peer::start_http(command(base_url, ACCESS_TOKEN, &words)?, log)?;
    let (next, unanswered, errors, warm) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= calls {
                        break;
                    }
                    if number == calls / 5 {
                        warm.store(resident(child.id()), Ordering::Relaxed);
                    }
                    let answer = peer::post(&address, None, &nth(number)).unwrap_or_default();
                    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                    match serde_json::from_str::<Value>(body) {
                        Ok(answer) if answer.get("id").and_then(Value::as_u64) == Some(number + 1) => {
                            errors.fetch_add(u64::from(is_error(&answer)), Ordering::Relaxed);
                        }
                        _ => {
                            unanswered.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let last = resident(child.id());
    child.kill()?;
    child.wait()?;
    let [unanswered, errors, warm] = [unanswered, errors, warm].map(AtomicU64::into_inner);
    Ok(Seen { name: "HTTP", calls, unanswered, errors, warm, last })
}
