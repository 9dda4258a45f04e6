//! Files of a contact: the media messages of its conversations (contract, 5.9).

use crate::call::Call;
use crate::json;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::StoreError;

/// `GET contact/{contact_id}/files`: a bare array, newest first; empty also for an unknown contact.
pub(crate) fn list(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    Ok(Reply::json(json::array(&shared.store.files(call.id("contact_id"))?)))
}
