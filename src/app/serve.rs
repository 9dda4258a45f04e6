//! `serve`: the tools over stdio or HTTP until the input ends or a signal comes.

#[cfg(feature = "http")]
mod http;

use std::io::IsTerminal;

use anyhow::Context as _;

use super::Ending;
use super::assembly::{Assembly, assemble};
use super::observed::Watched;
use super::signals;
use crate::config::Settings;
use crate::mcp::Server;
use crate::metrics::Metrics;
use crate::traces::Traces;
use crate::transport::stdio;

/// Serves until the end.
///
/// # Errors
/// What [`assemble`] says, or an address that cannot be had.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<Ending> {
    let stop = signals::stop_signal().context("signals")?;
    let caller = if settings.http.is_some() { "http" } else { "stdio" };
    // Whoever serves over stdio has nobody to scrape it.
    let metrics = if settings.http.is_some() { Metrics::recording() } else { Metrics::default() };
    let traces = match &settings.traces {
        Some(given) => {
            Traces::start(&given.endpoint, &settings.gateway.authorities, given.to_gateway).context("traces")?
        }
        None => Traces::default(),
    };
    let watched = Watched { metrics, traces };
    let parts = assemble(settings, caller, &watched).await?;
    #[cfg(feature = "http")]
    let ready = http::probe(&parts);
    let Assembly { toolbox, tenants, local, place, audit, .. } = parts;
    tracing::info!(environment = %place.environment, host = place.host, tools = toolbox.entries().len(), "ready");
    let mut server = Server::new(toolbox).traced(watched.traces.clone());
    if let Some(tenants) = tenants {
        server = server.for_tenants(tenants);
    }
    match &settings.http {
        None => {
            if std::io::stdin().is_terminal() {
                tracing::warn!(
                    "stdin is a terminal, where an MCP client would speak JSON-RPC; `call` tries a tool by hand"
                );
            }
            stdio::serve(server, stop).await.context("stdin and stdout")?;
        }
        #[cfg(feature = "http")]
        Some(_) => http::serve(settings, (ready, watched.metrics.clone()), server, stop).await?,
        // The configuration refuses `http` in such a build.
        #[cfg(not(feature = "http"))]
        Some(_) => anyhow::bail!("this build does not serve HTTP"),
    }
    if let Some(audit) = audit {
        audit.flush().await;
    }
    watched.traces.end().await;
    if let Some(local) = local {
        local.await;
    }
    Ok(Ending::default())
}
