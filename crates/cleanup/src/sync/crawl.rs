//! Every contact, page by page in the order in which they were made, while others work on them.
//!
//! Neighbouring pages share a row: when the first row of a page was not seen before, rows have moved and the crawl steps
//! back. At the end the count must be right, or the list is gone through once more.

use std::time::Instant;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use imbrace_contacts_store::sql::Database;

use super::{Progress, Run, is_not_taken, pace};
use crate::error::CleanupError;
use crate::gateway::operations::{GetContact, ListContacts};
use crate::model::{Contact, ContactId, Page};
use crate::store::{Crawl, Watermarks, contacts};

/// The order: who is made meanwhile comes last.
const SORT: &str = "created_at";
/// Pages under way at once.
const AT_ONCE: usize = 4;
/// How often the list is gone through at most.
const PASSES: u64 = 3;
/// More contacts than this are not asked for one by one where the list itself shows that they are gone.
const PAGE_SIZE: usize = 200;

/// How a pass through the list ended.
enum Pass {
    /// At the last row; the gateway's count.
    End(Option<u64>),
    Stopped,
}

/// What a page told.
enum PageOutcome {
    More { limit: Option<u64> },
    End,
    Moved,
}

impl Run<'_> {
    /// Reads everything, from where an earlier call stopped.
    pub(super) async fn crawl(&mut self, mut crawl: Crawl) -> Result<Progress, CleanupError> {
        // What an earlier call has read of a pass may be old by now: such a pass alone decides nothing.
        let mut is_own_pass = crawl.limit == 0;
        if is_own_pass {
            crawl = self.begin().await?;
        }
        loop {
            let total = match self.pass(&mut crawl).await? {
                Pass::Stopped => return Ok(Progress::Stopped),
                Pass::End(total) => total,
            };
            // Edits of rows that were read already.
            let since = crawl.since.clone();
            let edits = self.recent("updated_at", &since, true).await?;
            match edits.progress {
                Progress::Stopped => return Ok(Progress::Stopped),
                progress => self.report.unsorted = progress == Progress::Doubtful,
            }
            // Who was made meanwhile by a slow clock stands before the place that the pass had come to.
            let made = crawl.made.clone();
            if self.recent("created_at", &made, true).await?.progress == Progress::Stopped {
                return Ok(Progress::Stopped);
            }
            let newest = Watermarks {
                // Edits after the crawl began are known only where the gateway shows them.
                edited: if self.report.unsorted { crawl.since.clone() } else { edits.newest },
                created: crawl.made.clone(),
            };
            let seen = self.store.run(|db| contacts::seen(db)).await?;
            // Edits of what was read by an earlier call show in the list of edits alone.
            // Pages of one row share none, so that a row may have moved past the border while nobody read.
            let is_current = is_own_pass || (!self.report.unsorted && crawl.limit > 1);
            let exact = is_current && crawl.shifts == 0 && total.is_none_or(|total| total == seen + crawl.nameless);
            crawl.passes += 1;
            let is_last = crawl.passes >= if is_own_pass || self.report.unsorted { PASSES } else { 2 * PASSES };
            if exact || is_last {
                let nameless = crawl.nameless.to_string();
                self.store.run(move |db| contacts::set_meta(db, "nameless", Some(&nameless))).await?;
                if self.forget_gone(exact).await? == Progress::Stopped {
                    return Ok(Progress::Stopped);
                }
                return self.finish(newest, exact).await;
            }
            (crawl.skip, crawl.shifts, crawl.nameless) = (0, 0, 0);
            self.start_pass(&crawl).await?;
            is_own_pass = true;
        }
    }

    async fn begin(&mut self) -> Result<Crawl, CleanupError> {
        let since = self.first("updated_at").await?;
        let made = self.first("created_at").await?;
        let crawl = Crawl { limit: self.limit, since, made, ..Crawl::default() };
        self.start_pass(&crawl).await?;
        Ok(crawl)
    }

    /// The newest moment of the list by a field; empty where the gateway shows none.
    async fn first(&mut self, field: &str) -> Result<String, CleanupError> {
        let newest = self.page(&format!("-{field}"), 1, 0).await?;
        let newest = newest.as_ref().and_then(|page| page.rows.first());
        Ok(newest.and_then(|row| row.record().text(field)).unwrap_or_default().to_owned())
    }

    async fn start_pass(&self, crawl: &Crawl) -> Result<(), CleanupError> {
        let crawl = crawl.clone();
        let start = move |db: &mut Database| {
            let transaction = db.transaction()?;
            transaction.execute("DELETE FROM seen", &[])?;
            contacts::set_crawl(&transaction, Some(&crawl))?;
            Ok(transaction.commit()?)
        };
        self.store.run(start).await
    }

    async fn pass(&mut self, crawl: &mut Crawl) -> Result<Pass, CleanupError> {
        let gateway = self.gateway;
        let (mut next, mut total, mut back) = (crawl.skip, None::<u64>, 0_u32);
        let mut pages = FuturesOrdered::new();
        loop {
            // The first page of a call goes alone: it tells how many there are.
            let most = if total.is_some() { AT_ONCE } else { 1 };
            while pages.len() < most && (pages.is_empty() || total.is_some_and(|total| next + 1 < total)) {
                let (turn, skip, limit) = (self.pace.turn(), next, crawl.limit);
                let sort = (!crawl.unsorted).then(|| SORT.to_owned());
                pages.push_back(async move {
                    pace::wait(turn).await;
                    let began = Instant::now();
                    let answer = gateway.send(&ListContacts { limit, skip, sort }).await;
                    (skip, began.elapsed(), answer)
                });
                next += step(limit);
            }
            if self.is_over() {
                return Ok(Pass::Stopped);
            }
            let Some((skip, took, answer)) = pages.next().await else { return Ok(Pass::End(total)) };
            self.pace.judge(took, answer.is_ok());
            let page = match answer {
                Err(error) if is_not_taken(&error) && (crawl.limit > 1 || !crawl.unsorted) => {
                    self.ask_otherwise(crawl).await?;
                    (pages, next) = (FuturesOrdered::new(), skip);
                    continue;
                }
                answer => answer?,
            };
            let count = page.grand_total(skip).or(total);
            // Between pages of one row only the count shows that rows have moved.
            if crawl.limit == 1 && total.is_some() && count != total {
                crawl.shifts += 1;
            }
            total = count;
            let told = self.take(crawl, skip, page).await?;
            (self.watch.progress)(crawl.skip, total, "reading contacts");
            match told {
                PageOutcome::More { limit: None } => back = 0,
                PageOutcome::More { limit: Some(limit) } => {
                    crawl.limit = limit;
                    (pages, next) = (FuturesOrdered::new(), crawl.skip);
                }
                PageOutcome::End => return Ok(Pass::End(total)),
                PageOutcome::Moved => {
                    crawl.shifts += 1;
                    crawl.skip = skip.saturating_sub(step(crawl.limit) << back.min(20));
                    back += 1;
                    (pages, next) = (FuturesOrdered::new(), crawl.skip);
                }
            }
        }
    }

    /// After a page that the gateway does not take: its own order where it refuses ours, else fewer rows.
    async fn ask_otherwise(&mut self, crawl: &mut Crawl) -> Result<(), CleanupError> {
        if !crawl.unsorted && !self.takes_sort(SORT).await? {
            crawl.unsorted = true;
        } else {
            crawl.limit = (crawl.limit / 2).max(1);
            self.limit = crawl.limit;
        }
        Ok(())
    }

    /// Keeps the rows of a page with the place where the next begins, at once.
    async fn take(&mut self, crawl: &mut Crawl, skip: u64, page: Page<Contact>) -> Result<PageOutcome, CleanupError> {
        let first = page.rows.first().map(|row| row.id().map(str::to_owned));
        let (rows, limit) = (page.rows.len() as u64, crawl.limit);
        let knows_end = page.has_more.is_some() || page.grand_total(skip).is_some();
        let more = if knows_end { page.has_more(skip) } else { rows == limit };
        let overlaps = skip > 0 && limit > 1;
        let mut after = crawl.clone();
        // The row that is shared with the page before was counted there.
        let own = page.rows.iter().skip(usize::from(overlaps));
        after.nameless += own.filter(|row| row.id().is_none()).count() as u64;
        after.skip = skip + if more { step(rows) } else { rows.saturating_sub(1) };
        let take = move |db: &mut Database| {
            let continues = match &first {
                Some(Some(first)) => !overlaps || contacts::is_seen(db, first)?,
                // A row without an id says nothing about what has moved.
                Some(None) => true,
                None => skip == 0,
            };
            if !continues {
                return Ok(None);
            }
            let transaction = db.transaction()?;
            let difference = contacts::take(&transaction, &page.rows, true)?;
            contacts::set_crawl(&transaction, Some(&after))?;
            transaction.commit()?;
            Ok(Some((difference, after)))
        };
        let Some((difference, after)) = self.store.run(take).await? else { return Ok(PageOutcome::Moved) };
        *crawl = after;
        self.count(difference);
        let lowered = (more && rows < limit).then_some(rows);
        Ok(if more { PageOutcome::More { limit: lowered } } else { PageOutcome::End })
    }

    /// Forgets contacts that the gateway has no more: asked for one by one, or, when they are many, by the whole list. A
    /// list that moved too much to be exact shows nobody as gone, so then all are asked for, in as many calls as it takes.
    async fn forget_gone(&mut self, exact: bool) -> Result<Progress, CleanupError> {
        let unseen = self.store.run(|db| contacts::unseen(db)).await?;
        if exact && unseen.len() > PAGE_SIZE {
            self.forget(unseen).await?;
            return Ok(Progress::Complete);
        }
        let total = unseen.len() as u64;
        for (done, id) in (0..).zip(unseen) {
            (self.watch.progress)(done, Some(total), "asking for contacts that no page showed");
            if self.is_over() {
                return Ok(Progress::Stopped);
            }
            if self.is_gone(&id).await? {
                self.forget(vec![id]).await?;
            } else {
                self.store.run(move |db| contacts::see(db, &id)).await?;
            }
        }
        Ok(Progress::Complete)
    }

    async fn forget(&mut self, gone: Vec<String>) -> Result<(), CleanupError> {
        self.report.gone += gone.len() as u64;
        let forget = move |db: &mut Database| {
            let transaction = db.transaction()?;
            contacts::forget(&transaction, &gone)?;
            Ok(transaction.commit()?)
        };
        self.store.run(forget).await
    }

    async fn is_gone(&mut self, id: &str) -> Result<bool, CleanupError> {
        let Ok(contact_id) = ContactId::parse(id) else { return Ok(true) };
        pace::wait(self.pace.turn()).await;
        match self.gateway.send(&GetContact { contact_id }).await {
            Ok(_) => Ok(false),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

/// Rows from the beginning of a page to that of the next: one is shared.
fn step(limit: u64) -> u64 {
    limit.saturating_sub(1).max(1)
}
