//! A failure in words that a stranger understands.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::WireError;

impl WireError {
    /// Why no connection, or no whole answer, came about. The libraries' own texts are never shown: they change with their
    /// versions and repeat addresses.
    pub fn words(&self) -> String {
        let first: &(dyn Error + 'static) = self;
        let chain = || std::iter::successors(Some(first), |error| (*error).source());
        match self {
            Self::TimedOut(patience) => return timed_out(*patience),
            Self::CutOff => return CLOSED_EARLY.to_owned(),
            Self::Proxy => return "the proxy of the environment is no HTTP proxy (write http://…)".to_owned(),
            Self::Setup(_) | Self::Connect(_) => {
                if let Some(words) = chain().find_map(tls_words) {
                    return words;
                }
            }
            Self::Unsent(_) | Self::Broken(_) => {}
        }
        if let Some(words) = chain().filter_map(|error| error.downcast_ref::<io::Error>()).find_map(io_words) {
            return words.to_owned();
        }
        match self {
            Self::Broken(error) | Self::Unsent(error) => http_words(error),
            Self::Setup(_) => "TLS could not be set up: this machine has no certificate authorities",
            _ => chain().find_map(connect_words).unwrap_or("no connection"),
        }
        .to_owned()
    }
}

/// An answer that ended before its end.
const CLOSED_EARLY: &str = "connection closed before the whole answer";

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

/// A phase that took longer than it may.
pub fn timed_out(patience: Duration) -> String {
    match patience.subsec_millis() {
        0 => format!("timed out after {} s", patience.as_secs()),
        _ => format!("timed out after {} ms", patience.as_millis()),
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

/// What a proxy says, or the finding of addresses; the library has no other way to tell than its texts.
fn connect_words(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let text = error.to_string();
    if text.contains("dns error") {
        return Some("name not found");
    }
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
