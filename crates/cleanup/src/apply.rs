//! A plan is applied contact by contact: read again, journalled, written once, compared.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use imbrace_contacts_store::sql::Database;
use serde_json::{Map, Value};

use super::error::CleanupError;
use super::gate::Gate;
use super::report::{ApplyReport, ApplyRequest, CHANGED_SINCE, Step, StepState, TRIAL, Work};
use super::store::{Act, StepOutcomes, Store, contacts, plans};
use super::value::same;
use super::watch::Watch;
use super::whole_value::take_skipped;
use super::write::{Sent, Writer, compare, hold_shown_name, is_about_contact};
use crate::gateway::Client;
use crate::model::Contact;
use imbrace_contacts_client::plural::{agree, counted};

/// Seconds of a call that names none.
pub(super) const SECONDS: u64 = 45;
/// Contacts in a row that a gateway may ignore, or leave open, before nothing more is sent.
pub(super) const ROW: u32 = 3;

/// Why a contact is left alone that became protected after the plan was made.
const PROTECTED: &str = "the contact is protected";

/// One call.
struct Run<'a> {
    writer: Writer<'a>,
    watch: &'a Watch,
    most: u64,
    ends: Instant,
    writes: u64,
    /// Contacts that held already all that the plan wants.
    found_done: u64,
    /// By field, how many updates in a row left it as it was.
    ignored: HashMap<String, u32>,
    open: u32,
}

/// Applies a plan, or goes on with it.
pub(super) async fn apply(
    (store, gateway): (&Store, &Client),
    request: ApplyRequest,
    gate: &dyn Gate,
    watch: &Watch,
) -> Result<ApplyReport, CleanupError> {
    gate.check()?;
    let lease = store.lease(Work::Apply, Some(&request.plan), &watch.cancel).await?;
    let store = &lease.store;
    let (plan, wanted) = (request.plan.clone(), request.fingerprint.clone());
    let before = store.run(move |db| begin(db, &plan, &wanted)).await?;
    let most = request.max_writes.unwrap_or_else(|| usual_most(before.agreed));
    let seconds = Duration::from_secs(request.max_seconds.unwrap_or(SECONDS));
    let mut run = Run {
        writer: Writer::new((store, gateway), &request.plan, gate),
        watch,
        most,
        ends: Instant::now() + seconds,
        writes: 0,
        found_done: 0,
        ignored: HashMap::new(),
        open: 0,
    };
    let stopped = match run.all().await {
        Ok(stopped) => stopped,
        // What was done is in the journal; the report says why there is no more.
        Err(CleanupError::Gateway(error)) => Some(format!("the gateway: {error}. Go on with the same call later")),
        Err(ended @ (CleanupError::Paused { .. } | CleanupError::TakenOver)) if run.writes > 0 => {
            Some(ended.to_string())
        }
        Err(CleanupError::Refused(refused)) if run.writes > 0 => Some(format!("nothing more was written: {refused}")),
        Err(other) => return Err(other),
    };
    // A process that took over may have done the remaining steps.
    let is_taken_over = matches!(store.check_fence().await, Err(CleanupError::TakenOver));
    let stopped = if is_taken_over { Some(CleanupError::TakenOver.to_string()) } else { stopped };
    // A call that reached nobody leaves the question as it was.
    let is_used = run.writer.requests > 0 && !is_taken_over;
    let (writes, requests, plan) = (run.writes, run.writer.requests, request.plan.clone());
    let found_done = run.found_done;
    let end = move |db: &mut Database| {
        if is_used {
            plans::set_agreed(db, &plan, before.agreed + 1)?;
        }
        let written = plans::written(db, &plan)?.saturating_sub(before.written + found_done);
        let written = if is_taken_over { written.min(writes) } else { written };
        let (counts, remaining, linked) =
            (plans::counts(db, &plan)?, plans::remaining(db, &plan)?, plans::linked_groups(db, &plan)?);
        Ok(ApplyReport { plan, counts, written, found_done, writes, requests, linked, remaining, stopped })
    };
    store.run(end).await
}

/// Contacts that a call writes which names no number, after so many calls were agreed to.
pub(super) const fn usual_most(agreed: u64) -> u64 {
    if agreed == 0 { TRIAL } else { u64::MAX }
}

/// How far a plan was before a call: calls that were agreed to, and contacts that were written.
struct Before {
    agreed: u64,
    written: u64,
}

/// Checks a plan against what the caller has seen.
fn begin(db: &mut Database, plan: &str, wanted: &str) -> Result<Before, CleanupError> {
    contacts::refuse_while_paused(db)?;
    let filed = plans::filed(db, plan)?;
    if plans::recomputed(db, plan)? != filed.fingerprint {
        return Err(CleanupError::Altered);
    }
    if filed.fingerprint != wanted {
        return Err(CleanupError::Fingerprint);
    }
    plans::link(db, plan, true)?;
    Ok(Before { agreed: plans::agreed(db, plan)?, written: plans::written(db, plan)? })
}

impl Run<'_> {
    /// Why it stopped before the end.
    async fn all(&mut self) -> Result<Option<String>, CleanupError> {
        let before = self.writer.reconcile().await?;
        if before.told.is_some() {
            return Ok(before.told);
        }
        let plan = self.writer.plan.to_owned();
        if self.writer.store.run(move |db| plans::has_lost(db, &plan)).await? {
            return Ok(Some("the gateway empties what it is not sent; undo this plan".to_owned()));
        }
        let mut stopped = self.contacts().await?;
        if self.open > 0 {
            let after = self.writer.reconcile().await?;
            stopped = stopped.or(after.told);
            if after.count > 0 && stopped.is_none() {
                // What was found not done is to do once more.
                stopped = self.contacts().await?;
            }
        }
        Ok(stopped)
    }

    async fn contacts(&mut self) -> Result<Option<String>, CleanupError> {
        let plan = self.writer.plan.to_owned();
        let total = self.writer.store.run(move |db| plans::remaining(db, &plan)).await?;
        let mut done = 0;
        loop {
            let plan = self.writer.plan.to_owned();
            let next = self.writer.store.run(move |db| plans::next(db, &plan)).await?;
            let Some(plans::Next { contact, steps, unfounded }) = next else { return Ok(None) };
            if let Some(reason) = self.limit() {
                return Ok(Some(reason));
            }
            self.leave(&contact, &unfounded).await?;
            let mut steps = steps;
            self.leave(&contact, &take_skipped(&mut steps, &unfounded)).await?;
            if !steps.is_empty()
                && let Some(reason) = self.contact(&contact, steps).await?
            {
                return Ok(Some(reason));
            }
            done += 1;
            (self.watch.progress)(done, Some(total), "applying");
        }
    }

    fn limit(&self) -> Option<String> {
        if self.watch.cancel.is_cancelled() {
            return Some("cancelled".to_owned());
        }
        if self.writes >= self.most {
            return Some(format!(
                "{} {} written, as many as this call may; look at {} and go on",
                counted(self.writes, "contact"),
                agree(self.writes, "was", "were"),
                agree(self.writes, "it", "them")
            ));
        }
        (Instant::now() >= self.ends).then(|| "the time of this call is over; go on with the same call".to_owned())
    }

    /// One contact; why nothing more may be sent, if so.
    async fn contact(&mut self, contact: &str, steps: Vec<Step>) -> Result<Option<String>, CleanupError> {
        let Some(image) = self.writer.read(contact).await? else {
            self.skip(contact, steps, "the contact is gone").await?;
            return Ok(None);
        };
        if self.writer.gate.protects(&image) {
            self.skip(contact, steps, PROTECTED).await?;
            self.writer.remember(image).await?;
            return Ok(None);
        }
        let (mut steps, stale): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| same(&step.field, image.record().raw(&step.field), Some(&step.before)));
        // A state that was copied, or brought back from a backup, does not know what its other copy has written since.
        let (done, stale): (Vec<Step>, Vec<Step>) =
            stale.into_iter().partition(|step| same(&step.field, image.record().raw(&step.field), Some(&step.after)));
        if !done.is_empty() {
            self.found_done += u64::from(steps.is_empty() && stale.is_empty());
            let states = done.iter().map(|step| (step.number, StepState::Applied)).collect();
            let found = StepOutcomes { states, ..StepOutcomes::default() };
            self.writer.end(None, contact, "found done", found).await?;
        }
        let fallen = take_skipped(&mut steps, &stale);
        self.skip(contact, stale, CHANGED_SINCE).await?;
        self.leave(contact, &fallen).await?;
        // The text shown in place of an unreadable value is not the value, so undo could not restore it.
        let (misread, mut steps): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| is_misread(&image, &step.field));
        self.leave(contact, &take_skipped(&mut steps, &misread)).await?;
        self.skip(contact, misread, "the field cannot be read whole").await?;
        if steps.is_empty() {
            self.writer.remember(image).await?;
            return Ok(None);
        }
        let mut body: Map<String, Value> = steps.iter().map(|step| (step.field.clone(), step.after.clone())).collect();
        hold_shown_name(&image, &mut body);
        let begun = self.writer.begin(Act::Apply, &image, (contact, &body), &steps).await?;
        let intent = begun.intent;
        let sent = self.writer.send(begun, &image, contact, &body).await?;
        self.outcome((contact, &image, intent), sent, &steps, &body).await
    }

    async fn outcome(
        &mut self,
        (contact, image, intent): (&str, &Contact, u64),
        sent: Sent,
        steps: &[Step],
        body: &Map<String, Value>,
    ) -> Result<Option<String>, CleanupError> {
        let all = |state: StepState| StepOutcomes {
            states: steps.iter().map(|step| (step.number, state.clone())).collect(),
            ..StepOutcomes::default()
        };
        match sent {
            Sent::Done(reply) => {
                self.writes += 1;
                self.open = 0;
                let judged = compare(image, reply, steps, body);
                let ignored = self.count_ignored(steps, &judged.settled);
                self.writer.end(Some(intent), contact, "answered", judged.settled).await?;
                Ok(judged.beside.told(contact).or(ignored))
            }
            Sent::Refused(error) if is_about_contact(&error) => {
                let reason = format!("the gateway refused it: {}", error.in_brief());
                self.writer.end(Some(intent), contact, "refused", all(StepState::Skipped(reason))).await?;
                Ok(None)
            }
            Sent::Refused(error) => {
                self.writer.end(Some(intent), contact, "not done", all(StepState::Pending)).await?;
                Err(error.into())
            }
            Sent::Open(error) => {
                // The intent stays open until the contact shows what became of it.
                self.writes += 1;
                self.open += 1;
                let reason = || format!("{ROW} answers in a row got lost ({}); go on later", error.in_brief());
                Ok((self.open >= ROW).then(reason))
            }
        }
    }

    /// Why a gateway that leaves a field as it was again and again is left alone.
    fn count_ignored(&mut self, steps: &[Step], settled: &StepOutcomes) -> Option<String> {
        for (step, (_, state)) in steps.iter().zip(&settled.states) {
            let row = self.ignored.entry(step.field.clone()).or_default();
            *row = if *state == StepState::Ignored { *row + 1 } else { 0 };
        }
        let (field, _) = self.ignored.iter().find(|(_, row)| **row >= ROW)?;
        Some(format!("the gateway ignored {ROW} updates of {field} in a row; nothing more was written"))
    }

    async fn skip(&self, contact: &str, mut steps: Vec<Step>, reason: &str) -> Result<(), CleanupError> {
        steps.iter_mut().for_each(|step| step.state = StepState::Skipped(reason.to_owned()));
        self.leave(contact, &steps).await
    }

    /// Remembers steps in their states, of which nothing was sent.
    async fn leave(&self, contact: &str, steps: &[Step]) -> Result<(), CleanupError> {
        if steps.is_empty() {
            return Ok(());
        }
        let states = steps.iter().map(|step| (step.number, step.state.clone())).collect();
        self.writer.end(None, contact, "", StepOutcomes { states, ..StepOutcomes::default() }).await
    }
}

/// Returns true if the value of a field could not be read as the gateway sent it.
fn is_misread(contact: &Contact, field: &str) -> bool {
    contact.record().misread().iter().any(|misread| misread.path.split(['.', '[']).next() == Some(field))
}
