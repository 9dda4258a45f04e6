//! Ends the input of servers at work, and measures how long they take to go.
//!
//! `cargo run --release -p stress --bin ends` ends 60 servers: idle ones, some with reads and some with writes that the gateway
//! never answers. With `-- --quick` it ends 6, and shows the time without judging it.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stress::peer::{self, Failure, Peer, command, figure};

/// The promise.
const GOAL: Duration = Duration::from_secs(1);

/// Calls under way when the input ends.
const CALLS: u64 = 16;

/// An access token in form only: this gateway answers nobody.
const TOKEN: &str = "acc_00000000-0000-4000-8000-000000000001";

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    let is_quick = std::env::args().any(|word| word == "--quick");
    let (servers, within) = if is_quick { (2, peer::PATIENCE) } else { (20, GOAL) };
    let (base_url, came) = silent_gateway()?;
    let mut all = true;
    for (name, tool, arguments) in [
        ("idle", None, json!({})),
        ("16 reads under way", Some("list_contacts"), json!({"limit": 1})),
        ("16 writes under way", Some("mark_notifications_read"), json!({"ids": ["not_1"]})),
    ] {
        let (mut ended, mut slowest, mut answered) = (0, Duration::ZERO, 0);
        for _ in 0..servers {
            let mut peer = Peer::start(command(&base_url, TOKEN, &["--log", "off"])?)?;
            if let Some(tool) = tool {
                begin(&mut peer, tool, &arguments, &came)?;
            }
            let began = Instant::now();
            drop(peer.input.take());
            ended += u64::from(peer.child.wait()?.success());
            slowest = slowest.max(began.elapsed());
            answered += peer.said.iter().filter(|message: &Value| message.get("result").is_some()).count() as u64;
        }
        let wanted = if tool.is_some() { servers * CALLS } else { 0 };
        let text = format!(
            "end of input, {name}: {ended}/{servers} ended well, slowest {} ms; {answered}/{wanted} calls answered",
            slowest.as_millis()
        );
        let goal = format!("{servers}/{servers} within {} ms, {wanted}/{wanted} answered", within.as_millis());
        all &= figure(&text, &goal, ended == servers && answered == wanted && slowest <= within);
    }
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Begins calls, and waits until all of them are at the gateway.
fn begin(peer: &mut Peer, tool: &str, arguments: &Value, came: &Receiver<()>) -> Result<(), Failure> {
    for number in 0..CALLS {
        let mut arguments = arguments.clone();
        if let (true, Value::Object(arguments)) = (tool == "list_contacts", &mut arguments) {
            // No two are equal, so that none shares another's request.
            arguments.insert("skip".to_owned(), number.into());
        }
        peer.say(&peer::call(number + 1, tool, &arguments))?;
    }
    for _ in 0..CALLS {
        came.recv_timeout(peer::PATIENCE)?;
    }
    Ok(())
}

/// A gateway that takes requests and answers none; it tells of each.
fn silent_gateway() -> Result<(String, Receiver<()>), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let (coming, came) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let coming = coming.clone();
            std::thread::spawn(move || {
                let mut stream: TcpStream = stream;
                if stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                    let _ = coming.send(());
                }
                while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
            });
        }
    });
    Ok((base_url, came))
}
