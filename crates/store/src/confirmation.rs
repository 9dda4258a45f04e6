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

/// Parts for the engines of the store.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use engines::{KEPT_AFTER_END, digest, refusal};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod engines {
    use sha2::{Digest as _, Sha256};

    use super::{Digest, SpendError, Way};
    use crate::Milliseconds;

    /// A confirmation that is over is kept for a while, so that a late use is told why it fails.
    pub(crate) const KEPT_AFTER_END: Milliseconds = 3600 * 1000;

    /// The digest that is kept of a nonce.
    pub(crate) fn digest(nonce: &str) -> Digest {
        Sha256::digest(nonce.as_bytes()).into()
    }

    impl Way {
        /// As it is kept.
        pub(crate) const fn number(self) -> i64 {
            match self {
                Self::Argument => 0,
                Self::Person => 1,
            }
        }
    }

    /// The reason why a call did not use up a confirmation that is kept.
    pub(crate) fn refusal(
        (kept_way, kept_call): (i64, &[u8]),
        (issued, expires): (Milliseconds, Milliseconds),
        (way, call): (Way, &Digest),
        now: Milliseconds,
    ) -> SpendError {
        if now < issued || expires <= now {
            SpendError::Expired
        } else if kept_way != way.number() || kept_call != call {
            SpendError::OtherCall
        } else {
            SpendError::Used
        }
    }
}
