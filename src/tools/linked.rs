//! Contacts that a cleanup has linked: one person, read as one here; the gateway knows nothing of it.

use std::collections::{HashMap, HashSet};
use std::iter;

use crate::context::Context;
use crate::context::snapshot::Snapshot;
use crate::model::Contact;
use crate::render::{Listing, Units};

/// The other contacts that are linked to each of these; none where no cleanup was made.
async fn groups(context: &Context, ids: impl Iterator<Item = &str>) -> HashMap<String, Vec<String>> {
    match context.snapshot() {
        Some(snapshot) => snapshot.linked(ids.map(str::to_owned).collect()).await,
        None => HashMap::new(),
    }
}

/// The other contacts that are linked to one.
pub(super) async fn of(context: &Context, id: &str) -> Vec<String> {
    groups(context, iter::once(id)).await.remove(id).unwrap_or_default()
}

/// The ids as a model sees them, with a space between.
pub(super) fn shown(context: &Context, ids: &[String]) -> String {
    ids.iter().map(|id| context.short_ids().show(id)).collect::<Vec<_>>().join(" ")
}

/// What a request comes to, and whether there are any links: looked up while the gateway works.
pub(super) async fn beside<T>(context: &Context, request: impl Future<Output = T>) -> (T, bool) {
    let look = async { context.snapshot().is_some_and(Snapshot::is_there) };
    futures::join!(request, look)
}

/// The first contact of each group on a page; the head says how many belong to it. Rows that are folded away still count,
/// so that the next page begins where this one ends.
pub(super) async fn folded(context: &Context, rows: Vec<Contact>, listing: &mut Listing) -> Vec<Contact> {
    let groups = groups(context, rows.iter().filter_map(Contact::id)).await;
    if groups.is_empty() {
        return rows;
    }
    let held = rows.len() as u64;
    let (mut kept, mut places, mut gone) = (Vec::new(), Vec::new(), HashSet::new());
    for (place, row) in (0..).zip(rows) {
        let id = row.id().unwrap_or_default().to_owned();
        if gone.contains(&id) {
            continue;
        }
        if let Some(others) = groups.get(&id) {
            let (one, others_shown) = (context.short_ids().show(&id), shown(context, others));
            listing.notes.push(format!("{one}: +{} linked ({others_shown})", others.len()));
            gone.extend(others.iter().cloned());
        }
        kept.push(row);
        places.push(place);
    }
    if kept.len() as u64 != held {
        listing.span.units = Some(Units { of_rows: places, held });
    }
    kept
}
