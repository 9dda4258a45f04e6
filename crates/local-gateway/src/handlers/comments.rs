//! Messages that carry comments (contract, 5.8 and section 9).

use crate::call::Call;
use crate::reply::{self, Reply};
use crate::shared::Shared;
use crate::store::StoreError;

/// `GET contacts/{contact_id}/message_comments`, also as the older `comments`; latest change first unless
/// `order=asc`. Without `channel_types` all count.
pub(crate) fn list(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let window = match call.window(&shared.limits) {
        Ok(window) => window,
        Err(refusal) => return Ok(refusal),
    };
    let ascending = call.query("order") == Some("asc");
    let slice = shared.store.commented(call.id("contact_id"), &call.all("channel_types"), ascending, window)?;
    Ok(reply::items(&slice, window.skip))
}

/// `GET contacts/{contact_id}/comment/{comment_id}`: an array of at most one message; unknown is 200 and empty.
pub(crate) fn get(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let found = shared.store.comment(call.id("contact_id"), call.id("comment_id"))?;
    Ok(reply::data(found.as_slice()))
}
