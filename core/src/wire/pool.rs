//! Connections that wait for the next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::link::{Link, Shared};

/// How long a connection is kept. Shorter than what load balancers keep: a write on a connection that is just being closed
/// has an unknown outcome.
const KEPT: Duration = Duration::from_secs(30);
/// How often those that were kept too long are looked for. More often than any deadline of a call: a timer that is earlier
/// than all others makes the runtime wake itself up, this one spares it that.
const SWEEP: Duration = Duration::from_secs(5);

/// How long somebody waits in vain before a shared connection is given up with the wait: it may be one that is dead.
const DOUBTED: Duration = Duration::from_secs(2);

/// A time of last use, by two clocks: one stands still while the machine sleeps, the other may be set.
#[derive(Clone, Copy)]
struct Used(Instant, SystemTime);

impl Used {
    fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    fn is_old(&self) -> bool {
        self.0.elapsed() >= KEPT || self.1.elapsed().is_ok_and(|time| time >= KEPT)
    }
}

/// The connections to one origin that nobody uses at the moment.
pub(super) struct Pool {
    // std mutex: held for a push or a pop, never across an await.
    kept: Mutex<Kept>,
    /// Over HTTP/2 one connection is enough: who comes while it is made, or may be, waits for it.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    /// Each with the time of its last use; the one that was used last is taken first.
    own: Vec<(Link, Used)>,
    shared: Option<(Shared, Used)>,
    /// Whether the last connection spoke HTTP/2; `None` before the first one, where it may.
    is_http2: Option<bool>,
    /// Whether somebody looks for those that were kept too long.
    is_swept: bool,
}

impl Pool {
    pub(super) fn new(may_be_http2: bool) -> Arc<Self> {
        let kept = Kept { is_http2: (!may_be_http2).then_some(false), ..Kept::default() };
        Arc::new(Self { kept: Mutex::new(kept), connecting: tokio::sync::Mutex::default() })
    }

    /// A connection that was used a moment ago.
    pub(super) fn take(&self) -> Option<Link> {
        let mut kept = self.lock();
        if kept.is_http2 == Some(true) {
            return kept.shared();
        }
        let (link, used) = kept.own.pop()?;
        (!used.is_old()).then_some(link)
    }

    /// The one that all share.
    pub(super) fn take_shared(&self) -> Option<Link> {
        self.lock().shared()
    }

    /// Leave to connect: at once over HTTP/1, one after another over HTTP/2.
    pub(super) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let is_own = || self.lock().is_http2 == Some(false);
        if is_own() {
            return None;
        }
        let turn = self.connecting.lock().await;
        (!is_own()).then_some(turn)
    }

    /// Remembers what a new connection is.
    pub(super) fn learn(self: &Arc<Self>, link: &Link) {
        let mut kept = self.lock();
        kept.is_http2 = Some(matches!(link, Link::Shared(_)));
        if let Link::Shared(shared) = link {
            kept.shared = Some((shared.clone(), Used::now()));
            self.sweep_soon(kept);
        }
    }

    /// Gives up a shared connection, unless there is another one by now.
    pub(super) fn forget(&self, link: &Link) {
        self.forget_number(link.number());
    }

    fn forget_number(&self, number: Option<u64>) {
        self.lock().shared.take_if(|(shared, _)| Some(shared.number) == number);
    }

    /// Remembers that a shared connection has just brought an answer.
    pub(super) fn renew(&self, link: &Link) {
        if let Some(number) = link.number()
            && let Some((_, used)) = self.lock().shared.as_mut().filter(|(shared, _)| shared.number == number)
        {
            *used = Used::now();
        }
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(self: &Arc<Self>, link: Link) {
        let mut kept = self.lock();
        if let Link::Own(_) = link {
            kept.own.push((link, Used::now()));
        }
        self.sweep_soon(kept);
    }

    fn sweep_soon(self: &Arc<Self>, mut kept: MutexGuard<'_, Kept>) {
        if !std::mem::replace(&mut kept.is_swept, true) {
            drop(kept);
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn shared(&mut self) -> Option<Link> {
        self.shared.take_if(|(shared, used)| shared.sender.is_closed() || used.is_old());
        self.shared.as_ref().map(|(shared, _)| Link::Shared(shared.clone()))
    }

    /// Takes out what was kept too long; whether anything is left.
    fn outlived(&mut self) -> (Vec<(Link, Used)>, bool) {
        let young = self.own.partition_point(|(_, used)| used.is_old());
        let old = self.own.drain(..young).collect();
        self.shared.take_if(|(shared, used)| shared.sender.is_closed() || used.is_old());
        self.is_swept = !self.own.is_empty() || self.shared.is_some();
        (old, self.is_swept)
    }
}

/// A wait on a shared connection. When it is given up after some time without an answer, so is the connection: the next call
/// shall not wait in vain as well. Those that still wait on it go on.
pub(super) struct Doubt<'a> {
    pool: &'a Pool,
    number: Option<u64>,
    since: Instant,
}

impl<'a> Doubt<'a> {
    pub(super) fn about(pool: &'a Pool, link: &Link) -> Self {
        Self { pool, number: link.number(), since: Instant::now() }
    }

    /// The wait is over.
    pub(super) fn settle(mut self) {
        self.number = None;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if self.number.is_some() && self.since.elapsed() >= DOUBTED {
            self.pool.forget_number(self.number);
        }
    }
}

/// Closes connections that were kept too long, until none is left.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        // Closed after the lock is given back.
        let (old, has_more) = pool.lock().outlived();
        drop(old);
        if !has_more {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioIo;

    use super::*;

    /// An HTTP/2 connection; the other end, which keeps it open.
    async fn shared() -> (Link, tokio::io::DuplexStream) {
        let (near, far) = tokio::io::duplex(64 << 10);
        (Link::new(Box::new(TokioIo::new(near)), true).await.unwrap(), far)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_somebody_waited_in_vain_is_given_up_and_no_newer_one_with_it() {
        let pool = Pool::new(true);
        let ((dead, _far), (newer, _other)) = (shared().await, shared().await);
        pool.learn(&dead);
        let wait = async |time| {
            let doubt = Doubt::about(&pool, &dead);
            tokio::time::advance(time).await;
            drop(doubt);
        };
        wait(DOUBTED / 2).await;
        assert_eq!(pool.take().unwrap().number(), dead.number(), "a short wait says nothing");
        wait(DOUBTED).await;
        assert!(pool.take().is_none());
        pool.learn(&newer);
        wait(DOUBTED).await;
        pool.forget(&dead);
        assert_eq!(pool.take().unwrap().number(), newer.number());
    }

    #[tokio::test(start_paused = true)]
    async fn asking_keeps_no_connection_that_brings_nothing() {
        let pool = Pool::new(true);
        let (link, _far) = shared().await;
        pool.learn(&link);
        for _ in 0..3 {
            tokio::time::advance(KEPT / 4).await;
            assert!(pool.take().is_some());
        }
        pool.renew(&link);
        tokio::time::advance(KEPT / 2).await;
        assert!(pool.take().is_some(), "an answer keeps it");
        tokio::time::advance(KEPT / 2).await;
        assert!(pool.take().is_none());
    }
}
