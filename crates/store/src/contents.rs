//! Everything that a store holds, to copy it into another one of whatever engine.

use sha2::{Digest as _, Sha256};

use crate::{Digest, Milliseconds, Store, StoreError};

/// Everything that a store holds, in an order of its own, so that two with the same contents are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The day on which old short ids were last removed.
    pub(crate) swept: Option<i64>,
    /// Days of use.
    pub(crate) days: Vec<i64>,
    /// By tenant.
    pub(crate) tenants: Vec<TenantContents>,
    /// Confirmations.
    pub(crate) confirmations: Vec<KeptConfirmation>,
    /// Writes of a day: caller, day, count.
    pub(crate) writes: Vec<(Vec<u8>, i64, i64)>,
}

/// The contents of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TenantContents {
    pub(crate) key: Vec<u8>,
    pub(crate) place: String,
    /// Short id, second half, bytes of the id, last shown.
    pub(crate) short_ids: Vec<(String, String, Vec<u8>, i64)>,
}

/// A confirmation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeptConfirmation {
    pub(crate) nonce: Vec<u8>,
    pub(crate) way: i64,
    pub(crate) call: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) issued: Milliseconds,
    pub(crate) expires: Milliseconds,
    pub(crate) is_used: bool,
}

/// How much that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentsCount {
    /// Organisations or credentials.
    pub tenants: u64,
    /// Short ids, those that were forgotten included.
    pub short_ids: u64,
    /// Confirmations.
    pub confirmations: u64,
    /// Callers with writes of a day, by day.
    pub writes: u64,
}

impl Contents {
    pub(crate) fn sort(&mut self) {
        self.days.sort_unstable();
        self.tenants.iter_mut().for_each(|tenant| tenant.short_ids.sort_unstable());
        self.tenants.sort_unstable();
        self.confirmations.sort_unstable();
        self.writes.sort_unstable();
    }

    /// How much it is.
    pub fn count(&self) -> ContentsCount {
        ContentsCount {
            tenants: self.tenants.len() as u64,
            short_ids: self.tenants.iter().map(|tenant| tenant.short_ids.len() as u64).sum(),
            confirmations: self.confirmations.len() as u64,
            writes: self.writes.len() as u64,
        }
    }

    /// Returns true if nothing was ever given out, confirmed or counted.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty() && self.confirmations.is_empty() && self.writes.is_empty()
    }

    /// SHA-256 of all of it.
    pub fn digest(&self) -> Digest {
        let mut digest = Sha256::new();
        let mut part = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        part(&self.swept.unwrap_or(i64::MIN).to_le_bytes());
        for day in &self.days {
            part(&day.to_le_bytes());
        }
        for tenant in &self.tenants {
            part(b"tenant");
            part(&tenant.key);
            part(tenant.place.as_bytes());
            for (short, tail, id, shown) in &tenant.short_ids {
                part(short.as_bytes());
                part(tail.as_bytes());
                part(id);
                part(&shown.to_le_bytes());
            }
        }
        for kept in &self.confirmations {
            part(b"confirmation");
            for bytes in [&kept.nonce, &kept.call, &kept.content] {
                part(bytes);
            }
            for number in [kept.way, kept.issued, kept.expires, i64::from(kept.is_used)] {
                part(&number.to_le_bytes());
            }
        }
        for (caller, day, count) in &self.writes {
            part(b"writes");
            part(caller);
            part(&day.to_le_bytes());
            part(&count.to_le_bytes());
        }
        digest.finalize().into()
    }

    /// Checks that a store with these contents may be filled.
    pub(crate) fn check_is_empty(&self, place: &str) -> Result<(), StoreError> {
        if self.is_empty() { Ok(()) } else { Err(StoreError::NotEmpty { place: place.to_owned() }) }
    }

    /// Checks that the contents that were written are those that were to be written.
    pub(crate) fn check_is(&self, wanted: &Self, place: &str) -> Result<(), StoreError> {
        if self.count() == wanted.count() && self.digest() == wanted.digest() {
            Ok(())
        } else {
            Err(StoreError::Differs { place: place.to_owned() })
        }
    }
}

/// A store that can be copied. All of it is held in memory: about 150 bytes a short id.
pub trait Portable: Store {
    /// Everything, as of one moment.
    ///
    /// # Errors
    /// [`StoreError`].
    fn read_all(&self) -> Result<Contents, StoreError>;

    /// Puts everything into an empty store, reads it again and compares, in one transaction: it happens whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] where something was given out, confirmed or counted already, [`StoreError::Differs`] where what is read again
    /// is not what was written, and the others; nothing is changed then.
    fn fill(&self, contents: &Contents) -> Result<(), StoreError>;
}
