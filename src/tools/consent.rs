//! Consent: a call that needs a confirmation is previewed first, and done only by who has seen that preview.
//!
//! One mechanism for every way to ask. A preview comes with a one-time token that is bound to it: a random nonce, kept in the
//! store of the machine, or in this process where there is none, until it is used or expires. Where the caller's program can ask a person, the token stays in that question; where it
//! cannot, the model gets it with the preview and repeats the call with it.

mod issued;
mod kept;
mod question;
mod sync;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use imbrace_contacts_store::Store;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::error::ToolError;
use super::tool::{Effect, Entry, Preview};
use crate::context::{Context, GatewayTarget};
use crate::render::Reply;
use crate::write_gate::Who;
pub use issued::ConsentError;
use issued::{Digest, Issued, Way};
use kept::Kept;
pub use question::Question;

/// The argument that a confirmation is given in.
pub(super) const ARGUMENT: &str = "confirm";

/// Which calls need a confirmation, from the fewest to the most. The operator's choice; a request may ask for more of
/// them, and nothing in it can loosen what was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Confirm {
    /// None.
    Never,
    /// Calls that remove, for good, what the caller did not name one by one, or change or decide more than that.
    #[default]
    Destructive,
    /// Every call that changes something.
    All,
}

impl Confirm {
    /// Whether it covers a tool.
    pub(super) const fn covers(self, effect: Effect, sweeps: bool) -> bool {
        match self {
            Self::All => sweeps || !effect.is_read_only(),
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

/// The confirmations of one server.
pub(super) struct Confirmations {
    kept: Kept,
    valid: Duration,
}

impl Confirmations {
    /// None of this server's yet; each will be valid so long, at every process over this store.
    pub(super) fn new(valid: Duration, store: Option<Arc<dyn Store>>) -> Self {
        Self { kept: store.map_or_else(|| Kept::Here(Issued::default()), Kept::Shared), valid }
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
        let call = digest(&binding(context.place(), caller, entry.name, &arguments));
        let (way, shown) = match &caller.consent {
            Consent::Agreed(token) => (Way::Person, Some(token.as_str())),
            Consent::ByPerson => (Way::Person, argument.as_ref().and_then(Value::as_str)),
            _ => (Way::Argument, argument.as_ref().and_then(Value::as_str)),
        };
        // Spent before anything is asked of the gateway: of many concurrent uses, one gets beyond this line.
        let confirmed = match shown {
            Some(text) => Some(self.kept.spend(text.trim(), way, call).await?),
            None => None,
        };
        let (would, rest, facts) = match entry.preview(context, &arguments).await? {
            Preview::Would { would, rest, facts } => (would, rest, facts),
            Preview::Nothing(lines) => return Ok(Reply::Lines(lines.lines().map(str::to_owned).collect())),
            Preview::GoesOn => return entry.act(context, arguments).await,
        };
        let content = digest(&[would.as_bytes(), rest.as_bytes(), facts.as_bytes()]);
        if confirmed == Some(content) {
            return entry.act(context, arguments).await;
        }
        let token = self.issue(way, call, content).await?;
        let place = context.place().named();
        let (changed, seconds) = (confirmed.is_some(), self.valid.as_secs());
        Err(ToolError::Unconfirmed(Box::new(Question {
            title: entry.title,
            would,
            place,
            rest,
            changed,
            token,
            seconds,
        })))
    }

    /// A new token: 128 random bits, as a text.
    ///
    /// # Errors
    /// [`ToolError::ConfirmationStore`].
    async fn issue(&self, way: Way, call: Digest, content: Digest) -> Result<String, ToolError> {
        let token = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        self.kept.issue(token.clone(), (way, call, content), self.valid).await?;
        Ok(token)
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

/// The digest of several texts; their lengths count, so that nothing moves from one into the next.
fn digest(parts: &[impl AsRef<[u8]>]) -> Digest {
    let parts = parts.iter().map(AsRef::as_ref);
    let hashed = parts.fold(Sha256::new(), |hash, part: &[u8]| {
        hash.chain_update((part.len() as u64).to_be_bytes()).chain_update(part)
    });
    hashed.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn nothing_moves_from_one_part_of_a_binding_into_the_next() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(digest(&["ab", "c"]), digest(&["ab", "c"]));
    }
}
