//! One write to one contact: read, journalled, sent, compared. Applying and taking back share it.

use std::time::Duration;

use serde_json::{Map, Value};

use super::error::CleanupError;
use super::report::{Step, StepState};
use super::store::{Act, Intent, Settled, Store, contacts, journal, plans};
use super::value::{is_unset, same, text};
use crate::gateway::operations::{GetContact, UpdateContact};
use crate::gateway::settle::{self, Done, Unsettled};
use crate::gateway::{Client, GatewayError, Outcome, RefusalKind};
use crate::model::{Contact, ContactId, Record, UPDATABLE_FIELDS};

/// How long a write that nobody waits for any more may still take effect before it counts as not done.
const GRACE: Duration = Duration::from_secs(2);

/// Writes that go to one gateway for one plan.
pub(super) struct Writer<'a> {
    pub(super) store: &'a Store,
    pub(super) gateway: &'a Client,
    pub(super) plan: &'a str,
    /// Requests sent.
    pub(super) requests: u64,
}

/// What became of a write.
pub(super) enum Sent {
    /// It was answered, or read back after a lost answer.
    Done(Contact),
    /// It was certainly not done.
    Refused(GatewayError),
    /// Nobody knows yet.
    Open(GatewayError),
}

/// What a reply shows.
pub(super) struct Judged {
    pub(super) settled: Settled,
    /// Whether none of the fields took.
    pub(super) ignored: bool,
    /// Fields that were not sent and changed all the same.
    pub(super) clobbered: Vec<String>,
}

impl Writer<'_> {
    /// The contact as it is now; `None` when it is gone.
    pub(super) async fn read(&mut self, contact: &str) -> Result<Option<Contact>, CleanupError> {
        let Ok(contact_id) = ContactId::parse(contact) else { return Ok(None) };
        self.requests += 1;
        match self.gateway.send(&GetContact { contact_id }).await {
            Ok(now) => Ok(Some(now)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Journals what is about to be sent.
    pub(super) async fn begin(
        &self,
        act: Act,
        image: &Contact,
        (contact, body): (&str, &Map<String, Value>),
        steps: &[Step],
    ) -> Result<u64, CleanupError> {
        let document = serde_json::to_string(image.record())?;
        let (plan, contact, body) = (self.plan.to_owned(), contact.to_owned(), body.clone());
        let numbers: Vec<u64> = steps.iter().map(|step| step.number).collect();
        let begin = move |db: &mut rusqlite::Connection| {
            journal::begin(db, (&plan, &contact, act), (&document, &body), &numbers)
        };
        self.store.run(begin).await
    }

    /// Journals how it ended.
    pub(super) async fn end(
        &self,
        intent: Option<u64>,
        contact: &str,
        outcome: &'static str,
        settled: Settled,
    ) -> Result<(), CleanupError> {
        let (plan, contact) = (self.plan.to_owned(), contact.to_owned());
        self.store.run(move |db| journal::end(db, intent, (&plan, &contact), outcome, &settled)).await
    }

    /// Sends an update. A lost answer is read back.
    pub(super) async fn send(&mut self, image: &Contact, contact: &str, body: &Map<String, Value>) -> Sent {
        let Ok(contact_id) = ContactId::parse(contact) else {
            let error = GatewayError::NotSent { reason: "no id of a contact", request_id: String::new() };
            return Sent::Refused(error);
        };
        let operation = UpdateContact { contact_id, changes: body.clone() };
        self.requests += 1;
        let reply = match settle::update(self.gateway, image, &operation).await {
            Ok(Done::Answered(reply)) => reply,
            Ok(Done::Verified(reply)) => {
                self.requests += 1;
                reply
            }
            Err(Unsettled { error, .. }) if error.outcome() == Outcome::NotDone => return Sent::Refused(error),
            Err(Unsettled { error, .. }) => return Sent::Open(error),
        };
        if body.keys().all(|field| reply.record().raw(field).is_some()) {
            return Sent::Done(reply);
        }
        // A thin answer does not say what the fields hold now.
        match self.read(contact).await {
            Ok(Some(now)) => Sent::Done(now),
            _ => Sent::Done(reply),
        }
    }

    /// Finds out what became of writes whose outcome nobody knows; how many were settled.
    pub(super) async fn reconcile(&mut self) -> Result<u64, CleanupError> {
        let open = self.store.run(|db| journal::open(db)).await?;
        let count = open.len() as u64;
        for intent in open {
            self.settle(intent).await?;
        }
        Ok(count)
    }

    async fn settle(&mut self, intent: Intent) -> Result<(), CleanupError> {
        let mut now = self.read(&intent.contact).await?;
        let is_done = |now: &Option<Contact>| now.as_ref().is_none_or(|now| holds(now, &intent.body));
        let age = jiff::Timestamp::now().duration_since(intent.at);
        let rest = GRACE.saturating_sub(Duration::try_from(age).unwrap_or_default());
        if !is_done(&now) && !rest.is_zero() {
            tokio::time::sleep(rest).await;
            now = self.read(&intent.contact).await?;
        }
        let outcome = match &now {
            None => "the contact is gone",
            Some(now) if holds(now, &intent.body) => "found done",
            Some(_) => "found not done",
        };
        let record: Record = serde_json::from_str(&intent.document)?;
        let image = Contact::from(record);
        let end = move |db: &mut rusqlite::Connection| {
            let steps = plans::steps_of(db, &intent.plan, &intent.contact)?;
            let settled = found(&intent, &image, now, &steps);
            journal::end(db, Some(intent.number), (&intent.plan, &intent.contact), outcome, &settled)
        };
        self.store.run(end).await
    }

    /// Takes a contact as it is now into the snapshot, when there is one.
    pub(super) async fn remember(&self, now: Contact) -> Result<(), CleanupError> {
        let take = move |db: &mut rusqlite::Connection| {
            let transaction = db.transaction()?;
            contacts::take(&transaction, &[now], false)?;
            Ok(transaction.commit()?)
        };
        self.store.run(take).await
    }
}

fn holds(now: &Contact, body: &Map<String, Value>) -> bool {
    body.iter().all(|(field, value)| same(field, now.record().raw(field), Some(value)))
}

/// What a contact shows of a write whose outcome was unknown.
fn found(intent: &Intent, image: &Contact, now: Option<Contact>, steps: &[Step]) -> Settled {
    let mut settled = Settled::default();
    let waiting = |step: &&Step| match intent.act {
        Act::Apply => step.state == StepState::Unknown,
        Act::Undo => is_done(step) && intent.body.contains_key(&step.field),
    };
    for step in steps.iter().filter(waiting) {
        let held = now.as_ref().and_then(|now| now.record().raw(&step.field));
        let state = match (intent.act, &now) {
            (Act::Apply, None) => StepState::Skipped("the contact is gone".to_owned()),
            (Act::Apply, Some(_)) if same(&step.field, held, Some(&step.after)) => StepState::Applied,
            (Act::Apply, Some(_)) if same(&step.field, held, image.record().raw(&step.field)) => StepState::Pending,
            (Act::Apply, Some(_)) => {
                StepState::Skipped("its outcome got lost, and the field holds something else now".to_owned())
            }
            (Act::Undo, None) => StepState::Kept("the contact is gone".to_owned()),
            (Act::Undo, Some(_)) if same(&step.field, held, Some(&step.before)) => StepState::Undone,
            (Act::Undo, Some(_)) => continue,
        };
        settled.states.push((step.number, state));
    }
    if let Some(now) = now {
        let renamed = intent.act == Act::Apply && names(&intent.body) && holds(&now, &intent.body);
        if renamed && let Some(change) = changed("display_name", image, &now) {
            settled.derived.push(change);
        }
        settled.now = Some(now);
    }
    settled
}

/// Whether a step has taken effect and was not taken back.
pub(super) fn is_done(step: &Step) -> bool {
    matches!(step.state, StepState::Applied | StepState::Normalised(_))
}

/// Compares a reply with what was wanted.
pub(super) fn judge(image: &Contact, reply: Contact, steps: &[Step], body: &Map<String, Value>) -> Judged {
    let mut settled = Settled::default();
    for step in steps {
        let (was, is) = (image.record().raw(&step.field), reply.record().raw(&step.field));
        let state = match is {
            _ if same(&step.field, is, Some(&step.after)) => StepState::Applied,
            _ if same(&step.field, is, was) => StepState::Ignored,
            other => StepState::Normalised(other.cloned().unwrap_or_default()),
        };
        settled.states.push((step.number, state));
    }
    let planned = |field: &str| steps.iter().any(|step| step.field == field);
    let present =
        |field: &&&str| reply.record().raw(field).is_some() || image.record().count() <= reply.record().count();
    settled.derived = UPDATABLE_FIELDS
        .iter()
        .filter(present)
        .filter(|field| !planned(field))
        .filter_map(|field| changed(field, image, &reply))
        .collect();
    let made_anew = |field: &str| field == "display_name" && names(body);
    let clobbered = settled.derived.iter().filter(|(field, ..)| !made_anew(field)).map(|(field, ..)| field.clone());
    let clobbered = clobbered.collect();
    let ignored = settled.states.iter().all(|(_, state)| *state == StepState::Ignored);
    settled.now = (reply.record().count() >= image.record().count()).then_some(reply);
    Judged { settled, ignored, clobbered }
}

/// A field that is another one now.
fn changed(field: &str, was: &Contact, is: &Contact) -> Option<(String, Value, Value)> {
    let (was, is) = (was.record().raw(field), is.record().raw(field));
    let value = |value: Option<&Value>| value.cloned().unwrap_or_default();
    (!same(field, was, is)).then(|| (field.to_owned(), value(was), value(is)))
}

/// Whether an update sets a name, from which the gateway makes the shown one anew (contract, 5.4).
fn names(body: &Map<String, Value>) -> bool {
    body.contains_key("first_name") || body.contains_key("last_name")
}

/// Sends a shown name along that is not made of the two others, so that the gateway does not make it anew.
pub(super) fn hold_shown_name(now: &Contact, body: &mut Map<String, Value>) {
    let value = |field: &str| text(now.record().raw(field));
    let made = format!("{} {}", value("first_name"), value("last_name"));
    let shown = now.record().raw("display_name");
    if names(body) && !body.contains_key("display_name") && !is_unset(shown) && value("display_name") != made.trim() {
        body.insert("display_name".to_owned(), shown.cloned().unwrap_or_default());
    }
}

/// Sends the shown name along whatever it is made of: what is taken back must not change what the plan left as it was.
pub(super) fn keep_shown_name(now: &Contact, body: &mut Map<String, Value>) {
    let shown = now.record().raw("display_name");
    if names(body) && !body.contains_key("display_name") && !is_unset(shown) {
        body.insert("display_name".to_owned(), shown.cloned().unwrap_or_default());
    }
}

/// Whether a refusal is about this contact alone, so that the next one may do better.
pub(super) fn is_about_contact(error: &GatewayError) -> bool {
    match error {
        GatewayError::Missing { .. } => true,
        GatewayError::Refused(refusal) => {
            matches!(refusal.kind, RefusalKind::NotFound | RefusalKind::Invalid | RefusalKind::TooLarge)
        }
        _ => false,
    }
}
