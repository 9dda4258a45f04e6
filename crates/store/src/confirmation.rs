//! Confirmations: what a nonce confirms, and why it may not.

use crate::{Milliseconds, StoreError};

/// A digest of what a confirmation is bound to.
pub type Digest = [u8; 32];

/// The way a confirmation comes; one for the one way is of no use in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The model repeats the call with it.
    Argument,
    /// A person was asked.
    Person,
}

/// What a confirmation confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation {
    /// How it comes.
    pub way: Way,
    /// Of caller, place, tool and arguments.
    pub call: Digest,
    /// Of what the preview showed.
    pub content: Digest,
    /// When it was given out. Before this moment it does not hold either: the clock was turned back.
    pub issued: Milliseconds,
    /// When it ends.
    pub expires: Milliseconds,
}

/// Why a confirmation does not hold. Nothing was used up.
#[derive(Debug, thiserror::Error)]
pub enum SpendError {
    /// Never given out here, or forgotten.
    #[error("is none that this server gave out")]
    Unknown,
    /// Older than its time, or younger than its beginning.
    #[error("has expired")]
    Expired,
    /// Spent by an earlier or a concurrent call.
    #[error("has been used already")]
    Used,
    /// Right, but for another tool, other arguments, another caller or another way to confirm.
    #[error("belongs to another call")]
    OtherCall,
    /// Nobody can tell.
    #[error("cannot be checked: {0}")]
    Store(#[from] StoreError),
}
