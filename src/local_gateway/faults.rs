//! Misbehaviour on request: which requests are answered wrongly, and how.

mod choose;
mod misdeed;

pub(super) use choose::{Asked, Chooser};
pub(super) use misdeed::Misdeed;

/// Whether a request took the form that an operation sends first, or another (contract, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The operation's own method and route.
    Main,
    /// Another method or route for the same.
    Alternative,
}

/// How the local gateway misbehaves; by default it does not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Decides which requests a share hits; the same seed and requests give the same faults.
    pub seed: u64,
}
