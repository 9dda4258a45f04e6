//! The requests of one connection that have no written answer yet.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rmcp::model::RequestId;
use tokio::sync::Notify;

/// Keeps request ids unique, lets a closing connection wait for its answers, and holds back a client that sends faster than
/// it reads: the SDK itself has no limit.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    requests: Mutex<Requests>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Requests {
    ids: HashSet<RequestId>,
    /// Answers of the transport's own, such as the one to a message that cannot be read.
    own_answers: usize,
    /// Answers to requests that are being written. Their ids are free: a client may use one again as soon as it has read the answer,
    /// which may be before the writer knows that it is written.
    written: usize,
}

impl InFlight {
    /// Notes a request; false when its id is in flight already.
    pub(crate) fn begin(&self, id: &RequestId) -> bool {
        self.lock().ids.insert(id.clone())
    }

    /// Notes that a request will never have an answer.
    pub(crate) fn end(&self, id: &RequestId) {
        self.lock().ids.remove(id);
        self.changed.notify_waiters();
    }

    /// Notes that a request's answer is about to be written: its id is free from here on.
    pub(crate) fn begin_answer(&self, id: &RequestId) {
        let mut requests = self.lock();
        requests.ids.remove(id);
        requests.written += 1;
    }

    /// Notes that it is written.
    pub(crate) fn end_answer(&self) {
        let mut requests = self.lock();
        requests.written = requests.written.saturating_sub(1);
        drop(requests);
        self.changed.notify_waiters();
    }

    /// Notes an answer of the transport's own that is about to be written.
    pub(crate) fn begin_own_answer(&self) {
        self.lock().own_answers += 1;
    }

    /// Notes that it is written.
    pub(crate) fn end_own_answer(&self) {
        let mut requests = self.lock();
        requests.own_answers = requests.own_answers.saturating_sub(1);
        drop(requests);
        self.changed.notify_waiters();
    }

    /// Waits until at most `count` answers are owed.
    pub(crate) async fn at_most(&self, count: usize) {
        self.until(|requests| requests.ids.len() + requests.own_answers + requests.written <= count).await;
    }

    /// Waits until the transport's own answers are written.
    pub(crate) async fn no_own_answers(&self) {
        self.until(|requests| requests.own_answers == 0).await;
    }

    async fn until(&self, is_so: impl Fn(&Requests) -> bool) {
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

    // A std mutex: held for one look, never across an await.
    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
