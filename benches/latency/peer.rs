//! The other sides: a child process over its pipes, and a kept HTTP connection. Blocking and bare, to add little.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio as Piped};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A server behind a pair of pipes.
pub(crate) struct Stdio {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    id: u64,
}

impl Stdio {
    pub(crate) fn spawn(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Piped::piped()).stdout(Piped::piped());
        // Whatever the shell has set for a real gateway must not leak into the measurement.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("IMBRACE_")) {
            command.env_remove(name);
        }
        let mut child = command.envs(variables.iter().copied()).spawn().expect("the server starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output, id: 0 }
    }

    pub(crate) fn initialize(&mut self) -> Value {
        let answer = self.ask(
            "initialize",
            &json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}),
        );
        self.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        serde_json::from_str(&answer.0).unwrap()
    }

    /// The text of a tool's answer, and how long it took.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> (String, Duration) {
        let (line, took) = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], self.id, "{line}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no answer: {line}"));
        assert_eq!(answer["result"]["isError"], false, "{line}");
        (text.to_owned(), took)
    }

    fn ask(&mut self, method: &str, params: &Value) -> (String, Duration) {
        self.id += 1;
        let mut line = json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}).to_string();
        line.push('\n');
        let began = Instant::now();
        self.input.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
        line.clear();
        self.output.read_line(&mut line).unwrap();
        (line, began.elapsed())
    }

    fn write(&mut self, message: &Value) {
        self.input.as_mut().unwrap().write_all(format!("{message}\n").as_bytes()).unwrap();
    }

    /// Ends the input and waits for the process, which must end well.
    pub(crate) fn end(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

/// One kept connection.
pub(crate) struct Http {
    socket: TcpStream,
    token: String,
    received: Vec<u8>,
}

impl Http {
    pub(crate) fn connect(address: SocketAddr, token: &str) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        Self { socket, token: token.to_owned(), received: Vec::new() }
    }

    /// The JSON of an answer, and how long it took.
    pub(crate) fn get(&mut self, path: &str) -> (Value, Duration) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nx-access-token: {}\r\n\r\n", self.token);
        let began = Instant::now();
        self.socket.write_all(request.as_bytes()).unwrap();
        self.received.clear();
        let mut chunk = [0; 16 * 1024];
        let body = loop {
            let count = self.socket.read(&mut chunk).unwrap();
            assert!(count > 0, "the gateway closed the connection");
            self.received.extend_from_slice(&chunk[..count]);
            if let Some(body) = whole_body(&self.received) {
                break body;
            }
        };
        let took = began.elapsed();
        (serde_json::from_slice(body).unwrap(), took)
    }
}

/// The body, once as many bytes have come as the head announced.
fn whole_body(received: &[u8]) -> Option<&[u8]> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&received[..end]).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).expect("a length");
    let body = &received[end + 4..];
    (body.len() >= length.trim().parse().unwrap()).then_some(body)
}
