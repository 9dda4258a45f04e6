//! Only one sync, apply or undo at a time, among all processes: a lease with a fencing token.
//!
//! The process at work holds the [`ProcessLock`] of the state, which the system lets go when its holder ends in whatever way, and counts a beat up
//! in the state. A holder that has not counted for a while is paused, and another process takes over: it raises the fence. What works
//! under a lease has a connection of its own, [`Database::set_fence`], on which the fence is compared in the same transaction as each
//! change. So a process that wakes up changes nothing any more, and without a row in the journal it sends nothing. No clock is compared
//! with another.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use imbrace_contacts_store::sql::{Database, DatabaseLocation, ProcessLock, Row, SqlError};
use imbrace_contacts_store::values;
use tokio_util::sync::CancellationToken;

use super::{Store, contacts, plans};
use crate::error::CleanupError;
use crate::report::{AtWork, Work};

/// A lock that is let go at this moment is waited for: its holder may be ending, and a program that its process starts holds
/// the file open until it runs.
const ENDING: Duration = Duration::from_millis(200);
/// Between two looks at a lease that somebody holds.
const PAUSE: Duration = Duration::from_millis(20);
/// Between two beats of a holder.
const BEAT: Duration = Duration::from_millis(250);
/// A holder that has not counted for so long is paused, and is taken over.
const TAKEOVER: Duration = Duration::from_secs(6);

/// The tables that are changed under a lease only.
pub(super) const FENCED: [&str; 7] = ["contact", "seen", "gone", "meta", "step", "link", "journal"];

/// Held for as long as it lives.
pub(crate) struct Lease {
    /// The state, as long as nobody has taken over.
    pub(crate) store: Store,
    lock: Arc<ProcessLock>,
    /// Dropped, it ends the beats.
    beats: Option<Sender<()>>,
    /// The thread of the beats, for a lease without the lock: only its row shows that lease, so the row has to end before the process may.
    beating: Option<JoinHandle<()>>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Let go at once, and not when the thread of the beats has ended. Where that fails the system does it a little later.
        let _ = self.lock.unlock();
        self.beats.take();
        if let Some(beating) = self.beating.take() {
            let _ = beating.join();
        }
    }
}

/// The row of the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    fence: i64,
    beat: i64,
    /// True if the holder works without the lock, because a paused process has it.
    is_without_lock: bool,
}

fn held(db: &Database) -> Result<Option<Held>, SqlError> {
    let held = |row: &Row<'_>| Ok(Held { fence: row.get(0)?, beat: row.get(1)?, is_without_lock: row.get(2)? });
    db.query_optional("SELECT fence, beat, without_lock FROM lease", &[], held)
}

impl Lease {
    /// Takes it, or says who is at work. The token is cancelled when another process asks for that.
    pub(super) fn take(
        store: &Store,
        (work, plan): (Work, Option<&str>),
        cancel: CancellationToken,
    ) -> Result<Self, CleanupError> {
        store.with(|_| Ok(()))?;
        let lock = Arc::new(store.lock()?);
        let (begun, mut seen) = (Instant::now(), None);
        let (fence, has_lock) = loop {
            let has_lock = lock.try_lock()?;
            let now = store.with(|db| Ok(held(db)?))?;
            let is_free = has_lock && now.is_none_or(|now| !now.is_without_lock);
            // Whoever has the lock and no row is of a version without leases, or about to write one.
            let is_paused = now.is_some() && begun.elapsed() >= TAKEOVER && seen == Some(now);
            if (is_free || is_paused)
                && let Some(fence) = store.with(|db| claim(db, now, has_lock, (work, plan)))?
            {
                break (fence, has_lock);
            }
            let is_counting = seen.is_some_and(|seen| seen != now);
            let is_over = is_counting || now.is_none();
            if is_over && begun.elapsed() >= ENDING {
                return Err(store.with(|db| at_work(db))?.map_or(CleanupError::Busy, CleanupError::AtWork));
            }
            seen.get_or_insert(now);
            if has_lock {
                lock.unlock()?;
            }
            std::thread::sleep(PAUSE);
        };
        let (beats, ended) = channel();
        let beating = Beating { lock: Arc::clone(&lock), state: Arc::clone(&store.state), fence, cancel };
        let beating = std::thread::Builder::new()
            .name("lease".to_owned())
            .spawn(move || beating.until(|pause| ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout)))
            .map_err(|error| CleanupError::Disk(error.to_string()))?;
        let beating = (!has_lock).then_some(beating);
        Ok(Self { store: store.fenced(fence)?, lock, beats: Some(beats), beating })
    }
}

/// Raises the fence, unless the lease is not as it was seen any more.
fn claim(
    db: &mut Database,
    seen: Option<Held>,
    has_lock: bool,
    (work, plan): (Work, Option<&str>),
) -> Result<Option<i64>, CleanupError> {
    let transaction = db.transaction()?;
    if held(&transaction)? != seen {
        return Ok(None);
    }
    let fence = seen.map_or(0, |held| held.fence) + 1;
    let since = format!("{:.0}", jiff::Timestamp::now());
    transaction.execute(
        "INSERT INTO lease (one, fence, beat, without_lock, work, plan, since, cancel, ended) \
           VALUES (1, ?1, 0, ?2, ?3, ?4, ?5, 0, 0) \
         ON CONFLICT (one) DO UPDATE SET fence = excluded.fence, beat = 0, without_lock = excluded.without_lock, \
           work = excluded.work, plan = excluded.plan, since = excluded.since, cancel = 0, ended = 0",
        values![fence, !has_lock, work.name(), plan, &since],
    )?;
    transaction.commit()?;
    Ok(Some(fence))
}

/// Counts the beat up until the lease ends.
struct Beating {
    lock: Arc<ProcessLock>,
    state: Arc<DatabaseLocation>,
    fence: i64,
    cancel: CancellationToken,
}

impl Beating {
    /// `goes_on` waits so long, and says whether the lease is still held.
    fn until(self, goes_on: impl Fn(Duration) -> bool) {
        let mut db = self.open();
        while goes_on(BEAT) {
            // A disk that refuses a beat refuses the journal, too: nothing is written meanwhile.
            match db.as_ref().map(|db| self.beat(db)) {
                Some(Ok(true)) => {}
                Some(Ok(false)) => return,
                _ => db = self.open(),
            }
        }
        if let Some(db) = &db {
            // The next one need not wait for beats; without this it does.
            let _ = db.execute("UPDATE lease SET without_lock = 0, ended = 1 WHERE fence = ?1", values![self.fence]);
        }
    }

    fn open(&self) -> Option<Database> {
        let db = self.state.reopen(None).ok()?;
        // A beat is for the living: nobody needs it after a power failure.
        db.set_lazy().ok()?;
        Some(db)
    }

    /// Whether the lease is still ours.
    fn beat(&self, db: &Database) -> Result<bool, SqlError> {
        let count = "UPDATE lease SET beat = beat + 1 WHERE fence = ?1 RETURNING without_lock, cancel";
        let now: Option<[bool; 2]> =
            db.query_optional(count, values![self.fence], |row| Ok::<_, SqlError>([row.get(0)?, row.get(1)?]))?;
        let Some([is_without_lock, is_cancelled]) = now else { return Ok(false) };
        if is_cancelled {
            self.cancel.cancel();
        }
        // The paused process may have ended.
        if is_without_lock && self.lock.try_lock() == Ok(true) {
            db.execute("UPDATE lease SET without_lock = 0 WHERE fence = ?1", values![self.fence])?;
        }
        Ok(true)
    }
}

/// A connection on which nothing can be changed after somebody else has raised the fence.
pub(super) fn open_fenced(state: &DatabaseLocation, limit: Option<u64>, fence: i64) -> Result<Database, CleanupError> {
    let db = state.reopen(limit)?;
    db.set_fence(&FENCED, fence)?;
    Ok(db)
}

/// Whether the fence is still this one.
pub(super) fn check(db: &Database, fence: i64) -> Result<(), CleanupError> {
    let is_ours = held(db)?.is_some_and(|held| held.fence == fence);
    if is_ours { Ok(()) } else { Err(CleanupError::TakenOver) }
}

/// What the last lease was taken for, and how far that is.
pub(super) fn at_work(db: &Database) -> Result<Option<AtWork>, CleanupError> {
    let read =
        |row: &Row<'_>| Ok::<(String, Option<String>, String), SqlError>((row.get(0)?, row.get(1)?, row.get(2)?));
    let row = db.query_optional("SELECT work, plan, since FROM lease WHERE ended = 0", &[], read)?;
    let Some((work, plan, since)) = row else { return Ok(None) };
    let work = Work::named(&work);
    let (done, left) = match &plan {
        Some(plan) => {
            let counts = plans::counts(db, plan)?;
            let done = if work == Work::Undo { counts.undone + counts.kept } else { counts.applied };
            let left = if work == Work::Undo { counts.applied } else { counts.pending + counts.unknown };
            (done, Some(left))
        }
        None => (contacts::contacts(db)?, None),
    };
    Ok(Some(AtWork { work, plan, since, done, left }))
}

/// Asks whoever holds the lease to stop before the next request.
pub(super) fn cancel(db: &Database) -> Result<(), CleanupError> {
    db.execute("UPDATE lease SET cancel = 1", &[])?;
    Ok(())
}

impl Store {
    /// Who is at work, by whatever process; `None` where nobody is.
    pub(crate) async fn at_work(&self) -> Result<Option<AtWork>, CleanupError> {
        if !self.exists() {
            return Ok(None);
        }
        let store = self.clone();
        self.run(move |db| {
            let Some(held) = held(db)? else { return Ok(None) };
            // Who begins at this moment tries again.
            let is_locked = !store.lock()?.try_lock()?;
            if is_locked || held.is_without_lock { at_work(db) } else { Ok(None) }
        })
        .await
    }

    /// Asks whoever is at work to stop; who that is.
    pub(crate) async fn cancel(&self) -> Result<Option<AtWork>, CleanupError> {
        let at_work = self.at_work().await?;
        if at_work.is_some() {
            self.run(|db| cancel(db)).await?;
        }
        Ok(at_work)
    }
}
