//! Measures what a well-behaved client feels while others misbehave: quietly, by holding sockets, and loudly, by floods.
//!
//! ```sh
//! cargo run -p stress --bin abuse             # some 40 s
//! cargo run -p stress --bin abuse -- --quick  # some 10 s
//! ```
//!
//! The good client lists contacts over Streamable HTTP, one call after the other. The server is a process of its own on the
//! same machine, so the floods also take the processor from both of them; they are paced for that reason.

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use stress::own_server::{self, OwnServer, TOKEN};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sockets that are held without finishing what they began.
const HELD: usize = 500;

/// What the good client's slowest call in a hundred may take beside held sockets.
const GOAL: Duration = Duration::from_millis(100);

/// What it may take beside all floods together, when it shares two processors with them.
const GOAL_IN_FLOOD: Duration = Duration::from_millis(250);

/// Between two strokes of one flood.
const PACE: Duration = Duration::from_millis(5);

const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_contacts","arguments":{"limit":5}}}"#;

fn main() -> anyhow::Result<ExitCode> {
    if own_server::serve_if_asked()? {
        return Ok(ExitCode::SUCCESS);
    }
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> anyhow::Result<ExitCode> {
    let calls = if std::env::args().any(|argument| argument == "--quick") { 300 } else { 1_500 };
    rlimit::increase_nofile_limit(u64::MAX)?;
    let server = OwnServer::start()?;
    let at = server.address;
    good_client(at, 100).await?;
    let alone = good_client(at, calls).await?;

    let mut met = Vec::new();
    let mut out = std::io::stdout();
    let mut line = |name: &str, beside: Duration, goal: Duration, note: String| {
        let good = beside <= goal;
        met.push(good);
        let (ratio, verdict) = (beside.as_secs_f64() / alone.as_secs_f64(), if good { "ok" } else { "MISSED" });
        let (beside, alone) = (milliseconds(beside), milliseconds(alone));
        writeln!(
            out,
            "abuse, {name}: p99 of a good client {beside:.1} ms, {ratio:.1} times the {alone:.1} ms it has alone (goal at most \
             {:.0} ms){note} {verdict}",
            milliseconds(goal),
        )
    };
    for (name, bytes) in [
        ("500 slow heads", "POST /mcp HTTP/1.1\r\nhost: localh".to_owned()),
        ("500 silent sockets", String::new()),
        ("500 slow bodies", post("POST /mcp", TOKEN, 4000, "{")),
        (
            "500 readers of nothing",
            format!("GET /sse HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n"),
        ),
    ] {
        let held = hold(at, &bytes).await?;
        let beside = good_client(at, calls).await?;
        drop(held);
        line(name, beside, GOAL, String::new())?;
    }
    let floods = Floods::start(at);
    let beside = good_client(at, calls).await?;
    let refused = floods.stop().await;
    line("all floods at once", beside, GOAL_IN_FLOOD, format!(", {refused} strokes answered meanwhile"))?;
    Ok(if met.iter().all(|good| *good) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn post(line: &str, token: &str, length: usize, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Calls one after the other over one connection; the 99th of a hundred durations. Every call must be answered.
async fn good_client(at: SocketAddr, calls: usize) -> anyhow::Result<Duration> {
    let mut socket = TcpStream::connect(at).await?;
    socket.set_nodelay(true)?;
    let request = post("POST /mcp", TOKEN, CALL.len(), CALL);
    let mut took = Vec::with_capacity(calls);
    for _ in 0..calls {
        let began = Instant::now();
        socket.write_all(request.as_bytes()).await?;
        let answer = answer(&mut socket).await?;
        took.push(began.elapsed());
        ensure!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("# contacts 1-5 of"),
            "the good client got {answer}"
        );
    }
    took.sort_unstable();
    Ok(took.get(calls * 99 / 100).copied().unwrap_or_default())
}

/// One answer with a length.
async fn answer(socket: &mut TcpStream) -> anyhow::Result<String> {
    let mut read = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = tokio::time::timeout(Duration::from_secs(20), socket.read(&mut buffer)).await??;
        ensure!(count > 0, "closed after {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if length.is_none_or(|length: usize| body.len() >= length) {
                return Ok(text.into_owned());
            }
        }
    }
}

/// Sockets that say this much and no more.
async fn hold(at: SocketAddr, bytes: &str) -> anyhow::Result<Vec<TcpStream>> {
    let mut held = Vec::with_capacity(HELD);
    for _ in 0..HELD {
        let mut socket = TcpStream::connect(at).await?;
        socket.write_all(bytes.as_bytes()).await?;
        held.push(socket);
    }
    Ok(held)
}

/// Several kinds of floods, each from its own task, until they are stopped.
struct Floods(Vec<tokio::task::JoinHandle<()>>, Count);

impl Floods {
    fn start(at: SocketAddr) -> Self {
        let answered = Arc::default();
        let long = "x".repeat(64 * 1024);
        let strokes = [
            // Wrong tokens.
            post("POST /mcp", "wrong", CALL.len(), CALL),
            // Bodies that announce more than is read.
            post("POST /mcp", TOKEN, 1 << 40, "{"),
            // No JSON, and JSON that is no request.
            post("POST /mcp", TOKEN, 1, "{"),
            post("POST /mcp", TOKEN, 7, "[1,2,3]"),
            post("POST /messages?sessionId=00000000000040008000000000000000", TOKEN, CALL.len(), CALL),
            // Heads that are longer than is read.
            format!("GET /mcp HTTP/1.1\r\nhost: localhost\r\nx-long: {long}{long}\r\n\r\n"),
            // Foreign names.
            "GET /mcp HTTP/1.1\r\nhost: evil.example\r\n\r\n".to_owned(),
            // No HTTP at all.
            "\u{0}\u{1}hello\r\n\r\n".to_owned(),
        ];
        let anew = strokes.into_iter().map(|bytes| tokio::spawn(each_anew(at, bytes, Arc::clone(&answered))));
        let mut tasks: Vec<_> = anew.collect();
        tasks.push(tokio::spawn(thousands_over_one(at, Arc::clone(&answered))));
        Self(tasks, answered)
    }

    async fn stop(self) -> usize {
        for task in &self.0 {
            task.abort();
        }
        for task in self.0 {
            let _ = task.await;
        }
        self.1.load(Ordering::Relaxed)
    }
}

type Count = Arc<AtomicUsize>;

/// A connection for each stroke, as most floods do.
async fn each_anew(at: SocketAddr, bytes: String, answered: Count) {
    loop {
        let stroke = async {
            let mut socket = TcpStream::connect(at).await?;
            socket.write_all(bytes.as_bytes()).await?;
            socket.read(&mut [0; 512]).await
        };
        count(&answered, stroke).await;
        tokio::time::sleep(PACE).await;
    }
}

/// Requests over one connection without waiting for their answers.
async fn thousands_over_one(at: SocketAddr, answered: Count) {
    let bytes = post("POST /mcp", "wrong", CALL.len(), CALL).repeat(20);
    loop {
        let Ok(mut socket) = TcpStream::connect(at).await else { continue };
        for _ in 0..250 {
            let stroke = async {
                socket.write_all(bytes.as_bytes()).await?;
                socket.read(&mut [0; 16 * 1024]).await
            };
            count(&answered, stroke).await;
            tokio::time::sleep(PACE).await;
        }
    }
}

async fn count(answered: &Count, stroke: impl Future<Output = std::io::Result<usize>>) {
    // A socket that is closed or reset is answered, too.
    if tokio::time::timeout(Duration::from_secs(1), stroke).await.is_ok() {
        answered.fetch_add(1, Ordering::Relaxed);
    }
}
