//! Connections: names, addresses, proxies, TLS. Every part is a library's; here they are put together.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Uri};
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tower::Service;

use super::{AGENT, WireError};

/// How long a connection may be silent before the system asks whether the other side is still there, and how often.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_TRIES: u32 = 3;

/// What a connection is made of, as far as HTTP cares.
pub(super) trait Io: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Io for T {}

/// A connection, its kind erased: HTTP is compiled once over all of them.
pub(super) type BoxedIo = Box<dyn Io>;

/// A connection that is ready for HTTP.
pub(super) struct Opened {
    pub(super) io: BoxedIo,
    /// Whether both sides have agreed on HTTP/2.
    pub(super) is_http2: bool,
}

/// Makes connections to one origin.
pub(super) struct Connector {
    origin: Uri,
    http: HttpConnector,
    tls: Arc<ClientConfig>,
    proxy: Option<Intercept>,
}

impl Connector {
    /// Takes proxies from the environment, as curl does, and certificate authorities from the system.
    pub(super) fn new(origin: Uri, patience: Duration, is_local: bool) -> Result<Self, WireError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        // Shared by all addresses of a name, so that one that is dead does not take all the time there is.
        http.set_connect_timeout(Some(patience));
        http.set_keepalive(Some(KEEPALIVE));
        http.set_keepalive_interval(Some(KEEPALIVE));
        http.set_keepalive_retries(Some(KEEPALIVE_TRIES));
        // The system's own questions end where something was sent that nobody has confirmed.
        #[cfg(target_os = "linux")]
        http.set_tcp_user_timeout(Some(KEEPALIVE * 2));
        // Plain HTTP is for this machine alone, where no proxy may see what is sent.
        let proxy = if is_local { None } else { Matcher::from_env().intercept(&origin) };
        if proxy.as_ref().is_some_and(|proxy| !matches!(proxy.uri().scheme_str(), Some("http" | "https"))) {
            return Err(WireError::Proxy);
        }
        let tls = Arc::new(tls(is_local)?);
        Ok(Self { origin, http, tls, proxy })
    }

    /// Makes a connection, by a tunnel where there is a proxy.
    pub(super) async fn open(&self) -> Result<Opened, WireError> {
        let direct = HttpsConnector::from((self.http.clone(), Arc::clone(&self.tls)));
        match &self.proxy {
            None => opened(direct, self.origin.clone()).await,
            Some(proxy) => {
                // A proxy that is reached by TLS speaks HTTP/1 inside of it.
                let mut first = ClientConfig::clone(&self.tls);
                first.alpn_protocols.clear();
                let mut tunnel =
                    Tunnel::new(proxy.uri().clone(), HttpsConnector::from((self.http.clone(), Arc::new(first))));
                if let Some(secret) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(secret.clone());
                }
                let agent = (http::header::USER_AGENT, HeaderValue::from_static(AGENT));
                let tunnel = tunnel.with_headers(HeaderMap::from_iter([agent]));
                opened(HttpsConnector::from((tunnel, Arc::clone(&self.tls))), self.origin.clone()).await
            }
        }
    }
}

async fn opened<C>(mut connector: C, to: Uri) -> Result<Opened, WireError>
where
    C: Service<Uri, Error = Box<dyn std::error::Error + Send + Sync>>,
    C::Response: Connection + Io + 'static,
{
    std::future::poll_fn(|context| connector.poll_ready(context)).await.map_err(WireError::Connect)?;
    let io = connector.call(to).await.map_err(WireError::Connect)?;
    let is_http2 = io.connected().is_negotiated_h2();
    Ok(Opened { io: Box::new(io), is_http2 })
}

/// TLS 1.2 and 1.3 by ring, HTTP/2 where it is offered.
fn tls(is_local: bool) -> Result<ClientConfig, WireError> {
    let setup = |error| WireError::Setup(Box::new(error));
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(setup)?;
    let builder = if is_local {
        builder.with_root_certificates(rustls::RootCertStore::empty())
    } else {
        builder.with_platform_verifier().map_err(setup)?
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
