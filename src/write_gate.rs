//! The one gate that every write to the gateway passes, whether it comes over MCP, by `call` or by `cleanup`.
//!
//! It refuses where the operator wants no writes, and records what is about to be sent in the audit file: the line is on
//! the disk before the request goes out. The writes of a plan also take the rate that they begin with from it.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use imbrace_contacts_client::write_gate::{Ended, Gate, Permit, Write, WriteRefused};
use imbrace_contacts_store::{Digest, Store};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ring::hmac;
use sha2::Digest as _;

use crate::audit::{Audit, Call, Outcome, Pending};

/// The caller of `call` and `cleanup` in the log and the audit file: whoever sits at the terminal.
pub(crate) const SHELL: &str = "shell";

/// The operator's rules for writes. The default allows them, unrecorded, at the usual rate.
#[derive(Clone, Default)]
pub struct WriteRules {
    /// Nothing is written.
    pub read_only: bool,
    /// Where calls and writes are recorded.
    pub audit: Option<Audit>,
    /// Requests a second that an apply or undo begins with; infinity is without a limit, `None` is the usual rate.
    pub requests_per_second: Option<f64>,
    /// Writes that one caller may do in a day of UTC.
    pub max_writes_per_day: Option<NonZeroU64>,
    /// Where these are counted, for every process over the same store. Without it each process counts by itself.
    pub counters: Option<Arc<dyn Store>>,
}

/// Writes of each caller on one day, counted in this process where there is no store: a restart begins anew.
#[derive(Default)]
struct DailyWrites {
    // std mutex: held for a look into a map.
    day: Mutex<(Date, HashMap<Arc<str>, u64>)>,
}

impl DailyWrites {
    /// Does something with a caller's number of today.
    fn with<T>(&self, caller: &Arc<str>, work: impl FnOnce(&mut u64) -> T) -> T {
        let today = jiff::Timestamp::now().to_zoned_datetime(TimeZone::UTC).date();
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        if day.0 != today {
            *day = (today, HashMap::new());
        }
        work(day.1.entry(Arc::clone(caller)).or_default())
    }
}

/// Who calls, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Who {
    /// Whoever has this end of the transport.
    #[default]
    Transport,
    /// The label of a bearer token.
    Token(Arc<str>),
    /// The subject of an access token. It may be an e-mail address, so it is never shown: only its keyed digest is.
    OAuth(Arc<str>),
}

impl Who {
    /// What tells this caller from others, for digests; `None` where only the transport is known.
    pub(crate) fn proven(&self) -> Option<String> {
        match self {
            Self::Transport => None,
            Self::Token(label) => Some(format!("token:{label}")),
            Self::OAuth(subject) => Some(format!("oauth:{subject}")),
        }
    }
}

/// The gate, for one caller. Cheap to clone.
#[derive(Clone)]
pub struct WriteGate {
    rules: Arc<WriteRules>,
    /// Makes digests of subjects where there is no audit file with a key of its own.
    key: Arc<hmac::Key>,
    daily: Arc<DailyWrites>,
    /// Stands for the caller where writes are counted: the same in every process.
    counted_as: Digest,
    caller: Arc<str>,
    environment: &'static str,
}

/// A digest of a caller at an environment.
fn counted_as(environment: &str, who: &str) -> Digest {
    sha2::Sha256::digest(format!("writes of a day\n{environment}\n{who}")).into()
}

/// What is about to be done.
pub struct Intent {
    /// The tool.
    pub tool: &'static str,
    /// What it does, in one word.
    pub effect: &'static str,
    /// Whether it may change something at the gateway, so that it must be recorded first.
    pub writes: bool,
    /// Whether it is one write of the day. An apply is none: each of its writes passes the gate by itself.
    pub counts: bool,
    /// Ids of what it is about, whole.
    pub ids: Vec<String>,
    /// What is sent, as JSON; only its digest is kept.
    pub arguments: String,
}

impl WriteGate {
    /// A gate with these rules, for callers of one transport: `stdio`, `http` or `shell`.
    pub fn new(rules: WriteRules, transport: &str, environment: &'static str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>());
        let daily = Arc::default();
        let counted_as = counted_as(environment, &format!("transport:{transport}"));
        Self { rules: Arc::new(rules), key: Arc::new(key), daily, counted_as, caller: transport.into(), environment }
    }

    /// A gate that lets nothing through.
    pub fn closed() -> Self {
        Self::new(WriteRules { read_only: true, ..WriteRules::default() }, "nobody", "none")
    }

    /// The same gate for somebody who calls over this transport.
    #[must_use]
    pub fn for_caller(&self, who: &Who, environment: &'static str) -> Self {
        let caller = match who {
            Who::Transport => Arc::clone(&self.caller),
            Who::Token(label) => format!("token:{label}").into(),
            Who::OAuth(subject) => format!("oauth:{}", self.pseudonym(subject)).into(),
        };
        let counted_as = who.proven().map_or(self.counted_as, |who| counted_as(environment, &who));
        Self { caller, counted_as, environment, ..self.clone() }
    }

    /// 16 hex digits that stand for a subject: the same ones as long as the audit file's key stays, or this process lives.
    fn pseudonym(&self, subject: &str) -> String {
        match &self.rules.audit {
            Some(audit) => audit.pseudonym(subject),
            None => {
                let tag = hmac::sign(&self.key, subject.as_bytes());
                tag.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
            }
        }
    }

    /// The caller as the audit file and the log name them: the label of a token, the digest of a subject, or the transport.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// Counts a write of the day.
    async fn count(&self) -> Result<(), WriteRefused> {
        let Some(limit) = self.rules.max_writes_per_day.map(NonZeroU64::get) else { return Ok(()) };
        let Some(store) = self.rules.counters.clone() else {
            return self.daily.with(&self.caller, |writes| {
                if *writes >= limit {
                    return Err(WriteRefused::DailyLimit { limit });
                }
                *writes += 1;
                Ok(())
            });
        };
        let caller = self.counted_as;
        match tokio::task::spawn_blocking(move || store.count_write(&caller, limit, store.now()?)).await {
            Ok(Ok(Some(_))) => Ok(()),
            Ok(Ok(None)) => Err(WriteRefused::DailyLimit { limit }),
            Ok(Err(error)) => {
                tracing::error!(reason = %error, "a write was refused: it cannot be counted");
                Err(WriteRefused::Uncounted)
            }
            Err(error) => {
                tracing::error!(reason = %error, "a write was refused: it cannot be counted");
                Err(WriteRefused::Uncounted)
            }
        }
    }

    /// Takes back one write of the day that was certainly not done.
    pub(crate) async fn uncount(&self) {
        if self.rules.max_writes_per_day.is_none() {
            return;
        }
        let Some(store) = self.rules.counters.clone() else {
            return self.daily.with(&self.caller, |writes| *writes = writes.saturating_sub(1));
        };
        let caller = self.counted_as;
        let done = tokio::task::spawn_blocking(move || store.uncount_write(&caller, store.now()?)).await;
        if !matches!(done, Ok(Ok(()))) {
            tracing::warn!("a write that was not done stays counted for today");
        }
    }

    /// Asks a store that other machines share whether it answers.
    async fn check_store(&self) -> Result<(), WriteRefused> {
        let Some(store) = self.rules.counters.clone().filter(|store| store.spans_machines()) else { return Ok(()) };
        let answered = tokio::task::spawn_blocking(move || store.now()).await;
        let reason = match answered {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(reason, "a write was refused: the state database does not answer");
        Err(WriteRefused::StateAway)
    }

    /// Whether calls are recorded.
    pub fn is_recording(&self) -> bool {
        self.rules.audit.is_some()
    }

    /// Lets something through. For a write this returns when its intent is on the disk.
    ///
    /// # Errors
    /// [`WriteRefused`]; nothing may be sent then.
    pub async fn record(&self, intent: Intent) -> Result<Option<Pending>, WriteRefused> {
        let Intent { tool, effect, writes, counts, ids, arguments } = intent;
        if writes {
            self.check()?;
            self.check_store().await?;
        }
        if counts {
            self.count().await?;
        }
        let Some(audit) = &self.rules.audit else { return Ok(None) };
        let (environment, caller) = (self.environment, self.caller.to_string());
        match audit.begin(Call { tool, effect, writes, ids, arguments, environment, caller }).await {
            Ok(pending) => Ok(Some(pending)),
            Err(error) => {
                tracing::error!(tool, reason = %error, "a write was refused: the audit file cannot be written");
                Err(WriteRefused::Unrecorded)
            }
        }
    }
}

impl fmt::Debug for WriteGate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WriteGate").field("read_only", &self.rules.read_only).finish_non_exhaustive()
    }
}

impl Gate for WriteGate {
    fn requests_per_second(&self) -> Option<f64> {
        self.rules.requests_per_second
    }

    fn check(&self) -> Result<(), WriteRefused> {
        if self.rules.read_only {
            return Err(WriteRefused::ReadOnly);
        }
        match self.rules.max_writes_per_day.map(NonZeroU64::get) {
            // Where processes count together, what this one knows may be out of date: each write asks.
            Some(_) if self.rules.counters.is_some() => Ok(()),
            Some(limit) if self.daily.with(&self.caller, |writes| *writes >= limit) => {
                Err(WriteRefused::DailyLimit { limit })
            }
            _ => Ok(()),
        }
    }

    fn begin(&self, write: Write) -> BoxFuture<'_, Result<Permit, WriteRefused>> {
        let Write { act, plan, contact, body } = write;
        Box::pin(async move {
            let ids = vec![plan, contact];
            let pending = self
                .record(Intent { tool: act, effect: "write", writes: true, counts: true, ids, arguments: body })
                .await?;
            let permit: Permit = Box::new(move |ended| {
                let outcome = match ended {
                    Ended::Done => Outcome::Done,
                    Ended::NotDone => Outcome::Failed("refused"),
                    Ended::Unknown => Outcome::Unknown("no_answer"),
                };
                Box::pin(async move {
                    if let Some(pending) = pending {
                        pending.end(outcome, "").await;
                    }
                })
            });
            Ok(permit)
        })
    }
}
