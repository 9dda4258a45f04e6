//! A plan is taken back, field by field, where a field still holds what was written.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use imbrace_contacts_store::sql::Database;
use serde_json::{Map, Value};

use super::apply::{ROW, SECONDS};
use super::error::CleanupError;
use super::gate::Gate;
use super::report::{Step, StepFilter, StepPage, StepState, UndoReport, UndoRequest, Undoable, Work};
use super::store::{Act, StepOutcomes, Store, contacts, plans, steps};
use super::value::{same, to_write};
use super::watch::Watch;
use super::whole_value::take_halves;
use super::write::{Sent, Writer, compared, hold_all, is_about_contact, is_done, keep_shown_name};
use crate::gateway::{Client, GatewayError};
use crate::model::Contact;

/// Why a field is left as it is that holds neither what was written nor what was there before.
const EDITED: &str = "edited since";

/// One call.
struct Run<'a> {
    writer: Writer<'a>,
    watch: &'a Watch,
    dry_run: bool,
    ends: Instant,
    /// Whether the gateway has emptied what it was not sent.
    loses: bool,
    /// Contacts in a row that the gateway left as they were.
    ignored: u32,
    report: UndoReport,
}

/// How a write ended.
enum Attempt {
    /// Answered; why nothing more may be sent, if so.
    Sent(Option<String>),
    /// The gateway does not take this for this contact, and whose steps these are.
    Refused(GatewayError, Vec<Step>),
}

/// Takes a plan back.
pub(super) async fn undo(
    (store, gateway): (&Store, &Client),
    request: UndoRequest,
    gate: &dyn Gate,
    watch: &Watch,
) -> Result<UndoReport, CleanupError> {
    if !request.dry_run {
        gate.check()?;
    }
    let lease = store.lease(Work::Undo, Some(&request.plan), &watch.cancel).await?;
    let store = &lease.store;
    if !request.dry_run {
        store.run(|db| contacts::refuse_while_paused(db)).await?;
    }
    let seconds = Duration::from_secs(request.max_seconds.unwrap_or(SECONDS));
    let mut run = Run {
        writer: Writer::new((store, gateway), &request.plan, gate),
        watch,
        dry_run: request.dry_run,
        ends: Instant::now() + seconds,
        loses: false,
        ignored: 0,
        report: UndoReport { plan: request.plan.clone(), ..UndoReport::default() },
    };
    let plan = request.plan.clone();
    store.run(move |db| plans::filed(db, &plan).map(drop)).await?;
    // What it shows to be lost is put back here, so that nothing stops.
    run.writer.reconcile().await?;
    let plan = request.plan.clone();
    run.loses = store.run(move |db| plans::has_lost(db, &plan)).await?;
    let contacts = run.contacts(&request).await?;
    run.unlink(&request).await?;
    match run.all(contacts).await {
        Ok(stopped) => run.report.stopped = stopped,
        Err(CleanupError::Gateway(error)) => {
            run.report.stopped = Some(format!("the gateway: {error}. Go on with the same call later"));
        }
        Err(ended @ (CleanupError::Paused { .. } | CleanupError::TakenOver)) if run.report.writes > 0 => {
            run.report.stopped = Some(ended.to_string())
        }
        Err(CleanupError::Refused(refused)) if run.report.writes > 0 => {
            run.report.stopped = Some(format!("nothing more was written: {refused}"));
        }
        Err(other) => return Err(other),
    }
    Ok(run.report)
}

/// What an undo would write at most.
pub(super) async fn undoable(
    store: &Store,
    plan: &str,
    only: &StepFilter,
    page: Option<StepPage>,
) -> Result<Undoable, CleanupError> {
    let (plan, only) = (plan.to_owned(), only.clone());
    let look = move |db: &mut Database| {
        let mut meant = steps::meant(db, &plan, &only, page)?;
        let links = ending_links(&meant, &only, page).len() as u64;
        meant.retain(|step| is_done(step) && !step.is_link());
        let fields = meant.len() as u64;
        let contacts: HashSet<String> = meant.into_iter().map(|step| step.contact).collect();
        Ok(Undoable { contacts: contacts.len() as u64, fields, links })
    };
    store.run(look).await
}

/// Groups whose links an undo ends: all of a plan that is taken back whole, else those that it names or that a page shows. Fields and
/// contacts are taken back without the links of their groups.
fn ending_links(meant: &[Step], only: &StepFilter, page: Option<StepPage>) -> Vec<String> {
    if page.is_none() && !only.is_all() && only.kinds.is_empty() && only.groups.is_empty() {
        return Vec::new();
    }
    meant.iter().filter(|step| step.is_link() && is_done(step)).map(|step| step.group.clone()).collect()
}

impl Run<'_> {
    /// Ends the plan's links, where all of it is taken back, or those that are meant.
    async fn unlink(&mut self, request: &UndoRequest) -> Result<(), CleanupError> {
        let UndoRequest { plan, only, page, dry_run, .. } = request.clone();
        let unlink = move |db: &mut Database| {
            let ending = ending_links(&steps::meant(db, &plan, &only, page)?, &only, page);
            let linked = plans::linked_groups(db, &plan)?;
            if !dry_run && only.is_all() && page.is_none() {
                plans::link(db, &plan, false)?;
            } else if !dry_run {
                plans::unlink(db, &plan, &ending)?;
            }
            Ok((ending.len() as u64, linked - ending.len() as u64))
        };
        (self.report.unlinked, self.report.linked) = self.writer.store.run(unlink).await?;
        Ok(())
    }

    /// Contacts with something to take back, the last written first, each with its steps.
    async fn contacts(&mut self, request: &UndoRequest) -> Result<Vec<(String, Vec<Step>)>, CleanupError> {
        let UndoRequest { plan, only, page, .. } = request.clone();
        let steps = self.writer.store.run(move |db| steps::meant(db, &plan, &only, page)).await?;
        let mut contacts: Vec<(String, Vec<Step>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for step in steps.into_iter().filter(|step| !step.is_link()) {
            if !is_done(&step) {
                *self.report.idle.entry(step.state.status()).or_default() += 1;
                continue;
            }
            let place = *places.entry(step.contact.clone()).or_insert_with(|| {
                contacts.push((step.contact.clone(), Vec::new()));
                contacts.len() - 1
            });
            if let Some((_, own)) = contacts.get_mut(place) {
                own.push(step);
            }
        }
        contacts.reverse();
        Ok(contacts)
    }

    async fn all(&mut self, contacts: Vec<(String, Vec<Step>)>) -> Result<Option<String>, CleanupError> {
        let total = contacts.len() as u64;
        self.report.remaining = total;
        for (done, (contact, steps)) in (1..).zip(contacts) {
            if self.watch.cancel.is_cancelled() {
                return Ok(Some("cancelled".to_owned()));
            }
            if Instant::now() >= self.ends {
                return Ok(Some("the time of this call is over; go on with the same call".to_owned()));
            }
            if let Some(reason) = self.contact(&contact, steps).await? {
                return Ok(Some(reason));
            }
            self.report.remaining -= 1;
            (self.watch.progress)(done, Some(total), "undoing");
        }
        Ok(None)
    }

    async fn contact(&mut self, contact: &str, steps: Vec<Step>) -> Result<Option<String>, CleanupError> {
        let Some(now) = self.writer.read(contact).await? else {
            self.keep(contact, steps, "the contact is gone").await?;
            return Ok(None);
        };
        let held = |step: &Step| now.record().raw(&step.field).cloned().unwrap_or_default();
        let (mut steps, edited): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| {
            let wrote = match &step.state {
                StepState::Normalised(value) => value,
                _ => &step.after,
            };
            same(&step.field, Some(&held(step)), Some(wrote))
                || same(&step.field, Some(&held(step)), Some(&step.before))
        });
        for (step, reason) in take_halves(&mut steps, &edited) {
            self.keep(contact, vec![step], &reason).await?;
        }
        self.keep(contact, edited, EDITED).await?;
        if self.dry_run {
            self.report.would += steps.len() as u64;
            return Ok(None);
        }
        if steps.is_empty() {
            return Ok(None);
        }
        let (there, back): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| same(&step.field, Some(&held(step)), Some(&step.before)));
        if !there.is_empty() {
            self.report.undone += there.len() as u64;
            self.writer
                .end(None, contact, "", StepOutcomes { states: undone(&there), ..StepOutcomes::default() })
                .await?;
        }
        if back.is_empty() { Ok(None) } else { self.write(contact, &now, back).await }
    }

    /// Writes all fields of a contact at once, or one by one when the gateway refuses one of them.
    async fn write(&mut self, contact: &str, now: &Contact, steps: Vec<Step>) -> Result<Option<String>, CleanupError> {
        let (error, steps) = match self.attempt(contact, now, steps).await? {
            Attempt::Sent(stopped) => return Ok(stopped),
            Attempt::Refused(error, steps) => (error, steps),
        };
        if steps.len() == 1 {
            self.fail(steps, &format!("the gateway refused it: {}", error.in_brief()));
            return Ok(None);
        }
        for step in steps {
            let Some(now) = self.writer.read(contact).await? else {
                self.keep(contact, vec![step], "the contact is gone").await?;
                continue;
            };
            match self.attempt(contact, &now, vec![step]).await? {
                Attempt::Sent(None) => {}
                Attempt::Sent(stopped) => return Ok(stopped),
                Attempt::Refused(error, steps) => {
                    self.fail(steps, &format!("the gateway refused it: {}", error.in_brief()));
                }
            }
        }
        Ok(None)
    }

    async fn attempt(&mut self, contact: &str, now: &Contact, steps: Vec<Step>) -> Result<Attempt, CleanupError> {
        let mut body: Map<String, Value> =
            steps.iter().map(|step| (step.field.clone(), to_write(&step.field, &step.before))).collect();
        if self.loses {
            hold_all(now, &mut body);
        }
        keep_shown_name(now, &mut body);
        let begun = self.writer.begin(Act::Undo, now, (contact, &body), &steps).await?;
        let mut intent = begun.intent;
        let mut sent = self.writer.send(begun, now, contact, &body).await?;
        if matches!(&sent, Sent::Refused(error) if is_about_contact(error)) && body.values().any(Value::is_null) {
            // A gateway that takes no null: empty means the same to a reader.
            self.writer.end(Some(intent), contact, "refused", StepOutcomes::default()).await?;
            body.values_mut().filter(|value| value.is_null()).for_each(|value| *value = Value::from(""));
            let begun = self.writer.begin(Act::Undo, now, (contact, &body), &steps).await?;
            intent = begun.intent;
            sent = self.writer.send(begun, now, contact, &body).await?;
        }
        match sent {
            Sent::Done(reply) => {
                self.report.writes += 1;
                Ok(Attempt::Sent(self.taken_back((contact, intent), (now, reply), steps, &body).await?))
            }
            Sent::Refused(error) => {
                self.writer.end(Some(intent), contact, "refused", StepOutcomes::default()).await?;
                if is_about_contact(&error) { Ok(Attempt::Refused(error, steps)) } else { Err(error.into()) }
            }
            Sent::Open(error) => {
                self.report.writes += 1;
                let reason = format!("an answer got lost ({}); go on with the same call", error.in_brief());
                Ok(Attempt::Sent(Some(reason)))
            }
        }
    }

    /// Remembers what a reply shows; why nothing more may be sent, if so.
    async fn taken_back(
        &mut self,
        (contact, intent): (&str, u64),
        (image, reply): (&Contact, Contact),
        steps: Vec<Step>,
        body: &Map<String, Value>,
    ) -> Result<Option<String>, CleanupError> {
        let (derived, beside) = compared(image, &reply, body);
        self.loses |= !derived.is_empty();
        let (back, other): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| same(&step.field, reply.record().raw(&step.field), Some(&step.before)));
        self.report.undone += back.len() as u64;
        self.ignored = if back.is_empty() { self.ignored + 1 } else { 0 };
        let settled = StepOutcomes { states: undone(&back), derived, now: Some(reply) };
        self.writer.end(Some(intent), contact, "answered", settled).await?;
        self.fail(other, "the gateway did not put the old value back");
        let row = format!("the gateway left {ROW} contacts in a row as they were; nothing more was sent");
        Ok(beside.told(contact).or((self.ignored >= ROW).then_some(row)))
    }

    /// Says what could not be taken back. It stays as it is in the plan, so that another call tries again.
    fn fail(&mut self, mut steps: Vec<Step>, reason: &str) {
        for step in &mut steps {
            step.state = StepState::Kept(reason.to_owned());
        }
        self.report.kept.extend(steps);
    }

    /// Leaves steps as they are for good, and says why.
    async fn keep(&mut self, contact: &str, steps: Vec<Step>, reason: &str) -> Result<(), CleanupError> {
        if !steps.is_empty() && !self.dry_run {
            let state = StepState::Kept(reason.to_owned());
            let states = steps.iter().map(|step| (step.number, state.clone())).collect();
            self.writer.end(None, contact, "", StepOutcomes { states, ..StepOutcomes::default() }).await?;
        }
        self.fail(steps, reason);
        Ok(())
    }
}

fn undone(steps: &[Step]) -> Vec<(u64, StepState)> {
    steps.iter().map(|step| (step.number, StepState::Undone)).collect()
}
