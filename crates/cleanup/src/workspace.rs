//! The engine as callers see it: one gateway, one credential, one state file.

mod automation;
mod reviewing;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use imbrace_contacts_store::sql::Database;
#[cfg(feature = "postgres")]
use imbrace_contacts_store::sql::PostgresServer;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::decision_sheet::{self, DecisionSheet};
use super::error::CleanupError;
use super::gate::Gate;
use super::known::Known;
use super::location::StateLocation;
use super::normalize::phone::Region;
use super::query::{self, CountReport, CountRequest, ListReport, ListRequest};
use super::report::{
    Answer, ApplyReport, ApplyRequest, AtWork, AuditReport, AuditRequest, DecideReport, DecidedPairs, DecisionsReport,
    DecisionsRequest, DuplicatesReport, DuplicatesRequest, Forgotten, PlanReport, PlanRequest, SharedValuesReport,
    SharedValuesRequest, StateUsage, Step, StepFilter, StepPage, StepsReport, StepsRequest, SyncReport, SyncRequest,
    UndoReport, UndoRequest, Undoable, Upcoming, Work,
};
use super::review;
use super::search::{self, SearchQuery, SearchReport};
use super::store::{Store, contacts, plans, steps};
use super::watch::Watch;
use super::{apply, decide, plan, shared, sync, undo};
use crate::gateway::Client;
use crate::model::Contact;

/// The cleanup engine. Cheap to clone.
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

struct Inner {
    home: StateLocation,
    gateway: Client,
    store: Store,
    known: Arc<Known>,
    /// The time zone of dates that are asked for.
    time_zone: TimeZone,
    /// How long plans and journals are kept after they were last worked on; `None` is for good.
    plans_kept: Option<Duration>,
    /// True if a contact was written since the snapshot was read.
    is_expired: AtomicBool,
    /// True if it is brought up to date in the background.
    is_refreshing: AtomicBool,
}

/// A refresh in the background; the next one may begin when it is dropped, however it ends.
struct Refreshing(Workspace);

impl Drop for Refreshing {
    fn drop(&mut self) {
        self.0.inner.is_refreshing.store(false, Ordering::Release);
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Workspace").field("home", &self.inner.home).finish_non_exhaustive()
    }
}

impl Workspace {
    /// An engine. Nothing is opened or sent yet.
    pub fn new(home: StateLocation, gateway: Client) -> Self {
        Self::limited(home, gateway, None)
    }

    /// The same, whose state may grow to so many bytes; what would make it larger is refused as on a full disk.
    pub fn limited(home: StateLocation, gateway: Client, limit: Option<u64>) -> Self {
        let store = Store::new(home.clone(), limit);
        Self::over(home, gateway, store)
    }

    /// An engine whose state is in a schema of its own of a database, which processes of several machines share.
    #[cfg(feature = "postgres")]
    pub fn in_database(home: StateLocation, gateway: Client, server: PostgresServer) -> Self {
        let store = Store::in_database(home.clone(), server);
        Self::over(home, gateway, store)
    }

    fn over(home: StateLocation, gateway: Client, store: Store) -> Self {
        let (is_expired, is_refreshing) = Default::default();
        let (known, plans_kept) = Default::default();
        let time_zone = TimeZone::UTC;
        Self {
            inner: Arc::new(Inner { home, gateway, store, known, time_zone, plans_kept, is_expired, is_refreshing }),
        }
    }

    /// The same, for whom phone numbers without a country are of a region where the contact says nothing else of its country.
    #[must_use]
    pub fn with_default_region(mut self, region: Option<Region>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.known = Arc::new(Known::of_default_region(region));
        }
        self
    }

    /// The same, for whom dates that are asked for are those of a time zone: filters whose dates are read with [`Self::time_zone`], and
    /// contacts that are counted by a date.
    #[must_use]
    pub fn with_time_zone(mut self, zone: TimeZone) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.time_zone = zone;
        }
        self
    }

    /// The time zone of dates that are asked for.
    pub fn time_zone(&self) -> &TimeZone {
        &self.inner.time_zone
    }

    /// The same, which removes plans with their journals so long after they were last worked on, at the end of a sync. What a removed plan
    /// wrote cannot be undone any more. A plan stays while groups are linked by it, or the outcome of one of its writes is unknown.
    #[must_use]
    pub fn with_plans_kept(mut self, kept: Option<Duration>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.plans_kept = kept;
        }
        self
    }

    /// Brings the snapshot up to date.
    ///
    /// # Errors
    /// [`CleanupError`]; what was read so far is kept and the next call goes on.
    pub async fn sync(&self, request: SyncRequest, watch: &Watch) -> Result<SyncReport, CleanupError> {
        let was_expired = self.inner.is_expired.swap(false, Ordering::AcqRel);
        let synced = sync::sync(&self.inner.store, &self.inner.gateway, (request, self.inner.plans_kept), watch).await;
        if was_expired && !synced.as_ref().is_ok_and(|report| report.complete) {
            self.expire();
        }
        synced
    }

    /// How old the snapshot is; `None` where there is none. It is as old as can be where a contact was written since.
    ///
    /// # Errors
    /// The state's.
    pub async fn age(&self) -> Result<Option<Duration>, CleanupError> {
        let Some(at) = self.synced_at().await? else { return Ok(None) };
        if self.inner.is_expired.load(Ordering::Acquire) {
            return Ok(Some(Duration::MAX));
        }
        // A clock that went back makes it new.
        Ok(Some(Duration::try_from(jiff::Timestamp::now().duration_since(at)).unwrap_or_default()))
    }

    /// Says that a contact was written, so that the snapshot no longer shows what is there.
    pub fn expire(&self) {
        self.inner.is_expired.store(true, Ordering::Release);
    }

    /// Brings the snapshot up to date in the background, unless that is under way. What keeps it from that is told by the call that has to
    /// wait for it later.
    pub fn refresh(&self, requests_per_second: Option<f64>, most: Duration) {
        if self.inner.is_refreshing.swap(true, Ordering::AcqRel) {
            return;
        }
        let refreshing = Refreshing(self.clone());
        tokio::spawn(async move {
            let request =
                SyncRequest { max_seconds: Some(most.as_secs()), requests_per_second, ..SyncRequest::default() };
            let _ = refreshing.0.sync(request, &Watch::default()).await;
        });
    }

    /// Whether every contact was read once, so that there is something to look at.
    ///
    /// # Errors
    /// The state's.
    pub async fn is_synced(&self) -> Result<bool, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(false);
        }
        self.inner.store.run(|db| Ok(contacts::synced_at(db).is_ok())).await
    }

    /// When the snapshot was complete last; `None` where there is none. Nothing is made.
    ///
    /// # Errors
    /// The state's.
    pub async fn synced_at(&self) -> Result<Option<jiff::Timestamp>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(None);
        }
        self.inner.store.run(|db| Ok(contacts::synced_at(db).ok())).await
    }

    /// Looks for what is wrong with single contacts.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn audit(&self, request: AuditRequest) -> Result<AuditReport, CleanupError> {
        review::audit(&self.inner.store, &self.inner.known, request).await
    }

    /// Lists contacts of the snapshot.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn list(&self, request: ListRequest) -> Result<ListReport, CleanupError> {
        query::list(&self.inner.store, &self.inner.known, request).await
    }

    /// Finds contacts of the snapshot whatever the form in which they are asked for.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn search(&self, query: SearchQuery) -> Result<SearchReport, CleanupError> {
        search::search(&self.inner.store, &self.inner.known, query).await
    }

    /// Contacts of the snapshot by their ids, in that order; those that it does not have are left out.
    ///
    /// # Errors
    /// The state's.
    pub async fn contacts(&self, ids: Vec<String>) -> Result<Vec<Contact>, CleanupError> {
        search::contacts_of(&self.inner.store, ids).await
    }

    /// How many people these contacts are: those that are linked are one, and those that are surely one where this process has looked for
    /// duplicates.
    ///
    /// # Errors
    /// The state's.
    pub async fn people(&self, ids: Vec<String>) -> Result<usize, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(ids.len());
        }
        let known = Arc::clone(&self.inner.known);
        self.inner.store.run(move |db| search::people(db, &known, &ids)).await
    }

    /// Counts contacts of the snapshot by a field.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn count(&self, request: CountRequest) -> Result<CountReport, CleanupError> {
        query::count(&self.inner.store, &self.inner.known, request, self.inner.time_zone.clone()).await
    }

    /// Looks for contacts that are one person.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn duplicates(&self, request: DuplicatesRequest) -> Result<DuplicatesReport, CleanupError> {
        review::duplicates(&self.inner.store, &self.inner.known, request).await
    }

    /// Looks for phone numbers and mailboxes that different people share.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's.
    pub async fn shared_values(&self, request: SharedValuesRequest) -> Result<SharedValuesReport, CleanupError> {
        shared::shared(&self.inner.store, &self.inner.known, request).await
    }

    /// Remembers what somebody decided about duplicates.
    ///
    /// # Errors
    /// [`CleanupError`]; then no answer was taken.
    pub async fn decide(&self, answers: Vec<Answer>) -> Result<DecideReport, CleanupError> {
        decide::decide(&self.inner.store, &self.inner.known, answers, None).await
    }

    /// How many pairs answers are about. A group and a pattern are about more than one.
    ///
    /// # Errors
    /// As [`Workspace::decide`].
    pub async fn pairs_of(&self, answers: Vec<Answer>) -> Result<DecidedPairs, CleanupError> {
        decide::pairs_of(&self.inner.store, &self.inner.known, answers).await
    }

    /// Makes a plan; nothing is written to the gateway.
    ///
    /// # Errors
    /// [`CleanupError`]; then no plan was made.
    pub async fn plan(&self, request: PlanRequest) -> Result<PlanReport, CleanupError> {
        plan::plan(&self.inner.store, &self.inner.gateway, &self.inner.known, request).await
    }

    /// A plan as it stands.
    ///
    /// # Errors
    /// [`CleanupError::UnknownPlan`], or the state's.
    pub async fn show(&self, plan: &str) -> Result<PlanReport, CleanupError> {
        let plan = plan.to_owned();
        self.inner.store.run(move |db| plans::report(db, &plan)).await
    }

    /// Every plan, the newest first.
    ///
    /// # Errors
    /// The state's.
    pub async fn plans(&self) -> Result<Vec<PlanReport>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(Vec::new());
        }
        let all = |db: &mut Database| plans::plans(db)?.iter().map(|plan| plans::report(db, plan)).collect();
        self.inner.store.run(all).await
    }

    /// Every step of a plan, in order.
    ///
    /// # Errors
    /// [`CleanupError::UnknownPlan`], or the state's.
    pub async fn steps(&self, plan: &str) -> Result<Vec<Step>, CleanupError> {
        let plan = plan.to_owned();
        self.inner.store.run(move |db| plans::steps(db, &plan)).await
    }

    /// A page of a plan's steps, links after them: those of a status, of fields, kinds, groups or contacts.
    ///
    /// # Errors
    /// [`CleanupError::UnknownPlan`], [`CleanupError::NotInPlan`], or the state's.
    pub async fn steps_page(&self, request: StepsRequest) -> Result<StepsReport, CleanupError> {
        self.inner.store.run(move |db| steps::page(db, &request)).await
    }

    /// What the next call of a plan writes that names so many contacts, or none.
    ///
    /// # Errors
    /// [`CleanupError::UnknownPlan`], or the state's.
    pub async fn upcoming(&self, plan: &str, max_writes: Option<u64>) -> Result<Upcoming, CleanupError> {
        let plan = plan.to_owned();
        let look = move |db: &mut Database| {
            plans::filed(db, &plan)?;
            let most = match max_writes {
                Some(most) => most,
                None => apply::usual_most(plans::agreed(db, &plan)?),
            };
            plans::upcoming(db, &plan, most)
        };
        self.inner.store.run(look).await
    }

    /// Throws a plan away. One whose writes can still be undone only when that is forced.
    ///
    /// # Errors
    /// [`CleanupError::UnknownPlan`], [`CleanupError::Kept`], or the state's; then it is kept.
    pub async fn discard(&self, plan: &str, is_forced: bool) -> Result<(), CleanupError> {
        let plan = plan.to_owned();
        let lease = self.inner.store.lease(Work::Care, Some(&plan), &CancellationToken::new()).await?;
        lease.store.run(move |db| plans::discard(db, &plan, is_forced)).await
    }

    /// Applies a plan, or goes on with it.
    ///
    /// # Errors
    /// [`CleanupError`] when nothing could be begun; what ends it later is in [`ApplyReport::stopped`].
    pub async fn apply(
        &self,
        request: ApplyRequest,
        gate: &dyn Gate,
        watch: &Watch,
    ) -> Result<ApplyReport, CleanupError> {
        apply::apply((&self.inner.store, &self.inner.gateway), request, gate, watch).await
    }

    /// What an undo of a plan, or of certain steps of it, would write at most. Nothing is asked of the gateway.
    ///
    /// # Errors
    /// [`CleanupError::UnknownPlan`], [`CleanupError::NotInPlan`], or the state's.
    pub async fn undoable(
        &self,
        plan: &str,
        only: &StepFilter,
        page: Option<StepPage>,
    ) -> Result<Undoable, CleanupError> {
        undo::undoable(&self.inner.store, plan, only, page).await
    }

    /// Takes a plan back.
    ///
    /// # Errors
    /// [`CleanupError`] when nothing could be begun; what ends it later is in [`UndoReport::stopped`].
    pub async fn undo(&self, request: UndoRequest, gate: &dyn Gate, watch: &Watch) -> Result<UndoReport, CleanupError> {
        undo::undo((&self.inner.store, &self.inner.gateway), request, gate, watch).await
    }

    /// Pauses every apply and undo of this organisation, those that are under way in other processes among them.
    ///
    /// # Errors
    /// The state's.
    pub async fn pause(&self) -> Result<String, CleanupError> {
        let pause = |db: &mut Database| match contacts::paused(db)? {
            Some(since) => Ok(since),
            None => {
                let since = format!("{:.0}", jiff::Timestamp::now());
                contacts::set_paused(db, Some(&since))?;
                Ok(since)
            }
        };
        self.inner.store.run(pause).await
    }

    /// Lets them go on; since when they were paused, if they were.
    ///
    /// # Errors
    /// The state's.
    pub async fn resume(&self) -> Result<Option<String>, CleanupError> {
        let resume = |db: &mut Database| {
            let since = contacts::paused(db)?;
            contacts::set_paused(db, None)?;
            Ok(since)
        };
        self.inner.store.run(resume).await
    }

    /// What is kept, how much it is, and how old; `None` where nothing is.
    ///
    /// # Errors
    /// The state's.
    pub async fn usage(&self) -> Result<Option<StateUsage>, CleanupError> {
        self.inner.store.usage().await
    }

    /// Writes a copy of the state to a new file for its owner alone, as of one moment, and reads it again; its contacts.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`] where there is no state, [`CleanupError::Copy`], or the state's; then there is no copy.
    pub async fn backup(&self, to: &Path) -> Result<u64, CleanupError> {
        if !self.inner.store.exists() {
            return Err(CleanupError::NoSnapshot);
        }
        self.inner.store.backup(to).await
    }

    /// Puts a copy in the place of the state, at once or not at all; its contacts.
    ///
    /// # Errors
    /// [`CleanupError::Copy`] for what is no copy, [`CleanupError::OtherPlace`] for one of another organisation, or the state's.
    pub async fn restore(&self, from: &Path) -> Result<u64, CleanupError> {
        let lease = self.inner.store.lease(Work::Care, None, &CancellationToken::new()).await?;
        lease.restore(from).await
    }

    /// Removes everything of one contact, or of all: snapshot, decisions, links, plans' values, journal. What is still at the gateway
    /// comes back with the next sync.
    ///
    /// # Errors
    /// [`CleanupError::OpenWrite`], or the state's; then nothing is removed.
    pub async fn forget(&self, contact: Option<&str>) -> Result<Forgotten, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(Forgotten { contacts: 0, decisions: 0, steps: 0, journal: 0 });
        }
        let lease = self.inner.store.lease(Work::Care, None, &CancellationToken::new()).await?;
        lease.forget(contact).await
    }

    /// Which process is at work on these contacts, and how far it is; `None` where none is.
    ///
    /// # Errors
    /// The state's.
    pub async fn at_work(&self) -> Result<Option<AtWork>, CleanupError> {
        self.inner.store.at_work().await
    }

    /// Asks the sync, apply or undo that is at work, in whatever process, to stop before its next request; what that is. It goes on with the
    /// same call later.
    ///
    /// # Errors
    /// The state's.
    pub async fn cancel(&self) -> Result<Option<AtWork>, CleanupError> {
        self.inner.store.cancel().await
    }

    /// Since when bulk writes are paused; nothing is made where there is no state.
    ///
    /// # Errors
    /// The state's.
    pub async fn paused(&self) -> Result<Option<String>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(None);
        }
        self.inner.store.run(|db| contacts::paused(db)).await
    }

    /// Decisions about duplicates, the newest first, with the contacts as they are now.
    ///
    /// # Errors
    /// The state's.
    pub async fn decisions(&self, request: DecisionsRequest) -> Result<DecisionsReport, CleanupError> {
        if !self.inner.store.exists() {
            let (total, counts, decisions, members) = Default::default();
            return Ok(DecisionsReport { total, counts, decisions, members });
        }
        decide::listed(&self.inner.store, &self.inner.known, request).await
    }

    /// Reads a CSV file of decisions, as the questions are exported; nothing is kept. With `force` its rows count against decisions that
    /// were made since it was written.
    ///
    /// # Errors
    /// [`CleanupError::NoSnapshot`], or the state's. The mistakes of the file are in the sheet.
    pub async fn read_decisions(&self, bytes: Vec<u8>, force: bool) -> Result<DecisionSheet, CleanupError> {
        decision_sheet::read(&self.inner.store, bytes, force).await
    }

    /// The whole id of a contact for a short one of an answer, by the snapshot. What is no short id of one contact comes back as it is.
    ///
    /// # Errors
    /// [`CleanupError::ShortId`] where several contacts begin so, or the state's.
    pub async fn whole_id(&self, text: &str) -> Result<String, CleanupError> {
        let text = text.trim().to_owned();
        if !contacts::is_short_id(&text) || !self.inner.store.exists() {
            return Ok(text);
        }
        self.inner.store.run(move |db| contacts::whole_id(db, &text)?).await
    }

    /// The places whose states lie in the same directory, where this one has none: perhaps it was spelled otherwise.
    pub async fn other_places(&self) -> Vec<String> {
        let store = self.inner.store.clone();
        tokio::task::spawn_blocking(move || store.other_places()).await.unwrap_or_default()
    }

    /// The place whose state this is: environment, address and organisation.
    pub fn place(&self) -> &str {
        &self.inner.home.place
    }

    /// Whether there is any state, links among it.
    pub fn is_there(&self) -> bool {
        self.inner.store.exists()
    }

    /// The other contacts that are linked to each of these; those with none are left out.
    ///
    /// # Errors
    /// The state's.
    pub async fn links(
        &self,
        contacts: impl Iterator<Item = &str>,
    ) -> Result<HashMap<String, Vec<String>>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(HashMap::new());
        }
        let contacts: Vec<String> = contacts.map(str::to_owned).collect();
        let all = move |db: &mut Database| {
            let of = |contact: String| plans::linked(db, &contact).map(|others| (contact, others));
            let found: Vec<(String, Vec<String>)> = contacts.into_iter().map(of).collect::<Result<_, _>>()?;
            Ok(found.into_iter().filter(|(_, others)| !others.is_empty()).collect())
        };
        self.inner.store.run(all).await
    }

    /// The other contacts that are linked to one; none without a snapshot.
    ///
    /// # Errors
    /// The state's.
    pub async fn linked(&self, contact: &str) -> Result<Vec<String>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(Vec::new());
        }
        let contact = contact.to_owned();
        self.inner.store.run(move |db| plans::linked(db, &contact)).await
    }
}
