//! Lets calls go on in turns, so that answers that come in a crowd do not keep new requests waiting.
//!
//! On one thread what is ready runs in the order in which it became ready. When many answers of the gateway come at the
//! same moment, all of them would be worked off before the requests that the first of them have caused are even read;
//! those would then be sent in a crowd, and their answers come in one again. So a call begins at once, and goes on when
//! it is its turn: after a few that went on, the runtime first looks for what is new.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// So many go on before the runtime looks for what is new: those whose answers go out in one write.
const GROUP: usize = 6;

/// The turns of one connection's calls.
#[derive(Debug, Default)]
pub(super) struct Turns {
    // std mutex: held for a few steps, never across an await, and never while somebody is woken.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Calls that have begun. So few that they are one group need no turns.
    running: usize,
    /// How many of this group have gone on.
    gone: usize,
    /// Those whose turn comes later. Some may be here twice, or not wait any more: nobody minds being woken.
    waiting: VecDeque<Waker>,
    /// Whether somebody calls the next group.
    has_usher: bool,
}

impl Turns {
    /// Runs a call, at once until it waits for the first time, and from then on in turn.
    pub(super) async fn take<T>(self: &Arc<Self>, call: impl Future<Output = T>) -> T {
        let _running = Running::begin(self);
        let mut call = pin!(call);
        let mut has_begun = false;
        std::future::poll_fn(|context| {
            if has_begun && self.poll_turn(context).is_pending() {
                return Poll::Pending;
            }
            has_begun = true;
            call.as_mut().poll(context)
        })
        .await
    }

    fn poll_turn(self: &Arc<Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.running <= GROUP {
            return Poll::Ready(());
        }
        if state.gone < GROUP {
            state.gone += 1;
            return Poll::Ready(());
        }
        state.waiting.push_back(context.waker().clone());
        if !std::mem::replace(&mut state.has_usher, true) {
            drop(state);
            tokio::spawn(Arc::clone(self).usher());
        }
        Poll::Pending
    }

    /// Calls one group after another, as long as anybody waits.
    async fn usher(self: Arc<Self>) {
        loop {
            // Comes back when the runtime has looked for what is new, and has woken whom that is for.
            tokio::task::yield_now().await;
            let mut state = self.lock();
            let count = state.waiting.len().min(GROUP);
            let next: Vec<Waker> = state.waiting.drain(..count).collect();
            state.gone = 0;
            state.has_usher = count > 0;
            drop(state);
            if count == 0 {
                return;
            }
            next.into_iter().for_each(Waker::wake);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that has begun and not ended.
struct Running<'a>(&'a Turns);

impl<'a> Running<'a> {
    fn begin(turns: &'a Turns) -> Self {
        turns.lock().running += 1;
        Self(turns)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn what_is_new_begins_before_a_crowd_has_gone_on() {
        let (turns, gate) = (Arc::<Turns>::default(), Arc::new(Semaphore::new(0)));
        let (gone_on, at_the_time) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let mut tasks = Vec::new();
        for _ in 0..60 {
            let (turns, gate, gone_on) = (Arc::clone(&turns), Arc::clone(&gate), Arc::clone(&gone_on));
            tasks.push(tokio::spawn(async move {
                turns
                    .take(async {
                        let _pass = gate.acquire().await.unwrap();
                        gone_on.fetch_add(1, Ordering::SeqCst);
                    })
                    .await;
            }));
        }
        tokio::task::yield_now().await;
        // All get on at the same moment; what comes now stands behind all of them.
        gate.add_permits(60);
        let (count, seen) = (Arc::clone(&gone_on), Arc::clone(&at_the_time));
        let new = tokio::spawn(async move {
            turns.take(async { seen.store(count.load(Ordering::SeqCst), Ordering::SeqCst) }).await
        });
        new.await.unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(gone_on.load(Ordering::SeqCst), 60, "nobody is forgotten");
        let before = at_the_time.load(Ordering::SeqCst);
        assert!(before <= 2 * GROUP, "{before} went on before it began");
    }

    #[tokio::test]
    async fn who_has_left_keeps_nobody_waiting() {
        let (turns, gate) = (Arc::<Turns>::default(), Arc::new(Semaphore::new(0)));
        let call = || {
            let (turns, gate) = (Arc::clone(&turns), Arc::clone(&gate));
            tokio::spawn(async move { turns.take(async { drop(gate.acquire().await.unwrap()) }).await })
        };
        let leaving: Vec<_> = (0..40).map(|_| call()).collect();
        let staying: Vec<_> = (0..40).map(|_| call()).collect();
        tokio::task::yield_now().await;
        gate.add_permits(80);
        leaving.iter().for_each(|task| task.abort());
        for task in staying {
            task.await.unwrap();
        }
        assert_eq!(turns.lock().running, 0);
    }
}
