//! An answer while it comes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::Body;
use hyper::body::Incoming;

use super::WireError;
use super::link::Link;
use super::pool::Pool;

/// The head of an answer, and the way to its body. Dropping it before the body's end closes an HTTP/1 connection.
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Incoming,
    /// `None` when the body has come to its end.
    link: Option<Link>,
    pool: Arc<Pool>,
}

impl Response {
    pub(super) fn new(answer: http::Response<Incoming>, link: Link, pool: Arc<Pool>) -> Self {
        let (head, body) = answer.into_parts();
        Self { status: head.status, headers: head.headers, body, link: Some(link), pool }
    }

    /// Its status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its headers.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// [`WireError::Broken`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, WireError> {
        loop {
            match std::future::poll_fn(|context| self.poll_frame(context)).await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                    // Trailers, which nobody needs.
                }
                Some(Err(error)) => return Err(WireError::Broken(error)),
                None => {
                    self.give_back().await;
                    return Ok(None);
                }
            }
        }
    }

    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            return polled;
        }
        if let Some(link) = &mut self.link {
            link.drive(context);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    /// Keeps the connection, if it is ready for another request.
    async fn give_back(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        if !link.is_ready() {
            // It may not have seen yet that the body was taken.
            std::future::poll_fn(|context| {
                link.drive(context);
                Poll::Ready(())
            })
            .await;
        }
        if link.is_ready() {
            self.pool.keep(link);
        }
    }
}
