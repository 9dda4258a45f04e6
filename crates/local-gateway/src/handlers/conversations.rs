//! Conversations of a contact, and messages of a conversation (contract, 5.2 and section 9).

use http::StatusCode;

use crate::call::Call;
use crate::reply::{self, Reply};
use crate::shared::Shared;
use crate::store::StoreError;

/// `GET contacts/{contact_id}/conversations`. Values that are no channel type match nothing, and nothing else happens.
pub(crate) fn of_contact(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let channel_types = call.all("channel_types");
    if channel_types.is_empty() {
        let message = "querystring must have required property 'channel_types'";
        return Ok(Reply::invalid("FST_ERR_VALIDATION", message));
    }
    let rows = shared.store.conversations(call.id("contact_id"), &channel_types)?;
    Ok(rows.map_or_else(|| Reply::message(StatusCode::BAD_REQUEST, "Not Found"), |rows| reply::data(&rows)))
}

/// `GET conversation_messages?type=team_conversation_id&q=tcu_…`, newest first. Assumed: an unknown seat is an empty
/// list, because the route is a search.
pub(crate) fn messages(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let window = match call.window(&shared.limits) {
        Ok(window) => window,
        Err(refusal) => return Ok(refusal),
    };
    if call.query("type") != Some("team_conversation_id") {
        return Ok(Reply::code(StatusCode::BAD_REQUEST, 40000, "Invalid type"));
    }
    let slice = shared.store.messages(call.query("q").unwrap_or_default(), window)?;
    Ok(reply::list(&slice, window.skip))
}
