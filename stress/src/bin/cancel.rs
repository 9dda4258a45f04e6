//! Cancels calls whose requests are under way at the gateway, and measures when the gateway sees them gone.
//!
//! `cargo run --release -p stress --bin cancel` cancels 100 calls in each of five ways: over stdio by a notification, over HTTP by
//! leaving, in both eras of the protocol, and over the older SSE pair by a notification. With `-- --quick` it cancels 20, and
//! shows the time without judging it, because it is run on machines that are busy.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ExitCode};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stress::peer::{self, Failure, Peer, command, figure};

/// The promise.
const GOAL: Duration = Duration::from_millis(500);

/// Calls that are under way together; fewer than one caller may have.
const AT_ONCE: u64 = 20;

/// How long the gateway is listened to for what it has not seen.
const PATIENCE: Duration = Duration::from_secs(10);

/// An access token in form only: this gateway answers nobody.
const TOKEN: &str = "acc_00000000-0000-4000-8000-000000000001";

/// The version without a handshake.
const MODERN: &str = "2026-07-28";

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    let is_quick = std::env::args().any(|word| word == "--quick");
    let (calls, within) = if is_quick { (20, PATIENCE) } else { (100, GOAL) };
    let gateway = Gateway::start()?;
    let folder = tempfile::tempdir()?;
    let words = ["--sse", "--log", "warn,imbrace_contacts_mcp::app=info"];
    let (http, address) = peer::start_http(command(&gateway.base_url, TOKEN, &words)?, &folder.path().join("log"))?;
    let http = Running(http);
    let stdio = || Peer::bare(command(&gateway.base_url, TOKEN, &["--log", "off"])?);
    let mut handshake = stdio()?;
    handshake.open()?;
    let ways: [(&str, Box<dyn Client>); 5] = [
        ("stdio, with a handshake", Box::new(Stdio { peer: handshake, modern: false })),
        ("stdio, 2026-07-28", Box::new(Stdio { peer: stdio()?, modern: true })),
        ("HTTP, with a handshake", Box::new(Http { address: address.clone(), modern: false, open: HashMap::new() })),
        ("HTTP, 2026-07-28", Box::new(Http { address: address.clone(), modern: true, open: HashMap::new() })),
        ("HTTP+SSE", Box::new(Sse::open(address)?)),
    ];
    let (mut all, mut first) = (true, 0);
    for (name, mut client) in ways {
        all &= cancel(name, client.as_mut(), &gateway, first..first + calls, within)?;
        first += calls;
    }
    drop(http);
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Cancels these calls and says how it went.
fn cancel(
    name: &str,
    client: &mut dyn Client,
    gateway: &Gateway,
    numbers: std::ops::Range<u64>,
    within: Duration,
) -> Result<bool, Failure> {
    let calls = numbers.end - numbers.start;
    let (mut seen, mut slowest) = (0, Duration::ZERO);
    let mut rest: Vec<u64> = numbers.collect();
    while !rest.is_empty() {
        let batch: Vec<u64> = rest.drain(..rest.len().min(AT_ONCE as usize)).collect();
        for number in &batch {
            client.begin(*number)?;
        }
        for _ in &batch {
            gateway.came.recv_timeout(PATIENCE).map_err(|_| format!("{name}: a call did not reach the gateway"))?;
        }
        let mut cancelled = HashMap::new();
        for number in &batch {
            cancelled.insert(*number, Instant::now());
            client.cancel(*number)?;
        }
        for _ in &batch {
            let Ok((number, gone)) = gateway.gone.recv_timeout(PATIENCE) else { break };
            let Some(began) = cancelled.remove(&number) else { continue };
            seen += 1;
            slowest = slowest.max(gone.saturating_duration_since(began));
        }
    }
    let text = format!("cancel, {name}: {seen}/{calls} seen upstream, slowest {} ms", slowest.as_millis());
    let goal = format!("{calls}/{calls} within {} ms", within.as_millis());
    Ok(figure(&text, &goal, seen == calls && slowest <= within))
}

/// A gateway that takes requests, answers none, and tells when each came and when its client left.
struct Gateway {
    base_url: String,
    came: Receiver<u64>,
    gone: Receiver<(u64, Instant)>,
}

impl Gateway {
    fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let ((coming, came), (going, gone)) = (channel(), channel());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (coming, going) = (coming.clone(), going.clone());
                std::thread::spawn(move || wait(stream, &coming, &going));
            }
        });
        Ok(Self { base_url, came, gone })
    }
}

/// One connection: its request names its call by what it asks to skip.
fn wait(mut stream: TcpStream, coming: &Sender<u64>, going: &Sender<(u64, Instant)>) -> Option<()> {
    let mut line = String::new();
    BufReader::new(&mut stream).read_line(&mut line).ok()?;
    let (_, rest) = line.split_once("skip=")?;
    let number = rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
    coming.send(number).ok()?;
    // Nothing more is sent, so this ends when the client closes or resets the connection.
    while stream.read(&mut [0; 1024]).is_ok_and(|count| count > 0) {}
    going.send((number, Instant::now())).ok()
}

/// A client that can begin a call and cancel it.
trait Client {
    fn begin(&mut self, number: u64) -> Result<(), Failure>;
    fn cancel(&mut self, number: u64) -> Result<(), Failure>;
}

/// The call of a number; no two are equal, so that none shares another's request.
fn call(number: u64, modern: bool) -> Value {
    let mut call = peer::call(number, "list_contacts", &json!({"limit": 1, "skip": number}));
    if modern && let Some(Value::Object(params)) = call.get_mut("params") {
        params.insert("_meta".to_owned(), meta());
    }
    call
}

fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "example", "version": "1"},
    })
}

fn cancelled(number: u64, modern: bool) -> Value {
    let mut params = json!({"requestId": number});
    if modern && let Value::Object(params) = &mut params {
        params.insert("_meta".to_owned(), meta());
    }
    json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})
}

struct Stdio {
    peer: Peer,
    modern: bool,
}

impl Client for Stdio {
    fn begin(&mut self, number: u64) -> Result<(), Failure> {
        Ok(self.peer.say(&call(number, self.modern))?)
    }

    fn cancel(&mut self, number: u64) -> Result<(), Failure> {
        Ok(self.peer.say(&cancelled(number, self.modern))?)
    }
}

/// A connection a call; leaving is how it is cancelled.
struct Http {
    address: String,
    modern: bool,
    open: HashMap<u64, TcpStream>,
}

impl Client for Http {
    fn begin(&mut self, number: u64) -> Result<(), Failure> {
        let version =
            format!("mcp-protocol-version: {MODERN}\r\nmcp-method: tools/call\r\nmcp-name: list_contacts\r\n");
        let headers = if self.modern { version.as_str() } else { "" };
        let stream = post(&self.address, "/mcp", headers, &call(number, self.modern))?;
        self.open.insert(number, stream);
        Ok(())
    }

    fn cancel(&mut self, number: u64) -> Result<(), Failure> {
        drop(self.open.remove(&number));
        Ok(())
    }
}

/// One stream for the answers, and a POST for each message.
struct Sse {
    address: String,
    endpoint: String,
    _stream: TcpStream,
}

impl Sse {
    fn open(address: String) -> Result<Self, Failure> {
        let mut stream = TcpStream::connect(&address)?;
        write!(stream, "GET /sse HTTP/1.1\r\nhost: {address}\r\n\r\n")?;
        for line in BufReader::new(stream.try_clone()?).lines() {
            if let Some(endpoint) = line?.strip_prefix("data: ") {
                let sse = Self { address, endpoint: endpoint.to_owned(), _stream: stream };
                sse.say(&peer::initialize())?;
                sse.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
                return Ok(sse);
            }
        }
        Err("no endpoint in the stream".into())
    }

    fn say(&self, message: &Value) -> Result<(), Failure> {
        let mut stream = post(&self.address, &self.endpoint, "connection: close\r\n", message)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 202") { Ok(()) } else { Err(answer.into()) }
    }
}

impl Client for Sse {
    fn begin(&mut self, number: u64) -> Result<(), Failure> {
        self.say(&call(number, false))
    }

    fn cancel(&mut self, number: u64) -> Result<(), Failure> {
        self.say(&cancelled(number, false))
    }
}

/// Sends a POST and leaves its answer to be read.
fn post(address: &str, path: &str, headers: &str, message: &Value) -> Result<TcpStream, Failure> {
    let body = message.to_string();
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{headers}\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes())?;
    Ok(stream)
}

/// A process that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
