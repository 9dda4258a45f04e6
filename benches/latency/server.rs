//! The servers that are compared, and how each is started.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::client::{Client, Way};
use crate::floor;
use crate::process::{self, Command, Process};

/// Our binary, as cargo built it for this bench.
const OURS: &str = env!("CARGO_BIN_EXE_imbrace-contacts-mcp");

/// How long a server may take from its start to its listening.
const STARTED_WITHIN: Duration = Duration::from_secs(60);

/// What a server is to the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Ours,
    /// A bare server over the same SDK that says what it was told.
    Echo,
    /// A bare server over the same SDK that hands on the gateway's body.
    PassThrough,
    FastMcp,
    TypeScript,
    /// Whatever the command line named.
    Other,
}

/// A server to be measured.
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) way: Way,
    /// `None` for one that runs already.
    pub(crate) command: Option<Command>,
    /// Of one that runs already.
    pub(crate) address: Option<SocketAddr>,
}

/// A server that runs, and the client that drives it.
pub(crate) struct Running {
    pub(crate) process: Option<Process>,
    pub(crate) client: Client,
    /// From its start to the answer to `initialize`.
    pub(crate) started: Duration,
}

impl Server {
    /// Ours, over a gateway.
    pub(crate) fn ours(way: Way, gateway: &str) -> Self {
        let words: &[&str] = match way {
            Way::Stdio => &["serve"],
            Way::Sse => &["serve", "--http", "127.0.0.1:{port}", "--sse"],
            Way::Http | Way::Bare => &["serve", "--http", "127.0.0.1:{port}"],
        };
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let command = Command { program: OURS.to_owned(), words, variables: Vec::new() }
            .with("IMBRACE_ENV", "custom")
            .with("IMBRACE_BASE_URL", gateway)
            .with("IMBRACE_API_PREFIX", "channel-service/v1")
            .with("IMBRACE_ACCESS_TOKEN", imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN)
            .with("IMBRACE_LOG", "error");
        let name = format!("this server, {}", said(way));
        Self { name, kind: Kind::Ours, way, command: Some(command), address: None }
    }

    /// A floor, over a gateway. The older transport's is the SDK's own way to answer with an event stream.
    pub(crate) fn floor(kind: Kind, way: Way, gateway: &str) -> Self {
        let words: &[&str] = match way {
            Way::Stdio => &[floor::ROLE, "stdio"],
            Way::Sse => &[floor::ROLE, "events", "{port}"],
            Way::Http | Way::Bare => &[floor::ROLE, "http", "{port}"],
        };
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let command = Command::this(&words).with(floor::GATEWAY, gateway);
        let what = if kind == Kind::Echo { "bare rmcp echo" } else { "bare rmcp pass-through" };
        let name = if way == Way::Sse { format!("{what}, event stream") } else { format!("{what}, {}", said(way)) };
        // Its event streams are answers to POSTs, not the older pair.
        let way = if way == Way::Sse { Way::Http } else { way };
        Self { name, kind, way, command: Some(command), address: None }
    }

    /// A peer from the command line: `name=http://address` or `name=program words`, over HTTP when a word has `{port}`.
    pub(crate) fn peer(kind: Kind, text: &str, gateway: &str) -> Result<Self, String> {
        let (name, rest) =
            text.split_once('=').ok_or_else(|| format!("`{text}`: name=command or name=http://address"))?;
        if let Some(address) = rest.strip_prefix("http://") {
            let address = address.trim_end_matches("/mcp").parse().map_err(|error| format!("`{rest}`: {error}"))?;
            return Ok(Self { name: name.to_owned(), kind, way: Way::Http, command: None, address: Some(address) });
        }
        let mut words = rest.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or_else(|| format!("`{text}` names no program"))?;
        let command = Command { program, words: words.collect(), variables: Vec::new() };
        let way = if rest.contains("{port}") { Way::Http } else { Way::Stdio };
        let command = command.with(floor::GATEWAY, gateway);
        Ok(Self { name: name.to_owned(), kind, way, command: Some(command), address: None })
    }

    /// Starts it and says the handshake.
    pub(crate) async fn start(&self) -> io::Result<Running> {
        let began = Instant::now();
        let Some(command) = &self.command else {
            let address = self.address.ok_or(io::ErrorKind::NotFound)?;
            let client = Client::http(self.way, address).await?;
            return Ok(Running { process: None, client, started: began.elapsed() });
        };
        if self.way == Way::Stdio {
            let mut process = Process::spawn(command)?;
            let client = Client::stdio(&mut process).await?;
            return Ok(Running { process: Some(process), client, started: began.elapsed() });
        }
        let port = process::free_port();
        let process = Process::spawn(&command.at(port))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        drop(process::listening(address, STARTED_WITHIN)?);
        let client = Client::http(self.way, address).await?;
        Ok(Running { process: Some(process), client, started: began.elapsed() })
    }
}

pub(crate) const fn said(way: Way) -> &'static str {
    match way {
        Way::Stdio => "stdio",
        Way::Http => "HTTP",
        Way::Sse => "SSE",
        Way::Bare => "straight",
    }
}
