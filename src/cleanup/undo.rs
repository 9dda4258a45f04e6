//! A plan is taken back, field by field, where a field still holds what was written.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::apply::SECONDS;
use super::error::CleanupError;
use super::report::{Step, StepState, UndoReport, UndoRequest};
use super::store::{Act, Settled, Store, plans};
use super::value::{same, to_write};
use super::workspace::Watch;
use super::write::{Sent, Writer, is_about_contact, is_done, keep_shown_name};
use crate::gateway::Client;
use crate::model::Contact;

/// One call.
struct Run<'a> {
    writer: Writer<'a>,
    watch: &'a Watch,
    dry_run: bool,
    ends: Instant,
    report: UndoReport,
}

/// Takes a plan back.
pub(super) async fn undo(
    store: &Store,
    gateway: &Client,
    request: UndoRequest,
    watch: &Watch,
) -> Result<UndoReport, CleanupError> {
    let _lock = store.lock().await?;
    let seconds = Duration::from_secs(request.max_seconds.unwrap_or(SECONDS));
    let mut run = Run {
        writer: Writer { store, gateway, plan: &request.plan, requests: 0 },
        watch,
        dry_run: request.dry_run,
        ends: Instant::now() + seconds,
        report: UndoReport { plan: request.plan.clone(), ..UndoReport::default() },
    };
    let plan = request.plan.clone();
    store.run(move |db| plans::filed(db, &plan).map(drop)).await?;
    run.writer.reconcile().await?;
    let contacts = run.contacts(&request.contacts).await?;
    if !request.dry_run && request.contacts.is_empty() {
        let plan = request.plan.clone();
        store.run(move |db| plans::link(db, &plan, false)).await?;
    }
    match run.all(contacts).await {
        Ok(stopped) => run.report.stopped = stopped,
        Err(CleanupError::Gateway(error)) => {
            run.report.stopped = Some(format!("the gateway: {error}. Go on with the same call later"));
        }
        Err(other) => return Err(other),
    }
    Ok(run.report)
}

impl Run<'_> {
    /// Contacts with something to take back, the last written first, each with its steps.
    async fn contacts(&self, only: &[String]) -> Result<Vec<(String, Vec<Step>)>, CleanupError> {
        let (plan, only) = (self.writer.plan.to_owned(), only.to_vec());
        let steps = self.writer.store.run(move |db| plans::steps(db, &plan)).await?;
        let mut contacts: Vec<(String, Vec<Step>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        let wanted = |step: &Step| is_done(step) && (only.is_empty() || only.contains(&step.contact));
        for step in steps.into_iter().filter(wanted) {
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
            self.keep(contact, steps, |_| "the contact is gone".to_owned()).await?;
            return Ok(None);
        };
        let held = |step: &Step| now.record().raw(&step.field).cloned().unwrap_or_default();
        let (steps, edited): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| {
            let wrote = match &step.state {
                StepState::Normalised(value) => value,
                _ => &step.after,
            };
            same(&step.field, Some(&held(step)), Some(wrote))
                || same(&step.field, Some(&held(step)), Some(&step.before))
        });
        self.keep(contact, edited, |_| "edited since".to_owned()).await?;
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
            self.writer.end(None, contact, "", Settled { states: undone(&there), ..Settled::default() }).await?;
        }
        if back.is_empty() { Ok(None) } else { self.write(contact, &now, back).await }
    }

    async fn write(&mut self, contact: &str, now: &Contact, steps: Vec<Step>) -> Result<Option<String>, CleanupError> {
        let mut body: Map<String, Value> =
            steps.iter().map(|step| (step.field.clone(), to_write(&step.field, &step.before))).collect();
        keep_shown_name(now, &mut body);
        let mut intent = self.writer.begin(Act::Undo, now, (contact, &body), &steps).await?;
        let mut sent = self.writer.send(now, contact, &body).await;
        if matches!(&sent, Sent::Refused(error) if is_about_contact(error)) && body.values().any(Value::is_null) {
            // A gateway that takes no null: empty means the same to a reader.
            self.writer.end(Some(intent), contact, "refused", Settled::default()).await?;
            body.values_mut().filter(|value| value.is_null()).for_each(|value| *value = Value::from(""));
            intent = self.writer.begin(Act::Undo, now, (contact, &body), &steps).await?;
            sent = self.writer.send(now, contact, &body).await;
        }
        match sent {
            Sent::Done(reply) => {
                self.report.writes += 1;
                self.taken_back((contact, intent), reply, steps).await?;
                Ok(None)
            }
            Sent::Refused(error) => {
                self.writer.end(Some(intent), contact, "refused", Settled::default()).await?;
                if !is_about_contact(&error) {
                    return Err(error.into());
                }
                self.keep(contact, steps, |_| format!("the gateway refused it: {}", error.in_brief())).await?;
                Ok(None)
            }
            Sent::Open(error) => {
                self.report.writes += 1;
                Ok(Some(format!("an answer got lost ({}); go on with the same call", error.in_brief())))
            }
        }
    }

    /// Remembers what a reply shows.
    async fn taken_back(
        &mut self,
        (contact, intent): (&str, u64),
        reply: Contact,
        steps: Vec<Step>,
    ) -> Result<(), CleanupError> {
        let (back, other): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| same(&step.field, reply.record().raw(&step.field), Some(&step.before)));
        self.report.undone += back.len() as u64;
        let settled = Settled { states: undone(&back), now: Some(reply), ..Settled::default() };
        self.writer.end(Some(intent), contact, "answered", settled).await?;
        self.keep(contact, other, |_| "the gateway did not put the old value back".to_owned()).await
    }

    /// Leaves steps as they are, and says why.
    async fn keep(
        &mut self,
        contact: &str,
        mut steps: Vec<Step>,
        reason: impl Fn(&Step) -> String,
    ) -> Result<(), CleanupError> {
        if steps.is_empty() {
            return Ok(());
        }
        for step in &mut steps {
            step.state = StepState::Kept(reason(step));
        }
        if !self.dry_run {
            let states = steps.iter().map(|step| (step.number, step.state.clone())).collect();
            self.writer.end(None, contact, "", Settled { states, ..Settled::default() }).await?;
        }
        self.report.kept.extend(steps);
        Ok(())
    }
}

fn undone(steps: &[Step]) -> Vec<(u64, StepState)> {
    steps.iter().map(|step| (step.number, StepState::Undone)).collect()
}
