//! Which confirmations have been used: each holds for one call, however many come at once.

use std::collections::HashMap;

use super::sync::{Mutex, PoisonError};

/// Confirmations kept in mind; an expired one needs none of it.
pub(crate) const MOST: usize = 10_000;

/// The confirmations that were used and have not expired since.
#[derive(Default)]
pub(crate) struct Spent {
    /// When each expires, by its serial number. Held for one look, never across an await.
    until: Mutex<HashMap<u32, u64>>,
}

/// Why a confirmation cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It was.
    Used,
    /// So many were within their time that no other is remembered, and none is taken that would be forgotten.
    Full,
}

impl Spent {
    /// Uses a confirmation. Of any number of concurrent calls, one succeeds.
    ///
    /// # Errors
    /// [`Refused`].
    pub(crate) fn spend(&self, serial: u32, expires: u64, now: u64) -> Result<(), Refused> {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.contains_key(&serial) {
            return Err(Refused::Used);
        }
        if until.len() >= MOST {
            until.retain(|_, expires| *expires > now);
        }
        if until.len() >= MOST {
            return Err(Refused::Full);
        }
        until.insert(serial, expires);
        Ok(())
    }
}
