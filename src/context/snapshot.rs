//! The local copy of the list, as far as tools need it that work without one: links between contacts, and that a contact was written.

use std::collections::HashMap;
use std::fmt;

use futures::future::BoxFuture;

/// The questions of tools over single contacts to a cleanup engine's snapshot.
pub trait Snapshot: fmt::Debug + Send + Sync {
    /// Returns true if any contact may be linked. Looks at the disk, not into the list.
    fn is_there(&self) -> bool;

    /// The other contacts that are linked to each of these, by id; contacts without links are left out. Empty where the links cannot be
    /// read: that is logged, and said by the tools that need them.
    fn linked(&self, ids: Vec<String>) -> BoxFuture<'_, HashMap<String, Vec<String>>>;

    /// Notes that a contact was written: the next question of the list reads what changed first.
    fn expire(&self);
}
