//! Matches of the gateway in the usual spellings of a text, and those of the snapshot, each contact once.

use std::collections::HashMap;
use std::time::Duration;

use super::{GATEWAY_ALONE, SearchContacts, ask, none};
use crate::cleanup::{Closeness, Gate, MatchedField, SearchQuery, SearchReport, Workspace};
use crate::context::Context;
use crate::model::{Contact, Page};
use crate::plural::{agree, counted};
use crate::render::{self, Cell, Fields, Listing, Reply, Span};
use crate::tools::arguments::Paging;
use crate::tools::{ToolError, cleanup, linked};

/// Rows of the largest page: what is asked of the gateway where its rows are joined with others.
const LARGEST: u64 = 100;

/// The matches at the gateway and in the snapshot.
///
/// # Errors
/// The gateway's.
pub(super) async fn answer(
    context: &Context,
    fields: &Fields<Contact>,
    text: &str,
    page: Paging,
) -> Result<Reply, ToolError> {
    let query = SearchQuery::new(text);
    let spellings = query.spellings();
    let snapshot = snapshot(context, &query).await;
    if snapshot.is_none() && spellings.len() == 1 {
        let found = ask(context, text, page.limit, page.skip).await?;
        return Ok(by_the_gateway(context, fields, &query, found, page.skip).await);
    }
    let pages = spellings.iter().map(|spelling| ask(context, spelling, LARGEST, 0));
    let pages = futures::future::try_join_all(pages).await?;
    let counted_there = pages.first().and_then(|page| page.grand_total(0)).unwrap_or_default();
    if snapshot.is_none() && counted_there > LARGEST {
        // More than can be joined: as the gateway pages it.
        let found = ask(context, text, page.limit, page.skip).await?;
        return Ok(by_the_gateway(context, fields, &query, found, page.skip).await);
    }
    let beyond = (counted_there > LARGEST).then_some(counted_there);
    let rows = pages.into_iter().flat_map(|page| page.rows).collect();
    together(context, fields, (&query, rows, snapshot, beyond), page).await
}

/// The matches of the snapshot; `None` where there is none. Reading goes on without it: what keeps it from being read is said by the
/// tools that need it.
async fn snapshot(context: &Context, query: &SearchQuery) -> Option<SearchReport> {
    let workspace = context.cleanup()?;
    let found = async {
        let age = workspace.age().await?;
        if age.is_some_and(|age| age > cleanup::AGING) {
            workspace.refresh(context.writes().requests_per_second(), Duration::from_secs(cleanup::SECONDS));
        }
        if age.is_none() { Ok(None) } else { workspace.search(query.clone()).await.map(Some) }
    };
    found.await.unwrap_or_else(|error: crate::cleanup::CleanupError| {
        tracing::warn!(%error, "the snapshot cannot be searched");
        None
    })
}

/// A page as the gateway gives it, with the field that matched.
async fn by_the_gateway(
    context: &Context,
    fields: &Fields<Contact>,
    query: &SearchQuery,
    page: Page<Contact>,
    skip: u64,
) -> Reply {
    let mut listing = Listing::of_page(&page, skip, &none(query.text()));
    listing.notes.push(gateway_alone(context));
    let has_links = context.cleanup().is_some_and(Workspace::is_there);
    let rows = if fields.is_lossless() || !has_links {
        page.rows
    } else {
        linked::folded(context, page.rows, &mut listing).await
    };
    let why = |row: &Contact| query.matched(row).map_or(GATEWAY, |matched| matched.field);
    let matched = rows.iter().map(why).collect();
    with_matched(render::list(&rows, fields, listing, context.short_ids()), matched)
}

/// Said where there is no snapshot, with what to do instead.
fn gateway_alone(context: &Context) -> String {
    let remedy = if context.cleanup().is_some() { "; a filter of list_contacts reads the list" } else { "" };
    format!("{GATEWAY_ALONE}{remedy}")
}

/// The field of a contact of which only the gateway knows why it matches.
const GATEWAY: &str = "gateway";

/// So many contacts are counted as people at most.
const COUNTED: usize = 1_000;

/// A contact that was found, at the gateway, in the snapshot or in both.
struct Hit {
    id: Option<String>,
    matched: MatchedField,
    created: Option<i64>,
    /// As the gateway has it now.
    contact: Option<Contact>,
}

/// The matches of gateway and snapshot, each contact once.
async fn together(
    context: &Context,
    fields: &Fields<Contact>,
    (query, rows, snapshot, beyond): (&SearchQuery, Vec<Contact>, Option<SearchReport>, Option<u64>),
    page: Paging,
) -> Result<Reply, ToolError> {
    let synced_at = snapshot.as_ref().map(|report| report.synced_at);
    let found = snapshot.map(|report| report.found).unwrap_or_default();
    let hit = |found: crate::cleanup::FoundContact| Hit {
        id: Some(found.id),
        matched: found.matched,
        created: found.created,
        contact: None,
    };
    let mut hits: Vec<Hit> = found.into_iter().map(hit).collect();
    let mut places: HashMap<String, usize> =
        hits.iter().enumerate().filter_map(|(place, hit)| Some((hit.id.clone()?, place))).collect();
    for row in rows {
        let id = row.id().map(str::to_owned);
        match id.as_ref().and_then(|id| places.get(id)).and_then(|place| hits.get_mut(*place)) {
            Some(known) => known.contact = Some(row),
            None => {
                places.extend(id.clone().map(|id| (id, hits.len())));
                let unknown = MatchedField { field: GATEWAY, closeness: Closeness::Far };
                let matched = query.matched(&row).unwrap_or(unknown);
                let created = row.record().text("created_at").and_then(|at| at.parse::<jiff::Timestamp>().ok());
                hits.push(Hit { id, matched, created: created.map(|at| at.as_microsecond()), contact: Some(row) });
            }
        }
    }
    let all = hits.len();
    if hits.iter().any(|hit| hit.matched.is_sure()) {
        hits.retain(|hit| hit.matched.closeness == Closeness::Whole);
    }
    let left_out = all - hits.len();
    hits.sort_by(|one, other| {
        let newest = other.created.cmp(&one.created);
        one.matched.closeness.cmp(&other.matched.closeness).then(newest).then_with(|| one.id.cmp(&other.id))
    });
    let mut notes = Vec::new();
    let ids: Vec<&str> = hits.iter().filter_map(|hit| hit.id.as_deref()).collect();
    // Links are looked up one by one; nobody reads a thousand rows for their people.
    let people =
        if ids.len() > COUNTED { hits.len() } else { cleanup::people(context, &ids).await + hits.len() - ids.len() };
    if people < hits.len() {
        let (people, entries) = (people as u64, hits.len() as u64);
        notes.push(format!("{people} {}, {}", agree(people, "person", "people"), counted(entries, "entry")));
    }
    if left_out > 0 {
        notes.push(format!("left out: {} that hold it in part", counted(left_out as u64, "contact")));
    }
    notes.extend(beyond.map(|beyond| format!("the gateway counts {beyond}, of which its first {LARGEST} are here")));
    notes.push(synced_at.map_or_else(|| gateway_alone(context), render::list_age));
    let total = hits.len() as u64;
    let shown = hits.into_iter().skip(size(page.skip)).take(size(page.limit));
    let (rows, why) = whole(context, shown.collect()).await?;
    let more = page.skip.saturating_add(rows.len() as u64) < total;
    let none = none(query.text());
    let span = Span { skip: page.skip, total: Some(total), more, units: None };
    let mut listing = Listing { subject: String::new(), span, notes, none };
    let rows = if fields.is_lossless() { rows } else { linked::folded(context, rows, &mut listing).await };
    let matched = rows.iter().map(|row| row.id().and_then(|id| why.get(id)).copied().unwrap_or(GATEWAY)).collect();
    Ok(with_matched(render::list(&rows, fields, listing, context.short_ids()), matched))
}

/// The contacts of a page, those that the gateway did not give as the snapshot has them; and the fields that matched, by id.
async fn whole(context: &Context, hits: Vec<Hit>) -> Result<(Vec<Contact>, HashMap<String, &'static str>), ToolError> {
    let why = hits.iter().filter_map(|hit| Some((hit.id.clone()?, hit.matched.field))).collect();
    let missing: Vec<String> =
        hits.iter().filter(|hit| hit.contact.is_none()).filter_map(|hit| hit.id.clone()).collect();
    let kept = match context.cleanup() {
        Some(workspace) if !missing.is_empty() => {
            workspace.contacts(missing).await.map_err(cleanup::to_tool_error::<SearchContacts>)?
        }
        _ => Vec::new(),
    };
    let mut kept: HashMap<String, Contact> =
        kept.into_iter().filter_map(|contact| Some((contact.id()?.to_owned(), contact))).collect();
    let contact = |hit: Hit| hit.contact.or_else(|| kept.remove(hit.id.as_deref()?));
    Ok((hits.into_iter().filter_map(contact).collect(), why))
}

/// The list with a column that says which field matched.
fn with_matched(mut reply: Reply, matched: Vec<&'static str>) -> Reply {
    if let Reply::Table(table) = &mut reply
        && table.rows.len() == matched.len()
        && !matched.is_empty()
    {
        table.columns.push("matched");
        table.rows.iter_mut().zip(matched).for_each(|(row, field)| row.push(Cell::text(field)));
    }
    reply
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
