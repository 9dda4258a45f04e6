//! What an operator can do about a gateway that does not answer as it should.

use crate::config::{Address, Settings};
use crate::gateway::{GatewayError, Refusal, RefusalKind, Unreadable};
use crate::http_client::ConnectFailure;
use crate::model::Prefix;

/// What to do about an error, in plain words.
pub(super) fn advise(error: &GatewayError, settings: &Settings, prefix: Prefix) -> String {
    let other = prefix.other().path();
    let wrong_place = format!(
        "Something answers there, but not like an iMBRACE gateway. Check the address (base_url: scheme, host and port, \
         no endpoint path), then try --api-prefix {other}."
    );
    match error {
        GatewayError::NotSent { reason, .. } => format!("Nothing was sent: {reason}."),
        GatewayError::NotReached { host, failure, cause, .. } => unreached(host, *failure, cause, settings),
        GatewayError::Paused { .. } | GatewayError::NoAnswer { .. } => {
            "The gateway took the connection but gave no whole answer in time. Try again; if it stays so, ask its \
             operators about the request id."
                .to_owned()
        }
        GatewayError::Redirected { .. } => {
            "The address redirects, and redirects are never followed, because they would carry the credential elsewhere. \
             Set base_url to where it leads, if that is the gateway (often https:// instead of http://)."
                .to_owned()
        }
        GatewayError::Refused(refusal) => refused(refusal, settings, &wrong_place),
        GatewayError::Unreadable { cause: cause @ Unreadable::ContentEncoding { .. }, .. } => format!(
            "The gateway answered with {cause}. No encoding is asked for: have the proxy or edge before the gateway send bodies as \
             they are."
        ),
        GatewayError::Missing { .. } | GatewayError::Unreadable { .. } | GatewayError::WrongShape { .. }
        | GatewayError::Mismatch { .. } => wrong_place,
    }
}

fn unreached(host: &str, failure: ConnectFailure, cause: &str, settings: &Settings) -> String {
    let place = match &settings.gateway.address {
        Address::Own(given) => format!("the address in {}", given.source),
        Address::Known(_) => "your network, VPN and firewall".to_owned(),
        Address::InProcess => "whether programs may listen on 127.0.0.1".to_owned(),
    };
    match failure {
        ConnectFailure::Name => format!(
            "No name server knows {host}. Check {place}, and whether this machine resolves names at all (VPN, DNS); behind a proxy, \
             set HTTPS_PROXY, and the proxy resolves the name."
        ),
        ConnectFailure::Untrusted => format!(
            "The certificate that came from {host} is signed by an authority that this machine does not trust. A company's proxy or \
             gateway often has its own: put that authority's certificate (PEM) into a file and name it with --ca-file (IMBRACE_CA_FILE); \
             on Linux SSL_CERT_FILE replaces the system's authorities instead."
        ),
        ConnectFailure::Certificate => format!(
            "{host} shows a certificate that is not valid for it ({cause}). Check {place} and this machine's clock; otherwise its operators \
             must renew it."
        ),
        ConnectFailure::Tls => format!(
            "No encrypted connection to {host} comes about ({cause}). Check {place}: is it https, is the port right, and does a firewall or \
             proxy in between cut TLS off?"
        ),
        ConnectFailure::Proxy => format!(
            "The proxy does not let this machine through to {host} ({cause}). Give its user and password in the address \
             (http://USER:PASSWORD@HOST:PORT), have it allow that host, or name the host in NO_PROXY for a direct connection."
        ),
        ConnectFailure::TimedOut => format!(
            "{host} does not answer ({cause}). A firewall may drop the connection: check {place}; where only a proxy leads out, set \
             HTTPS_PROXY."
        ),
        ConnectFailure::Setup => format!("Nothing was sent: {cause}."),
        _ => {
            format!("Nothing answers at {host}. Check {place}; is the gateway running, and may this machine reach it?")
        }
    }
}

fn refused(refusal: &Refusal, settings: &Settings, wrong_place: &str) -> String {
    let source =
        settings.gateway.credential.as_ref().map(|credential| credential.source.to_string()).unwrap_or_default();
    match refusal.kind {
        RefusalKind::Auth => format!(
            "The gateway does not accept the credential in {source}. Access tokens expire after 30 days, and a token of \
             one environment is unknown to the others: check that it belongs to {}, and get a new one if it is old.",
            settings.gateway.environment
        ),
        RefusalKind::Forbidden => format!(
            "The credential in {source} is known but may not read contacts. API keys with a permission map cannot; use an \
             access token, or a key with full access."
        ),
        _ if refusal.is_unknown_route() => {
            format!("The gateway has no route {} ({}). {wrong_place}", refusal.whole_route(), refusal.status.as_u16())
        }
        RefusalKind::NotFound | RefusalKind::Invalid | RefusalKind::TooLarge => wrong_place.to_owned(),
        RefusalKind::RateLimited => "The gateway limits how often it is asked. Wait a minute and try again.".to_owned(),
        RefusalKind::Upstream => {
            "The gateway itself has a problem. Try again later, or ask its operators about the request id.".to_owned()
        }
    }
}
