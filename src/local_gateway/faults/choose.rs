//! Chooses the faults of a request.

use std::sync::{PoisonError, RwLock};

use super::{Faults, Form, Misdeed};
use crate::model::Prefix;

/// What a request asks for, as far as faults are chosen by it.
#[derive(Debug, Clone, Copy)]
pub(in crate::local_gateway) struct Asked {
    /// The operation's name.
    pub(in crate::local_gateway) operation: &'static str,
    /// Which form of it.
    pub(in crate::local_gateway) form: Form,
    /// Under which prefix.
    pub(in crate::local_gateway) prefix: Prefix,
    /// The path after the prefix.
    pub(in crate::local_gateway) path: &'static str,
}

/// The faults in force.
#[derive(Debug)]
pub(in crate::local_gateway) struct Chooser(RwLock<Faults>);

impl Chooser {
    /// Starts with these.
    pub(in crate::local_gateway) fn new(faults: Faults) -> Self {
        Self(RwLock::new(faults))
    }

    /// From now on these.
    pub(in crate::local_gateway) fn set(&self, faults: Faults) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// What is done to a request.
    pub(in crate::local_gateway) fn choose(&self, _asked: &Asked) -> Misdeed {
        Misdeed
    }
}
