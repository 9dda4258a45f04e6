//! A plan in the making: one step a field, checked as an update is, with what was left out and why.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use imbrace_contacts_client::characters;

use super::protect::{Meant, Protected};
use crate::error::CleanupError;
use crate::model::{Contact, ContactChanges};
use crate::report::{Change, Step, StepState};
use crate::store::{Draft, Group, Origin};
use crate::value::same;

/// A plan in the making.
pub(super) struct Drafter {
    protected: Protected,
    meant: Meant,
    /// Whether the gateway is on this machine.
    is_loopback: bool,
    taken: BTreeSet<(String, String)>,
    linked: BTreeSet<String>,
    /// Why the steps that come are in the plan: kind and group.
    source: (String, String),
    left_out: BTreeMap<String, u64>,
    draft: Draft,
}

/// Why what the filter does not mean is left out.
const OUTSIDE: &str = "outside the filter";

/// Why a step is not in the plan.
enum Objection {
    Unsendable(String),
    Protected,
    Outside,
    Twice,
    Already,
}

impl Drafter {
    /// An empty plan that will not touch some contacts, and none that is not meant.
    pub(super) fn new(protected: Protected, meant: Meant, is_loopback: bool) -> Self {
        Self {
            protected,
            meant,
            is_loopback,
            taken: BTreeSet::new(),
            linked: BTreeSet::new(),
            source: Default::default(),
            left_out: BTreeMap::new(),
            draft: Draft::default(),
        }
    }

    /// Says why the steps that come are in the plan: their kind, and the group of duplicates behind them.
    pub(super) fn begin(&mut self, kind: &str, group: &str) {
        self.source = (kind.to_owned(), group.to_owned());
    }

    /// Takes a change that the caller lists; one that cannot be sent is an error.
    pub(super) fn change(&mut self, change: &Change, before: &Contact) -> Result<(), CleanupError> {
        let refused = |reason: String| CleanupError::Change { contact: change.contact.clone(), reason };
        match self.add(&change.contact, before, &change.field, change.value.clone()) {
            Ok(()) => Ok(()),
            Err(Objection::Unsendable(reason)) => Err(refused(reason)),
            Err(validate) => {
                self.object(validate);
                Ok(())
            }
        }
    }

    /// Takes a correction, or counts why it is left out.
    ///
    /// What cannot be seen is left out of it: a value that another contact holds may hide something.
    pub(super) fn propose(&mut self, contact: &str, before: &Contact, field: &str, value: Value) {
        let value = value.as_str().map(|text| Value::from(characters::visible(text))).unwrap_or(value);
        if let Err(validate) = self.add(contact, before, field, value) {
            self.object(validate);
        }
    }

    /// Takes what another contact is the reason for.
    pub(super) fn propose_of(&mut self, (id, before): (&str, &Contact), field: &str, value: Value, origin: Origin) {
        let first = self.draft.steps.len();
        self.propose(id, before, field, value);
        let added = self.draft.steps.iter().skip(first).map(|step| (step.number, origin.clone()));
        self.draft.origins.extend(added);
    }

    fn object(&mut self, validate: Objection) {
        match validate {
            Objection::Unsendable(reason) => self.leave_out(&format!("it cannot be written: {reason}")),
            Objection::Protected => self.leave_out("protected"),
            Objection::Outside => self.leave_out(OUTSIDE),
            Objection::Twice => self.leave_out("another step sets the same field"),
            Objection::Already => self.leave_out("it holds that already"),
        }
    }

    /// Returns true if a contact of the snapshot is meant.
    pub(super) fn covers_id(&self, id: &str) -> bool {
        self.meant.covers_id(id)
    }

    /// Whether all members of a group are meant; a group that is not is counted as left out.
    pub(super) fn means(&mut self, members: &[(&str, Contact)]) -> bool {
        let is_meant = members.iter().all(|(id, contact)| self.meant.covers(id, contact));
        if !is_meant {
            self.leave_out(OUTSIDE);
        }
        is_meant
    }

    /// Counts something that is left out.
    pub(super) fn leave_out(&mut self, reason: &str) {
        *self.left_out.entry(reason.to_owned()).or_default() += 1;
    }

    /// Adds contacts to link.
    pub(super) fn link(&mut self, cluster: &str, members: &[(&str, Contact)]) {
        let free = members.iter().filter(|(id, contact)| !self.protected.covers(id, contact));
        let members: Vec<String> = free.map(|(id, _)| (*id).to_owned()).collect();
        if members.len() < 2 {
            self.leave_out("protected");
        } else {
            // Parts of groups have handles of their own, which might be equal by chance; no two groups become one here.
            let is_new = self.linked.insert(cluster.to_owned());
            let cluster = if is_new { cluster.to_owned() } else { format!("{cluster}_{}", self.draft.links.len()) };
            self.draft.links.push(Group { cluster, members });
        }
    }

    /// The plan.
    pub(super) fn end(mut self) -> Draft {
        self.draft.left_out = self.left_out.into_iter().collect();
        self.draft
    }

    fn add(&mut self, contact: &str, before: &Contact, field: &str, value: Value) -> Result<(), Objection> {
        let changes = ContactChanges::check_for(Map::from_iter([(field.to_owned(), value)]), self.is_loopback)
            .map_err(|error| Objection::Unsendable(error.to_string()))?;
        if self.protected.covers(contact, before) {
            return Err(Objection::Protected);
        }
        if !self.meant.covers(contact, before) {
            return Err(Objection::Outside);
        }
        let before = before.record().raw(field);
        for (field, after) in changes.fields() {
            if same(field, before, Some(after)) {
                return Err(Objection::Already);
            }
            if !self.taken.insert((contact.to_owned(), field.to_owned())) {
                return Err(Objection::Twice);
            }
            self.draft.steps.push(Step {
                number: self.draft.steps.len() as u64 + 1,
                contact: contact.to_owned(),
                field: field.to_owned(),
                before: before.cloned().unwrap_or_default(),
                after: after.clone(),
                state: StepState::Pending,
                kind: self.source.0.clone(),
                group: self.source.1.clone(),
            });
        }
        Ok(())
    }
}
