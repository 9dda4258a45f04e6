//! What was edited or made since a moment, newest first.

use std::time::Instant;

use super::{Progress, Run, is_too_large, pace};
use crate::cleanup::error::CleanupError;
use crate::cleanup::store::contacts;
use crate::gateway::operations::ListContacts;
use crate::model::{Contact, Page};

impl Run<'_> {
    /// Takes rows by `-field` down to a moment. Doubtful is a list that is not in that order.
    pub(super) async fn recent(&mut self, field: &'static str, since: &str) -> Result<Progress, CleanupError> {
        let mut skip = 0;
        loop {
            if self.is_over() {
                return Ok(Progress::Stopped);
            }
            let page = self.newest(field, None, skip).await?;
            let moments: Vec<&str> = page.rows.iter().map(|row| row.record().text(field).unwrap_or_default()).collect();
            if !moments.is_sorted_by(|first, second| first >= second) {
                return Ok(Progress::Doubtful);
            }
            let fresh = moments.iter().take_while(|moment| !moment.is_empty() && **moment >= since).count();
            let (all, total) = (page.rows.len(), page.grand_total(skip));
            let more = fresh == all && page.has_more(skip);
            let rows: Vec<Contact> = page.rows.into_iter().take(fresh).collect();
            let take = move |db: &mut rusqlite::Connection| {
                let transaction = db.transaction()?;
                let difference = contacts::take(&transaction, &rows, false)?;
                transaction.commit()?;
                Ok(difference)
            };
            let difference = self.store.run(take).await?;
            self.count(difference);
            if !more {
                let known = self.store.run(|db| contacts::contacts(db)).await?;
                // There is somebody whom neither order shows as new.
                let missed = field == "created_at" && total.is_some_and(|total| total > known);
                return Ok(if missed { Progress::Doubtful } else { Progress::Complete });
            }
            // One row of overlap: the list grows at its beginning meanwhile.
            skip += (all as u64).saturating_sub(1).max(1);
        }
    }

    /// A page, newest first, of so many rows or as many as go.
    pub(super) async fn newest(
        &mut self,
        field: &str,
        limit: Option<u64>,
        skip: u64,
    ) -> Result<Page<Contact>, CleanupError> {
        loop {
            pace::wait(self.pace.turn()).await;
            let (limit, sort) = (limit.unwrap_or(self.limit), Some(format!("-{field}")));
            let began = Instant::now();
            let answer = self.gateway.send(&ListContacts { limit, skip, sort }).await;
            self.pace.judge(began.elapsed(), answer.is_ok());
            match answer {
                Err(error) if is_too_large(&error) && limit > 1 => self.limit = limit / 2,
                answer => return Ok(answer?),
            }
        }
    }
}
