//! A gateway that is no bottleneck: it knows one answer, page by page, and writes it at once or after a set time.
//!
//! It is this program in another role, a process of its own on one thread.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::contacts::Page;
use crate::process::{Command, Process};

/// The argument that makes this program the stub; the milliseconds an answer takes follow it.
pub(crate) const ROLE: &str = "--serve-stub";

/// The longest page, and the shortest.
const LONGEST: u64 = 100;

/// The stub's process.
pub(crate) struct Stub {
    _process: Process,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Stub {
    /// Starts it, answering after `latency`.
    pub(crate) fn start(latency: Duration) -> Self {
        let port = crate::process::free_port();
        let words = [ROLE.to_owned(), latency.as_millis().to_string(), port.to_string()];
        let process = Process::spawn(&Command::this(&words)).expect("the stub starts");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        crate::process::listening(address, Duration::from_secs(10)).expect("the stub listens");
        Self { _process: process, address }
    }

    /// Its address as a base URL.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Serves until this process is ended.
pub(crate) fn serve(words: &[String]) {
    let number = |index: usize| words[index].parse::<u64>().unwrap();
    let (latency, port) = (Duration::from_millis(number(0)), number(1) as u16);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pages: Rc<HashMap<u64, Page>> = Rc::new((1..=LONGEST).map(|rows| (rows, Page::of(rows))).collect());
    let alarms = Alarms::start();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        crate::process::end_with_input();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        while let Ok((socket, _)) = listener.accept().await {
            tokio::task::spawn_local(connection(socket, Rc::clone(&pages), latency, alarms.clone()));
        }
    });
}

/// One kept connection. Whatever breaks ends it.
async fn connection(mut socket: TcpStream, pages: Rc<HashMap<u64, Page>>, latency: Duration, alarms: Alarms) {
    let _ = socket.set_nodelay(true);
    let (mut received, mut chunk) = (Vec::new(), [0; 8192]);
    loop {
        let end = loop {
            if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            match socket.read(&mut chunk).await {
                Ok(count @ 1..) => received.extend_from_slice(&chunk[..count]),
                _ => return,
            }
        };
        let due = Instant::now() + latency;
        let line = String::from_utf8_lossy(received.split(|byte| *byte == b'\r').next().unwrap_or_default());
        let (limit, skip) = (value(&line, "limit=").unwrap_or(20), value(&line, "skip=").unwrap_or(0));
        let body = pages[&limit.clamp(1, LONGEST)].after(skip);
        received.drain(..end);
        if !latency.is_zero() {
            alarms.at(due).await;
        }
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        let answer = [head.into_bytes(), body].concat();
        if socket.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Wakes tasks to the fraction of a millisecond. The runtime's own timers wait for whole ones: who asks again a moment after
/// one of them would wait for the next but fifty, and small delays would be measured as large ones.
#[derive(Clone)]
struct Alarms(mpsc::Sender<(Instant, oneshot::Sender<()>)>);

impl Alarms {
    fn start() -> Self {
        let (sender, wishes) = mpsc::channel::<(Instant, oneshot::Sender<()>)>();
        std::thread::spawn(move || {
            // Everybody waits equally long, so that they come in the order in which they are due.
            for (due, bell) in wishes {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let _ = bell.send(());
            }
        });
        Self(sender)
    }

    async fn at(&self, due: Instant) {
        let (bell, rings) = oneshot::channel();
        if self.0.send((due, bell)).is_ok() {
            let _ = rings.await;
        }
    }
}

fn value(line: &str, name: &str) -> Option<u64> {
    let (_, rest) = line.split_once(name)?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}
