//! The confirmations that were given out: each a random nonce, kept with what it confirms.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::sync::{Mutex, PoisonError};

/// Confirmations that are kept. Of more, the oldest is forgotten, and a forgotten one confirms nothing.
pub(crate) const MOST: usize = 10_000;

/// A digest of what a confirmation is bound to.
pub(crate) type Digest = [u8; 32];

/// The way a confirmation comes; one for the one way is of no use in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The model repeats the call with it.
    Argument,
    /// A person was asked.
    Person,
}

/// What a confirmation confirms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Confirmation {
    pub(crate) way: Way,
    /// Of caller, place, tool and arguments.
    pub(crate) call: Digest,
    /// Of what the preview showed.
    pub(crate) content: Digest,
    pub(crate) expires: Instant,
}

/// Why a confirmation does not hold. Nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// Not made here, or changed since.
    #[error("is none that this server gave out")]
    Unknown,
    /// Older than its time.
    #[error("has expired")]
    Expired,
    /// Spent by an earlier or a concurrent call.
    #[error("has been used already")]
    Used,
    /// Right, but for another tool, other arguments, another caller or another way to confirm.
    #[error("belongs to another call")]
    OtherCall,
}

/// The confirmations of one server.
#[derive(Default)]
pub(crate) struct Issued {
    // Held for one look, never across an await.
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Each with whether it was used.
    by_nonce: HashMap<String, (Confirmation, bool)>,
    /// The oldest first.
    order: VecDeque<String>,
}

impl Issued {
    /// Keeps a confirmation under a nonce, which nobody can guess.
    pub(crate) fn issue(&self, nonce: String, confirmation: Confirmation) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.order.len() >= MOST
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.by_nonce.remove(&oldest);
        }
        kept.order.push_back(nonce.clone());
        kept.by_nonce.insert(nonce, (confirmation, false));
    }

    /// Uses a confirmation and returns the digest of the preview it was given with. Of any number of concurrent uses, one succeeds.
    ///
    /// # Errors
    /// [`ConsentError`]
    pub(crate) fn spend(&self, nonce: &str, way: Way, call: &Digest, now: Instant) -> Result<Digest, ConsentError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (confirmation, is_used) = kept.by_nonce.get_mut(nonce).ok_or(ConsentError::Unknown)?;
        if confirmation.expires <= now {
            return Err(ConsentError::Expired);
        }
        if confirmation.call != *call || confirmation.way != way {
            return Err(ConsentError::OtherCall);
        }
        if std::mem::replace(is_used, true) { Err(ConsentError::Used) } else { Ok(confirmation.content) }
    }
}
