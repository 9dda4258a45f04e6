//! Files of a contact: the media messages of its conversations (contract, 5.9).

use crate::local_gateway::call::Call;
use crate::local_gateway::json;
use crate::local_gateway::reply::Reply;
use crate::local_gateway::router::Shared;
use crate::local_gateway::store::StoreError;

/// `GET contact/{contact_id}/files`: a bare array, newest first; empty also for an unknown contact.
pub(in crate::local_gateway) fn list(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    Ok(Reply::json(json::array(&shared.store.files(call.id("contact_id"))?)))
}
