//! The snapshot is brought up to date: by a crawl of every page, or by what was edited or made since.

mod crawl;
mod recent;

use std::time::{Duration, Instant};

use super::error::CleanupError;
use super::pace::{self, Pace};
use super::report::{SyncReport, SyncRequest, Work};
use super::store::{Crawl, Difference, Store, Watermarks, contacts, plans};
use super::watch::Watch;
use crate::gateway::{Client, GatewayError, RefusalKind};
use imbrace_contacts_store::sql::Database;

/// Rows of a page at first, the most that gateways are known to take.
const LIMIT: u64 = 100;

/// Clocks of a gateway's machines that disagree by no more than this lose no edit.
const OVERLAP: Duration = Duration::from_secs(60);

/// One sync.
struct Run<'a> {
    store: &'a Store,
    gateway: &'a Client,
    watch: &'a Watch,
    pace: Pace,
    /// Rows of a page; fewer when the gateway takes no more.
    limit: u64,
    ends: Option<Instant>,
    overlap: Duration,
    report: SyncReport,
}

/// Whether something came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Complete,
    /// Time is up or who asked has cancelled.
    Stopped,
    /// The list is not what was thought: everything has to be read.
    Doubtful,
}

/// Brings the snapshot up to date.
pub(super) async fn sync(
    store: &Store,
    gateway: &Client,
    (request, plans_kept): (SyncRequest, Option<Duration>),
    watch: &Watch,
) -> Result<SyncReport, CleanupError> {
    let lease = store.lease(Work::Sync, None, &watch.cancel).await?;
    let store = &lease.store;
    let mut run = Run {
        store,
        gateway,
        watch,
        pace: Pace::new(request.requests_per_second),
        limit: LIMIT,
        ends: request.max_seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
        overlap: request.overlap.unwrap_or(OVERLAP),
        report: SyncReport::default(),
    };
    let done = run.all(request.full).await;
    run.report.requests = run.pace.sent();
    (run.report.contacts, run.report.nameless) =
        store.run(|db| Ok((contacts::contacts(db)?, contacts::nameless(db)?))).await?;
    run.report.complete = done? == Progress::Complete;
    // A length that reaches back to before there was time removes nothing.
    let before = plans_kept.and_then(|kept| jiff::Timestamp::now().checked_sub(kept).ok());
    if let (true, Some(before)) = (run.report.complete, before) {
        run.report.plans_removed = store.run(move |db| plans::expire(db, before)).await?;
    }
    Ok(run.report)
}

impl Run<'_> {
    async fn all(&mut self, full: bool) -> Result<Progress, CleanupError> {
        let (crawl, marks) = self.store.run(|db| Ok((contacts::crawl(db)?, contacts::watermarks(db)?))).await?;
        let (None, Some(marks), false) = (&crawl, marks, full) else {
            return self.crawl(crawl.unwrap_or_default()).await;
        };
        let edits = self.recent("updated_at", &marks.edited, false).await?;
        let made = match edits.progress {
            Progress::Complete => self.recent("created_at", &marks.created, false).await?,
            _ => edits.clone(),
        };
        match made.progress {
            Progress::Complete => self.finish(Watermarks { edited: edits.newest, created: made.newest }, true).await,
            Progress::Stopped => Ok(Progress::Stopped),
            Progress::Doubtful => self.crawl(Crawl::default()).await,
        }
    }

    /// The snapshot is complete as of now. The watermarks move to where the pass began; without them the next sync reads everything
    /// again, as it has to where the list moved during every pass.
    async fn finish(&mut self, newest: Watermarks, is_exact: bool) -> Result<Progress, CleanupError> {
        let finished = move |db: &mut Database| {
            let now = jiff::Timestamp::now().to_string();
            let transaction = db.transaction()?;
            contacts::set_crawl(&transaction, None)?;
            contacts::set_meta(&transaction, "synced_at", Some(&now))?;
            if is_exact {
                contacts::set_watermarks(&transaction, &newest, &now)?;
            } else {
                contacts::set_meta(&transaction, "watermarks", None)?;
            }
            Ok(transaction.commit()?)
        };
        self.store.run(finished).await?;
        Ok(Progress::Complete)
    }

    /// Whether to stop between two requests.
    fn is_over(&self) -> bool {
        self.watch.cancel.is_cancelled() || self.ends.is_some_and(|ends| Instant::now() >= ends)
    }

    fn count(&mut self, difference: Difference) {
        self.report.added += difference.added;
        self.report.changed += difference.changed;
    }
}

/// Whether the gateway takes no such page: of that size, or in that order.
fn is_not_taken(error: &GatewayError) -> bool {
    matches!(error, GatewayError::Refused(refusal) if refusal.kind == RefusalKind::Invalid)
}
