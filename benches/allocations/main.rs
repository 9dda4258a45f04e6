//! How many allocations a call makes, and of how many bytes: this server and the bare pass-through, over stdio.
//!
//! `cargo bench --bench allocations` runs each with some calls and with more of them, and takes the difference, so that
//! neither the start nor the first call counts. `--quick` makes few calls and judges nothing but the answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(dead_code, reason = "modules of the bench `latency`, of which not all is used here")]
#![cfg(unix)]

#[path = "../latency/contacts.rs"]
mod contacts;
#[path = "../latency/floor.rs"]
mod floor;
#[path = "../latency/message.rs"]
mod message;
#[path = "../latency/process.rs"]
mod process;
#[path = "../latency/stdio.rs"]
mod stdio;
#[path = "../latency/stub.rs"]
mod stub;

use std::time::Duration;

use imbrace_contacts_mcp::{app, cli};
use message::Ask;
use process::{Command, Process};
use stdio::Stdio;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The argument that makes this program a server that counts; `ours` or `floor` follows it, and where to write.
const ROLE: &str = "--counted";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(place) = words.iter().position(|word| word == stub::ROLE) {
        return stub::serve(&words[place + 1..]);
    }
    if let Some(place) = words.iter().position(|word| word == ROLE) {
        return counted(&words[place + 1], &words[place + 2]);
    }
    let calls = if words.iter().any(|word| word == "--quick") { 20 } else { 2_000 };
    let stub = stub::Stub::start(Duration::ZERO);
    println!("| server | allocations a call | bytes a call |\n|---|---|---|");
    for (name, which) in [("this server, stdio", "ours"), ("bare rmcp pass-through, stdio", "floor")] {
        let [few, many] = [calls, calls * 2].map(|calls| totals(which, &stub.base_url(), calls));
        let each = |index: usize| (many[index] - few[index]) / calls as f64;
        println!("| {name} | {:.0} | {:.0} |", each(0), each(1));
    }
}

/// Allocations and bytes of a process that answers so many calls.
fn totals(which: &str, gateway: &str, calls: usize) -> [f64; 2] {
    let file = std::env::temp_dir().join(format!("allocations-{}-{which}-{calls}", std::process::id()));
    let words = [ROLE.to_owned(), which.to_owned(), file.to_string_lossy().into_owned()];
    let command = Command::this(&words)
        .with(floor::GATEWAY, gateway)
        .with("IMBRACE_ENV", "custom")
        .with("IMBRACE_BASE_URL", gateway)
        .with("IMBRACE_API_PREFIX", "channel-service/v1")
        .with("IMBRACE_ACCESS_TOKEN", imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN)
        .with("IMBRACE_LOG", "error");
    let mut process = Process::spawn(&command).expect("the server starts");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = Stdio::open(&mut process).await.expect("the handshake");
        // The same pages again and again: what is remembered of them is not what a call costs.
        client.calls(&Ask::pages_of(10, 100), calls, 1).await.expect("answers");
    });
    // The client and its pipes are gone; the server ends and writes.
    for _ in 0..200 {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        if let [allocations, bytes] = numbers[..] {
            let _ = std::fs::remove_file(&file);
            return [allocations, bytes];
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{which} wrote no counts");
}

fn counted(which: &str, file: &str) {
    let _profiler = dhat::Profiler::builder().testing().build();
    if which == "floor" {
        floor::serve(&["stdio".to_owned()]);
    } else {
        let arguments = cli::parse(["server", "serve"].map(Into::into)).unwrap_or_else(|_| panic!("the command line"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ended = runtime.block_on(app::run(arguments));
        runtime.shutdown_timeout(Duration::from_millis(100));
        ended.unwrap();
    }
    let counts = dhat::HeapStats::get();
    std::fs::write(file, format!("{} {} ", counts.total_blocks, counts.total_bytes)).unwrap();
}
