//! Messages that carry comments (contract, 5.8 and section 9).

use crate::local_gateway::call::Call;
use crate::local_gateway::reply::{self, Reply};
use crate::local_gateway::router::Shared;
use crate::local_gateway::store::StoreError;

/// `GET contacts/{contact_id}/message_comments`, also as the older `comments`; latest change first unless
/// `order=asc`. Without `channel_types` all count.
pub(in crate::local_gateway) fn list(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let window = match call.window(&shared.limits) {
        Ok(window) => window,
        Err(refusal) => return Ok(refusal),
    };
    let ascending = call.query("order") == Some("asc");
    let slice = shared.store.commented(call.id("contact_id"), &call.all("channel_types"), ascending, window)?;
    Ok(reply::items(&slice, window.skip))
}

/// `GET contacts/{contact_id}/comment/{comment_id}`: an array of at most one message; unknown is 200 and empty.
pub(in crate::local_gateway) fn get(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let found = shared.store.comment(call.id("contact_id"), call.id("comment_id"))?;
    Ok(reply::data(found.as_slice()))
}
