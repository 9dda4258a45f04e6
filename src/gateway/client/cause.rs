//! A transport failure in words that a stranger understands.

use std::error::Error;
use std::io;
use std::time::Duration;

/// Why no connection, or no whole answer, came about. The HTTP library's own texts are never shown: they change with
/// its versions and repeat addresses.
pub(super) fn words(error: &reqwest::Error, patience: Duration) -> String {
    let first: &(dyn Error + 'static) = error;
    let chain = || std::iter::successors(Some(first), |error| (*error).source());
    if error.is_timeout() {
        return timed_out(patience);
    }
    if let Some(words) = chain().find_map(tls_words) {
        return words;
    }
    if let Some(words) = chain().filter_map(|error| error.downcast_ref::<io::Error>()).find_map(io_words) {
        return words.to_owned();
    }
    let says = |text: &str| chain().any(|error| error.to_string().contains(text));
    let known = [
        ("dns error", "name not found"),
        ("connection closed", "connection closed before an answer"),
        ("unexpected end of file", "connection closed before the whole answer"),
        ("end of file before message length", "connection closed before the whole answer"),
        ("message", "the answer is not valid HTTP"),
    ];
    let found = known.into_iter().find(|(text, _)| says(text)).map(|(_, words)| words);
    let otherwise = if error.is_connect() { "no connection" } else { "the connection failed" };
    found.unwrap_or(otherwise).to_owned()
}

/// A phase that took longer than it may.
pub(super) fn timed_out(patience: Duration) -> String {
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
        io::ErrorKind::UnexpectedEof => Some("connection closed before the whole answer"),
        _ => None,
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
