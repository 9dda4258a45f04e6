//! Why there is no answer.

use std::error::Error;
use std::time::Duration;

/// Why there is no answer, by whether the other side may have seen the request.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// TLS or the address cannot be used.
    #[error("the connection cannot be set up")]
    Setup(#[source] Box<dyn Error + Send + Sync>),
    /// The environment names a proxy that is no HTTP proxy.
    #[error("the proxy is no HTTP proxy")]
    Proxy,
    /// No connection came about in this time.
    #[error("no connection in time")]
    TimedOut(Duration),
    /// No connection came about.
    #[error("no connection")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// The connection ended before any of the request was written.
    #[error("the connection ended before the request")]
    Unsent(#[source] hyper::Error),
    /// The connection ended, or spoke no HTTP, after the request was begun.
    #[error("the connection failed")]
    Broken(#[source] hyper::Error),
    /// The answer was ended before its end.
    #[error("the answer was cut off")]
    CutOff,
}

impl WireError {
    /// Whether the other side cannot have seen the request.
    pub const fn is_before_request(&self) -> bool {
        !matches!(self, Self::Broken(_) | Self::CutOff)
    }
}
