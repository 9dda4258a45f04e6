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
    /// The values that the plan sets, by contact and field.
    taken: BTreeMap<(String, String), Value>,
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
            taken: BTreeMap::new(),
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
    pub(super) fn propose(&mut self, contact: &str, before: &Contact, field: &str, value: Value) {
        self.propose_whole((contact, before), vec![(field, value)], None);
    }

    /// Takes what another contact is the reason for.
    pub(super) fn propose_of(&mut self, (id, before): (&str, &Contact), field: &str, value: Value, origin: Origin) {
        let first = self.draft.steps.len();
        self.propose(id, before, field, value);
        let added = self.draft.steps.iter().skip(first).map(|step| (step.number, origin.clone()));
        self.draft.origins.extend(added);
    }

    /// Takes all values of a correction, or none: half of one is no value. Returns true if the contact will hold them. The giver is the
    /// contact that they are copied from.
    ///
    /// Invisible characters are left out of the values: a value of another contact may hold some.
    pub(super) fn propose_whole(
        &mut self,
        (id, before): (&str, &Contact),
        values: Vec<(&str, Value)>,
        giver: Option<(&str, &Contact)>,
    ) -> bool {
        let visible = |value: Value| value.as_str().map(|text| Value::from(characters::visible(text))).unwrap_or(value);
        let values = values.into_iter().map(|(field, value)| (field, visible(value)));
        let first = self.draft.steps.len();
        if let Err(objection) = self.add_whole(id, before, values) {
            self.object(objection);
            return false;
        }
        if let Some((giver, given)) = giver {
            let origin = |field: &str| Origin {
                other: giver.to_owned(),
                value: Some(given.record().raw(field).cloned().unwrap_or_default()),
            };
            let added = self.draft.steps.iter().skip(first).map(|step| (step.number, origin(&step.field)));
            self.draft.origins.extend(added);
        }
        true
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
        match self.check(contact, before, field, value)? {
            Some(after) => self.push(contact, before, field, after),
            None => return Err(Objection::Twice),
        }
        Ok(())
    }

    fn add_whole<'f>(
        &mut self,
        contact: &str,
        before: &Contact,
        values: impl Iterator<Item = (&'f str, Value)>,
    ) -> Result<(), Objection> {
        let (mut wanted, mut is_taken) = (Vec::new(), false);
        for (field, value) in values {
            match self.check(contact, before, field, value) {
                Ok(Some(after)) => wanted.push((field, after)),
                Ok(None) => is_taken = true,
                Err(Objection::Already) => {}
                Err(objection) => return Err(objection),
            }
        }
        if wanted.is_empty() && !is_taken {
            return Err(Objection::Already);
        }
        wanted.into_iter().for_each(|(field, after)| self.push(contact, before, field, after));
        Ok(())
    }

    /// The value as it is sent; nothing where the plan sets it already.
    fn check(&self, contact: &str, before: &Contact, field: &str, value: Value) -> Result<Option<Value>, Objection> {
        let changes = ContactChanges::check_for(Map::from_iter([(field.to_owned(), value)]), self.is_loopback)
            .map_err(|error| Objection::Unsendable(error.to_string()))?;
        if self.protected.covers(contact, before) {
            return Err(Objection::Protected);
        }
        if !self.meant.covers(contact, before) {
            return Err(Objection::Outside);
        }
        let Some((_, after)) = changes.fields().next() else { return Err(Objection::Already) };
        match self.taken.get(&(contact.to_owned(), field.to_owned())) {
            Some(taken) if taken == after => Ok(None),
            Some(_) => Err(Objection::Twice),
            None if same(field, before.record().raw(field), Some(after)) => Err(Objection::Already),
            None => Ok(Some(after.clone())),
        }
    }

    fn push(&mut self, contact: &str, before: &Contact, field: &str, after: Value) {
        self.taken.insert((contact.to_owned(), field.to_owned()), after.clone());
        self.draft.steps.push(Step {
            number: self.draft.steps.len() as u64 + 1,
            contact: contact.to_owned(),
            field: field.to_owned(),
            before: before.record().raw(field).cloned().unwrap_or_default(),
            after,
            state: StepState::Pending,
            kind: self.source.0.clone(),
            group: self.source.1.clone(),
        });
    }
}
