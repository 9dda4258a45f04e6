//! One person: all entries with everything they hold, and what was said and sent, asked of the gateway at that moment.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Answered, Refused, shown};
use super::{Shared, api, views};
use crate::cleanup::{DecisionsRequest, DuplicatesRequest, SearchQuery, SharedValuesRequest};
use crate::gateway::GatewayError;
use crate::gateway::operations::{GetContactConversations, ListContactComments, ListContactFiles};
use crate::model::{CHANNEL_TYPES, CommentedMessage, Contact, ContactConversation, ContactFile, ContactId};

/// Characters of a value; everything that a gateway is known to keep.
const WHOLE: usize = 200_000;

/// Comments of a contact, the newest first.
const COMMENTS: u64 = 50;

/// Characters of a message in a list.
const MESSAGE: usize = 2_000;

/// Contacts that a search shows.
const FOUND: usize = 20;

/// Contacts of a view, at most.
const ENTRIES: usize = 50;

/// Whom to look for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    query: String,
}

/// Contacts by name, number, address or id, whatever the form.
pub(super) async fn find(State(shared): State<Arc<Shared>>, Query(asked): Query<Wanted>) -> Answered {
    let workspace = &shared.review.workspace;
    let report = workspace.search(SearchQuery::new(&asked.query)).await?;
    let ids: Vec<String> = report.found.iter().take(FOUND).map(|found| found.id.clone()).collect();
    let found = workspace.contacts(ids).await?;
    let of = |found: &Contact| json!({ "id": found.id(), "contact": views::contact(found, views::IN_LIST) });
    let contacts: Vec<Value> = found.iter().map(of).collect();
    Ok(Answer(json!({ "contacts": contacts, "total": report.found.len() })))
}

/// A contact with every other entry that is, or may be, the same person.
pub(super) async fn contact(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answered {
    let workspace = &shared.review.workspace;
    let id = workspace.whole_id(&id).await?;
    let contact = api::known(&shared, &id).await?;
    let linked = workspace.linked(&id).await?;
    let of = Some(id.clone());
    let request = DuplicatesRequest { contact: of.clone(), limit: 10, ..DuplicatesRequest::default() };
    let groups = workspace.duplicates(request).await?;
    let decisions =
        workspace.decisions(DecisionsRequest { contact: of.clone(), ..DecisionsRequest::default() }).await?;
    let shared_values = workspace
        .shared_values(SharedValuesRequest { contact: of, limit: 20, ..SharedValuesRequest::default() })
        .await?;
    let mut others: Vec<String> = linked.clone();
    others.extend(groups.clusters.iter().flat_map(|cluster| cluster.members.iter().cloned()));
    others.retain(|other| *other != id);
    others.sort_unstable();
    others.dedup();
    others.truncate(ENTRIES);
    let entries: Vec<Value> = workspace
        .contacts(others)
        .await?
        .iter()
        .map(|entry| {
            let entry_id = entry.id().unwrap_or_default();
            let is_linked = linked.iter().any(|linked| linked == entry_id);
            json!({ "id": entry_id, "linked": is_linked, "contact": views::contact(entry, views::IN_LIST) })
        })
        .collect();
    Ok(Answer(json!({
        "id": id, "contact": views::contact(&contact, WHOLE), "entries": entries,
        "groups": views::groups(&groups, &decisions), "decisions": views::decisions(&decisions),
        "shared": views::shared_values(&shared_values, &decisions),
    })))
}

/// The conversations of a contact.
pub(super) async fn conversations(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answered {
    let operation = GetContactConversations { contact_id: contact_id(&id)?, channel_types: every_channel() };
    let page = shared.review.gateway.send(&operation).await.map_err(of_gateway)?;
    Ok(rows(page.rows.iter().map(conversation).collect()))
}

/// The comments on messages of a contact.
pub(super) async fn comments(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answered {
    let (contact_id, channel_types) = (contact_id(&id)?, every_channel());
    let operation = ListContactComments { contact_id, channel_types, limit: COMMENTS, skip: 0 };
    let page = shared.review.gateway.send(&operation).await.map_err(of_gateway)?;
    Ok(rows(page.rows.iter().flat_map(comments_of).collect()))
}

/// The files of a contact.
pub(super) async fn files(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answered {
    let operation = ListContactFiles { contact_id: contact_id(&id)? };
    let page = shared.review.gateway.send(&operation).await.map_err(of_gateway)?;
    Ok(rows(page.rows.iter().map(file).collect()))
}

fn contact_id(id: &str) -> Result<ContactId, Refused> {
    ContactId::parse(id).map_err(|error| Refused::argument(error.to_string()))
}

fn every_channel() -> Vec<String> {
    CHANNEL_TYPES.map(str::to_owned).to_vec()
}

fn rows(rows: Vec<Value>) -> Answer {
    Answer(json!({ "rows": rows }))
}

fn of_gateway(error: GatewayError) -> Refused {
    Refused::new(http::StatusCode::BAD_GATEWAY, "gateway", format!("the gateway: {error}"))
}

fn text(text: Option<&str>) -> Value {
    shown(text.unwrap_or_default(), MESSAGE)
}

fn conversation(row: &ContactConversation) -> Value {
    let latest = row.latest_message();
    let latest = latest.as_ref().and_then(|message| message.text());
    json!({
        "channel": text(row.channel()), "status": text(row.status()), "name": text(row.name()), "at": text(row.at()),
        "latest": text(latest),
    })
}

fn comments_of(row: &CommentedMessage) -> Vec<Value> {
    let of = |comment: crate::model::Comment| json!({ "author": text(comment.author()), "text": text(comment.text()), "at": text(comment.at()) });
    row.comments().map(of).collect()
}

fn file(row: &ContactFile) -> Value {
    json!({ "caption": text(row.caption()), "kind": text(row.kind()), "extension": text(row.extension()), "at": text(row.at()) })
}
