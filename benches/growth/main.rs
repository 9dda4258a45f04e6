//! How costs grow: with the rows of a page, the open clients of the older transport, the ids that are remembered, and the
//! contacts of the local gateway.
//!
//! ```sh
//! cargo bench --bench growth                # prints the figures and draws the charts in docs/
//! cargo bench --bench growth -- --quick     # a little of each, nothing is drawn
//! cargo bench --bench growth -- --million   # the local gateway up to 1,000,000 contacts; takes minutes
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(dead_code, reason = "modules of the bench `latency`, of which not all is used here")]
#![cfg(unix)]

mod chart;
#[path = "../latency/client.rs"]
mod client;
#[path = "../latency/contacts.rs"]
mod contacts;
#[path = "../latency/floor.rs"]
mod floor;
#[path = "../latency/http.rs"]
mod http;
#[path = "../latency/message.rs"]
mod message;
#[path = "../latency/process.rs"]
mod process;
#[path = "../latency/server.rs"]
mod server;
#[path = "../latency/stdio.rs"]
mod stdio;
#[path = "../latency/stub.rs"]
mod stub;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chart::Chart;
use client::{Client, Way};
use http::Events;
use imbrace_contacts_mcp::ids::{IdStyle, REMEMBERED, ShortIds};
use message::Ask;
use process::{Command, Process};
use server::{Running, Server};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(place) = words.iter().position(|word| word == stub::ROLE) {
        return stub::serve(&words[place + 1..]);
    }
    let has = |word: &str| words.iter().any(|own| own == word);
    let quick = has("--quick");
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let charts = runtime.block_on(async {
        let stub = stub::Stub::start(Duration::ZERO);
        vec![
            pages(&stub.base_url(), quick).await,
            clients(&stub.base_url(), quick).await,
            short_ids(quick),
            contacts_of_the_local_gateway(quick, has("--million")).await,
        ]
    });
    for chart in charts {
        println!("{chart}");
        if !quick {
            chart.draw();
        }
    }
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// The median and the 99th percentile, in microseconds.
fn quantiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: f64| microseconds(times[((times.len() - 1) as f64 * share).round() as usize]);
    (at(0.5), at(0.99))
}

async fn pages(gateway: &str, quick: bool) -> Chart {
    let mut running = Server::ours(Way::Stdio, gateway).start().await.expect("the server starts");
    let mut chart = Chart::new("growth-page", "Rows of a page", "rows", &["median, us", "processor time a call, us"]);
    let calls = if quick { 10 } else { 1_500 };
    for rows in [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] {
        let ask = Ask::pages(rows);
        running.client.one_by_one(&ask, calls / 5).await.expect("answers");
        let before = used(&running);
        let times = running.client.one_by_one(&ask, calls).await.expect("answers");
        let cost = microseconds(used(&running) - before) / calls as f64;
        chart.add(rows as f64, &[quantiles(times).0, cost]);
    }
    chart
}

fn used(running: &Running) -> Duration {
    running.process.as_ref().map_or(Duration::ZERO, Process::processor_time)
}

async fn clients(gateway: &str, quick: bool) -> Chart {
    let server = Server::ours(Way::Sse, gateway);
    let port = process::free_port();
    let process = Process::spawn(&server.command.as_ref().unwrap().at(port)).expect("the server starts");
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    drop(process::listening(address, Duration::from_secs(10)).expect("the server listens"));
    let mut client = Client::http(Way::Sse, address).await.expect("the server answers");
    let columns = ["median of a call, us", "resident memory, MB"];
    let mut chart = Chart::new("growth-clients", "Open clients of the older transport", "clients", &columns);
    let counts: &[usize] = if quick { &[1, 50] } else { &[1, 1_000, 2_000, 3_000, 4_500, 6_000, 7_500, 9_000] };
    let mut resting = Vec::new();
    for count in counts {
        while resting.len() + 1 < *count {
            resting.push(Events::open(address).await.expect("a client more").into_stream());
        }
        client.fresh().await.expect("the server answers");
        let ask = Ask::pages(10);
        let times = client.one_by_one(&ask, if quick { 10 } else { 1_000 }).await.expect("answers");
        chart.add(*count as f64, &[quantiles(times).0, process.resident()]);
    }
    chart
}

fn short_ids(quick: bool) -> Chart {
    let columns = ["a new id, ns", "a known id, ns"];
    let mut chart = Chart::new("growth-handles", "Ids that are remembered", "ids", &columns);
    let short_ids = ShortIds::new(IdStyle::Short);
    let id = |number: usize| {
        let spread = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        format!("con_{:08x}-8982-43d6-acbe-{:012x}", spread >> 32, spread & 0xFFFF_FFFF)
    };
    let (most, step) = if quick { (2_000, 1_000) } else { (REMEMBERED + 20_000, 10_000) };
    for begin in (0..most).step_by(step) {
        let ids: Vec<String> = (begin..begin + step).map(id).collect();
        let mut each = [0.0; 2];
        for each in &mut each {
            let began = Instant::now();
            ids.iter().for_each(|id| drop(short_ids.show(id)));
            *each = began.elapsed().as_secs_f64() * 1e9 / step as f64;
        }
        chart.add((begin + step) as f64, &each);
    }
    chart
}

async fn contacts_of_the_local_gateway(quick: bool, million: bool) -> Chart {
    let columns = ["search, median, us", "search, p99, us"];
    let mut chart = Chart::new("growth-contacts", "Contacts of the local gateway", "contacts", &columns);
    let counts: &[usize] = match (quick, million) {
        (true, _) => &[10],
        (false, false) => &[10, 100, 1_000, 10_000, 100_000],
        (false, true) => &[10, 100, 1_000, 10_000, 100_000, 1_000_000],
    };
    for count in counts {
        let port = process::free_port();
        let words = ["local-gateway", "--listen", &format!("127.0.0.1:{port}"), "--contacts", &count.to_string()];
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let program = env!("CARGO_BIN_EXE_imbrace-contacts-mcp").to_owned();
        let _process = Process::spawn(&Command { program, words, variables: Vec::new() }).expect("it starts");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        drop(process::listening(address, Duration::from_secs(600)).expect("it listens"));
        let mut client = Client::http(Way::Bare, address).await.expect("it answers");
        let times = client.one_by_one(&Ask::search(), if quick { 10 } else { 500 }).await.expect("answers");
        let (p50, p99) = quantiles(times);
        chart.add(*count as f64, &[p50, p99]);
    }
    chart.by_powers()
}
