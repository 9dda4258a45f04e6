//! What an operator can do about a gateway that does not answer as it should.

use crate::config::{Address, Settings};
use crate::gateway::{GatewayError, Refusal, RefusalKind, Unreadable};
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
        GatewayError::NotReached { host, .. } => unreachable(host, settings),
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

fn unreachable(host: &str, settings: &Settings) -> String {
    let place = match &settings.gateway.address {
        Address::Own(given) => format!("the address in {}", given.source),
        Address::Known(_) => "your network, VPN and firewall".to_owned(),
        Address::InProcess => "whether programs may listen on 127.0.0.1".to_owned(),
    };
    format!("Nothing answers at {host}. Check {place}; is the gateway running, and may this machine reach it?")
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
