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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

mod book;
mod chain;
mod digest;
mod line;

use book::Book;
pub use book::{OpenError, Opened};
pub use chain::{Break, Summary, Unfinished, Unverified, verify};
use digest::Key;
use line::{Kind, Line};

/// The audit file of this process. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    shared: Arc<Shared>,
}

struct Shared {
    book: Mutex<Book>,
    key: Key,
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
    fn words(self) -> (&'static str, Option<&'static str>) {
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
        Ok((Self { shared: Arc::new(Shared { book: Mutex::new(book), key }) }, opened))
    }

    /// Notes that a call begins. For a write this returns when its intent is on the disk.
    ///
    /// # Errors
    /// When the intent cannot be recorded; the write must not be sent then.
    pub async fn begin(&self, mut call: Call) -> io::Result<Pending> {
        let arguments = self.shared.key.digest(std::mem::take(&mut call.arguments).as_bytes());
        let mut pending =
            Pending { shared: Arc::clone(&self.shared), call, arguments, intent: None, started: Instant::now() };
        if !pending.call.writes {
            pending.armed();
            return Ok(pending);
        }
        // The disk may take its time. Dropped here, the call still ends with a line, from the thread that has it then.
        let recorded = tokio::task::spawn_blocking(move || pending.record_intent().map(|()| pending));
        recorded.await.map_err(io::Error::other)?
    }
}

impl Audit {
    /// 16 hex digits that stand for a caller's name: always the same ones under the key of this file.
    pub fn pseudonym(&self, name: &str) -> String {
        self.shared.key.digest(format!("caller {name}").as_bytes()).chars().take(16).collect()
    }
}

impl Shared {
    // A std mutex: held for one write to the kernel, never for one to the disk.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way. Dropped without an end, it is recorded as cancelled.
pub struct Pending {
    shared: Arc<Shared>,
    call: Call,
    arguments: String,
    /// The number of the intent's line; for reads, 0 until the outcome is recorded.
    intent: Option<u64>,
    started: Instant,
}

impl Pending {
    /// Records how the call ended; of the answer only a digest is kept.
    ///
    /// A line that cannot be written is told in the log: what happened has happened. The next write is refused.
    pub fn end(mut self, outcome: Outcome, answer: &str) {
        let answer = self.shared.key.digest(answer.as_bytes());
        self.close(outcome, Some(answer));
    }

    fn armed(&mut self) {
        self.intent = Some(0);
    }

    fn record_intent(&mut self) -> io::Result<()> {
        let line = self.line(Kind::Intent);
        let file = {
            let mut book = self.shared.book();
            self.intent = Some(book.append(line)?);
            book.file()
        };
        let forced = file.sync_data();
        if forced.is_err() {
            self.close(Outcome::Failed("unrecorded"), None);
        }
        forced
    }

    fn close(&mut self, outcome: Outcome, answer: Option<String>) {
        let Some(intent) = self.intent.take() else { return };
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
            tracing::error!(tool = self.call.tool, kind = %error.kind(), "the audit file cannot be written");
        }
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

impl Drop for Pending {
    fn drop(&mut self) {
        self.close(Outcome::Cancelled, None);
    }
}
