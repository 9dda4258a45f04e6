//! The matcher and the list over the snapshot, kept in memory and brought up to date when they are asked.

use std::sync::{Mutex, PoisonError};

use imbrace_contacts_store::sql::Database;

use super::Subject;
use super::duplicates::{Cluster, Matcher};
use super::error::CleanupError;
use super::findings::ValueCounts;
use super::list::List;
use super::normalize::phone::Region;
use super::report::KeptDecision;
use super::store::{contacts, decisions};

/// The matcher with the edition of the snapshot that it has read; only later changes are matched again.
#[derive(Default)]
pub(super) struct Known {
    // std mutex: only held on blocking threads.
    state: Mutex<State>,
    /// The contacts, for whoever asks for a part of them.
    list: Mutex<List>,
    /// How many contacts share values, as of an edition; made when it is asked for.
    value_counts: Mutex<Option<(u64, ValueCounts)>>,
    default_region: Option<Region>,
}

#[derive(Default)]
struct State {
    matcher: Matcher,
    edition: u64,
    decisions: Vec<KeptDecision>,
}

impl Known {
    /// For numbers that are of a region where their contact says nothing else of its country.
    pub(super) fn of_default_region(region: Option<Region>) -> Self {
        let state = State { matcher: Matcher::of_default_region(region), ..State::default() };
        Self {
            state: Mutex::new(state),
            list: Mutex::default(),
            value_counts: Mutex::default(),
            default_region: region,
        }
    }

    /// The groups that are surely one person, where somebody has looked for duplicates in this process before: matching a whole list takes
    /// longer than a search may.
    pub(super) fn sure_if_matched(&self, db: &Database) -> Result<Vec<Cluster>, CleanupError> {
        let is_matched = self.state.lock().unwrap_or_else(PoisonError::into_inner).edition > 0;
        if is_matched { self.with(db, Matcher::sure) } else { Ok(Vec::new()) }
    }

    /// Brings the list up to date and asks it.
    pub(super) fn with_list<T>(
        &self,
        db: &Database,
        ask: impl FnOnce(&mut List) -> Result<T, CleanupError>,
    ) -> Result<T, CleanupError> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.update(db, self.default_region)?;
        ask(&mut list)
    }

    /// Asks how many contacts of the list share values.
    pub(super) fn with_value_counts<T>(
        &self,
        db: &Database,
        ask: impl FnOnce(&ValueCounts) -> T,
    ) -> Result<T, CleanupError> {
        let edition = contacts::edition(db)?;
        let mut known = self.value_counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = match known.take() {
            Some((of, counts)) if of == edition => counts,
            _ => {
                let mut counts = ValueCounts::of_default_region(self.default_region);
                contacts::each(db, |subject| counts.count(subject))?;
                counts
            }
        };
        let (_, counts) = known.insert((edition, counts));
        Ok(ask(counts))
    }

    /// The region of numbers whose contact says nothing of its country.
    pub(super) const fn default_region(&self) -> Option<Region> {
        self.default_region
    }

    /// Brings the matcher up to date and asks it.
    pub(super) fn with<T>(&self, db: &Database, ask: impl FnOnce(&mut Matcher) -> T) -> Result<T, CleanupError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let matcher = &mut state.matcher;
        let (edition, gone) = contacts::since(db, state.edition, |document| {
            let subject = Subject::read(document);
            subject.as_ref().is_ok_and(|subject| {
                matcher.put(subject);
                true
            })
        })?;
        gone.iter().for_each(|id| matcher.remove(id));
        state.edition = edition;
        let kept = decisions::kept(db)?;
        if kept != state.decisions {
            state.matcher.forget_verdicts();
            for KeptDecision { pair: (first, second), verdict, evidence, .. } in &kept {
                state.matcher.recall(first, second, *verdict, evidence.clone());
            }
            state.decisions = kept;
        }
        Ok(ask(&mut state.matcher))
    }
}
