//! What a call, a start and a resting process cost, beside the floors that no server over this SDK can fall below.
//!
//! ```sh
//! cargo bench --bench latency                                  # this server and the floors
//! cargo bench --bench latency -- --peers                       # and the servers in benches/peers (pip and npm needed)
//! cargo bench --bench latency -- --peer 'mine=program word'    # and any other, over stdio,
//! cargo bench --bench latency -- --peer 'mine=program {port}'  # over HTTP, with the port where `{port}` stands,
//! cargo bench --bench latency -- --peer mine=http://127.0.0.1:8000   # or running already
//! cargo bench --bench latency -- --only stdio                  # those with this word in their name
//! ```
//!
//! Everything runs in turn, several rounds, in one run: a busy machine is unfair to all alike, so trust the ratios. The
//! gateway is a stub that answers at once, and once more the local gateway. `--quick` does little of each, fails when an
//! answer is wrong, and judges no time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]
#![cfg(unix)]

mod client;
mod contacts;
mod figures;
mod floor;
mod http;
mod message;
mod peers;
mod process;
mod report;
mod rounds;
mod server;
mod stdio;
mod stub;

use client::Way;
use report::Apart;
use rounds::Effort;
use server::{Kind, Server};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(place) = words.iter().position(|word| word == floor::ROLE) {
        return floor::serve(&words[place + 1..]);
    }
    if let Some(place) = words.iter().position(|word| word == stub::ROLE) {
        return stub::serve(&words[place + 1..]);
    }
    let quick = words.iter().any(|word| word == "--quick");
    let effort = if quick { Effort::quick() } else { Effort::full() };
    let profile = if cfg!(debug_assertions) { "unoptimised (figures say little)" } else { "optimised (bench profile)" };
    println!("build: {profile}; processors: {}", std::thread::available_parallelism().map_or(0, usize::from));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let failed = runtime.block_on(run(&words, &effort));
    assert!(!(quick && failed), "a server of ours or a floor did not do as it should");
}

/// Measures and prints; whether ours or a floor failed.
async fn run(words: &[String], effort: &Effort) -> bool {
    let stub = stub::Stub::start(std::time::Duration::ZERO);
    let gateway = stub.base_url();
    let mut servers = Vec::new();
    for way in [Way::Stdio, Way::Http, Way::Sse] {
        servers.push(Server::floor(Kind::Echo, way, &gateway));
        servers.push(Server::floor(Kind::PassThrough, way, &gateway));
        servers.push(Server::ours(way, &gateway));
    }
    if words.iter().any(|word| word == "--peers") {
        servers.extend(peers::shipped(&gateway));
    }
    for text in words.iter().zip(words.iter().skip(1)).filter(|(word, _)| *word == "--peer").map(|(_, text)| text) {
        match Server::peer(Kind::Other, text, &gateway) {
            Ok(server) => servers.push(server),
            Err(error) => println!("a peer is left out: {error}"),
        }
    }
    if let Some((_, part)) = words.iter().zip(words.iter().skip(1)).find(|(word, _)| *word == "--only") {
        servers.retain(|server| server.name.contains(part.as_str()));
    }
    let mut apart = Apart::default();
    let rows = rounds::rounds(&servers, &stub, effort, &mut apart).await;
    println!("\nAgainst the stub, 10 rows a call:\n\n{}", report::table(&rows));
    rounds::apart(&gateway, effort, &mut apart).await;
    println!("Against the local gateway, 10 rows a call:\n\n{}", report::table(&rounds::local(effort).await));
    println!("{}", report::goals(&rows, &apart));
    for doubt in &apart.doubts {
        println!("NOT TRUSTED: {doubt}");
    }
    let own = |kind| matches!(kind, Kind::Ours | Kind::Echo | Kind::PassThrough);
    rows.iter().any(|row| own(row.kind) && row.figures.failed.is_some())
}
