//! A server with the test tools, and a raw line in both directions to it.

use std::time::Duration;

use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::Toolbox;
use imbrace_contacts_mcp::transport::stdio;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio_util::sync::CancellationToken;

use super::tools;

/// An answer that has not come by now never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where no gateway listens.
pub const NOWHERE: &str = "http://127.0.0.1:9";

/// The newest version with a handshake.
pub const HANDSHAKE: &str = "2025-11-25";

/// The version without one.
pub const MODERN: &str = "2026-07-28";

/// A server over the test tools whose gateway is at `base_url`.
pub fn server(base_url: &str) -> Server {
    let settings = Settings {
        base_url: base_url.parse().unwrap(),
        prefix: PrefixChoice::Fixed(Prefix::Backend),
        credential: Credential::parse("acc_00000000-0000-4000-8000-000000000001".into(), None).unwrap(),
        deadlines: Deadlines::default(),
    };
    let place = GatewayTarget { environment: Environment::Custom, host: "gateway.test".to_owned(), organization: None };
    let context = Context::new(ContextParts {
        gateway: Client::new(settings).unwrap(),
        place,
        short_ids: ShortIds::new(IdStyle::Short),
        uploads: Uploads::default(),
    });
    Server::new(Toolbox::builder(context).entries(tools::all()).build().unwrap())
}

/// One client's end of a connection.
pub struct Wire {
    reader: BufReader<ReadHalf<DuplexStream>>,
    /// Gone once the input has ended.
    pub writer: Option<WriteHalf<DuplexStream>>,
    /// Asks the server to stop.
    pub stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Wire {
    /// A connection on which nothing was said yet.
    pub fn bare(server: Server) -> Self {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let (reader, writer) = tokio::io::split(theirs);
        let stop = CancellationToken::new();
        let serving = tokio::spawn(stdio::serve_pair(server, reader, writer, stop.clone()));
        let (reader, writer) = tokio::io::split(ours);
        Self { reader: BufReader::new(reader), writer: Some(writer), stop, serving }
    }

    /// A connection after the handshake.
    pub async fn open(server: Server) -> Self {
        let mut wire = Self::bare(server);
        wire.say(&initialize(HANDSHAKE)).await;
        wire.hear().await;
        wire.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        wire
    }

    /// Writes one message.
    pub async fn say(&mut self, message: &Value) {
        self.say_raw(format!("{message}\n").as_bytes()).await;
    }

    /// Writes bytes as they are.
    pub async fn say_raw(&mut self, bytes: &[u8]) {
        self.writer.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    /// The next line, as text.
    pub async fn hear_raw(&mut self) -> String {
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, self.reader.read_line(&mut line)).await.expect("an answer").unwrap();
        line
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        let line = self.hear_raw().await;
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Says one message and hears the next.
    pub async fn ask(&mut self, message: &Value) -> Value {
        self.say(message).await;
        self.hear().await
    }

    /// Calls a tool over an open connection.
    pub async fn call(&mut self, id: i64, tool: &str, arguments: Value) -> Value {
        self.ask(&call(id, tool, arguments)).await
    }

    /// Ends the input and gives what else the server says, until it is done.
    pub async fn close(mut self) -> Vec<Value> {
        // The write half alone does not end a duplex: its shutdown does.
        self.writer.as_mut().unwrap().shutdown().await.unwrap();
        self.rest().await
    }

    /// What the server says until it is done.
    pub async fn rest(mut self) -> Vec<Value> {
        let mut said = Vec::new();
        loop {
            let line = self.hear_raw().await;
            if line.is_empty() {
                break;
            }
            said.push(serde_json::from_str(&line).unwrap());
        }
        tokio::time::timeout(PATIENCE, self.serving).await.expect("the end").unwrap().unwrap();
        said
    }
}

/// The opening of the handshake.
pub fn initialize(version: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}})
}

/// A call in the handshake era.
pub fn call(id: i64, tool: &str, arguments: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

/// What every request carries in the modern era.
pub fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    })
}

/// A request in the modern era.
pub fn modern(id: i64, method: &str, mut params: Value) -> Value {
    params["_meta"] = meta();
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// The text of a tool's answer.
pub fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text in {answer}"))
}
