//! The sentence a model reads when the gateway did not do it: what happened, and what to do next.

use super::Effect;
use crate::gateway::{GatewayError, Outcome, Refusal, RefusalKind};
use crate::render::{clipped, quoted};

/// One or two sentences, in at most about 60 tokens.
pub(super) fn advise(error: &GatewayError, effect: &Effect, subject: Option<&str>) -> String {
    let what = match error {
        GatewayError::NotSent { reason, .. } => return format!("Nothing was sent: {reason}."),
        GatewayError::NotReached { host, cause, .. } => {
            format!("The gateway at {host} could not be reached ({cause}); nothing was done.")
        }
        GatewayError::NoAnswer { cause, request_id } => {
            format!("No answer from the gateway ({cause}, request {}).", short(request_id))
        }
        GatewayError::Refused(refusal) => return format!("{} {}", refused(refusal, subject), next(error, effect)),
        GatewayError::Redirected { status, request_id } => format!(
            "The gateway redirected ({}, request {}), which is not followed: the operator should check the base URL.",
            status.as_u16(),
            short(request_id)
        ),
        GatewayError::Missing { .. } => return missing(subject),
        GatewayError::Unreadable { cause, prefix, request_id } => format!(
            "The gateway answered with {cause} (request {}): the base URL or prefix {prefix} may be wrong, the operator can run doctor.",
            short(request_id)
        ),
        GatewayError::WrongShape { shape, request_id, .. } => format!(
            "The gateway answered in another shape ({shape}; request {}): the operator can run doctor.",
            short(request_id)
        ),
    };
    format!("{what} {}", next(error, effect)).trim_end().to_owned()
}

/// As much of a request id as finds it in a log; the whole would cost a model 25 tokens.
fn short(request_id: &str) -> String {
    clipped(request_id, 64).chars().take(8).collect()
}

/// No such object.
fn missing(subject: Option<&str>) -> String {
    match subject {
        Some(id) => format!("No {id} at the gateway. Use search_contacts or a list to find the right id."),
        None => "The gateway found nothing of this kind.".to_owned(),
    }
}

/// What the gateway refused, in its own words where they help.
fn refused(refusal: &Refusal, subject: Option<&str>) -> String {
    let status = refusal.status.as_u16();
    let words = if refusal.message.is_empty() { String::new() } else { format!(": {}", quoted(&refusal.message, 120)) };
    match refusal.kind {
        RefusalKind::Auth => format!(
            "The gateway does not accept the credential ({status}{words}). Access tokens end after 30 days; the operator must set a new one."
        ),
        RefusalKind::Forbidden => format!(
            "The credential may not do this ({status}{words}). Scoped API keys cannot use contacts; the operator needs an access token or a full key."
        ),
        RefusalKind::NotFound => missing(subject),
        RefusalKind::Invalid => {
            let field =
                refusal.field.as_deref().map(|field| format!(" (field {})", quoted(field, 40))).unwrap_or_default();
            format!(
                "The gateway refused the request ({status}{words}){field}. Nothing was changed; correct it and try again."
            )
        }
        RefusalKind::TooLarge => {
            format!("The gateway's edge refuses a body of this size ({status}). Use a smaller file.")
        }
        RefusalKind::RateLimited => match refusal.retry_after {
            Some(wait) => format!("Too many requests ({status}): wait {} s, then try again.", wait.as_secs()),
            None => format!("Too many requests ({status}): wait a minute, then try again."),
        },
        RefusalKind::Upstream => {
            format!("The gateway failed ({status}{words}, request {}).", short(&refusal.request_id))
        }
    }
}

/// Whether to try again, by what may have happened.
fn next(error: &GatewayError, effect: &Effect) -> &'static str {
    match (error.outcome(), effect.is_read_only()) {
        (Outcome::Unknown, false) => "It may or may not have been done: read again before repeating.",
        (Outcome::Done, false) => "It was probably done: read again before repeating.",
        (Outcome::Unknown, true) => "Trying again is safe.",
        (Outcome::NotDone, _) if matches!(error, GatewayError::NotReached { .. }) => "Try again later.",
        (Outcome::NotDone | Outcome::Done, _) => "",
    }
}
