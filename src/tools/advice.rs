//! The sentence a model reads when the gateway did not do it: what happened, and what to do next.

use super::Effect;
use crate::gateway::{GatewayError, Outcome, Refusal, RefusalKind, Unreadable};
use crate::render::quoted;

/// One or two sentences, in at most 60 tokens.
pub(super) fn advise(error: &GatewayError, effect: &Effect, subject: Option<&str>) -> String {
    let what = match error {
        GatewayError::NotSent { reason, .. } => format!("Nothing was sent: {reason}."),
        GatewayError::Paused { wait, .. } => format!(
            "The gateway has been failing, so nothing was sent and nothing was done; next try in {} s.",
            seconds(*wait)
        ),
        GatewayError::NotReached { host, cause, .. } => {
            format!("The gateway at {host} could not be reached ({cause}); nothing was done.")
        }
        GatewayError::NoAnswer { cause, request_id, .. } => {
            format!("No answer from the gateway ({cause}; request {request_id}).")
        }
        GatewayError::Refused(refusal) => refused(refusal, subject),
        GatewayError::Redirected { status, .. } => format!(
            "The gateway redirects ({}), which is not followed: the operator should check the base URL.",
            status.as_u16()
        ),
        GatewayError::Missing { .. } => missing(subject),
        GatewayError::Mismatch { found, request_id } => {
            format!("The gateway answered with {found} (request {request_id}).")
        }
        GatewayError::Unreadable { cause: cause @ Unreadable::ContentEncoding { .. }, .. } => {
            format!("The gateway answered with {cause}; the operator can run doctor.")
        }
        GatewayError::Unreadable { cause, prefix, .. } => {
            format!(
                "The gateway answered with {cause}: base URL or prefix {prefix} may be wrong; the operator can run doctor."
            )
        }
        GatewayError::WrongShape { shape, prefix, .. } => format!(
            "The gateway answered without {} ({}): prefix {prefix} may be wrong; the operator can run doctor.",
            shape.expected, shape.path
        ),
    };
    format!("{what} {}", next(error, effect)).trim_end().to_owned()
}

/// No such object, and the tool that finds the right id.
fn missing(subject: Option<&str>) -> String {
    let Some(id) = subject else { return "The gateway found nothing of this kind.".to_owned() };
    let finder = match id.split('_').next() {
        Some("cmc") => "list_contact_comments",
        Some("tcu") => "get_contact_conversations",
        Some("not") => "list_notifications",
        _ => "search_contacts",
    };
    format!("No {id} at the gateway. Use {finder} to find the right id.")
}

/// What the gateway refused, in its own words where they help.
fn refused(refusal: &Refusal, subject: Option<&str>) -> String {
    let status = refusal.status.as_u16();
    // Rare scripts cost two to four tokens a letter.
    let most = if refusal.message.is_ascii() { 80 } else { 16 };
    let words =
        if refusal.message.is_empty() { String::new() } else { format!(": {}", quoted(&refusal.message, most)) };
    match refusal.kind {
        RefusalKind::Auth => format!(
            "The gateway does not accept the credential ({status}{words}). The operator must set a new one; access tokens end after 30 days."
        ),
        RefusalKind::Forbidden => format!(
            "The credential may not do this ({status}{words}). The operator needs an access token or an API key without scopes."
        ),
        RefusalKind::NotFound if refusal.is_unknown_route() => format!(
            "The gateway has no route {} ({status}): the prefix may be wrong; the operator can run doctor.",
            refusal.whole_route()
        ),
        RefusalKind::NotFound => missing(subject),
        RefusalKind::Invalid => {
            let field = refusal.field.as_deref().map(|field| format!(" in {}", quoted(field, 30))).unwrap_or_default();
            format!("The gateway refused the request{field} ({status}{words}); nothing was changed.")
        }
        RefusalKind::TooLarge => {
            format!("The gateway's edge refuses a body of this size ({status}). Use a smaller file.")
        }
        RefusalKind::RateLimited => match refusal.retry_after {
            Some(wait) => format!("Too many requests ({status}): wait {} s, then try again.", wait.as_secs()),
            None => format!("Too many requests ({status}): wait a minute, then try again."),
        },
        RefusalKind::Upstream => format!("The gateway failed ({status}{words}; request {}).", refusal.request_id),
    }
}

/// Whether the sentence about an error says already that nothing was done.
fn says_so(error: &GatewayError) -> bool {
    match error {
        GatewayError::NotSent { .. } | GatewayError::Paused { .. } | GatewayError::NotReached { .. } => true,
        GatewayError::Refused(refusal) => refusal.kind == RefusalKind::Invalid,
        _ => false,
    }
}

/// Whole seconds, rounded up.
fn seconds(wait: std::time::Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Whether to try again, by what may have happened.
fn next(error: &GatewayError, effect: &Effect) -> &'static str {
    match (error.outcome(), effect.is_read_only()) {
        (Outcome::Unknown, false) => "Outcome unknown: it may have been done, so read again before repeating.",
        (Outcome::Done, false) => "It was probably done: read again before repeating.",
        (Outcome::Unknown, true) if !matches!(error, GatewayError::Unreadable { .. }) => "Trying again is safe.",
        (Outcome::NotDone, _) if matches!(error, GatewayError::NotReached { .. }) => {
            "Try again in a while; if it stays so, `imbrace-contacts-mcp doctor` tells the operator why."
        }
        (Outcome::NotDone, false) if !says_so(error) => "Nothing was changed.",
        _ => "",
    }
}
