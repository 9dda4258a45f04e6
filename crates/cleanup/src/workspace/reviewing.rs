//! What a person who reviews needs besides: decisions that overwrite nobody else's, and when plans were written.

use super::Workspace;
use crate::decide;
use crate::duplicates::Verdict;
use crate::error::CleanupError;
use crate::report::{Answer, DecideReport, WriteSpan};
use crate::store::journal;

impl Workspace {
    /// Keeps decisions as [`Workspace::decide`] does, unless somebody has decided otherwise about one of their pairs than the caller has
    /// seen. `seen` has the verdicts that were shown, each with its two contacts in any order; pairs that are not in it were shown as open.
    ///
    /// # Errors
    /// [`CleanupError::DecidedMeanwhile`], or as [`Workspace::decide`]; then no answer was taken.
    pub async fn decide_as_seen(
        &self,
        answers: Vec<Answer>,
        seen: impl IntoIterator<Item = (String, String, Verdict)>,
    ) -> Result<DecideReport, CleanupError> {
        let seen = seen.into_iter().map(|(first, second, verdict)| {
            let pair = if first <= second { (first, second) } else { (second, first) };
            (pair, verdict)
        });
        let seen = Some(seen.collect());
        decide::decide(&self.inner.store, &self.inner.known, answers, seen).await
    }

    /// When plans were written and taken back, the latest first.
    ///
    /// # Errors
    /// The state's.
    pub async fn write_spans(&self) -> Result<Vec<WriteSpan>, CleanupError> {
        if !self.inner.store.exists() {
            return Ok(Vec::new());
        }
        self.inner.store.run(|db| journal::spans(db)).await
    }
}
