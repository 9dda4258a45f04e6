//! The body of an answer, read piece by piece; one that was cut off is an error.

use std::pin::Pin;

use bytes::Bytes;
use http_body::Body as _;

/// The body of an answer. Dropping it before its end ends the request.
pub struct Body {
    body: reqwest::Body,
    is_http2: bool,
}

/// Why a body did not come whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection failed.
    #[error("the connection failed")]
    Failed(#[source] reqwest::Error),
    /// An HTTP/2 stream was reset in the middle.
    #[error("the answer was cut off")]
    CutOff,
}

impl BodyError {
    /// The cause, in our words.
    pub fn describe(&self) -> String {
        match self {
            Self::Failed(error) => super::describe_error(error),
            Self::CutOff => super::describe::CLOSED_EARLY.to_owned(),
        }
    }
}

impl Body {
    /// The body of this answer.
    pub fn of(response: reqwest::Response) -> Self {
        let is_http2 = response.version() == http::Version::HTTP_2;
        Self { body: http::Response::from(response).into_body(), is_http2 }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`BodyError`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match std::future::poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await {
                // Trailers are passed over.
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Err(error)) => return Err(BodyError::Failed(error)),
                // hyper ends the body without an error when a stream is reset with NO_ERROR or CANCEL.
                None if self.is_http2 && !self.body.is_end_stream() => return Err(BodyError::CutOff),
                None => return Ok(None),
            }
        }
    }
}
