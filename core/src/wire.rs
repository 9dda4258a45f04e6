//! HTTP to one origin: connections that are kept, and the future that waits for an answer driving the one it waits on.
//!
//! The usual clients give each connection a task of its own, and every answer is handed from that task to the one that
//! asked, by queues and wake-ups. Here whoever asks polls the connection: no hand-over when a request is sent, none when
//! its answer comes, and where many answers come at once the first is finished before the second is read. Dropping the
//! future closes the connection, which is what ends a request in HTTP/1. HTTP/2, where an origin offers it, shares one
//! connection, which therefore has a task.
//!
//! Nothing is followed, unpacked, stored or sent again behind the caller's back, but for one case: a request of which a
//! kept connection took nothing, because the other side had closed it meanwhile, goes out on another one. What the other
//! side refuses unread is an error that says so.

mod body;
mod cause;
mod connect;
mod error;
mod link;
mod pool;
mod response;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use body::Outgoing;
pub use cause::timed_out;
use connect::{Connector, Opened};
pub use error::WireError;
use http::header::{HOST, USER_AGENT};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Request, Uri};
use link::{Link, Unsent};
use pool::{Doubt, Pool};
pub use response::Response;
use url::Url;

/// Who we say we are.
const AGENT: &str = concat!("imbrace-contacts-mcp/", env!("CARGO_PKG_VERSION"));

/// How many kept connections are tried before a new one is made.
const KEPT_TRIES: usize = 3;

/// The connections to one origin.
pub struct Wire {
    scheme: Scheme,
    authority: Authority,
    connector: Connector,
    pool: Arc<Pool>,
    /// How long a connection may take to come about, TLS and proxies included.
    patience: Duration,
}

impl Wire {
    /// The way to a URL's origin. Nothing is sent yet.
    ///
    /// `is_local` is for a plain origin on this machine: no proxy may see what goes there, and no certificates are read.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the URL has no host.
    pub fn new(url: &Url, patience: Duration, is_local: bool) -> Result<Self, WireError> {
        let setup = |error| WireError::Setup(Box::new(error));
        let scheme = Scheme::try_from(url.scheme()).map_err(|error| setup(http::Error::from(error)))?;
        // Without what stands before an @, which is not part of a request.
        let host = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let authority = Authority::try_from(authority).map_err(|error| setup(http::Error::from(error)))?;
        let origin = origin(&scheme, &authority).map_err(setup)?;
        let connector = Connector::new(origin, patience, is_local)?;
        // HTTP/2 is agreed on in the TLS handshake.
        let pool = Pool::new(scheme == Scheme::HTTPS);
        Ok(Self { scheme, authority, connector, pool, patience })
    }

    /// The headers that every request to this origin carries.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.extend(self.host().map(|host| (HOST, host)));
        headers
    }

    fn host(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.authority.as_str()).ok()
    }

    /// Sends a request whose URI is a path and a query. Dropping the future, or the response before its end, ends it.
    ///
    /// # Errors
    /// [`WireError`], by whether anything was sent.
    pub async fn send(&self, request: Request<Outgoing>) -> Result<Response, WireError> {
        self.send_and_tell(request, &AtomicBool::default()).await
    }

    /// Sends a request as [`Self::send`] does.
    ///
    /// `is_begun` is set before anything of the request may leave: a future that is dropped earlier has sent nothing.
    ///
    /// # Errors
    /// [`WireError`], by whether anything was sent.
    pub async fn send_and_tell(
        &self,
        mut request: Request<Outgoing>,
        is_begun: &AtomicBool,
    ) -> Result<Response, WireError> {
        let mut tries = 0;
        loop {
            let kept = if tries < KEPT_TRIES { self.pool.take() } else { None };
            tries += 1;
            let (mut link, was_kept) = match kept {
                Some(link) => (link, true),
                // Boxed: it is rare, and large.
                None => (Box::pin(self.connect()).await?, false),
            };
            self.address(&mut request, &link)?;
            let doubt = Doubt::about(&self.pool, &link);
            is_begun.store(true, Ordering::Relaxed);
            let asked = link.ask(request).await;
            doubt.settle();
            match asked {
                Ok(answer) => {
                    self.pool.renew(&link);
                    return Ok(Response::new(answer, link, Arc::clone(&self.pool)));
                }
                Err(Unsent { request: Some(back), .. }) if was_kept => {
                    self.pool.forget(&link);
                    request = *back;
                    is_begun.store(false, Ordering::Relaxed);
                }
                Err(Unsent { request, is_refused, error }) if is_refused || request.is_some() => {
                    // A connection that refuses one stream has too many of them, and is none the worse for it.
                    if !is_refused || !link.is_ready() {
                        self.pool.forget(&link);
                    }
                    return Err(WireError::Unsent(error));
                }
                Err(Unsent { error, .. }) => return Err(WireError::Broken(error)),
            }
        }
    }

    /// A new connection, or the one that somebody else has made meanwhile, each in time.
    async fn connect(&self) -> Result<Link, WireError> {
        let late = |_| WireError::TimedOut(self.patience);
        // Who has waited for another one's connection, in vain, has as much time for its own.
        let _turn = tokio::time::timeout(self.patience, self.pool.turn()).await.map_err(late)?;
        if let Some(link) = self.pool.take_shared() {
            return Ok(link);
        }
        tokio::time::timeout(self.patience, self.open()).await.map_err(late)?
    }

    async fn open(&self) -> Result<Link, WireError> {
        let Opened { io, is_http2 } = self.connector.open().await?;
        let link = Link::new(io, is_http2).await.map_err(WireError::Unsent)?;
        self.pool.learn(&link);
        Ok(link)
    }

    /// Gives the URI the form that the other side expects: whole over HTTP/2, else path and query.
    fn address(&self, request: &mut Request<Outgoing>, link: &Link) -> Result<(), WireError> {
        if let Link::Shared(_) = link {
            let mut parts = request.uri().clone().into_parts();
            parts.scheme = Some(self.scheme.clone());
            parts.authority = Some(self.authority.clone());
            *request.uri_mut() = Uri::from_parts(parts).map_err(|error| WireError::Setup(Box::new(error)))?;
            // It is in the URI, and HTTP/2 knows no second place for it.
            request.headers_mut().remove(HOST);
        } else if request.uri().authority().is_some() {
            // It was meant for HTTP/2, which the origin has given up.
            let path = request.uri().path_and_query().cloned();
            *request.uri_mut() = path.map(Uri::from).unwrap_or_default();
            request.headers_mut().extend(self.host().map(|host| (HOST, host)));
        }
        Ok(())
    }
}

/// Scheme and authority as a URI.
fn origin(scheme: &Scheme, authority: &Authority) -> Result<Uri, http::Error> {
    Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query("/").build()
}
