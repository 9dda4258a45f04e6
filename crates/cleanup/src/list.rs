//! The contacts of the snapshot in memory, in the form in which filters, sort keys and counts ask for them.

use std::collections::HashMap;
use std::sync::Arc;

use imbrace_contacts_store::sql::Database;

use crate::Subject;
use crate::entry::{Entry, Facts, Findings, Groups};
use crate::error::CleanupError;
use crate::filter::{Field, FieldKind, Filter};
use crate::findings::{ValueCounts, findings};
use crate::normalize::birthday::{DateOrder, DateOrderCounts};
use crate::normalize::name::Name;
use crate::normalize::phone::Region;
use crate::store::contacts;

/// Every contact of the snapshot.
#[derive(Debug, Default)]
pub(crate) struct List {
    edition: u64,
    /// How often a contact was put in or taken out: a sync that changes nothing makes an edition, too.
    changes: u64,
    entries: Vec<Entry>,
    places: HashMap<Box<str>, usize>,
    /// The findings of an audit, as of so many changes; made when they are asked for.
    findings: Option<(u64, Findings)>,
    /// The different names, each once, and the place of each.
    names: Vec<Arc<Name>>,
    name_places: HashMap<Arc<Name>, u32>,
    /// In which order birthdays are written, as of so many changes; learnt when it is asked for.
    order: Option<(u64, DateOrder)>,
}

/// The facts that a filter, a sort key or a count needs beside the contacts themselves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    pub(crate) findings: bool,
    pub(crate) groups: bool,
    /// The order of day and month in birthdays.
    pub(crate) birthdays: bool,
}

impl Needs {
    pub(crate) fn of(filter: &Filter) -> Self {
        let (findings, groups) = (filter.has_findings(), filter.has_duplicates());
        Self { findings, groups, birthdays: filter.has_birthdays() }
    }

    /// The same, and what one field needs.
    pub(crate) fn and(self, field: Option<Field>) -> Self {
        Self {
            findings: self.findings || field == Some(Field::Finding),
            groups: self.groups || matches!(field, Some(Field::Group | Field::HasDuplicates)),
            birthdays: self.birthdays || field.is_some_and(|field| field.kind() == FieldKind::Birthday),
        }
    }
}

impl List {
    /// Takes what is new, different or gone since.
    pub(crate) fn update(&mut self, db: &Database, region: Option<Region>) -> Result<(), CleanupError> {
        let newest = contacts::edition(db)?;
        if newest == self.edition {
            return Ok(());
        }
        if newest < self.edition {
            // An older state was put back.
            *self = Self::default();
        }
        let (edition, gone) = contacts::since(db, self.edition, |document| {
            let subject = Subject::read(document);
            subject.as_ref().is_ok_and(|subject| {
                self.put(Entry::read(subject, region));
                true
            })
        })?;
        gone.iter().for_each(|id| self.remove(id));
        self.edition = edition;
        Ok(())
    }

    fn put(&mut self, entry: Entry) {
        self.changes += 1;
        match self.places.get(entry.id()).and_then(|place| self.entries.get_mut(*place)) {
            Some(known) => *known = entry,
            None => {
                self.places.insert(entry.id().into(), self.entries.len());
                self.entries.push(entry);
            }
        }
    }

    fn remove(&mut self, id: &str) {
        let Some(place) = self.places.remove(id).filter(|place| *place < self.entries.len()) else { return };
        self.changes += 1;
        self.entries.swap_remove(place);
        if let Some(moved) = self.entries.get(place) {
            self.places.insert(moved.id().into(), place);
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every contact, and the different names that they have at their [`Entry::name_places`].
    pub(crate) fn named(&mut self) -> (&[Entry], &[Arc<Name>]) {
        // Names that were changed stay until they are more than those in use.
        if self.names.len() > 4 * self.entries.len() + 1_000 {
            self.names.clear();
            self.name_places.clear();
            self.entries.iter_mut().for_each(Entry::forget_names);
        }
        let (names, places) = (&mut self.names, &mut self.name_places);
        for entry in &self.entries {
            entry.keep_names(|name| {
                if let Some(place) = places.get(&name) {
                    return *place;
                }
                let place = u32::try_from(names.len()).unwrap_or(u32::MAX);
                let name = Arc::new(name);
                names.push(Arc::clone(&name));
                places.insert(name, place);
                place
            });
        }
        (&self.entries, &self.names)
    }

    /// The facts of the whole list, as far as they are needed.
    pub(crate) fn facts<'a>(
        &'a mut self,
        db: &Database,
        region: Option<Region>,
        needs: Needs,
        groups: Option<&'a Groups>,
    ) -> Result<(&'a [Entry], Facts<'a>), CleanupError> {
        let changes = self.changes;
        if needs.findings && self.findings.as_ref().is_none_or(|(known, _)| *known != changes) {
            self.findings = Some((changes, found(db, region)?));
        }
        let order = match self.order {
            _ if !needs.birthdays => DateOrder::default(),
            Some((known, order)) if known == changes => order,
            _ => {
                let mut counts = DateOrderCounts::default();
                let birthdays = self.entries.iter().map(Entry::birthday).filter(|text| !text.is_empty());
                birthdays.for_each(|text| counts.count(text));
                let order = counts.learnt().unwrap_or_default();
                self.order = Some((changes, order));
                order
            }
        };
        let findings = self.findings.as_ref().filter(|_| needs.findings).map(|(_, findings)| findings);
        Ok((&self.entries, Facts { order, findings, groups }))
    }
}

/// The kinds of findings of every contact that has one.
fn found(db: &Database, region: Option<Region>) -> Result<Findings, CleanupError> {
    let mut value_counts = ValueCounts::of_default_region(region);
    contacts::each(db, |subject| value_counts.count(subject))?;
    let mut by_contact = Findings::new();
    contacts::each(db, |subject| {
        let mut kinds: Vec<&str> = findings(subject, &value_counts).iter().map(|found| found.kind.name()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if !kinds.is_empty() {
            by_contact.insert(subject.id.as_ref().into(), kinds);
        }
    })?;
    Ok(by_contact)
}
