//! Kills the server at random points of writes, and counts what was lost, doubled or left unsaid.
//!
//! `cargo run --release -p stress --bin crash` kills 200 times, with `-- --quick` 10 times. Every write has words of its own, so
//! that the gateway's arrivals show whether one came twice; the audit file must tell of each.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use imbrace_contacts_mcp::audit::{Summary, verify};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, Limits, LocalGateway, Options, Population};
use serde_json::{Value, json};
use stress::peer::{self, Failure, Peer, call, command, figure};

/// The document's first contact, which every population has.
const CONTACT: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// Writes begun at once, so that every moment is one of some write.
const AT_ONCE: u64 = 16;

/// What happened in all rounds.
#[derive(Default)]
struct Count {
    sent: u64,
    answered: u64,
    broken: u64,
}

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    let points = if std::env::args().any(|word| word == "--quick") { 10 } else { 200 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let gateway = runtime.block_on(LocalGateway::start(Options {
        people: Population { contacts: 50, ..Population::default() },
        faults: "*:latency,ms=3".parse()?,
        limits: Limits { arrivals: 1_000_000, ..Limits::default() },
        ..Options::default()
    }))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("audit.jsonl");
    let mut count = Count::default();
    for point in 0..points {
        kill_once(&gateway, &file, point, &mut count)?;
        count.broken += u64::from(read(&file).is_err());
    }
    // One more start, which reports what the last kill left open.
    let ended_well = start(&gateway.base_url(), &file)?.end()?;
    let found = read(&file)?;
    let (arrived, doubled) = arrivals(&gateway);
    let all = [
        figure(
            &format!("kills: {points}, chain broken after {}", count.broken),
            "0 broken",
            count.broken == 0 && ended_well,
        ),
        figure(
            &format!("writes: {} sent, {arrived} at the gateway, {doubled} of them twice", count.sent),
            "0 twice, some at the gateway",
            doubled == 0 && arrived > 0,
        ),
        figure(
            &format!("audit: {} intents for {arrived} writes at the gateway", found.intents),
            "no write without an intent",
            found.intents >= arrived,
        ),
        figure(
            &format!(
                "audit: {} intents, {} without an outcome, {} reported as unknown",
                found.intents,
                found.unfinished.len(),
                found.unknown
            ),
            "0 without an outcome, the kills seen",
            found.unfinished.is_empty() && found.unknown > 0,
        ),
        figure(
            &format!("answers: {} heard, {} outcomes recorded", count.answered, found.calls),
            "no answer without an outcome",
            found.calls >= count.answered,
        ),
    ];
    Ok(if all.iter().all(|reached| *reached) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start(base_url: &str, file: &Path) -> Result<Peer, Failure> {
    let shown = file.to_string_lossy();
    Peer::start(command(base_url, ACCESS_TOKEN, &["--audit", &shown, "--log", "error"])?)
}

/// Begins many writes and kills the server somewhere among them.
fn kill_once(gateway: &LocalGateway, file: &Path, point: u64, count: &mut Count) -> Result<(), Failure> {
    let before = writes(gateway);
    let mut peer = start(&gateway.base_url(), file)?;
    for number in 0..AT_ONCE {
        let fields = json!({"remark": format!("write {point}-{number};")});
        peer.say(&call(number + 1, "update_contact", &json!({"contact_id": CONTACT, "set": fields})))?;
        count.sent += 1;
    }
    if point.is_multiple_of(2) {
        // At any moment: mostly soon, because a quick machine has done them all within milliseconds.
        let part: f64 = rand::random();
        std::thread::sleep(Duration::from_secs_f64(0.12 * part.powi(3)));
    } else {
        // When so many have arrived, however slow the machine is.
        let wanted = before + rand::random_range(1..AT_ONCE);
        let began = Instant::now();
        while writes(gateway) < wanted && began.elapsed() < peer::PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    peer.child.kill()?;
    peer.child.wait()?;
    // What it said before is read to the end: the reading thread ends with the pipe.
    while let Ok(message) = peer.said.recv_timeout(peer::PATIENCE) {
        count.answered += u64::from(message.pointer("/result/isError") == Some(&Value::Bool(false)));
    }
    Ok(())
}

/// How many writes arrived so far.
fn writes(gateway: &LocalGateway) -> u64 {
    gateway.tallies().writes.values().sum()
}

fn read(file: &Path) -> Result<Summary, Failure> {
    Ok(verify(BufReader::new(File::open(file)?))?)
}

/// How many writes arrived, and how many of them more than once.
fn arrivals(gateway: &LocalGateway) -> (u64, u64) {
    let mut seen: HashMap<Vec<u8>, u64> = HashMap::new();
    for arrival in gateway.requests().iter().filter(|arrival| arrival.method == "PUT") {
        *seen.entry(arrival.body.to_vec()).or_default() += 1;
    }
    let doubled = seen.values().filter(|times| **times > 1).count() as u64;
    (seen.len() as u64, doubled)
}
