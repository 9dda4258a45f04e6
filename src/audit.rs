//! The audit file: one JSON line a tool call, two for a write, chained by hashes, without personal data.
//!
//! A write is recorded twice: the intent before anything is sent, which is on the disk before the call goes on, and the
//! outcome. A process that is killed in between leaves an intent without an outcome; the next start records it as
//! `unknown` and says so. Reads are recorded once, after the answer.
//!
//! Lines hold ids, digests, durations and closed sets of words; never names, addresses, texts or credentials. Digests
//! of arguments and answers are HMACs, because an e-mail address can be guessed from a bare hash. Their key stands in a
//! second file beside the first (`FILE.key`), so the audit file alone may be shown to anybody.
//!
//! One process writes a file at a time. Every line goes to the kernel in one write, so that a killed process loses
//! nothing; only intents are forced to the disk as well. To rotate, stop the server and move the file away; `audit
//! verify` prints the last hash, by which a file can be told from a shortened one.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

mod book;
mod chain;
mod digest;
mod line;

use book::Book;
pub use book::{OpenError, Opened};
pub use chain::{Break, Summary, Unfinished, Unverified, verify};
use digest::Key;
use line::{Kind, Line};

/// How long a read waits for its line.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

/// Lines that wait at most, before those of reads are left out and told in the log. More wait only where the disk hangs, because no
/// more calls are in flight; and the threads for blocking work, 512 of them, have other work, too.
const MAX_WAITING: usize = 256;

/// The audit file of this process. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    shared: Arc<Shared>,
}

struct Shared {
    book: Mutex<Book>,
    key: Key,
    /// Lines that wait to be written, or are being written, on threads for blocking work.
    waiting: AtomicUsize,
}

/// A call as it begins.
#[derive(Debug, Clone)]
pub struct Call {
    /// The tool.
    pub tool: &'static str,
    /// What it does, in one word.
    pub effect: &'static str,
    /// Whether it may change something, so that the intent must be recorded first.
    pub writes: bool,
    /// The gateway's ids in the arguments, whole.
    pub ids: Vec<String>,
    /// The arguments as JSON; only their digest is kept.
    pub arguments: String,
    /// Which gateway.
    pub environment: &'static str,
    /// Who calls, by a label that the operator chose.
    pub caller: String,
}

/// How a call ended. The words are those of closed sets, never of the gateway or of customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has its answer.
    Done,
    /// It failed, and a write changed nothing.
    Failed(&'static str),
    /// A write failed in a way that leaves open whether it was done.
    Unknown(&'static str),
    /// Its time was up.
    TimedOut,
    /// A bug, contained.
    Panicked,
    /// Nobody waits for it any more.
    Cancelled,
}

impl Outcome {
    /// Its word, and that of its reason.
    pub(crate) fn words(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Done => ("ok", None),
            Self::Failed(error) => ("error", Some(error)),
            Self::Unknown(error) => ("unknown", Some(error)),
            Self::TimedOut => ("timed_out", None),
            Self::Panicked => ("panicked", None),
            Self::Cancelled => ("cancelled", None),
        }
    }
}

impl Audit {
    /// Opens or creates the file, and checks all that stands in it.
    ///
    /// A last line that a killed process left unfinished is cut off, and writes without an outcome are recorded as
    /// unknown; [`Opened`] tells of both.
    ///
    /// # Errors
    /// [`OpenError`]: the file cannot be used, another process writes it, or its chain is broken.
    pub fn open(path: &Path) -> Result<(Self, Opened), OpenError> {
        let key = Key::beside(path).map_err(OpenError::Key)?;
        let (book, opened) = Book::open(path, &key)?;
        Ok((Self { shared: Arc::new(Shared { book: Mutex::new(book), key, waiting: AtomicUsize::new(0) }) }, opened))
    }

    /// Notes that a call begins. For a write this returns when its intent is on the disk.
    ///
    /// # Errors
    /// When the intent cannot be recorded; the write must not be sent then.
    pub async fn begin(&self, mut call: Call) -> io::Result<Pending> {
        let arguments = self.shared.key.digest(std::mem::take(&mut call.arguments).as_bytes());
        let record = Record {
            shared: Arc::clone(&self.shared),
            arguments,
            intent: (!call.writes).then_some(0),
            call,
            started: Instant::now(),
            ending: (Outcome::Cancelled, None),
        };
        if !record.call.writes {
            return Ok(Pending(Some(record)));
        }
        let mut pending = Pending(Some(record));
        // The disk may take its time. Dropped here, the call still ends with a line, from the thread that has it then.
        let recorded = tokio::task::spawn_blocking(move || pending.record_intent().map(|()| pending));
        recorded.await.map_err(io::Error::other)?
    }

    /// Waits until the lines of calls that have ended are written, a second at most.
    pub async fn flush(&self) {
        let until = Instant::now() + READ_TIMEOUT;
        while self.shared.waiting.load(Ordering::Acquire) > 0 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Audit {
    /// 16 hex digits that stand for a caller's name: always the same ones under the key of this file.
    pub fn pseudonym(&self, name: &str) -> String {
        self.shared.key.digest(format!("caller {name}").as_bytes()).chars().take(16).collect()
    }
}

impl Shared {
    // A std mutex: held for one write to the kernel, on a thread for blocking work.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way. Dropped without an end, it is recorded as cancelled. Its lines are written on threads for blocking work.
pub struct Pending(Option<Record>);

/// What is recorded of a call. Dropped, it writes its last line on the thread that drops it.
struct Record {
    shared: Arc<Shared>,
    call: Call,
    arguments: String,
    /// The number of the intent's line; 0 for reads, which have none. `None` once nothing is left to write.
    intent: Option<u64>,
    started: Instant,
    /// How the call ended, and the digest of its answer.
    ending: (Outcome, Option<String>),
}

impl Pending {
    /// Records how the call ended; of the answer only a digest is kept.
    ///
    /// A write waits for its line. A read waits a second at most, so that a disk that hangs holds up no read. A line that
    /// cannot be written is told in the log: what happened has happened. The next write is refused.
    pub async fn end(mut self, outcome: Outcome, answer: &str) {
        let Some(mut record) = self.0.take() else { return };
        record.ending = (outcome, Some(record.shared.key.digest(answer.as_bytes())));
        let is_write = record.call.writes;
        let Some(written) = record.write_elsewhere() else { return };
        if is_write {
            let _ = written.await;
        } else {
            let _ = tokio::time::timeout(READ_TIMEOUT, written).await;
        }
    }

    fn record_intent(&mut self) -> io::Result<()> {
        let Some(record) = &mut self.0 else { return Ok(()) };
        let line = record.line(Kind::Intent);
        let file = {
            let mut book = record.shared.book();
            record.intent = Some(book.append(line)?);
            book.file()
        };
        let forced = file.sync_data();
        if forced.is_err() {
            record.ending = (Outcome::Failed("unrecorded"), None);
            self.0.take();
        }
        forced
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(record) = self.0.take() {
            record.write_elsewhere();
        }
    }
}

impl Record {
    /// Writes the last line on a thread for blocking work; on this one where there is no runtime.
    fn write_elsewhere(mut self) -> Option<JoinHandle<()>> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return None };
        let shared = Arc::clone(&self.shared);
        if shared.waiting.fetch_add(1, Ordering::AcqRel) >= MAX_WAITING && !self.call.writes {
            shared.waiting.fetch_sub(1, Ordering::AcqRel);
            self.intent = None;
            tracing::error!(tool = self.call.tool, "a read is not recorded: the audit file does not take its line");
            return None;
        }
        Some(runtime.spawn_blocking(move || {
            drop(self);
            shared.waiting.fetch_sub(1, Ordering::AcqRel);
        }))
    }

    fn line(&self, kind: Kind) -> Line {
        let Call { tool, effect, ids, environment, caller, .. } = &self.call;
        Line {
            tool: Some((*tool).to_owned()),
            effect: Some((*effect).to_owned()),
            ids: ids.clone(),
            arguments: Some(self.arguments.clone()),
            environment: Some((*environment).to_owned()),
            caller: Some(caller.clone()).filter(|caller| !caller.is_empty()),
            ..Line::of(kind)
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(intent) = self.intent.take() else { return };
        let (outcome, answer) = (self.ending.0, self.ending.1.take());
        let (word, error) = outcome.words();
        let line = Line {
            call: Some(intent).filter(|number| *number > 0),
            outcome: Some(word.to_owned()),
            error: error.map(str::to_owned),
            answer,
            milliseconds: Some(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)),
            ..self.line(Kind::Outcome)
        };
        if let Err(error) = self.shared.book().append(line) {
            tracing::error!(tool = self.call.tool, reason = %error, "the audit file cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(writes: bool) -> Call {
        let (ids, arguments) = (Vec::new(), "{}".to_owned());
        Call { tool: "test", effect: "read", writes, ids, arguments, environment: "local", caller: String::new() }
    }

    #[tokio::test]
    async fn a_disk_that_hangs_holds_up_writes_and_no_read() {
        let folder = tempfile::tempdir().unwrap();
        let (audit, _) = Audit::open(&folder.path().join("audit")).unwrap();
        let write = audit.begin(call(true)).await.unwrap();
        // Whoever writes a line to a disk that hangs holds this lock.
        let hanging = Arc::clone(&audit.shared);
        let (release, released) = std::sync::mpsc::channel::<()>();
        let holder = std::thread::spawn(move || {
            let _book = hanging.book();
            let _ = released.recv();
        });
        while audit.shared.book.try_lock().is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let began = Instant::now();
        audit.begin(call(false)).await.unwrap().end(Outcome::Done, "").await;
        drop(audit.begin(call(false)).await.unwrap());
        assert!(began.elapsed() < READ_TIMEOUT * 2, "{:?}", began.elapsed());
        let waiting = tokio::time::timeout(READ_TIMEOUT * 2, write.end(Outcome::Done, "")).await;
        assert!(waiting.is_err(), "a write waits for its line");
        release.send(()).unwrap();
        holder.join().unwrap();
        audit.flush().await;
        let text = std::fs::read_to_string(folder.path().join("audit")).unwrap();
        assert_eq!(text.lines().count(), 5, "start, intent, and an outcome each: {text}");
    }
}
