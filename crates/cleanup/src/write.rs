//! One write to one contact: read, journalled, sent, compared. Applying and taking back share it.

use std::time::{Duration, Instant};

use imbrace_contacts_store::sql::Database;
use serde_json::{Map, Value};

use super::error::CleanupError;
use super::gate::{Ended, Gate, Permit, Write};
use super::pace::{self, Pace};
use super::report::{Step, StepState};
use super::store::{Act, Intent, StepOutcomes, Store, contacts, journal, plans};
use super::value::{is_unset, same, text, to_write};
use crate::gateway::operations::{GetContact, UpdateContact};
use crate::gateway::verify_write::{self, Done, Unsettled};
use crate::gateway::{Client, GatewayError, Outcome, RefusalKind};
use crate::model::{Contact, ContactId, Record, UPDATABLE_FIELDS};

/// How long a write that nobody waits for any more may still take effect before it counts as not done. It begins when the lease is ours and
/// nothing of ours is under way: whoever held the lease before may have sent a write long after it was journalled.
const GRACE: Duration = Duration::from_secs(2);

/// How old the answer may be that nobody has taken over; a process that stands still is taken over after seconds.
const FRESH: Duration = Duration::from_secs(1);

/// Writes that go to one gateway for one plan.
pub(super) struct Writer<'a> {
    pub(super) store: &'a Store,
    pub(super) gateway: &'a Client,
    pub(super) plan: &'a str,
    /// Requests sent.
    pub(super) requests: u64,
    pub(super) gate: &'a dyn Gate,
    pace: Pace,
}

/// A write that was let through and journalled, and is to be sent now.
pub(super) struct StartedWrite {
    /// Its number in the journal.
    pub(super) intent: u64,
    permit: Permit,
}

/// What became of a write.
pub(super) enum Sent {
    /// It was done, and this is the whole contact after it.
    Done(Contact),
    /// It was certainly not done.
    Refused(GatewayError),
    /// The outcome is unknown.
    Open(GatewayError),
}

/// A field, what it held, and what it holds.
type Change = (String, Value, Value);

/// What a reply shows.
pub(super) struct Comparison {
    pub(super) settled: StepOutcomes,
    /// What happened to fields that nobody sent.
    pub(super) beside: SideEffects,
}

/// What happened to fields that nobody sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SideEffects {
    /// They held something and hold nothing now, as when a gateway takes an update for the whole contact.
    lost: Vec<String>,
    /// Those that no update can set again.
    gone: Vec<String>,
    /// They hold something else. Was it the gateway, or somebody who saved at this moment? Nobody can tell, so that they
    /// are never taken back.
    moved: Vec<String>,
}

impl SideEffects {
    /// Why nothing more may be written, if so.
    pub(super) fn told(&self, contact: &str) -> Option<String> {
        let emptied = [&*self.lost, &*self.gone].concat().join(", ");
        if !emptied.is_empty() {
            let (lost, gone) = (self.lost.join(", "), self.gone.join(", "));
            let back = if lost.is_empty() { String::new() } else { format!("; undo puts {lost} back") };
            let never = if gone.is_empty() { String::new() } else { format!("; no update sets {gone}") };
            return Some(format!(
                "the gateway also emptied {emptied} of {contact}, which nobody sent. Nothing more was \
                 written{back}{never}"
            ));
        }
        let moved = self.moved.join(", ");
        (!moved.is_empty()).then(|| {
            format!(
                "{moved} of {contact} also changed, by the gateway or by somebody at the same moment, and stays so. \
                 Nothing more was written; look at it and go on with the same call"
            )
        })
    }
}

/// What became of writes whose outcome nobody knew.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    /// How many were settled.
    pub(super) count: u64,
    /// Why nothing more may be written, if so.
    pub(super) told: Option<String>,
}

impl<'a> Writer<'a> {
    /// Nothing has been sent yet.
    pub(super) fn new((store, gateway): (&'a Store, &'a Client), plan: &'a str, gate: &'a dyn Gate) -> Self {
        Self { store, gateway, plan, requests: 0, gate, pace: Pace::new(gate.requests_per_second()) }
    }

    /// The contact as it is now; `None` when it is gone.
    pub(super) async fn read(&mut self, contact: &str) -> Result<Option<Contact>, CleanupError> {
        let Ok(contact_id) = ContactId::parse(contact) else { return Ok(None) };
        match self.look(contact_id).await {
            Ok(now) => Ok(Some(now)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn look(&mut self, contact_id: ContactId) -> Result<Contact, GatewayError> {
        self.requests += 1;
        pace::wait(self.pace.turn()).await;
        let asked = Instant::now();
        let answer = self.gateway.send(&GetContact { contact_id }).await;
        self.pace.judge(asked.elapsed(), answer.as_ref().map_or_else(is_about_contact, |_| true));
        answer
    }

    /// Asks for leave to write, and journals what is about to be sent.
    pub(super) async fn begin(
        &self,
        act: Act,
        image: &Contact,
        (contact, body): (&str, &Map<String, Value>),
        steps: &[Step],
    ) -> Result<StartedWrite, CleanupError> {
        self.store.run(|db| contacts::refuse_while_paused(db)).await?;
        let write = Write {
            act: if act == Act::Apply { "apply_cleanup" } else { "undo_cleanup" },
            plan: self.plan.to_owned(),
            contact: contact.to_owned(),
            body: Value::Object(body.clone()).to_string(),
        };
        let permit = self.gate.begin(write).await?;
        let document = serde_json::to_string(image.record())?;
        let (plan, contact, body) = (self.plan.to_owned(), contact.to_owned(), body.clone());
        let numbers: Vec<u64> = steps.iter().map(|step| step.number).collect();
        let begin = move |db: &mut Database| journal::begin(db, (&plan, &contact, act), (&document, &body), &numbers);
        match self.store.run(begin).await {
            Ok(intent) => Ok(StartedWrite { intent, permit }),
            Err(error) => {
                permit(Ended::NotDone).await;
                Err(error)
            }
        }
    }

    /// Journals how it ended.
    pub(super) async fn end(
        &self,
        intent: Option<u64>,
        contact: &str,
        outcome: &'static str,
        settled: StepOutcomes,
    ) -> Result<(), CleanupError> {
        let (plan, contact) = (self.plan.to_owned(), contact.to_owned());
        self.store.run(move |db| journal::end(db, intent, (&plan, &contact), outcome, &settled)).await
    }

    /// Sends an update. A lost answer is read back, and so is one that leaves out what the contact held: it may be short,
    /// or the contact may be.
    pub(super) async fn send(
        &mut self,
        begun: StartedWrite,
        image: &Contact,
        contact: &str,
        body: &Map<String, Value>,
    ) -> Result<Sent, CleanupError> {
        pace::wait(self.pace.turn()).await;
        if let Err(error) = self.check_fence().await {
            (begun.permit)(Ended::NotDone).await;
            return Err(error);
        }
        let asked = Instant::now();
        let sent = self.update(image, contact, body).await;
        let (ended, is_answered) = match &sent {
            Sent::Done(_) => (Ended::Done, true),
            Sent::Refused(error) => (Ended::NotDone, is_about_contact(error)),
            Sent::Open(_) => (Ended::Unknown, false),
        };
        self.pace.judge(asked.elapsed(), is_answered);
        (begun.permit)(ended).await;
        Ok(sent)
    }

    /// Whether nobody has taken over, as of this moment: a process may have stood still after its row in the journal was written, and
    /// whoever took over knows of that row and has settled it.
    async fn check_fence(&self) -> Result<(), CleanupError> {
        loop {
            let asked = Instant::now();
            self.store.check_fence().await?;
            if asked.elapsed() < FRESH {
                return Ok(());
            }
        }
    }

    async fn update(&mut self, image: &Contact, contact: &str, body: &Map<String, Value>) -> Sent {
        let Ok(contact_id) = ContactId::parse(contact) else {
            let error = GatewayError::NotSent { reason: "no id of a contact", request_id: String::new() };
            return Sent::Refused(error);
        };
        let operation = UpdateContact { contact_id: contact_id.clone(), changes: body.clone() };
        self.requests += 1;
        let reply = match verify_write::update(self.gateway, image, &operation).await {
            Ok(Done::Answered(reply)) => reply,
            Ok(Done::Verified(reply)) => {
                self.requests += 1;
                return Sent::Done(reply);
            }
            Err(Unsettled { error, .. }) if error.outcome() == Outcome::NotDone => return Sent::Refused(error),
            Err(Unsettled { error, .. }) => return Sent::Open(error),
        };
        let held = image.record().fields().filter(|(_, value)| !is_empty(Some(value))).map(|(field, _)| field);
        if held.chain(body.keys().map(String::as_str)).all(|field| reply.record().raw(field).is_some()) {
            return Sent::Done(reply);
        }
        match self.look(contact_id).await {
            Ok(now) => Sent::Done(now),
            Err(error) => Sent::Open(error),
        }
    }

    /// Finds out what became of writes whose outcome nobody knows.
    pub(super) async fn reconcile(&mut self) -> Result<Reconciled, CleanupError> {
        let open = self.store.run(|db| journal::open(db)).await?;
        let mut reconciled = Reconciled { count: open.len() as u64, told: None };
        let begun = Instant::now();
        for intent in open {
            let told = self.verify_write(intent, begun).await?;
            reconciled.told = reconciled.told.or(told);
        }
        Ok(reconciled)
    }

    async fn verify_write(&mut self, intent: Intent, begun: Instant) -> Result<Option<String>, CleanupError> {
        let mut now = self.read(&intent.contact).await?;
        let is_done = |now: &Option<Contact>| now.as_ref().is_none_or(|now| holds(now, &intent.body));
        let rest = GRACE.saturating_sub(begun.elapsed());
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
        let end = move |db: &mut Database| {
            let steps = plans::steps_of(db, &intent.plan, &intent.contact)?;
            let (settled, beside) = found(&intent, &image, now, &steps);
            journal::end(db, Some(intent.number), (&intent.plan, &intent.contact), outcome, &settled)?;
            Ok(beside.told(&intent.contact))
        };
        self.store.run(end).await
    }

    /// Takes a contact as it is now into the snapshot, when there is one.
    pub(super) async fn remember(&self, now: Contact) -> Result<(), CleanupError> {
        let take = move |db: &mut Database| {
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
fn found(intent: &Intent, image: &Contact, now: Option<Contact>, steps: &[Step]) -> (StepOutcomes, SideEffects) {
    let mut settled = StepOutcomes::default();
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
    let mut beside = SideEffects::default();
    if let Some(now) = now {
        if holds(&now, &intent.body) {
            (settled.derived, beside) = compared(image, &now, &intent.body);
            let renamed = intent.act == Act::Apply && names(&intent.body);
            settled.derived.extend(changed("display_name", image, &now).filter(|_| renamed));
        }
        settled.now = Some(now);
    }
    (settled, beside)
}

/// Whether a step has taken effect and was not taken back.
pub(super) fn is_done(step: &Step) -> bool {
    matches!(step.state, StepState::Applied | StepState::Normalised(_))
}

/// Compares a reply with what was wanted.
pub(super) fn compare(image: &Contact, reply: Contact, steps: &[Step], body: &Map<String, Value>) -> Comparison {
    let mut settled = StepOutcomes::default();
    for step in steps {
        let (was, is) = (image.record().raw(&step.field), reply.record().raw(&step.field));
        let state = match is {
            _ if same(&step.field, is, Some(&step.after)) => StepState::Applied,
            _ if same(&step.field, is, was) => StepState::Ignored,
            other => StepState::Normalised(other.cloned().unwrap_or_default()),
        };
        settled.states.push((step.number, state));
    }
    let (derived, beside) = compared(image, &reply, body);
    let renamed = names(body) && !steps.iter().any(|step| step.field == "display_name");
    settled.derived = derived.into_iter().chain(changed("display_name", image, &reply).filter(|_| renamed)).collect();
    settled.now = Some(reply);
    Comparison { settled, beside }
}

/// What happened to fields that were not sent: what an update can put back, and all of it.
pub(super) fn compared(image: &Contact, now: &Contact, body: &Map<String, Value>) -> (Vec<Change>, SideEffects) {
    let mut beside = SideEffects::default();
    let mut back = Vec::new();
    let is_asked = |field: &str| body.contains_key(field) || (field == "display_name" && names(body));
    for (field, was) in image.record().fields().filter(|(field, _)| !is_asked(field)) {
        if is_empty(Some(was)) || !is_empty(now.record().raw(field)) {
            continue;
        }
        if UPDATABLE_FIELDS.contains(&field) {
            beside.lost.push(field.to_owned());
            back.extend(changed(field, image, now));
        } else {
            beside.gone.push(field.to_owned());
        }
    }
    let others = UPDATABLE_FIELDS.iter().filter(|field| !is_asked(field) && !is_empty(now.record().raw(field)));
    let moved = others.filter(|field| changed(field, image, now).is_some());
    beside.moved = moved.map(|field| (*field).to_owned()).collect();
    (back, beside)
}

/// Whether a field holds nothing, as a list without members does.
fn is_empty(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Array(members)) => members.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        other => is_unset(other),
    }
}

/// Sends along all that the contact holds: this gateway empties what it is not sent.
pub(super) fn hold_all(now: &Contact, body: &mut Map<String, Value>) {
    for field in UPDATABLE_FIELDS {
        if let Some(value) = now.record().raw(field).filter(|value| !is_empty(Some(value))) {
            body.entry(field).or_insert_with(|| to_write(field, value));
        }
    }
}

/// A field that is another one now.
fn changed(field: &str, was: &Contact, is: &Contact) -> Option<Change> {
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
            let is_of_one =
                matches!(refusal.kind, RefusalKind::NotFound | RefusalKind::Invalid | RefusalKind::TooLarge);
            // Without the route no other contact fares better.
            is_of_one && !refusal.is_unknown_route()
        }
        _ => false,
    }
}
