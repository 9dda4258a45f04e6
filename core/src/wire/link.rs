//! One connection, and the exchange on it.

use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::body::Outgoing;
use super::connect::BoxedIo;

/// A connection that can be asked.
pub(super) enum Link {
    /// HTTP/1: one exchange at a time, polled by whoever waits for it.
    Own(Own),
    /// HTTP/2: a handle to the connection that all share, which a task polls.
    Shared(Shared),
}

/// A handle to an HTTP/2 connection.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) sender: http2::SendRequest<Outgoing>,
    /// Tells connections apart.
    pub(super) number: u64,
}

/// How long nothing may come of an HTTP/2 connection on which somebody waits before it is asked whether it is still there,
/// and how long that answer may take. Kernels wait for a quarter of an hour.
const PING_AFTER: Duration = Duration::from_secs(5);
const PING_PATIENCE: Duration = Duration::from_secs(4);

/// The number of the next HTTP/2 connection.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// An HTTP/1 connection with both its ends.
pub(super) struct Own {
    sender: http1::SendRequest<Outgoing>,
    /// `None` when it has ended.
    connection: Option<Box<http1::Connection<BoxedIo, Outgoing>>>,
}

/// An exchange that failed; with the request, if nothing of it was sent.
pub(super) struct Unsent {
    pub(super) request: Option<Box<Request<Outgoing>>>,
    /// Whether the other side has said that it did nothing of it.
    pub(super) is_refused: bool,
    pub(super) error: hyper::Error,
}

impl Link {
    pub(super) async fn new(io: BoxedIo, is_http2: bool) -> Result<Self, hyper::Error> {
        if is_http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.timer(TokioTimer::new()).keep_alive_interval(PING_AFTER).keep_alive_timeout(PING_PATIENCE);
            let (sender, connection) = builder.handshake(io).await?;
            // It ends when its last handle is dropped, and each exchange on it learns of an error by itself.
            tokio::spawn(async move {
                let _ = connection.await;
            });
            return Ok(Self::Shared(Shared { sender, number: NUMBER.fetch_add(1, Ordering::Relaxed) }));
        }
        let (sender, connection) = http1::Builder::new().handshake(io).await?;
        Ok(Self::Own(Own { sender, connection: Some(Box::new(connection)) }))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn ask(&mut self, request: Request<Outgoing>) -> Result<http::Response<Incoming>, Unsent> {
        let answer = match self {
            Self::Own(own) => {
                let mut answer = pin!(own.sender.try_send_request(request));
                let connection = &mut own.connection;
                poll_fn(|context| {
                    // First the connection: it is what sends the request and brings the answer.
                    drive(connection, context);
                    answer.as_mut().poll(context)
                })
                .await
            }
            Self::Shared(Shared { sender, .. }) => {
                let ready = poll_fn(|context| sender.poll_ready(context)).await;
                if let Err(error) = ready {
                    return Err(Unsent { request: Some(Box::new(request)), is_refused: false, error });
                }
                // Of a request without a body all may be written while the other side says that it goes away.
                let may_go_away = request.method().is_safe() || !request.body().is_end_stream();
                let answer = sender.try_send_request(request).await;
                return answer.map_err(|mut failed| {
                    let request = failed.take_message().map(Box::new);
                    let error = failed.into_error();
                    Unsent { request, is_refused: was_refused(&error, may_go_away), error }
                });
            }
        };
        answer.map_err(|mut failed| Unsent {
            request: failed.take_message().map(Box::new),
            is_refused: false,
            error: failed.into_error(),
        })
    }

    /// Which HTTP/2 connection it is.
    pub(super) const fn number(&self) -> Option<u64> {
        match self {
            Self::Own(_) => None,
            Self::Shared(shared) => Some(shared.number),
        }
    }

    /// Polls the connection, so that what waits for it gets on.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        if let Self::Own(own) = self {
            drive(&mut own.connection, context);
        }
    }

    /// Whether another request may go out on it.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::Own(own) => own.connection.is_some() && own.sender.is_ready(),
            Self::Shared(Shared { sender, .. }) => !sender.is_closed(),
        }
    }
}

/// Whether the other side has said that it did nothing of a request (RFC 9113, 8.7); `may_go_away`: or that it goes away
/// without it.
fn was_refused(error: &hyper::Error, may_go_away: bool) -> bool {
    let Some(error) = error.source().and_then(|source| source.downcast_ref::<h2::Error>()) else { return false };
    let reason = error.reason();
    error.is_remote()
        && ((error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM))
            || (may_go_away && error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)))
}

/// Polls a connection until it ends. Its error reaches whoever waits for the answer.
fn drive(connection: &mut Option<Box<http1::Connection<BoxedIo, Outgoing>>>, context: &mut Context<'_>) {
    if let Some(polled) = connection
        && let Poll::Ready(_) = Pin::new(polled).poll(context)
    {
        *connection = None;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper_util::rt::TokioIo;

    use super::*;

    /// An HTTP/2 connection, and what the other side says to its only request.
    async fn asked(reason: Option<h2::Reason>) -> Result<http::StatusCode, bool> {
        let (near, far) = tokio::io::duplex(64 << 10);
        tokio::spawn(async move {
            let mut connection = h2::server::handshake(far).await.unwrap();
            while let Some(stream) = connection.accept().await {
                let (_, mut respond) = stream.unwrap();
                match reason {
                    Some(reason) => respond.send_reset(reason),
                    None => drop(respond.send_response(http::Response::new(()), true).unwrap()),
                }
            }
        });
        let mut link = Link::new(Box::new(TokioIo::new(near)), true).await.unwrap();
        let mut request = Request::new(Outgoing::Whole(Bytes::from_static(b"{}")));
        *request.method_mut() = http::Method::PUT;
        *request.uri_mut() = "https://gateway.example.com/contacts".parse().unwrap();
        let answer = link.ask(request).await;
        answer.map(|answer| answer.status()).map_err(|failed| failed.is_refused)
    }

    #[tokio::test]
    async fn only_a_request_that_was_refused_unread_may_go_out_again() {
        assert_eq!(asked(None).await, Ok(http::StatusCode::OK));
        assert_eq!(asked(Some(h2::Reason::REFUSED_STREAM)).await, Err(true));
        assert_eq!(asked(Some(h2::Reason::CANCEL)).await, Err(false));
    }
}
