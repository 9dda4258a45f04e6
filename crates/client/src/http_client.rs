//! The HTTP client of the gateway and of JWKS: reqwest with our connection settings, our reading of the proxy variables, and
//! errors that say whether the request may have left this machine.

mod authorities;
mod body;
mod describe;
mod proxy;

use std::time::Duration;

pub use authorities::{Authorities, AuthoritiesError};
pub use body::{Body, BodyError};
pub use describe::{ConnectFailure, describe_error, is_before_request, timed_out};
pub use proxy::proxy_for;

/// What [`build`] returns, for those who keep it.
pub type HttpClient = reqwest::Client;

/// The `user-agent` of every request.
const AGENT: &str = concat!("imbrace-contacts-mcp/", env!("CARGO_PKG_VERSION"));

/// How long an idle connection is kept. Shorter than load balancers keep one: a write on a connection that is just being
/// closed has an unknown outcome.
const IDLE: Duration = Duration::from_secs(30);

/// How long a connection may be silent before the other side is probed.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// How many unanswered TCP probes end a connection.
const KEEPALIVE_TRIES: u32 = 3;
/// How long an HTTP/2 ping may stay unanswered.
const PING: Duration = Duration::from_secs(5);

/// Why no client could be built. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No TLS configuration.
    #[error("TLS could not be set up: this machine has no certificate authorities")]
    Tls(#[source] reqwest::Error),
    /// A proxy variable holds no address of an HTTP proxy.
    #[error("the proxy of the environment ({variable}) is no HTTP proxy (write http://…)")]
    Proxy {
        /// The name of the variable.
        variable: &'static str,
    },
    /// A proxy variable holds bytes that are no Unicode text.
    #[error("the environment variable {variable} is no valid text")]
    NotText {
        /// The name of the variable.
        variable: &'static str,
    },
}

/// Builds a client. Nothing is sent yet.
///
/// `is_local` is for plain HTTP to this machine: no proxy may see what is sent there, and no certificates are read. Elsewhere the
/// system's certificate authorities are trusted (`SSL_CERT_FILE` names others on Linux), and `authorities` beside them.
///
/// # Errors
/// [`SetupError`].
pub fn build(
    connect_timeout: Duration,
    is_local: bool,
    authorities: &Authorities,
) -> Result<reqwest::Client, SetupError> {
    // An error means that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(AGENT)
        // A redirect would carry the credential elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // The gateway module decides what is sent again, by what each operation allows.
        .retry(reqwest::retry::never())
        .connect_timeout(connect_timeout)
        .tcp_nodelay(true)
        .tcp_keepalive(KEEPALIVE)
        .tcp_keepalive_interval(KEEPALIVE)
        .tcp_keepalive_retries(KEEPALIVE_TRIES)
        .pool_idle_timeout(IDLE)
        // Ends a shared connection whose other side is gone, so that the next call opens another one.
        .http2_keep_alive_interval(KEEPALIVE)
        .http2_keep_alive_timeout(PING)
        .no_proxy();
    // Ends a connection on which sent bytes stay unconfirmed.
    #[cfg(target_os = "linux")]
    let builder = builder.tcp_user_timeout(KEEPALIVE * 2);
    let builder = if is_local {
        builder.tls_certs_only([])
    } else {
        let builder = builder.tls_certs_merge(authorities.certificates());
        proxy::from_environment()?.into_iter().fold(builder, reqwest::ClientBuilder::proxy)
    };
    builder.build().map_err(SetupError::Tls)
}
