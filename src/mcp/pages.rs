//! The review page of a caller who is known already: inside a chat, or in a browser that signs in to the server.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use http::{Method, StatusCode};
use tokio_util::sync::CancellationToken;

use super::{Caller, Server};
use crate::audit::Outcome;
use crate::review::{Jobs, ReviewApi};
use crate::tools::Toolbox;
use crate::write_gate::{Intent, Who};

/// The tool under whose name the audit file records decisions and writes of a page.
pub(super) const WRITE: &str = "review_page_write";

/// A question of a page: what it would ask over HTTP, after `/api/`.
pub(crate) struct PageQuestion {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    /// JSON.
    pub(crate) body: String,
}

/// Callers whose jobs are remembered; of more, those are forgotten that have nothing under way.
const CALLERS: usize = 1000;

/// How long jobs may take to end after a stop: they end before their next contact.
const GRACE: Duration = Duration::from_secs(5);

/// Jobs (sync, apply, undo) that were begun on pages, by the caller.
#[derive(Default)]
pub(super) struct PageJobs {
    // std mutex: held for a look into a map.
    by_caller: Mutex<HashMap<String, Jobs>>,
}

impl PageJobs {
    fn of(&self, toolbox: &Toolbox, stop: &CancellationToken) -> Jobs {
        let caller = toolbox.gateway().credential_digest("jobs of review pages");
        let mut jobs = self.by_caller.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= CALLERS && !jobs.contains_key(&caller) {
            jobs.retain(|_, jobs| !jobs.are_over());
        }
        jobs.entry(caller).or_insert_with(|| Jobs::new(stop)).clone()
    }

    /// Answers a question of a page for a caller, and records what decides or writes.
    pub(super) async fn ask(
        &self,
        (toolbox, who): (&Toolbox, &Who),
        asked: PageQuestion,
        stop: &CancellationToken,
    ) -> (StatusCode, String) {
        let refused = |code, message: &str| (StatusCode::FORBIDDEN, ReviewApi::refusal(code, message));
        let review = match toolbox.review(who) {
            Ok(review) => review,
            Err(reason) => return refused("other", &reason),
        };
        let PageQuestion { method, path, query, body } = asked;
        let recorded = if method == Method::POST {
            let (ids, arguments) = (vec![path.clone()], body.clone());
            // Writes to the gateway pass the gate once more, contact by contact.
            let intent = Intent { tool: WRITE, effect: "write", writes: false, counts: false, ids, arguments };
            match review.gate.record(intent).await {
                Ok(recorded) => recorded,
                Err(error) => return refused("refused", &error.to_string()),
            }
        } else {
            None
        };
        let api = ReviewApi::new(review, self.of(toolbox, stop));
        let asking = AssertUnwindSafe(api.ask(method, &path, &query, body)).catch_unwind();
        let said = match tokio::time::timeout(toolbox.call_limit(), asking).await {
            Ok(Ok((status, text))) => (status, toolbox.redacted(text)),
            Ok(Err(_)) => refused("other", "a fault of this program; see its log"),
            Err(_) => refused("other", "it takes longer than a call may; ask again"),
        };
        if let Some(recorded) = recorded {
            let outcome = if said.0.is_success() { Outcome::Done } else { Outcome::Failed("refused") };
            recorded.end(outcome, &said.1).await;
        }
        said
    }

    /// Ends what is under way, each before its next contact.
    pub(super) async fn end(&self) {
        let jobs: Vec<Jobs> = self.by_caller.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let ended = futures::future::join_all(jobs.iter().map(Jobs::end));
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("what was begun on a review page is cut short; the next apply or undo goes on with it");
        }
    }
}

impl Server {
    /// Returns true if there is a cleanup, so that a page has something to show.
    pub(crate) fn has_pages(&self) -> bool {
        self.shared.has_cleanup
    }

    /// Answers a question of a caller's page, as far as the tools are offered to them that do the same.
    pub(crate) async fn ask_page(&self, caller: Option<&Caller>, asked: PageQuestion) -> (StatusCode, String) {
        let who = caller.map(|caller| caller.who.clone()).unwrap_or_default();
        match self.toolbox_for(caller) {
            Ok(toolbox) => self.shared.page_jobs.ask((&toolbox, &who), asked, &self.stop).await,
            Err(text) => {
                let text = self.shared.toolbox.redacted(text);
                (StatusCode::FORBIDDEN, ReviewApi::refusal("other", text))
            }
        }
    }
}
