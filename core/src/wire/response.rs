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
                // Over HTTP/2 a stream may be ended in the middle, without an error.
                None if self.is_shared() && !self.body.is_end_stream() => return Err(WireError::CutOff),
                None => {
                    self.give_back().await;
                    return Ok(None);
                }
            }
        }
    }

    fn is_shared(&self) -> bool {
        matches!(self.link, Some(Link::Shared(_)))
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

#[cfg(test)]
mod tests {
    use http::Request;
    use hyper_util::rt::TokioIo;

    use super::*;
    use crate::wire::body::Outgoing;

    /// A body over HTTP/2 that the other side ends so after its first piece.
    async fn ended(reason: Option<h2::Reason>) -> Result<Vec<u8>, WireError> {
        let (near, far) = tokio::io::duplex(64 << 10);
        tokio::spawn(async move {
            let mut connection = h2::server::handshake(far).await.unwrap();
            while let Some(stream) = connection.accept().await {
                let mut body = stream.unwrap().1.send_response(http::Response::new(()), false).unwrap();
                body.send_data(Bytes::from_static(b"first"), reason.is_none()).unwrap();
                if let Some(reason) = reason {
                    tokio::spawn(async move {
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        body.send_reset(reason);
                    });
                }
            }
        });
        let mut link = Link::new(Box::new(TokioIo::new(near)), true).await.unwrap();
        let mut request = Request::new(Outgoing::Empty);
        *request.uri_mut() = "https://gateway.example.com/contacts".parse().unwrap();
        let answer = link.ask(request).await.map_err(|failed| WireError::Broken(failed.error))?;
        let mut response = Response::new(answer, link, Pool::new(true));
        let mut whole = Vec::new();
        while let Some(piece) = response.chunk().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    #[tokio::test]
    async fn a_body_that_is_cut_off_is_not_taken_for_whole() {
        assert_eq!(ended(None).await.unwrap(), b"first");
        for reason in [h2::Reason::NO_ERROR, h2::Reason::CANCEL] {
            let error = ended(Some(reason)).await.unwrap_err();
            assert!(!error.is_before_request(), "{error}");
        }
        assert!(matches!(ended(Some(h2::Reason::NO_ERROR)).await, Err(WireError::CutOff)));
    }
}
