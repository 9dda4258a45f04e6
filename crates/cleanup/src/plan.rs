//! A plan is made: steps from findings, from duplicates, or as the caller lists them, checked and frozen.

mod draft;
mod fill;
mod merge;
mod protect;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbrace_contacts_store::sql::Database;
use serde_json::Value;

use super::Subject;
use super::error::CleanupError;
use super::findings::{Fixability, Kind, ValueCounts, findings};
use super::known::Known;
use super::report::{Change, Merge, PlanReport, PlanRequest};
use super::store::contacts::{self, read};
use super::store::{Store, plans};
use crate::gateway::Client;
use crate::gateway::operations::GetContact;
use crate::model::{Contact, ContactId};
use draft::Drafter;
use fill::Filler;
use protect::{Meant, Protected};

pub use protect::Protection;

/// Makes a plan; nothing is written to the gateway.
pub(super) async fn plan(
    store: &Store,
    gateway: &Client,
    known: &Arc<Known>,
    request: PlanRequest,
) -> Result<PlanReport, CleanupError> {
    let mut named = BTreeSet::new();
    if let Some(change) = request.changes.iter().find(|change| !named.insert((&change.contact, &change.field))) {
        let reason = format!("`{}` is listed twice", change.field);
        return Err(CleanupError::Change { contact: change.contact.clone(), reason });
    }
    if !request.set.is_empty() && request.filter == crate::Filter::default() {
        return Err(CleanupError::SetWithoutFilter);
    }
    let listed = listed(store, gateway, &request.changes).await?;
    let (known, is_loopback) = (Arc::clone(known), gateway.is_loopback());
    store
        .run(move |db| {
            let meant = Meant::of(db, &known, &request.filter)?;
            if request.changes.is_empty() && meant.count() == Some(0) && contacts::synced_at(db).is_ok() {
                return Err(CleanupError::NoMatch {
                    filter: request.filter.to_string(),
                    contacts: contacts::contacts(db)?,
                });
            }
            let protected = Protected::read(db, &known, &request)?;
            let counts = protected.counts(db, &known)?;
            let mut drafter = Drafter::new(protected, meant, is_loopback);
            drafter.begin("listed", "");
            for change in &request.changes {
                let before = listed.get(&change.contact).ok_or_else(|| unknown(&change.contact))?;
                drafter.change(change, before)?;
            }
            if !request.fix.is_empty() || !request.merge.is_empty() || !request.set.is_empty() {
                contacts::synced_at(db)?;
            }
            if !request.set.is_empty() {
                drafter.begin("set", "");
                set(&mut drafter, db, &request.set)?;
            }
            let mut value_counts = ValueCounts::of_default_region(known.default_region());
            if !request.fix.is_empty() || request.merge.contains(&Merge::Fill) {
                contacts::each(db, |subject| value_counts.count(subject))?;
            }
            if !request.fix.is_empty() {
                fix(&mut drafter, db, &request.fix, &value_counts)?;
            }
            if !request.merge.is_empty() {
                let mut filler = Filler { value_counts: &mut value_counts, region: known.default_region() };
                merge::merge(&mut drafter, db, &known, &request.merge, &mut filler)?;
            }
            let draft = drafter.end();
            if draft.steps.is_empty() && draft.links.is_empty() {
                return Err(CleanupError::NothingToDo(draft.left_out));
            }
            let id = plans::file(db, &draft)?;
            Ok(PlanReport { protected: counts, ..plans::report(db, &id)? })
        })
        .await
}

fn unknown(contact: &str) -> CleanupError {
    CleanupError::Change { contact: contact.to_owned(), reason: "there is no such contact".to_owned() }
}

/// The contacts of listed changes: from the snapshot, else from the gateway.
async fn listed(
    store: &Store,
    gateway: &Client,
    changes: &[Change],
) -> Result<BTreeMap<String, Contact>, CleanupError> {
    let ids: BTreeSet<String> = changes.iter().map(|change| change.contact.clone()).collect();
    let mut found = BTreeMap::new();
    for id in ids {
        let asked = id.clone();
        let contact = match store.run(move |db| contacts::document(db, &asked)).await? {
            Some(document) => read(&document)?,
            None => match fetch(gateway, &id).await? {
                Some(contact) => contact,
                // At once: a file of a hundred thousand ids of nobody would ask the gateway for each of them.
                None => return Err(unknown(&id)),
            },
        };
        found.insert(id, contact);
    }
    Ok(found)
}

async fn fetch(gateway: &Client, id: &str) -> Result<Option<Contact>, CleanupError> {
    let no_id =
        |error: crate::model::IdError| CleanupError::Change { contact: id.to_owned(), reason: error.to_string() };
    let contact_id = ContactId::parse(id).map_err(no_id)?;
    match gateway.send(&GetContact { contact_id }).await {
        Ok(contact) => Ok(Some(contact)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Sets values in every contact that is meant.
fn set(drafter: &mut Drafter, db: &Database, values: &[(String, Value)]) -> Result<(), CleanupError> {
    let mut meant = Vec::new();
    contacts::since(db, 0, |document| {
        let Ok(subject) = Subject::read(document) else { return false };
        if drafter.covers_id(&subject.id) {
            meant.push((subject.id.to_string(), document.to_owned()));
        }
        true
    })?;
    // So that the same contacts make the same plan, in whatever order they were read.
    meant.sort_unstable();
    for (contact, document) in meant {
        let before = read(&document)?;
        for (field, value) in values {
            let change = Change { contact: contact.clone(), field: field.clone(), value: value.clone() };
            drafter.change(&change, &before)?;
        }
    }
    Ok(())
}

fn fix(drafter: &mut Drafter, db: &Database, kinds: &[Kind], value_counts: &ValueCounts) -> Result<(), CleanupError> {
    let mut wanted = Vec::new();
    contacts::since(db, 0, |document| {
        let Ok(subject) = Subject::read(document) else { return false };
        if drafter.covers_id(&subject.id) {
            let mut found = findings(&subject, value_counts);
            found.retain(|finding| kinds.contains(&finding.kind));
            // A fix that a person agreed to has the safe ones in it, and the first of a field counts.
            found.sort_by_key(|finding| finding.kind.fixability() == Fixability::Safe);
            if !found.is_empty() {
                wanted.push((subject.id.to_string(), document.to_owned(), found));
            }
        }
        true
    })?;
    // So that the same contacts make the same plan, in whatever order they were read.
    wanted.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    for (id, document, found) in wanted {
        let before = read(&document)?;
        for finding in found {
            drafter.begin(finding.kind.name(), "");
            if finding.fix.is_empty() {
                drafter.leave_out("there is no sure correction");
                continue;
            }
            let values: Vec<(&str, Value)> =
                finding.fix.iter().map(|(field, value)| (*field, value.as_str().into())).collect();
            drafter.propose_whole((&id, &before), values, None);
        }
    }
    Ok(())
}
