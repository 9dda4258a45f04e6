//! An operation, its type erased: the path to the gateway is the same for all of them, and is compiled once.

use std::any::Any;
use std::sync::Arc;

use crate::gateway::answer::Answer;
use crate::gateway::decode::{Decode, DecodeError};
use crate::gateway::{Format, Operation, Replay};

/// A decoded answer of any operation, for everyone who asked for it.
pub(super) type Decoded = Arc<dyn Any + Send + Sync>;

/// What the path needs to know of an operation.
#[derive(Clone, Copy)]
pub(super) struct Endpoint {
    pub(super) name: &'static str,
    pub(super) replay: Replay,
    pub(super) format: Format,
    pub(super) decode: fn(Answer) -> Result<Decoded, DecodeError>,
}

impl Endpoint {
    pub(super) const fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            replay: O::REPLAY,
            format: O::FORMAT,
            decode: |answer| Ok(Arc::new(O::Response::decode(answer)?)),
        }
    }
}
