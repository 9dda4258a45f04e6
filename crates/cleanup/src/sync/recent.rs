//! What was edited or made since a moment, newest first.
//!
//! Whether gateways sort by `updated_at` is unproven, and what sorts they do not know they may ignore or refuse. A list in
//! another order may look like one in which nothing is new, so the order has to show itself before it is believed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use imbrace_contacts_store::sql::Database;
use jiff::Timestamp;

use super::{Progress, Run, is_not_taken, pace};
use crate::error::CleanupError;
use crate::gateway::operations::ListContacts;
use crate::model::{Contact, Page};
use crate::store::contacts;

/// Rows from each end of a list that show whether it has two ends.
const END: usize = 2;

/// How often the list may move backwards under a pass before everything is read instead.
const MOVES: u32 = 8;

/// A pass through what is recent.
#[derive(Debug, Clone)]
pub(super) struct Recent {
    pub(super) progress: Progress,
    /// The moment that the list began with when the pass began.
    pub(super) newest: String,
}

impl Run<'_> {
    /// Takes rows by `-field` down to a moment. Doubtful is a list that is not in that order, or may not be.
    ///
    /// Neighbouring pages share a row. Who is edited meanwhile moves to the beginning and is newer than `newest`, so the next
    /// pass reads it; who is deleted pulls rows up across a border between pages, so a page that begins with a row not seen in
    /// this pass makes it step back.
    ///
    /// `is_seen` counts what is taken as seen by the crawl that is under way.
    pub(super) async fn recent(
        &mut self,
        field: &'static str,
        since: &str,
        is_seen: bool,
    ) -> Result<Recent, CleanupError> {
        let mut newest = None::<String>;
        let mut seen = HashSet::new();
        let (mut skip, mut moves) = (0, 0);
        // Pages of one row share none, whatever the page was asked to hold: then only the count shows that rows have moved.
        let (mut shares_row, mut first_total) = (false, None);
        let since = before(since, self.overlap);
        loop {
            let ended = |progress| Ok(Recent { progress, newest: newest.clone().unwrap_or_default() });
            if self.is_over() {
                return ended(Progress::Stopped);
            }
            let Some(page) = self.newest(field, skip).await? else { return ended(Progress::Doubtful) };
            let moments: Vec<&str> = page.rows.iter().map(|row| row.record().text(field).unwrap_or_default()).collect();
            if !moments.is_sorted_by(|first, second| first >= second) {
                return ended(Progress::Doubtful);
            }
            let has_moved = match page.rows.first().map(Contact::id) {
                Some(Some(first)) => skip > 0 && shares_row && !seen.contains(first),
                // A row without an id says nothing about what has moved.
                Some(None) => false,
                None => skip > 0,
            };
            if has_moved {
                moves += 1;
                if moves > MOVES {
                    return ended(Progress::Doubtful);
                }
                skip = skip.saturating_sub(self.limit << moves);
                continue;
            }
            newest.get_or_insert_with(|| moments.first().copied().unwrap_or_default().to_owned());
            let fresh = moments.iter().take_while(|moment| !moment.is_empty() && **moment >= since.as_str()).count();
            // Whoever holds the newest moment known comes first, unless somebody newer does, or they are gone.
            let is_hidden = skip == 0 && fresh == 0 && !since.is_empty();
            if is_hidden || (skip == 0 && field == "updated_at" && !self.has_two_ends(field, &page).await?) {
                return Ok(Recent { progress: Progress::Doubtful, newest: newest.unwrap_or_default() });
            }
            let (all, total) = (page.rows.len(), page.grand_total(skip));
            let began_with = *first_total.get_or_insert(total);
            if skip > 0 && !shares_row && total != began_with {
                return Ok(Recent { progress: Progress::Doubtful, newest: newest.unwrap_or_default() });
            }
            shares_row = all > 1;
            let more = fresh == all && page.has_more(skip);
            let rows: Vec<Contact> = page.rows.into_iter().take(fresh).collect();
            seen.extend(rows.iter().filter_map(Contact::id).map(str::to_owned));
            let take = move |db: &mut Database| {
                let transaction = db.transaction()?;
                let difference = contacts::take(&transaction, &rows, is_seen)?;
                transaction.commit()?;
                Ok(difference)
            };
            let difference = self.store.run(take).await?;
            self.count(difference);
            (self.watch.progress)(seen.len() as u64, None, "reading what is new");
            if !more {
                let known = self.store.run(|db| Ok(contacts::contacts(db)? + contacts::nameless(db)?)).await?;
                // There is somebody whom neither order shows as new, or somebody is gone.
                let differs = field == "created_at" && total.is_some_and(|total| total != known);
                let progress = if differs { Progress::Doubtful } else { Progress::Complete };
                return Ok(Recent { progress, newest: newest.unwrap_or_default() });
            }
            // One row of overlap: the list grows at its beginning meanwhile.
            skip += (all as u64).saturating_sub(1).max(1);
        }
    }

    /// Whether the list begins with others when it is asked for the other way about: a key that is ignored gives one
    /// beginning for both, even where it happens to look sorted.
    async fn has_two_ends(&mut self, field: &str, newest: &Page<Contact>) -> Result<bool, CleanupError> {
        if newest.rows.len() < 2 * END {
            return Ok(true);
        }
        let Some(oldest) = self.page(field, END as u64, 0).await? else { return Ok(false) };
        let mut ends = oldest.rows.iter().take(END).filter_map(Contact::id);
        Ok(!ends.any(|id| newest.rows.iter().take(END).any(|row| row.id() == Some(id))))
    }

    /// A page, newest first, of as many rows as go; `None` where the gateway refuses that order.
    async fn newest(&mut self, field: &str, skip: u64) -> Result<Option<Page<Contact>>, CleanupError> {
        let sort = format!("-{field}");
        loop {
            let page = self.page(&sort, self.limit, skip).await?;
            if page.is_some() || self.limit == 1 || !self.takes_sort(&sort).await? {
                return Ok(page);
            }
            self.limit /= 2;
        }
    }

    /// Whether the gateway sorts that way at all: one row is never too many.
    pub(super) async fn takes_sort(&mut self, sort: &str) -> Result<bool, CleanupError> {
        Ok(self.page(sort, 1, 0).await?.is_some())
    }

    /// One page in an order; `None` where the gateway takes no such page.
    pub(super) async fn page(
        &mut self,
        sort: &str,
        limit: u64,
        skip: u64,
    ) -> Result<Option<Page<Contact>>, CleanupError> {
        pace::wait(self.pace.turn()).await;
        let (sort, began) = (Some(sort.to_owned()), Instant::now());
        let answer = self.gateway.send(&ListContacts { limit, skip, sort }).await;
        self.pace.judge(began.elapsed(), answer.is_ok());
        match answer {
            Err(error) if is_not_taken(&error) => Ok(None),
            answer => Ok(Some(answer?)),
        }
    }
}

/// A moment earlier by what clocks may disagree; a text that is no moment stays as it is.
fn before(moment: &str, overlap: Duration) -> String {
    let earlier = moment.parse::<Timestamp>().ok().and_then(|moment| moment.checked_sub(overlap).ok());
    earlier.map_or_else(|| moment.to_owned(), |earlier| format!("{earlier:.3}"))
}
