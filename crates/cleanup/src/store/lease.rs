//! Only one sync, apply or undo at a time, among all processes: a lease with a fencing token.
//!
//! Who works holds a lock on a file beside the state, which the system lets go when its holder ends in whatever way, and counts a beat up
//! in the state. A holder that has not counted for a while is paused, and another process takes over: it raises the fence. What works
//! under a lease has a connection of its own, on which triggers compare the fence in the same transaction as each change. So a process
//! that wakes up changes nothing any more, and without a row in the journal it sends nothing. No clock is compared with another.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use imbrace_contacts_store::database;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
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

/// What a trigger says of a change by a process that was taken over.
const TAKEN_OVER: &str = "taken over";

/// The tables that are changed under a lease only.
const FENCED: [&str; 7] = ["contact", "seen", "gone", "meta", "step", "link", "journal"];

/// Held for as long as it lives.
pub(crate) struct Lease {
    /// The state, as long as nobody has taken over.
    pub(crate) store: Store,
    file: Arc<File>,
    /// Dropped, it ends the beats.
    beats: Option<Sender<()>>,
    /// The thread of the beats, for a lease without the lock: only its row shows that lease, so the row has to end before the process may.
    beating: Option<JoinHandle<()>>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Let go at once, and not when the thread of the beats has ended. Where that fails the system does it a little later.
        let _ = self.file.unlock();
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
    /// Whether the holder has no lock on the file, because a paused process has it.
    is_without_lock: bool,
}

fn held(db: &Connection) -> rusqlite::Result<Option<Held>> {
    let held =
        |row: &rusqlite::Row<'_>| Ok(Held { fence: row.get(0)?, beat: row.get(1)?, is_without_lock: row.get(2)? });
    db.prepare_cached("SELECT fence, beat, without_lock FROM lease")?.query_row([], held).optional()
}

impl Lease {
    /// Takes it, or says who is at work. The token is cancelled when another process asks for that.
    pub(super) fn take(
        store: &Store,
        (work, plan): (Work, Option<&str>),
        cancel: CancellationToken,
    ) -> Result<Self, CleanupError> {
        store.with(|_| Ok(()))?;
        let file = Arc::new(database::private(&store.lock_file())?);
        let (begun, mut seen) = (Instant::now(), None);
        let (fence, has_lock) = loop {
            let has_lock = lock(&file)?;
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
                file.unlock().map_err(|error| CleanupError::Disk(error.to_string()))?;
            }
            std::thread::sleep(PAUSE);
        };
        let (beats, ended) = channel();
        let beating = Beating { file: Arc::clone(&file), state: store.state.to_path_buf(), fence, cancel };
        let beating = std::thread::Builder::new()
            .name("lease".to_owned())
            .spawn(move || beating.until(|pause| ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout)))
            .map_err(|error| CleanupError::Disk(error.to_string()))?;
        let beating = (!has_lock).then_some(beating);
        Ok(Self { store: store.fenced(fence)?, file, beats: Some(beats), beating })
    }
}

/// Whether the lock on the file is ours now.
fn lock(file: &File) -> Result<bool, CleanupError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(CleanupError::Disk(error.to_string())),
    }
}

/// Raises the fence, unless the lease is not as it was seen any more.
fn claim(
    db: &mut Connection,
    seen: Option<Held>,
    has_lock: bool,
    (work, plan): (Work, Option<&str>),
) -> Result<Option<i64>, CleanupError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if held(&transaction)? != seen {
        return Ok(None);
    }
    let fence = seen.map_or(0, |held| held.fence) + 1;
    let since = format!("{:.0}", jiff::Timestamp::now());
    transaction.execute(
        "INSERT OR REPLACE INTO lease (one, fence, beat, without_lock, work, plan, since, cancel, ended) VALUES (1, ?1, 0, ?2, ?3, ?4, ?5, 0, 0)",
        params![fence, !has_lock, work.name(), plan, since],
    )?;
    transaction.commit()?;
    Ok(Some(fence))
}

/// Counts the beat up until the lease ends.
struct Beating {
    file: Arc<File>,
    state: std::path::PathBuf,
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
            let _ = db.execute("UPDATE lease SET without_lock = 0, ended = 1 WHERE fence = ?1", [self.fence]);
        }
    }

    fn open(&self) -> Option<Connection> {
        let db = database::reopen(&self.state, None).ok()?;
        // A beat is for the living: nobody needs it after a power failure.
        db.pragma_update(None, "synchronous", "OFF").ok()?;
        Some(db)
    }

    /// Whether the lease is still ours.
    fn beat(&self, db: &Connection) -> rusqlite::Result<bool> {
        let now = db
            .prepare_cached("UPDATE lease SET beat = beat + 1 WHERE fence = ?1 RETURNING without_lock, cancel")?
            .query_row([self.fence], |row| Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?)))
            .optional()?;
        let Some((is_without_lock, is_cancelled)) = now else { return Ok(false) };
        if is_cancelled {
            self.cancel.cancel();
        }
        // The paused process may have ended.
        if is_without_lock && matches!(lock(&self.file), Ok(true)) {
            db.execute("UPDATE lease SET without_lock = 0 WHERE fence = ?1", [self.fence])?;
        }
        Ok(true)
    }
}

/// A connection on which nothing can be changed after somebody else has raised the fence.
pub(super) fn open_fenced(state: &Path, limit: Option<u64>, fence: i64) -> Result<Connection, CleanupError> {
    let db = database::reopen(state, limit)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    for table in FENCED {
        for change in ["INSERT", "UPDATE", "DELETE"] {
            db.execute_batch(&format!(
                "CREATE TEMP TRIGGER fence_{table}_{change} BEFORE {change} ON main.{table} \
                 WHEN (SELECT fence FROM main.lease) IS NOT {fence} BEGIN SELECT RAISE(ABORT, '{TAKEN_OVER}'); END"
            ))?;
        }
    }
    Ok(db)
}

/// Whether an error is that of a trigger above.
pub(super) fn is_taken_over(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(_, Some(words)) if words == TAKEN_OVER)
}

/// Whether the fence is still this one.
pub(super) fn check(db: &Connection, fence: i64) -> Result<(), CleanupError> {
    let is_ours = held(db)?.is_some_and(|held| held.fence == fence);
    if is_ours { Ok(()) } else { Err(CleanupError::TakenOver) }
}

/// What the last lease was taken for, and how far that is.
pub(super) fn at_work(db: &Connection) -> Result<Option<AtWork>, CleanupError> {
    let row = db
        .prepare_cached("SELECT work, plan, since FROM lease WHERE NOT ended")?
        .query_row([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, String>(2)?)))
        .optional()?;
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
pub(super) fn cancel(db: &Connection) -> Result<(), CleanupError> {
    db.execute("UPDATE lease SET cancel = 1", [])?;
    Ok(())
}

impl Store {
    /// Who is at work, by whatever process; `None` where nobody is.
    pub(crate) async fn at_work(&self) -> Result<Option<AtWork>, CleanupError> {
        let file = self.lock_file();
        if !self.exists() || !file.exists() {
            return Ok(None);
        }
        let is_locked = tokio::task::spawn_blocking(move || {
            let file = database::private(&file)?;
            // Who begins at this moment tries again.
            let is_ours = lock(&file)?;
            Ok::<_, CleanupError>(!is_ours)
        });
        let is_locked = is_locked.await.unwrap_or(Err(CleanupError::Broken))?;
        let is_without_lock = self.run(|db| Ok(held(db)?.is_some_and(|held| held.is_without_lock))).await?;
        if !is_locked && !is_without_lock {
            return Ok(None);
        }
        self.run(|db| at_work(db)).await
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

/// A number of the counts, for callers outside.
#[cfg(test)]
mod tests {
    use super::{TAKEN_OVER, is_taken_over, open_fenced};

    #[test]
    fn a_fence_that_was_raised_lets_no_change_through() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("state.sqlite");
        let db = rusqlite::Connection::open(&file).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.execute_batch(crate::store::schema::SCHEMA).unwrap();
        db.execute_batch("INSERT INTO lease (one, fence, work, since) VALUES (1, 1, 'apply', '')").unwrap();
        let fenced = open_fenced(&file, None, 1).unwrap();
        let set = "INSERT OR REPLACE INTO meta (name, value) VALUES ('synced_at', ?1)";
        fenced.execute(set, ["first"]).unwrap();
        db.execute("UPDATE lease SET fence = 2", []).unwrap();
        let refused = fenced.execute(set, ["second"]).unwrap_err();
        assert!(is_taken_over(&refused) && refused.to_string() == TAKEN_OVER, "{refused}");
        for change in ["DELETE FROM meta", "UPDATE meta SET value = ''"] {
            assert!(is_taken_over(&fenced.execute(change, []).unwrap_err()), "{change}");
        }
        let kept: String =
            db.query_row("SELECT value FROM meta WHERE name = 'synced_at'", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, "first");
        db.execute(set, ["by the one who took over"]).unwrap();
    }
}
