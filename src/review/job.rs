//! What takes a while: reading the contacts, applying a plan, taking one back. One at a time; the page asks how far it is.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::{Answer, Answered, Refused, shown};
use super::{Shared, api, views};
use crate::cleanup::{
    ApplyReport, ApplyRequest, CleanupError, Gate as _, StepFilter, StepPage, SyncRequest, UndoReport, UndoRequest,
    Undoable, Upcoming, Watch,
};

/// A person waits as long as it takes, and stops it when they please: a week.
const AS_LONG_AS_IT_TAKES: u64 = 7 * 24 * 3600;

/// Steps of a report that were not taken back.
const KEPT: usize = 50;

/// The job that is under way, or was last. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    stop: CancellationToken,
    // std mutex: held for a look.
    last: Arc<Mutex<Option<Arc<Job>>>>,
    tasks: TaskTracker,
}

struct Job {
    number: u64,
    kind: &'static str,
    plan: String,
    cancel: CancellationToken,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    done: u64,
    total: Option<u64>,
    what: String,
    ended: Option<Result<Value, Refused>>,
}

impl Job {
    fn with<T>(&self, work: impl FnOnce(&mut Progress) -> T) -> T {
        work(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_over(&self) -> bool {
        self.with(|progress| progress.ended.is_some())
    }

    /// What tells it how far it is and when it is to stop.
    fn watch(self: &Arc<Self>) -> Watch {
        let job = Arc::clone(self);
        let progress = move |done: u64, total: Option<u64>, what: &str| {
            job.with(|progress| {
                progress.done = done;
                progress.total = total.or(progress.total);
                what.clone_into(&mut progress.what);
            });
        };
        Watch { progress: Box::new(progress), cancel: self.cancel.clone() }
    }

    fn shown(&self) -> Value {
        self.with(|progress| {
            let (report, error) = match &progress.ended {
                None => (None, None),
                Some(Ok(report)) => (Some(report.clone()), None),
                Some(Err(refused)) => (None, Some(refused.to_json())),
            };
            json!({
                "number": self.number, "kind": self.kind, "plan": self.plan, "done": progress.done, "total": progress.total,
                "what": shown(&progress.what, views::IN_LIST), "over": progress.ended.is_some(),
                "stopping": self.cancel.is_cancelled(), "report": report, "error": error,
            })
        })
    }
}

impl Jobs {
    /// Nothing is under way yet; what will be ends early when `stop` is cancelled.
    pub fn new(stop: &CancellationToken) -> Self {
        Self { stop: stop.child_token(), last: Arc::default(), tasks: TaskTracker::new() }
    }

    /// Returns true if nothing is under way.
    pub(crate) fn are_over(&self) -> bool {
        self.last().is_none_or(|job| job.is_over())
    }

    fn last(&self) -> Option<Arc<Job>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is under way, or ended last.
    pub(super) fn shown(&self) -> Option<Value> {
        self.last().map(|job| job.shown())
    }

    /// Ends what is under way before its next contact, and waits for that.
    pub async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Begins something, unless something else is under way.
    fn begin<F>(&self, kind: &'static str, plan: &str, work: impl FnOnce(Watch) -> F) -> Answered
    where
        F: Future<Output = Result<Value, CleanupError>> + Send + 'static,
    {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = last.as_ref().filter(|job| !job.is_over()) {
            return Err(Refused::new(
                StatusCode::CONFLICT,
                "busy",
                format!("{} is under way; wait, or stop it", job.kind),
            ));
        }
        let number = last.as_ref().map_or(1, |job| job.number + 1);
        let (cancel, progress) = (self.stop.child_token(), Mutex::default());
        let job = Arc::new(Job { number, kind, plan: plan.to_owned(), cancel, progress });
        *last = Some(Arc::clone(&job));
        let (work, shown) = (work(job.watch()), job.shown());
        self.tasks.spawn(async move {
            // A part that breaks off is an end, too.
            let ended = tokio::spawn(work).await.unwrap_or(Err(CleanupError::Broken)).map_err(Refused::from);
            job.with(|progress| progress.ended = Some(ended));
        });
        Ok(Answer(shown))
    }
}

/// How far it is.
pub(super) async fn job(State(shared): State<Arc<Shared>>) -> Answered {
    Ok(Answer(json!({ "job": shared.jobs.shown() })))
}

/// Stops what is under way before its next request.
pub(super) async fn stop(State(shared): State<Arc<Shared>>) -> Answered {
    if let Some(job) = shared.jobs.last() {
        job.cancel.cancel();
    }
    Ok(Answer(json!({ "job": shared.jobs.shown() })))
}

/// How the contacts are read.
#[derive(Debug, Deserialize)]
pub(super) struct Reading {
    #[serde(default)]
    full: bool,
}

/// Brings the snapshot up to date.
pub(super) async fn sync(State(shared): State<Arc<Shared>>, Json(asked): Json<Reading>) -> Answered {
    let review = shared.review.clone();
    shared.jobs.begin("sync", "", |watch| async move {
        let request = SyncRequest {
            full: asked.full,
            max_seconds: Some(AS_LONG_AS_IT_TAKES),
            requests_per_second: review.requests_per_second,
            ..SyncRequest::default()
        };
        let report = review.workspace.sync(request, &watch).await?;
        Ok(json!({
            "contacts": report.contacts, "added": report.added, "changed": report.changed, "gone": report.gone,
            "complete": report.complete,
        }))
    })
}

/// The plan and the numbers that the page has shown.
#[derive(Debug, Deserialize)]
pub(super) struct Applying {
    fingerprint: String,
    max_writes: Option<u64>,
    contacts: u64,
    fields: u64,
}

/// Writes what was shown of a plan, and only as long as that is what its next call writes.
pub(super) async fn apply(
    State(shared): State<Arc<Shared>>,
    Path(plan): Path<String>,
    Json(asked): Json<Applying>,
) -> Answered {
    let review = shared.review.clone();
    review.gate.check().map_err(CleanupError::from)?;
    let Upcoming { contacts, fields, .. } = review.workspace.upcoming(&plan, asked.max_writes).await?;
    if (contacts, fields) != (asked.contacts, asked.fields) {
        return Err(moved());
    }
    // As many as were shown; a plan of links alone writes none.
    let max_writes = (contacts > 0).then_some(contacts);
    let request = ApplyRequest {
        plan: plan.clone(),
        fingerprint: asked.fingerprint,
        max_writes,
        max_seconds: Some(AS_LONG_AS_IT_TAKES),
    };
    shared.jobs.begin("apply", &plan, |watch| async move {
        let report = review.workspace.apply(request, &review.gate, &watch).await?;
        Ok(applied(&report))
    })
}

fn moved() -> Refused {
    let message = "somebody has gone on with this plan since it was shown; look at it again";
    Refused::new(StatusCode::CONFLICT, "plan_moved", message)
}

fn applied(report: &ApplyReport) -> Value {
    json!({
        "plan": report.plan, "counts": views::counts(&report.counts), "written": report.written,
        "found_done": report.found_done, "linked": report.linked, "remaining": report.remaining,
        "stopped": report.stopped.as_deref().map(|why| shown(why, 600)),
    })
}

/// Which steps are meant; what is empty means all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meant {
    contacts: Vec<String>,
    fields: Vec<String>,
    kinds: Vec<String>,
    groups: Vec<String>,
    status: Option<String>,
}

impl Meant {
    fn read(self) -> Result<(StepFilter, Option<StepPage>), Refused> {
        let Self { contacts, fields, kinds, groups, status } = self;
        let status = status.filter(|word| !word.is_empty() && word != "all");
        let status = status.as_deref().map(api::status_of).transpose()?;
        let page = status.map(|status| StepPage { status: Some(status), limit: usize::MAX, skip: 0 });
        Ok((StepFilter { contacts, fields, kinds, groups }, page))
    }
}

/// How many contacts and fields an undo would write at most.
pub(super) async fn undoable(
    State(shared): State<Arc<Shared>>,
    Path(plan): Path<String>,
    Json(meant): Json<Meant>,
) -> Answered {
    let (only, page) = meant.read()?;
    let Undoable { contacts, fields, links } = shared.review.workspace.undoable(&plan, &only, page).await?;
    Ok(Answer(json!({ "contacts": contacts, "fields": fields, "links": links })))
}

/// The plan, which part of it, and the numbers that the page has shown.
#[derive(Debug, Deserialize)]
pub(super) struct Undoing {
    fingerprint: String,
    #[serde(default)]
    meant: Meant,
    contacts: u64,
    fields: u64,
    links: u64,
}

/// Puts back what was shown.
pub(super) async fn undo(
    State(shared): State<Arc<Shared>>,
    Path(plan): Path<String>,
    Json(asked): Json<Undoing>,
) -> Answered {
    let review = shared.review.clone();
    review.gate.check().map_err(CleanupError::from)?;
    if review.workspace.show(&plan).await?.fingerprint != asked.fingerprint {
        return Err(CleanupError::Fingerprint.into());
    }
    let (only, page) = asked.meant.read()?;
    let found = review.workspace.undoable(&plan, &only, page).await?;
    if found != (Undoable { contacts: asked.contacts, fields: asked.fields, links: asked.links }) {
        return Err(moved());
    }
    let request =
        UndoRequest { plan: plan.clone(), only, page, dry_run: false, max_seconds: Some(AS_LONG_AS_IT_TAKES) };
    shared.jobs.begin("undo", &plan, |watch| async move {
        let report = review.workspace.undo(request, &review.gate, &watch).await?;
        Ok(undone(&report))
    })
}

fn undone(report: &UndoReport) -> Value {
    let kept: Vec<Value> = report.kept.iter().take(KEPT).map(views::step).collect();
    json!({
        "plan": report.plan, "undone": report.undone, "kept": kept, "kept_count": report.kept.len(),
        "unlinked": report.unlinked, "remaining": report.remaining,
        "stopped": report.stopped.as_deref().map(|why| shown(why, 600)),
    })
}
