//! The cause of a failed request in our own words, and whether the request may have left this machine.

use std::error::Error;
use std::io;
use std::time::Duration;

/// The description of an answer that ended too early.
pub(super) const CLOSED_EARLY: &str = "connection closed before the whole answer";

/// Whether the other side cannot have acted on the request: it was never sent, or an HTTP/2 server refused it unread.
pub fn is_before_request(error: &reqwest::Error) -> bool {
    error.is_connect() || error.is_builder() || chain(error).any(is_refused_unread)
}

/// RFC 9113, 8.7: a stream refused with REFUSED_STREAM was not processed.
fn is_refused_unread(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<h2::Error>();
    error.is_some_and(|error| {
        error.is_reset() && error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM)
    })
}

/// Why there was no connection, as far as somebody would do something else about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// No address for the name.
    Name,
    /// Nothing listens there.
    Refused,
    /// No answer to the connection attempt.
    TimedOut,
    /// A certificate of an authority that is not trusted.
    Untrusted,
    /// A certificate that has expired, or is for another name.
    Certificate,
    /// No TLS at the other side, none in common, or a connection that was cut before it was agreed.
    Tls,
    /// The proxy wants a user and a password, or does not connect.
    Proxy,
    /// The client could not be set up: a proxy variable, the system's certificates.
    Setup,
    /// Anything else.
    Other,
}

impl ConnectFailure {
    /// The failure behind an error of [`is_before_request`].
    pub fn of(error: &reqwest::Error) -> Self {
        use rustls::{CertificateError, Error};
        if let Some(tls) = chain(error).find_map(tls_error) {
            return match tls {
                Error::InvalidCertificate(
                    CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                ) => Self::Certificate,
                Error::InvalidCertificate(_) => Self::Untrusted,
                _ => Self::Tls,
            };
        }
        if error.is_dns() {
            return Self::Name;
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let kinds = || chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
        if kinds().any(|kind| kind == io::ErrorKind::ConnectionRefused) {
            Self::Refused
        } else if kinds().any(|kind| matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)) {
            Self::Tls
        } else if chain(error).any(|error| proxy_words(error).is_some()) {
            Self::Proxy
        } else {
            Self::Other
        }
    }
}

/// Why there is no connection or no whole answer. The libraries' own texts are never shown: they change with their versions
/// and repeat addresses.
pub fn describe_error(error: &reqwest::Error) -> String {
    if error.is_connect()
        && let Some(words) = chain(error).find_map(tls_words)
    {
        return words;
    }
    if error.is_dns() {
        return "name not found".to_owned();
    }
    if let Some(words) = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).find_map(io_words) {
        return words.to_owned();
    }
    if error.is_connect() {
        return chain(error).find_map(proxy_words).unwrap_or("no connection").to_owned();
    }
    let found = chain(error).find_map(|error| error.downcast_ref::<hyper::Error>());
    found.map_or("the connection failed", http_words).to_owned()
}

/// A phase that took longer than it may.
pub fn timed_out(patience: Duration) -> String {
    match patience.subsec_millis() {
        0 => format!("timed out after {} s", patience.as_secs()),
        _ => format!("timed out after {} ms", patience.as_millis()),
    }
}

fn chain<'a>(first: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(first), |error| (*error).source())
}

fn http_words(error: &hyper::Error) -> &'static str {
    if error.is_parse() {
        "the answer is not valid HTTP"
    } else if error.is_body_write_aborted() || error.to_string().contains("body") {
        CLOSED_EARLY
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        "connection closed before an answer"
    } else {
        "the connection failed"
    }
}

fn io_words(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some("connection refused"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some("connection reset before the whole answer")
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some("network or host unreachable"),
        io::ErrorKind::UnexpectedEof => Some(CLOSED_EARLY),
        _ => None,
    }
}

/// The answer of a proxy to CONNECT, which the library tells by its text alone.
fn proxy_words(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let text = error.to_string();
    match text.strip_prefix("tunnel error: ")? {
        "proxy authorization required" => Some("the proxy wants a user and a password"),
        "unsuccessful" => Some("the proxy refused to connect"),
        _ => Some("the proxy could not connect"),
    }
}

/// A TLS failure in words.
fn tls_words(error: &(dyn Error + 'static)) -> Option<String> {
    let reason = match tls_error(error)? {
        rustls::Error::InvalidCertificate(
            rustls::CertificateError::Expired | rustls::CertificateError::ExpiredContext { .. },
        ) => "the certificate has expired",
        rustls::Error::InvalidCertificate(
            rustls::CertificateError::NotValidForName | rustls::CertificateError::NotValidForNameContext { .. },
        ) => "the certificate is for another name",
        rustls::Error::InvalidCertificate(_) => "the certificate is not trusted",
        rustls::Error::InvalidMessage(_) => "the other side does not speak TLS",
        _ => "no agreement with the other side",
    };
    Some(format!("TLS handshake failed: {reason}"))
}

/// The TLS failure inside i/o errors, which do not name what they wrap as their source.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    error.downcast_ref().or_else(|| tls_error(error.downcast_ref::<io::Error>()?.get_ref()?))
}
