//! Connections that wait for the next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http2::SendRequest;
use tokio::time::Instant;

use super::body::Outgoing;
use super::link::Link;

/// How long a connection is kept. Shorter than what load balancers keep: a write on a connection that is just being closed
/// has an unknown outcome.
const KEPT: Duration = Duration::from_secs(30);
/// How often those that were kept too long are looked for. More often than any deadline of a call: a timer that is earlier
/// than all others makes the runtime wake itself up, this one spares it that.
const SWEEP: Duration = Duration::from_secs(5);

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
    own: Vec<(Link, Instant)>,
    shared: Option<(SendRequest<Outgoing>, Instant)>,
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
        (used.elapsed() < KEPT).then_some(link)
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
    pub(super) fn learn(&self, link: &Link) {
        let mut kept = self.lock();
        kept.is_http2 = Some(matches!(link, Link::Shared(_)));
        if let Link::Shared(sender) = link {
            kept.shared = Some((sender.clone(), Instant::now()));
        }
    }

    /// Gives up a shared connection that took nothing of a request.
    pub(super) fn forget(&self, link: &Link) {
        if let Link::Shared(_) = link {
            self.lock().shared = None;
        }
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(self: &Arc<Self>, link: Link) {
        let mut kept = self.lock();
        if let Link::Own(_) = link {
            kept.own.push((link, Instant::now()));
        }
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
        let (sender, used) = self.shared.as_mut()?;
        if sender.is_closed() || used.elapsed() >= KEPT {
            self.shared = None;
            return None;
        }
        *used = Instant::now();
        Some(Link::Shared(sender.clone()))
    }

    /// Takes out what was kept too long; whether anything is left.
    fn outlived(&mut self) -> (Vec<(Link, Instant)>, bool) {
        let young = self.own.partition_point(|(_, used)| used.elapsed() >= KEPT);
        let old = self.own.drain(..young).collect();
        self.shared.take_if(|(sender, used)| sender.is_closed() || used.elapsed() >= KEPT);
        self.is_swept = !self.own.is_empty() || self.shared.is_some();
        (old, self.is_swept)
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
