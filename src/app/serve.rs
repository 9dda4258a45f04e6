//! `serve`: the tools over stdio or HTTP until the input ends or a signal comes.

use std::io::IsTerminal;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Ending;
use super::assembly::{Assembly, assemble};
use super::signals;
use crate::config::{Http, Settings};
use crate::mcp::Server;
use crate::transport::{http, stdio};

/// Serves until the end.
///
/// # Errors
/// What [`assemble`] says, or an address that cannot be had.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<Ending> {
    let stop = signals::stop_signal().context("signals")?;
    let Assembly { toolbox, local, place } =
        assemble(settings, if settings.http.is_some() { "http" } else { "stdio" }).await?;
    tracing::info!(environment = %place.environment, host = place.host, tools = toolbox.entries().len(), "ready");
    let server = Server::new(toolbox);
    match &settings.http {
        None => {
            if std::io::stdin().is_terminal() {
                tracing::warn!(
                    "stdin is a terminal, where an MCP client would speak JSON-RPC; `call` tries a tool by hand"
                );
            }
            stdio::serve(server, stop).await.context("stdin and stdout")?;
        }
        Some(http) => over_http(http, server, stop).await?,
    }
    if let Some(local) = local {
        local.stop().await;
    }
    Ok(Ending::default())
}

async fn over_http(settings: &Http, server: Server, stop: CancellationToken) -> anyhow::Result<()> {
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen at {listen}"))?;
    let mut options = http::Options { sse: settings.sse, token: settings.token.clone(), ..http::Options::default() };
    options.allowed_hosts.extend(settings.allowed_hosts.iter().cloned());
    options.allowed_origins.extend(settings.allowed_origins.iter().cloned());
    let address = listener.local_addr()?;
    tracing::info!("listening at http://{address}/mcp{}", if settings.sse { " and /sse" } else { "" });
    http::serve(listener, server, options, stop).await.with_context(|| format!("HTTP at {listen}"))
}
