//! Which contacts a plan is about, and which it does not touch.

use std::collections::BTreeSet;

use imbrace_contacts_store::sql::Database;
use serde_json::Value;

use super::read;
use crate::Filter;
use crate::entry::{Entry, Facts};
use crate::error::CleanupError;
use crate::known::Known;
use crate::list::Needs;
use crate::model::Contact;
use crate::normalize::phone::Region;
use crate::report::PlanRequest;
use crate::selection::Selection;
use crate::store::contacts;
use crate::value::text;

/// Which contacts a filter means: those of the snapshot by what the whole list says, others by what they say themselves.
pub(super) struct Meant {
    filter: Filter,
    selection: Selection,
    region: Option<Region>,
}

impl Meant {
    /// The contacts that a filter means.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`] where only the whole list can say it.
    pub(super) fn of(db: &Database, known: &Known, filter: &Filter) -> Result<Self, CleanupError> {
        let Needs { findings, groups, .. } = Needs::of(filter);
        if findings || groups {
            contacts::synced_at(db)?;
        }
        let selection = Selection::of(db, known, filter)?;
        Ok(Self { filter: filter.clone(), selection, region: known.default_region() })
    }

    /// How many contacts of the snapshot are meant; `None` where all are.
    pub(super) fn count(&self) -> Option<u64> {
        self.selection.count()
    }

    pub(super) fn covers_id(&self, id: &str) -> bool {
        self.selection.covers(id)
    }

    pub(super) fn covers(&self, id: &str, contact: &Contact) -> bool {
        let itself = || self.filter.holds(&Entry::of_contact(contact, self.region), &Facts::default());
        self.selection.known(id).unwrap_or_else(itself)
    }
}

/// Contacts by their ids, by the domains of their addresses, written `@example.com`, and by their labels, written `#vip` or, for all
/// that begin so, `#vip*`.
#[derive(Debug, Clone, Default)]
struct Words {
    ids: BTreeSet<String>,
    domains: Vec<String>,
    labels: Vec<String>,
}

impl Words {
    fn of(words: &[String]) -> Self {
        let given = || words.iter().map(|word| word.trim());
        let ids = given().filter(|word| !word.starts_with(['@', '#'])).map(str::to_owned).collect();
        let after =
            |sign: char| given().filter_map(move |word| word.strip_prefix(sign)).map(str::to_lowercase).collect();
        Self { ids, domains: after('@'), labels: after('#') }
    }

    fn cover(&self, id: &str, contact: &Contact) -> bool {
        let email = text(contact.record().raw("email"));
        self.ids.contains(id)
            || self.domains.iter().any(|domain| is_at(&email, domain))
            || (!self.labels.is_empty()
                && labels(contact).any(|label| self.labels.iter().any(|known| is_label(known, &label))))
    }
}

/// Protected words and conditions on a contact's own fields, which can be judged at the moment of a write.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    words: Words,
    filter: Filter,
}

impl Protection {
    /// Words as in [`PlanRequest::protect`], and a filter; without a condition it means nobody.
    pub fn new(words: &[String], filter: Filter) -> Self {
        Self { words: Words::of(words), filter }
    }

    /// Returns true if a contact is protected as it is.
    pub fn covers(&self, contact: &Contact) -> bool {
        let id = contact.id().unwrap_or_default();
        self.words.cover(id, contact)
            || (!self.filter.is_empty() && self.filter.holds(&Entry::of_contact(contact, None), &Facts::default()))
    }
}

/// Contacts that a plan does not touch: by words, and by a filter.
pub(super) struct Protected {
    words: Words,
    meant: Option<Meant>,
}

impl Protected {
    pub(super) fn read(db: &Database, known: &Known, request: &PlanRequest) -> Result<Self, CleanupError> {
        let filter = &request.protect_filter;
        let meant = if filter.is_empty() { None } else { Some(Meant::of(db, known, filter)?) };
        Ok(Self { words: Words::of(&request.protect), meant })
    }

    pub(super) fn covers(&self, id: &str, contact: &Contact) -> bool {
        self.words.cover(id, contact) || self.meant.as_ref().is_some_and(|meant| meant.covers(id, contact))
    }

    /// How many contacts of the snapshot each part means; none where there is no snapshot.
    pub(super) fn counts(&self, db: &Database, known: &Known) -> Result<Vec<(String, u64)>, CleanupError> {
        if contacts::synced_at(db).is_err() {
            return Ok(Vec::new());
        }
        let (mut counts, Words { ids, domains, labels: wanted }) = (Vec::new(), &self.words);
        for id in ids {
            counts.push((id.clone(), u64::from(contacts::document(db, id)?.is_some())));
        }
        if !domains.is_empty() {
            known.with_list(db, |list| {
                let of = |domain: &String| list.entries().iter().filter(|entry| is_at(entry.email(), domain)).count();
                counts.extend(domains.iter().map(|domain| (format!("@{domain}"), of(domain) as u64)));
                Ok(())
            })?;
        }
        if !wanted.is_empty() {
            let mut found = vec![0_u64; wanted.len()];
            contacts::since(db, 0, |document| {
                let Ok(contact) = read(document) else { return false };
                let own: Vec<String> = labels(&contact).collect();
                for (count, pattern) in found.iter_mut().zip(wanted) {
                    *count += u64::from(own.iter().any(|label| is_label(pattern, label)));
                }
                true
            })?;
            counts.extend(wanted.iter().map(|label| format!("#{label}")).zip(found));
        }
        let meant = self.meant.as_ref().and_then(|meant| Some((meant.filter.to_string(), meant.count()?)));
        counts.extend(meant);
        Ok(counts)
    }
}

/// Returns true if an address is at a domain; departments are their company's.
fn is_at(email: &str, domain: &str) -> bool {
    let email = email.trim().to_lowercase();
    let held = email.rsplit_once('@').map(|(_, held)| held).unwrap_or_default();
    let is_of = || held == domain || held.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    !held.is_empty() && is_of()
}

/// A contact's labels, in lower case: texts, or objects with a name (contract, section 5.4).
fn labels(contact: &Contact) -> impl Iterator<Item = String> {
    let all = contact.record().raw("labels").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|label| {
        label.as_str().or_else(|| label.get("name")?.as_str()).map(|name| name.trim().to_lowercase())
    })
}

/// Returns true if a label is the one that is written, or begins as what stands before a star.
fn is_label(pattern: &str, label: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == label, |beginning| label.starts_with(beginning))
}
