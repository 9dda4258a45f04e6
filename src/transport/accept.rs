//! Connections: accepted, bounded in number and time, drained at the end.
//!
//! Own loop, because the ready-made one never closes a socket that sends its headers slowly, or not at all.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::callers::Peer;
use super::write_timeout::WriteTimeout;

/// How long a client may take for the head of a request, and how long a kept connection may stay idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request, and how much of an answer is kept for a client that reads slowly, in bytes.
const MAX_BUFFER: usize = 64 * 1024;

/// After a failed accept, which mostly means that the process has no file handles left.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// When connections end.
pub(crate) struct Shutdown {
    /// No new connections; those that are busy may finish.
    pub(crate) stop: CancellationToken,
    /// How long they may.
    pub(crate) grace: Duration,
    /// Cancelled when the grace is over, or all have finished.
    pub(crate) cut: CancellationToken,
}

/// Serves `app` on every connection until the stop, and returns once all connections are closed.
pub(crate) async fn accept(listener: TcpListener, app: Router, connections: usize, shutdown: Shutdown) {
    let permits = Arc::new(Semaphore::new(connections));
    let tasks = TaskTracker::new();
    loop {
        let next = async {
            // Waiting here leaves further clients in the kernel's queue.
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = shutdown.stop.cancelled() => break,
            next = next => next,
        };
        match accepted {
            Ok((socket, from)) => {
                let app = Known { app: TowerToHyperService::new(app.clone()), peer: Peer(from.ip()) };
                let connection = connection(socket, app, shutdown.stop.clone(), shutdown.cut.clone());
                tasks.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(shutdown.grace, tasks.wait()).await.is_err() {
        tracing::warn!("connections are cut that did not finish in time");
    }
    shutdown.cut.cancel();
    tasks.wait().await;
}

async fn connection(socket: TcpStream, app: Known, stop: CancellationToken, cut: CancellationToken) {
    // Without it, an answer in two packets waits some 40 ms for the acknowledgement of the first.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(TokioIo::new(WriteTimeout::new(socket)), app);
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                ended = serving => ended,
                () = cut.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The routes, told where each request comes from.
struct Known {
    app: TowerToHyperService<Router>,
    peer: Peer,
}

impl Service<http::Request<Incoming>> for Known {
    type Response = <TowerToHyperService<Router> as Service<http::Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<http::Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<http::Request<Incoming>>>::Future;

    fn call(&self, mut request: http::Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.app.call(request)
    }
}
