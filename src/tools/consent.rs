//! Consent: a call that needs a confirmation is previewed first, and done only by who has seen that preview.
//!
//! One mechanism for every way to ask. A preview comes with a sealed, one-time token that is bound to it. Where the
//! caller's program can ask a person, the token stays in that question; where it cannot, the model gets it with the
//! preview and repeats the call with it.

mod question;
mod spent;
mod sync;
mod token;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::error::ToolError;
use super::tool::{Effect, Entry, Preview};
use crate::context::{Context, GatewayTarget};
use crate::render::Reply;
use crate::write_gate::Who;
pub use question::Question;
use spent::{Refused, Spent};
use token::{Seal, Token, Way};

/// The argument that a confirmation is given in.
pub(super) const ARGUMENT: &str = "confirm";

/// Which calls need a confirmation, from the fewest to the most. The operator's choice; a request may ask for more of
/// them, and nothing in it can loosen what was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Confirm {
    /// None.
    Never,
    /// Calls that remove, for good, what the caller did not name one by one.
    #[default]
    Destructive,
    /// Every call that changes something.
    All,
}

impl Confirm {
    /// Whether it covers a tool.
    pub(super) const fn covers(self, effect: Effect, sweeps: bool) -> bool {
        match self {
            Self::All => !effect.is_read_only(),
            Self::Destructive => sweeps,
            Self::Never => false,
        }
    }
}

/// Who calls, and how they can be asked.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// Tells callers apart: one's confirmations are of no use to another. Never shown; only its digest is used.
    pub key: Vec<u8>,
    /// How a confirmation comes.
    pub consent: Consent,
    /// Who it is, for the audit file and the log.
    pub who: Who,
}

/// How a caller confirms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Consent {
    /// By the argument `confirm`, with the token of the preview.
    #[default]
    ByArgument,
    /// A person can be asked: the call answers a [`Question`] for them.
    ByPerson,
    /// The person who was asked agreed; with the token of the question.
    Agreed(String),
    /// The operator said yes to this call beforehand.
    Given,
}

/// Why a confirmation does not hold. Nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// Not made by this process, or changed since.
    #[error("is none that this server gave out")]
    Altered,
    /// Older than its time.
    #[error("has expired")]
    Expired,
    /// Spent by an earlier or a concurrent call.
    #[error("has been used already")]
    Used,
    /// Right, but for another tool, other arguments, another caller or another way to confirm.
    #[error("belongs to another call")]
    OtherCall,
    /// More confirmations within their time than are kept in mind.
    #[error("cannot be taken now, because too many were used in the last minutes")]
    TooMany,
}

/// The confirmations of one server.
pub(super) struct Confirmations {
    seal: Seal,
    spent: Spent,
    serial: AtomicU32,
    start: Instant,
    valid: Duration,
}

impl Confirmations {
    /// None yet; each will be valid so long. The key lives and dies with this value.
    pub(super) fn new(valid: Duration) -> Self {
        let (seal, spent, serial) = (Seal::new(), Spent::default(), AtomicU32::default());
        Self { seal, spent, serial, start: Instant::now(), valid }
    }

    /// Calls a tool, if it needs no confirmation or has the right one.
    ///
    /// # Errors
    /// [`ToolError::Unconfirmed`] with the preview, [`ToolError::Consent`], or what the tool itself answers.
    pub(super) async fn call(
        &self,
        entry: &Entry,
        context: &Context,
        caller: &Caller,
        arguments: Map<String, Value>,
    ) -> Result<Reply, ToolError> {
        let mut arguments = entry.read(arguments)?;
        if !entry.confirms || caller.consent == Consent::Given {
            arguments.remove(ARGUMENT);
            return entry.act(context, arguments).await;
        }
        let argument = arguments.remove(ARGUMENT);
        let call = self.seal.fingerprint(&binding(context.place(), caller, entry.name, &arguments));
        let (way, shown) = match &caller.consent {
            Consent::Agreed(token) => (Way::Person, Some(token.as_str())),
            Consent::ByPerson => (Way::Person, argument.as_ref().and_then(Value::as_str)),
            _ => (Way::Argument, argument.as_ref().and_then(Value::as_str)),
        };
        // Spent before anything is asked of the gateway: of many concurrent uses, one gets beyond this line.
        let confirmed = shown.map(|text| self.spend(text, way, call)).transpose()?;
        let (would, facts) = match entry.preview(context, &arguments).await? {
            Preview::Would { would, facts } => (would, facts),
            Preview::Nothing(lines) => return Ok(Reply::Lines(lines.lines().map(str::to_owned).collect())),
            Preview::GoesOn => return entry.act(context, arguments).await,
        };
        let content = self.seal.fingerprint(&[would.as_bytes(), facts.as_bytes()]);
        if confirmed == Some(content) {
            return entry.act(context, arguments).await;
        }
        let token = self.token(way, call, content);
        let place = context.place().named();
        let (changed, seconds) = (confirmed.is_some(), self.valid.as_secs());
        Err(ToolError::Unconfirmed(Box::new(Question { title: entry.title, would, place, changed, token, seconds })))
    }

    fn token(&self, way: Way, call: token::Fingerprint, content: token::Fingerprint) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let expires = self.now() + milliseconds(self.valid);
        self.seal.close(&Token { way, serial, expires, call, content })
    }

    /// What the confirmed preview held; the token is of no more use.
    fn spend(&self, text: &str, way: Way, call: token::Fingerprint) -> Result<token::Fingerprint, ConsentError> {
        let token = self.seal.open(text).ok_or(ConsentError::Altered)?;
        let now = self.now();
        if token.expires <= now {
            return Err(ConsentError::Expired);
        }
        if token.call != call || token.way != way {
            return Err(ConsentError::OtherCall);
        }
        match self.spent.spend(token.serial, token.expires, now) {
            Ok(()) => Ok(token.content),
            Err(Refused::Used) => Err(ConsentError::Used),
            Err(Refused::Full) => Err(ConsentError::TooMany),
        }
    }

    fn now(&self) -> u64 {
        milliseconds(self.start.elapsed())
    }
}

/// Everything that a confirmation is bound to beside the preview.
fn binding(place: &GatewayTarget, caller: &Caller, tool: &str, arguments: &Map<String, Value>) -> [Vec<u8>; 4] {
    // Names in order, whatever order they came in.
    let sorted: std::collections::BTreeMap<_, _> = arguments.iter().collect();
    let arguments = serde_json::to_vec(&sorted).unwrap_or_default();
    let place = format!("{} {} {}", place.environment, place.host, place.organization.as_deref().unwrap_or_default());
    [caller.key.clone(), tool.as_bytes().to_vec(), arguments, place.into_bytes()]
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
