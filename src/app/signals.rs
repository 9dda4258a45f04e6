//! SIGTERM and SIGINT: the first asks for an orderly end, the second ends at once.

use tokio_util::sync::CancellationToken;

/// The exit code of the second signal: 128 + SIGINT, as shells have it.
const INTERRUPTED: i32 = 130;

/// A token that is cancelled by the first signal.
///
/// # Errors
/// When the system does not let us listen for signals.
pub(super) fn stop_signal() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut signals = Signals::new()?;
    tokio::spawn({
        let stop = stop.clone();
        async move {
            signals.next().await;
            tracing::info!("stopping: calls under way may finish; a second signal ends at once");
            stop.cancel();
            signals.next().await;
            std::process::exit(INTERRUPTED);
        }
    });
    Ok(stop)
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Without a console there is no Ctrl-C, and nothing else to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
