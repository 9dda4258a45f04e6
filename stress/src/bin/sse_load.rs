//! Shows what thousands of clients of the older HTTP+SSE transport cost, and that they cost nothing once they have left.
//!
//! ```sh
//! cargo run -p stress --bin sse_load             # 9,000 clients, or as many as the limit of open files allows
//! cargo run -p stress --bin sse_load -- --quick  # 300
//! ```
//!
//! Each client opens its stream, does the handshake, and stays. The server is a process of its own, on Linux, and what is
//! counted is its resident memory; what the kernel keeps for a socket is not in it.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use stress::own_server::{self, OwnServer, TOKEN};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Clients that are opened at the same time.
const AT_ONCE: usize = 64;

/// Most memory a client may cost, in KiB.
const GOAL: f64 = 60.0;

/// Answers of a session whose client reads none of them.
const STALLED_CALLS: usize = 40;

/// Most memory that such sessions may leave behind, in MiB.
const STALLED_GOAL: i64 = 8;

/// Sockets that never finish the head of their request.
const SLOW_HEADS: usize = 500;

/// How long the server may keep them.
const HEADS_CLOSED_WITHIN: Duration = Duration::from_secs(15);

fn main() -> anyhow::Result<ExitCode> {
    if own_server::serve_if_asked()? {
        return Ok(ExitCode::SUCCESS);
    }
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> anyhow::Result<ExitCode> {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let (wanted, stalled_sessions) = if is_quick { (300, 300) } else { (9_000, 2_000) };
    let files = usize::try_from(rlimit::increase_nofile_limit(u64::MAX)?).unwrap_or(usize::MAX);
    let clients = wanted.min(files.saturating_sub(200));
    let server = OwnServer::start()?;
    // What is only made once is made before counting starts.
    drop(open(&server, 100).await?);
    settle(&server, 0).await?;
    let idle_files = server.open_files()?;

    let before = server.memory()?;
    let streams = open(&server, clients).await?;
    let each = (server.memory()? - before) as f64 / clients as f64;
    let files_used = server.open_files()?.saturating_sub(idle_files);
    drop(streams);
    let left = settle(&server, idle_files).await?;
    let after_first = server.memory()?;
    drop(open(&server, clients).await?);
    settle(&server, idle_files).await?;
    let growth = (server.memory()? - after_first) as f64 / clients as f64;

    // Sessions that ask for much, read nothing and leave.
    stalled(&server, AT_ONCE).await?;
    settle(&server, idle_files).await?;
    let rest = server.memory()?;
    stalled(&server, stalled_sessions).await?;
    let open_after = settle(&server, idle_files).await?;
    let kept = (server.memory()? - rest) / 1024;

    let heads = slow_heads(&server).await?;
    let note = if clients < wanted { format!(", not {wanted}: {files} files may be open") } else { String::new() };
    let mut met = Vec::new();
    let mut out = std::io::stdout();
    let mut line = |text: String, good: bool| {
        met.push(good);
        writeln!(out, "{text} {}", if good { "ok" } else { "MISSED" })
    };
    line(
        format!("sse memory: {each:.1} KiB a client with {clients} clients{note} (goal at most {GOAL})"),
        each <= GOAL,
    )?;
    line(format!("sse release: {left} of {files_used} sockets open after they left (goal 0)"), left == 0)?;
    line(
        format!("sse second wave: {growth:.1} KiB a client more than after the first (goal at most 6)"),
        growth <= 6.0,
    )?;
    line(
        format!(
            "sse stalled readers: {kept} MiB above rest and {open_after} sockets open after {stalled_sessions} sessions of \
             {STALLED_CALLS} unread answers (goal at most {STALLED_GOAL} MiB, 0 sockets)"
        ),
        kept <= STALLED_GOAL && open_after == 0,
    )?;
    line(
        format!(
            "slow heads: {SLOW_HEADS} closed within {:.1} s (goal {} s)",
            heads.as_secs_f64(),
            HEADS_CLOSED_WITHIN.as_secs()
        ),
        heads <= HEADS_CLOSED_WITHIN,
    )?;
    Ok(if met.iter().all(|good| *good) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(server: &OwnServer, clients: usize) -> anyhow::Result<Vec<TcpStream>> {
    stream::iter(0..clients).map(|_| client(server)).buffer_unordered(AT_ONCE).try_collect().await
}

/// Sessions, a few at a time, that each ask for 600 KB and leave without having read one.
async fn stalled(server: &OwnServer, sessions: usize) -> anyhow::Result<()> {
    let one = |_| async {
        let (events, mut posts, endpoint) = session(server).await?;
        for id in 1..=STALLED_CALLS {
            // More than the sockets hold: the rest waits in the server.
            let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/list"});
            post(&mut posts, &endpoint, &call.to_string()).await?;
        }
        drop(events);
        anyhow::Ok(())
    };
    stream::iter(0..sessions).map(one).buffer_unordered(AT_ONCE).try_collect().await
}

/// A client after its handshake; the socket is its stream.
async fn client(server: &OwnServer) -> anyhow::Result<TcpStream> {
    Ok(session(server).await?.0)
}

/// A session after its handshake: its stream, a connection for its messages, and where they go.
async fn session(server: &OwnServer) -> anyhow::Result<(TcpStream, TcpStream, String)> {
    let mut events = TcpStream::connect(server.address).await?;
    let head = format!("GET /sse HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n");
    events.write_all(head.as_bytes()).await?;
    let greeting = until(&mut events, "\n\n", "data: ").await?;
    let endpoint = greeting.lines().find_map(|line| line.strip_prefix("data: ")).context("no endpoint")?.to_owned();
    let mut posts = TcpStream::connect(server.address).await?;
    let introduction = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "load", "version": "1"}}});
    for message in [introduction, json!({"jsonrpc": "2.0", "method": "notifications/initialized"})] {
        post(&mut posts, &endpoint, &message.to_string()).await?;
    }
    let answer = until(&mut events, "\n\n", "serverInfo").await?;
    ensure!(answer.contains("serverInfo"), "{answer}");
    Ok((events, posts, endpoint))
}

/// Sends a message of a session. It is taken, or refused as one too many.
async fn post(posts: &mut TcpStream, endpoint: &str, body: &str) -> anyhow::Result<()> {
    let head = format!(
        "POST {endpoint} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    posts.write_all((head + body).as_bytes()).await?;
    let answer = until(posts, "\r\n\r\n", "HTTP/1.1").await?;
    ensure!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    Ok(())
}

/// What is read until it holds both texts.
async fn until(socket: &mut TcpStream, end: &str, other: &str) -> anyhow::Result<String> {
    let mut read = String::new();
    let mut buffer = [0; 2048];
    while !(read.contains(other) && read.contains(end)) {
        let count = tokio::time::timeout(Duration::from_secs(20), socket.read(&mut buffer)).await??;
        ensure!(count > 0, "closed after {read}");
        read.push_str(&String::from_utf8_lossy(buffer.get(..count).unwrap_or_default()));
    }
    Ok(read)
}

/// Waits until the server has no more files open than when idle; how many it still has.
async fn settle(server: &OwnServer, idle: usize) -> anyhow::Result<usize> {
    let began = Instant::now();
    let mut last = usize::MAX;
    loop {
        let open = server.open_files()?;
        // Without a goal: until nothing changes any more.
        if open <= idle || (idle == 0 && open == last && began.elapsed() > Duration::from_secs(1)) {
            return Ok(open.saturating_sub(idle));
        }
        if began.elapsed() > Duration::from_secs(15) {
            return Ok(open.saturating_sub(idle));
        }
        last = open;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// How long the server keeps sockets whose head never ends.
async fn slow_heads(server: &OwnServer) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let waiting = (0..SLOW_HEADS).map(|_| async {
        let mut socket = TcpStream::connect(server.address).await?;
        socket.write_all(b"GET /mcp HTTP/1.1\r\nhost: local").await?;
        let mut rest = Vec::new();
        // A reset ends it as well.
        let _ = tokio::time::timeout(Duration::from_secs(30), socket.read_to_end(&mut rest)).await;
        anyhow::Ok(())
    });
    futures::future::try_join_all(waiting).await?;
    Ok(began.elapsed())
}
