//! Which contacts of the snapshot a filter means.

use std::collections::HashMap;

use imbrace_contacts_store::sql::Database;

use super::duplicates;
use super::entry::Groups;
use super::error::CleanupError;
use super::filter::Filter;
use super::known::Known;
use super::list::Needs;

/// The groups of duplicates, where they are needed.
pub(crate) fn groups_of(db: &Database, known: &Known, needs: Needs) -> Result<Option<Groups>, CleanupError> {
    if !needs.groups {
        return Ok(None);
    }
    let mut by_contact = Groups::new();
    for cluster in known.with(db, duplicates::groups)? {
        for member in &cluster.members {
            by_contact.entry(member.as_str().into()).or_default().push(cluster.id.clone());
        }
    }
    Ok(Some(by_contact))
}

/// Which contacts of the snapshot a filter means.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Every contact of the snapshot, and whether it is meant; `None` where all are.
    meant: Option<HashMap<Box<str>, bool>>,
}

impl Selection {
    /// The contacts that a filter means. Without a condition nothing is looked at.
    pub(crate) fn of(db: &Database, known: &Known, filter: &Filter) -> Result<Self, CleanupError> {
        if filter.is_empty() {
            return Ok(Self::default());
        }
        let needs = Needs::of(filter);
        let groups = groups_of(db, known, needs)?;
        known.with_list(db, |list| {
            let (entries, facts) = list.facts(db, known.default_region(), needs, groups.as_ref())?;
            let meant = entries.iter().map(|entry| (entry.id().into(), filter.holds(entry, &facts)));
            Ok(Self { meant: Some(meant.collect()) })
        })
    }

    /// Returns true if a contact is meant; one that the snapshot does not have is not.
    pub(crate) fn covers(&self, id: &str) -> bool {
        self.known(id).unwrap_or_default()
    }

    /// The same; `None` for a contact that the snapshot does not have.
    pub(crate) fn known(&self, id: &str) -> Option<bool> {
        self.meant.as_ref().map_or(Some(true), |meant| meant.get(id).copied())
    }

    /// How many are meant; `None` where all are.
    pub(crate) fn count(&self) -> Option<u64> {
        self.meant.as_ref().map(|meant| meant.values().filter(|is_meant| **is_meant).count() as u64)
    }
}
