//! The server as a process of its own, over stdio or HTTP, and what it costs. The example starts itself for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use imbrace_contacts_mcp::{app, cli};
use serde_json::{Value, json};

/// What goes wrong in an example.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An answer that has not come by now never will.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the server when this process was started for that; the whole of what the real binary does.
#[allow(clippy::disallowed_methods, reason = "a program at a shell may wait for its reader")]
pub fn serve_if_asked() -> Option<ExitCode> {
    if std::env::args().nth(1).as_deref() != Some("serve") {
        return None;
    }
    // Taken for the program itself, it would start servers of its own, and so on.
    let arguments = match cli::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{}", error.text(false));
            return Some(ExitCode::FAILURE);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().ok()?;
    let result = runtime.block_on(app::run(arguments));
    runtime.shutdown_timeout(Duration::from_millis(100));
    Some(match result {
        Ok(ending) => ExitCode::from(ending.code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(app::exit_code(&error))
        }
    })
}

/// A server process over stdio.
pub struct Peer {
    /// The process.
    pub child: Child,
    /// Its standard input.
    pub input: Option<ChildStdin>,
    /// The messages that it says.
    pub said: Receiver<Value>,
}

/// The command for a server process of the gateway at `base_url`.
pub fn command(base_url: &str, token: &str, words: &[&str]) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    // Nothing of the developer's, and the state of one run after the other.
    let home = std::env::temp_dir().join("imbrace-contacts-stress");
    command.arg("serve").args(words).env_clear().env("HOME", home).env("NO_PROXY", "*");
    command.env("IMBRACE_BASE_URL", base_url).env("IMBRACE_ACCESS_TOKEN", token);
    command.env("IMBRACE_API_PREFIX", "channel-service/v1").env("RUST_BACKTRACE", "full");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    Ok(command)
}

impl Peer {
    /// Starts a process and says the handshake.
    pub fn start(command: Command) -> Result<Self, Failure> {
        let mut peer = Self::bare(command)?;
        peer.open()?;
        Ok(peer)
    }

    /// Starts a process and says nothing yet.
    pub fn bare(mut command: Command) -> Result<Self, Failure> {
        let mut child = command.spawn()?;
        let (sender, said) = channel();
        let lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(message) = serde_json::from_str(&line) {
                    let _ = sender.send(message);
                }
            }
        });
        let input = child.stdin.take();
        Ok(Self { child, input, said })
    }

    /// Says the handshake.
    pub fn open(&mut self) -> Result<(), Failure> {
        self.say(&initialize())?;
        self.said.recv_timeout(PATIENCE)?;
        Ok(self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?)
    }

    /// Writes one message.
    pub fn say(&mut self, message: &Value) -> std::io::Result<()> {
        self.input.as_mut().map_or(Ok(()), |input| writeln!(input, "{message}"))
    }

    /// Writes one line, whatever it is.
    pub fn say_text(&mut self, line: &str) -> std::io::Result<()> {
        self.input.as_mut().map_or(Ok(()), |input| writeln!(input, "{line}"))
    }

    /// Ends the input and waits for the process; whether it ended well.
    pub fn end(mut self) -> std::io::Result<bool> {
        drop(self.input.take());
        Ok(self.child.wait()?.success())
    }
}

/// The opening of the handshake.
pub fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "example", "version": "1"}}})
}

/// A call.
pub fn call(id: u64, tool: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

/// One POST to `/mcp` on a connection of its own, and the body of the answer.
pub fn post(address: &str, bearer: Option<&str>, message: &Value) -> Result<String, Failure> {
    let body = message.to_string();
    let bearer = bearer.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{bearer}\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Starts a process that serves HTTP; its log goes to `log`, from which its address is read.
pub fn start_http(mut command: Command, log: &PathBuf) -> Result<(Child, String), Failure> {
    command.args(["--http", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::null());
    let child = command.stderr(std::fs::File::create(log)?).spawn()?;
    for _ in 0..6_000 {
        let text = std::fs::read_to_string(log)?;
        if let Some((_, rest)) = text.split_once("listening at http://")
            && let Some((address, _)) = rest.split_once("/mcp")
        {
            return Ok((child, address.to_owned()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err("the server does not listen".into())
}

/// How much memory a process holds, in KiB; 0 where the system does not tell.
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Prints one figure with its goal, and says whether it was reached.
pub fn figure(text: &str, goal: &str, reached: bool) -> bool {
    let verdict = if reached { "reached" } else { "MISSED" };
    let _ = writeln!(std::io::stdout(), "{text} (goal: {goal}) {verdict}");
    reached
}
