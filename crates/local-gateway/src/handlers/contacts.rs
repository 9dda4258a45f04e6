//! Contacts: list, search, one, change (contract, 5.1, 5.3, 5.4 and section 9).

use serde_json::Value;

use crate::call::Call;
use crate::people::time;
use crate::reply::{self, Reply};
use crate::shared::Shared;
use crate::store::{Sort, StoreError, Window};

/// `GET contacts`.
pub(crate) fn list(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let window = match call.window(&shared.limits) {
        Ok(window) => window,
        Err(refusal) => return Ok(refusal),
    };
    let slice = shared.store.contacts(Sort::parse(call.query("sort")), window)?;
    Ok(reply::list(&slice, window.skip))
}

/// `GET contacts/_search`. An empty text finds everyone, as the dashboard's own empty search box does.
pub(crate) fn search(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let window = match call.window(&shared.limits) {
        Ok(window) => window,
        Err(refusal) => return Ok(refusal),
    };
    found(shared, call.query("q").unwrap_or_default(), Sort::parse(call.query("sort")), window)
}

/// `POST contacts/_search` with `{q, limit, skip}`; the names `query` and `offset` are another document's.
pub(crate) fn search_posted(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let body = match call.json() {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal),
    };
    let number = |names: [&str; 2]| names.into_iter().find_map(|name| body.get(name)?.as_u64());
    let limit = match shared.limits.page_of(number(["limit", "limit"]).unwrap_or(10).max(1)) {
        Ok(limit) => limit,
        Err(refusal) => return Ok(refusal),
    };
    let window = Window { limit, skip: number(["skip", "offset"]).unwrap_or(0) };
    let text = ["q", "query"].into_iter().find_map(|name| body.get(name)?.as_str()).unwrap_or_default();
    found(shared, text, Sort::parse(body.get("sort").and_then(Value::as_str)), window)
}

fn found(shared: &Shared, text: &str, sort: Sort, window: Window) -> Result<Reply, StoreError> {
    let slice = match text.trim() {
        "" => shared.store.contacts(sort, window)?,
        text => shared.store.search_contacts(text, sort, window)?,
    };
    Ok(reply::list(&slice, window.skip))
}

/// `GET contacts/{contact_id}`.
pub(crate) fn get(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let found = shared.store.contact(call.id("contact_id"))?;
    Ok(found.map_or_else(Reply::contact_not_found, Reply::json))
}

/// `PUT contacts/{contact_id}`: merges; fields that nobody sends, or that are read-only, are passed over in silence.
pub(crate) fn update(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let changes = match call.json() {
        Ok(Value::Object(changes)) => changes,
        Ok(_) => return Ok(Reply::invalid("FST_ERR_VALIDATION", "body must be object")),
        Err(refusal) => return Ok(refusal),
    };
    let Some(mut document) = shared.store.update_contact(call.id("contact_id"), &changes, call.replaces, time::now)?
    else {
        return Ok(Reply::contact_not_found());
    };
    // The answer also carries the name of the event that dashboards are told.
    document.truncate(document.len().saturating_sub(1));
    document.push_str(",\"action\":\"bu.contact_updated\"}");
    Ok(Reply::json(document))
}
