//! Which requests of one connection are in flight.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rmcp::model::RequestId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The requests of one connection that have no written answer yet.
///
/// It keeps ids unique, lets a closing connection wait for its answers, and holds back a client that sends faster than it
/// reads: the SDK itself has no limit.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// By their ids; with what cancels those that are not the SDK's to cancel.
    requests: HashMap<RequestId, Option<CancellationToken>>,
    /// Answers without a request of their own, such as the one to a line that is no JSON.
    loose: usize,
}

impl Flight {
    /// Notes a request; false when its id is in flight already.
    pub(crate) fn begin(&self, id: &RequestId, cancel: Option<CancellationToken>) -> bool {
        let mut state = self.lock();
        if state.requests.contains_key(id) {
            return false;
        }
        state.requests.insert(id.clone(), cancel);
        true
    }

    /// Whether a request still expects its answer.
    pub(crate) fn expects(&self, id: &RequestId) -> bool {
        self.lock().requests.contains_key(id)
    }

    /// Notes that a request has its answer, or will never have one.
    pub(crate) fn end(&self, id: &RequestId) {
        let ended = self.lock().requests.remove(id);
        if let Some(Some(cancel)) = ended {
            cancel.cancel();
        }
        self.changed.notify_waiters();
    }

    /// Notes an answer that is about to be written and belongs to no request.
    pub(crate) fn begin_loose(&self) {
        self.lock().loose += 1;
    }

    /// Notes that it is written.
    pub(crate) fn end_loose(&self) {
        let mut state = self.lock();
        state.loose = state.loose.saturating_sub(1);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits until at most `count` are in flight.
    pub(crate) async fn at_most(&self, count: usize) {
        self.until(|state| state.requests.len() + state.loose <= count).await;
    }

    /// Waits until none is in flight that is ours to answer and not the SDK's.
    pub(crate) async fn only_the_sdks(&self) {
        self.until(|state| state.loose == 0 && !state.requests.values().any(Option::is_some)).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before the look, so that no change between the two is missed.
            changed.as_mut().enable();
            if is_so(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    /// Whether more than one request is in flight.
    pub(crate) fn has_others(&self) -> bool {
        let state = self.lock();
        state.requests.len() + state.loose > 1
    }

    // A std mutex: held for one look, never across an await.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
