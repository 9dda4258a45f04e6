//! Cleanup of contact lists: a local snapshot is audited and matched, changes are planned, applied one by one with a
//! journal, and can be undone.
//!
//! [`normalize`], [`findings`] and [`duplicates`] are pure: they read a [`Subject`] and know neither store nor gateway.

pub mod duplicates;
pub mod findings;
pub mod normalize;
mod subject;

pub use subject::{Subject, SubjectError};
