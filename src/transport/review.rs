//! The review page for a browser on the same machine, behind its one-time link.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::accept::{self, Shutdown};
use crate::review::{Link, Review, Site};

/// One browser opens a few connections.
const CONNECTIONS: usize = 64;

/// How long answers may take after a stop.
const GRACE: Duration = Duration::from_secs(5);

/// Serves the page until `stop` is cancelled; then what is being written ends before its next contact.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(listener: TcpListener, review: Review, link: Link, stop: CancellationToken) -> std::io::Result<()> {
    let site = Site::new(review, link, listener.local_addr()?.port(), &stop);
    let shutdown = Shutdown { stop, grace: GRACE, cut: CancellationToken::new() };
    accept::accept(listener, site.router(), CONNECTIONS, shutdown).await;
    site.end().await;
    Ok(())
}
