//! Who asks: the gateway's order of credentials and its refusals (contract, sections 2.1 and 7.1).

use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::json::Object;
use super::people::{FIRST_USER, ORGANIZATION_ID, SECOND_USER};
use super::reply::Reply;

/// The access token of the first user. Documented and synthetic: it opens nothing but local gateways.
pub const ACCESS_TOKEN: &str = "acc_00000000-0000-4000-8000-000000000001";
/// The access token of another user of the same organisation, with notifications of their own.
pub const SECOND_ACCESS_TOKEN: &str = "acc_00000000-0000-4000-8000-000000000002";
/// An access token that has expired: 401 with code 40001.
pub const EXPIRED_ACCESS_TOKEN: &str = "acc_00000000-0000-4000-8000-00000000dead";
/// A full-access API key of the first user.
pub const API_KEY: &str = "api_00000000-0000-4000-8000-000000000001";
/// An API key with a permission map, which contacts and notifications refuse (contract, 2.2).
pub const SCOPED_API_KEY: &str = "api_00000000-0000-4000-8000-000000000002";
/// A JWT of the first user; its signature is the word `synthetic`.
pub const JSON_WEB_TOKEN: &str =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1X2xvY2FsIiwib3JnYW5pemF0aW9ucyI6WyJvcmdfaW1icmFjZSJdfQ.c3ludGhldGlj";
/// Whose credential a request carried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The user, `u_…`: notifications are theirs.
    pub(super) user: &'static str,
}

/// Finds the caller, or says why not. `path` is only repeated in the scoped key's refusal.
pub(super) fn caller(headers: &HeaderMap, path: &str) -> Result<Caller, Reply> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    if let Some(key) = text("x-api-key") {
        return api_key(key, path);
    }
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    match (bearer, text("x-organization-id")) {
        (Some(token), Some(organization)) if token.split('.').count() == 3 => json_web_token(token, organization),
        (Some(token), _) => opaque(token),
        (None, _) => match text("x-access-token") {
            Some(token) => opaque(token),
            None => Err(unauthorized("Unauthorized - API key or Access Token required")),
        },
    }
}

fn api_key(key: &str, path: &str) -> Result<Caller, Reply> {
    match key {
        API_KEY => Ok(Caller { user: FIRST_USER }),
        SCOPED_API_KEY => Err(key_refusal(
            StatusCode::FORBIDDEN,
            "Forbidden",
            &format!(
                "Invalid API path: {path}, the path should be one of the following: /conversation_message, /board, \
                 /channels, /touchpoints, /campaign"
            ),
        )),
        _ => Err(key_refusal(StatusCode::UNAUTHORIZED, "Unauthorized", "Invalid API key")),
    }
}

/// The body's `request_id` is fresh, not the request's own (contract, section 3).
fn key_refusal(status: StatusCode, error: &str, message: &str) -> Reply {
    let request_id = Uuid::new_v4().to_string();
    let body = Object::new().text("error", error).text("message", message).text("request_id", &request_id).end();
    Reply::error(status, body)
}

fn json_web_token(token: &str, organization: &str) -> Result<Caller, Reply> {
    if token != JSON_WEB_TOKEN {
        return Err(unauthorized("Unauthorized - Invalid JWT"));
    }
    if organization != ORGANIZATION_ID {
        let message = "Bad Request - organization_id not found in user organizations";
        return Err(Reply::message(StatusCode::BAD_REQUEST, message));
    }
    Ok(Caller { user: FIRST_USER })
}

/// A token that looks right and is unknown gets the short refusal; one of another form gets the longer.
fn opaque(token: &str) -> Result<Caller, Reply> {
    match token {
        ACCESS_TOKEN => Ok(Caller { user: FIRST_USER }),
        SECOND_ACCESS_TOKEN => Ok(Caller { user: SECOND_USER }),
        EXPIRED_ACCESS_TOKEN => Err(Reply::code(StatusCode::UNAUTHORIZED, 40001, "Token expired")),
        other if other.starts_with("acc_") => Err(unauthorized("Unauthorized")),
        _ => Err(unauthorized("Unauthorized - Invalid token")),
    }
}

fn unauthorized(message: &str) -> Reply {
    Reply::message(StatusCode::UNAUTHORIZED, message)
}
