//! `serve`: the tools over stdio or HTTP until the input ends or a signal comes.

use anyhow::Context as _;

use super::Ending;
use super::assembly::{Assembly, assemble};
use super::signals;
use crate::config::Settings;
use crate::mcp::Server;
use crate::transport;

/// Serves until the end.
///
/// # Errors
/// What [`assemble`] says, or an address that cannot be had.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<Ending> {
    let stop = signals::stop_signal().context("signals")?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let Assembly { toolbox, local, place } = assemble(settings).await?;
    tracing::info!(environment = %place.environment, host = place.host, tools = toolbox.entries().len(), "ready");
    let server = Server::new(toolbox);
    match &settings.http {
        None => transport::stdio::serve(server, stop).await.context("stdin and stdout")?,
        Some(http) => anyhow::bail!("cannot listen at {}: this build serves stdio only", http.listen),
    }
    if let Some(local) = local {
        local.stop().await;
    }
    Ok(Ending::default())
}
