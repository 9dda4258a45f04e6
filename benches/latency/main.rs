//! How long a start and one call take, beside the floor that no server over this SDK can fall below.
//!
//! `cargo bench --bench latency` measures, in one run and in turn, so that a busy machine is unfair to all alike:
//! - a start: from the spawn to the answer to `initialize`;
//! - a call: `list_contacts` with 10 rows over stdio, through a local gateway that runs in this process.
//!
//! Beside them stand a bare echo server over the SDK (this very program in its second role) and a bare HTTP request over a
//! kept connection to the same local gateway. `--quick` does little of each and fails when an answer is wrong. No time is
//! ever a failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]

mod floor;
mod peer;
mod table;

use std::time::Duration;

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use peer::{Http, Stdio};
use serde_json::json;
use table::{Row, Table};

/// Our binary, as cargo built it for this bench.
const OURS: &str = env!("CARGO_BIN_EXE_imbrace-contacts-mcp");

/// The rows that one call asks for.
const ROWS: usize = 10;

struct Effort {
    starts: usize,
    calls: usize,
    warm_up: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == floor::ROLE) {
        return floor::serve();
    }
    let effort = if arguments.iter().any(|argument| argument == "--quick") {
        Effort { starts: 3, calls: 20, warm_up: 2 }
    } else {
        Effort { starts: 40, calls: 2_000, warm_up: 200 }
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let people = Population { contacts: 1_000, ..Population::default() };
    let gateway = runtime.block_on(LocalGateway::start(Options { people, ..Options::default() })).unwrap();
    let profile = if cfg!(debug_assertions) { "unoptimised (numbers say little)" } else { "optimised (bench profile)" };
    println!("build: {profile}; processors: {}", std::thread::available_parallelism().map_or(0, usize::from));
    println!("{}", starts(&gateway, &effort));
    println!("{}", calls(&gateway, &effort));
    runtime.block_on(gateway.stop());
}

fn floor() -> Stdio {
    let this = std::env::current_exe().unwrap();
    Stdio::spawn(&this.to_string_lossy(), &[floor::ROLE], &[])
}

fn ours(gateway: &LocalGateway) -> Stdio {
    let base_url = gateway.base_url();
    let variables = [
        ("IMBRACE_ENV", "custom"),
        ("IMBRACE_BASE_URL", base_url.as_str()),
        ("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN),
        ("IMBRACE_LOG", "error"),
    ];
    Stdio::spawn(OURS, &["serve"], &variables)
}

fn ours_with_local_gateway() -> Stdio {
    Stdio::spawn(OURS, &["serve", "--env", "local"], &[("IMBRACE_LOG", "error")])
}

/// Spawn to the answer to `initialize`.
fn starts(gateway: &LocalGateway, effort: &Effort) -> Table {
    let mut bare = Row::new("bare rmcp echo server");
    let mut known = Row::new("this server, gateway elsewhere");
    let mut local = Row::new("this server, --env local (gateway and its people in the process)");
    for _ in 0..effort.starts {
        bare.add(opened(floor));
        known.add(opened(|| ours(gateway)));
        local.add(opened(ours_with_local_gateway));
    }
    Table { title: "A start: spawn to the answer to initialize", rows: vec![bare, known, local] }
}

fn opened(spawn: impl FnOnce() -> Stdio) -> Duration {
    let began = std::time::Instant::now();
    let mut peer = spawn();
    let answer = peer.initialize();
    let took = began.elapsed();
    assert!(answer["result"]["serverInfo"]["name"].is_string(), "no handshake: {answer}");
    peer.end();
    took
}

/// One call after another, in turn with the floors.
fn calls(gateway: &LocalGateway, effort: &Effort) -> Table {
    let mut echo = floor();
    let mut server = ours(gateway);
    let mut http = Http::connect(gateway.address(), ACCESS_TOKEN);
    echo.initialize();
    server.initialize();
    let mut bare = Row::new("bare rmcp echo over stdio");
    let mut request = Row::new("bare HTTP request to the local gateway, 10 contacts");
    let mut call = Row::new("this server: list_contacts, 10 rows, over stdio");
    for round in 0..effort.warm_up + effort.calls {
        let (echoed, echo_took) = echo.call("echo", &json!({"text": "hi"}));
        assert_eq!(echoed, "hi");
        let (body, request_took) = http.get(&format!("/channel-service/v1/contacts?limit={ROWS}&skip=0"));
        assert_eq!(body["data"].as_array().map(Vec::len), Some(ROWS), "{body}");
        let (text, call_took) = server.call("list_contacts", &json!({"limit": ROWS}));
        assert!(text.starts_with("# contacts 1-10 of "), "{text}");
        if round >= effort.warm_up {
            bare.add(echo_took);
            request.add(request_took);
            call.add(call_took);
        }
    }
    echo.end();
    server.end();
    Table { title: "One call: request written to answer read", rows: vec![bare, request, call] }
}
