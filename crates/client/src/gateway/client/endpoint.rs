//! What the path to the gateway needs to know of an operation: the path is the same for all of them, and is compiled once.

use crate::gateway::answer::Answer;
use crate::gateway::decode::{Decode, DecodeError};
use crate::gateway::{Format, Operation, Replay};

/// One operation.
#[derive(Clone, Copy)]
pub(super) struct Endpoint {
    pub(super) name: &'static str,
    pub(super) replay: Replay,
    pub(super) format: Format,
    /// Whether an answer decodes to the response.
    pub(super) check: fn(&Answer) -> Result<(), DecodeError>,
}

impl Endpoint {
    pub(super) const fn of<O: Operation>() -> Self {
        let check = |answer: &Answer| O::Response::decode(answer.clone()).map(drop);
        Self { name: O::NAME, replay: O::REPLAY, format: O::FORMAT, check }
    }
}
