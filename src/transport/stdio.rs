//! Standard input and output: one JSON-RPC message a line, and nothing else on standard output.

use std::io;

use rmcp::service::{ServerInitializeError, serve_server_with_ct};
use rmcp::transport::stdio_pipes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::connection::LineTransport;
use crate::mcp::Server;

/// Serves one client over standard input and output until the input ends or `stop` is cancelled.
///
/// Calls in flight may finish: for well under a second after the end of input, longer after a signal to stop. Then they
/// are cut short, each with an answer that says so.
///
/// Where standard input is no pipe, reading it occupies a thread that cannot be woken: leave such a process with
/// `Runtime::shutdown_background`, or it waits for one more line.
///
/// # Errors
/// When the connection breaks before it is open.
pub async fn serve(server: Server, stop: CancellationToken) -> io::Result<()> {
    // Pipes read without a thread in between: a third of the latency of the blocking handles.
    let (reader, writer) = stdio_pipes();
    serve_pair(server, reader, writer, stop).await
}

/// The same over any pair of byte streams.
///
/// # Errors
/// When the connection breaks before it is open.
pub async fn serve_pair<R, W>(server: Server, reader: R, writer: W, stop: CancellationToken) -> io::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let cut = CancellationToken::new();
    let server = server.until(stop.clone());
    let transport = LineTransport::new(reader, writer, stop, cut.clone());
    match serve_server_with_ct(server.clone(), transport, cut).await {
        Ok(running) => {
            let ended = running.waiting().await.map(drop).map_err(io::Error::other);
            server.finish().await;
            ended
        }
        // The input ended before a client opened the connection: nothing to serve is no failure.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => Ok(()),
        Err(error) => Err(io::Error::other(error)),
    }
}
