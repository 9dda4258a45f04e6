//! Notifications of the caller: list, read, dismiss (contract, 5.5 to 5.7 and section 9).

use serde_json::Value;

use crate::call::Call;
use crate::json::{self, Object};
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::{StoreError, Tab};

/// `GET notifications`, newest first. Listing does not mark as read.
pub(crate) fn list(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let window = match call.window(&shared.limits) {
        Ok(window) => window,
        Err(refusal) => return Ok(refusal),
    };
    let (slice, unread) = shared.store.notifications(call.caller.user, Tab::parse(call.query("type")), window)?;
    let envelope = Object::new()
        .raw("data", &json::array(&slice.rows))
        .with("count", &slice.count)
        .with("total", &slice.rows.len())
        .with("unread_count", &unread)
        .with("has_more", &slice.has_more(window.skip));
    Ok(Reply::json(envelope.end()))
}

/// `PUT notifications/read` with a bare array of ids; unknown ids are passed over.
pub(crate) fn mark_read(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let Some(ids) = call.json().ok().as_ref().and_then(ids) else {
        return Ok(not_an_array());
    };
    shared.store.mark_read(call.caller.user, &ids)?;
    Ok(Reply::done())
}

/// `DELETE notifications/dismiss` with a bare array of ids.
pub(crate) fn dismiss(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let Some(ids) = call.json().ok().as_ref().and_then(ids) else {
        return Ok(not_an_array());
    };
    dismiss_ids(shared, call, &ids)
}

/// `POST notifications/dismiss` with `{"ids":[…]}`.
pub(crate) fn dismiss_posted(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let body = call.json().ok();
    let Some(ids) = body.as_ref().and_then(|body| body.get("ids")).and_then(ids) else {
        return Ok(not_an_array());
    };
    dismiss_ids(shared, call, &ids)
}

/// An empty array removes everything: what the dashboard's monitor page suggests (contract, 5.6), and what a client
/// must therefore never send by accident.
fn dismiss_ids(shared: &Shared, call: &Call, ids: &[String]) -> Result<Reply, StoreError> {
    if ids.is_empty() {
        shared.store.dismiss_all(call.caller.user, Tab::All)?;
    } else {
        shared.store.dismiss(call.caller.user, ids)?;
    }
    Ok(Reply::done())
}

/// `DELETE` or `POST notifications/dismiss/all`, of one tab or of all.
pub(crate) fn dismiss_all(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    shared.store.dismiss_all(call.caller.user, Tab::parse(call.query("type")))?;
    Ok(Reply::done())
}

fn ids(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|id| id.as_str().map(str::to_owned)).collect()
}

fn not_an_array() -> Reply {
    Reply::invalid("FST_ERR_VALIDATION", "body must be array of strings")
}
