//! This program once more, as the server under load: a process of its own, so that its memory and sockets can be counted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;
use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget};
use imbrace_contacts_mcp::identity::Identity;
use imbrace_contacts_mcp::identity::tokens::Tokens;
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{self, LocalGateway, Population};
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::model::Environment;
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};
use imbrace_contacts_mcp::transport::http::{self, Options};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The argument by which this program knows that it is the server.
const ROLE: &str = "--as-server";

/// The bearer token that the server asks for.
pub const TOKEN: &str = "synthetic-token-for-load-tests";

/// The server's process; it ends with its input.
pub struct OwnServer {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Serves until the input ends, when this process was started for it.
pub fn serve_if_asked() -> anyhow::Result<bool> {
    if !std::env::args().any(|argument| argument == ROLE) {
        return Ok(false);
    }
    tokio::runtime::Runtime::new()?.block_on(serve())?;
    Ok(true)
}

async fn serve() -> anyhow::Result<()> {
    let people = Population { contacts: 50, ..Population::default() };
    let local = LocalGateway::start(local_gateway::Options { people, ..Default::default() }).await?;
    let gateway = crate::gateway_client(&local.base_url())?;
    let place = GatewayTarget { environment: Environment::Local, host: "127.0.0.1".to_owned(), organization: None };
    let (short_ids, uploads) = (ShortIds::new(IdStyle::Short), Uploads::default());
    let context = Context::new(ContextParts { gateway, place, short_ids, uploads });
    let server = Server::new(Toolbox::new(context, &Selection::default(), Limits::default())?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let stop = CancellationToken::new();
    let ending = stop.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        ending.cancel();
    });
    let identity = Arc::new(Identity { tokens: Some(Tokens::fixed(&TOKEN.into())), oauth: None });
    http::serve(listener, server, Options { sse: true, identity, ..Options::default() }, stop).await?;
    Ok(())
}

impl OwnServer {
    /// Starts it. Its limit of open files is this process's.
    pub fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(ROLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the server")?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("its output")?).read_line(&mut line)?;
        Ok(Self { process, address: line.trim().parse()? })
    }

    /// Its resident memory, in KiB.
    #[allow(dead_code, reason = "not every program asks")]
    pub fn memory(&self) -> anyhow::Result<i64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Its open files and sockets.
    #[allow(dead_code, reason = "not every program asks")]
    pub fn open_files(&self) -> anyhow::Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
