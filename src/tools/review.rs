//! The review page as far as the tools allow it.

use crate::cleanup::Gate as _;
use crate::review::Review;
use crate::write_gate::{Who, WriteGate};

use super::toolbox::Toolbox;

impl Toolbox {
    /// The review page for a caller: it does what the tools do that are offered to them, over the same engine and through the same gate.
    ///
    /// # Errors
    /// The reason why there is no cleanup engine, in words.
    pub(crate) fn review(&self, who: &Who) -> Result<Review, String> {
        let context = self.context();
        let workspace = context.cleanup().cloned().ok_or_else(|| context.cleanup_off().to_owned())?;
        let gate = self.gate(who);
        let tools: Vec<_> = self.wanted().into_iter().map(|entry| entry.name).collect();
        // Whoever wants no tool that writes gets a page that says so.
        let read_only = !["apply_cleanup", "undo_cleanup"].iter().any(|tool| tools.contains(tool));
        let requests_per_second = gate.requests_per_second();
        let gate = if read_only { WriteGate::closed() } else { gate };
        let (gateway, place) = (self.gateway().clone(), context.place().named());
        Ok(Review { workspace, gateway, gate, place, read_only, requests_per_second, tools: Some(tools) })
    }
}
