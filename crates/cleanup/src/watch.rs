//! How a sync, an apply or an undo is watched and ended.

use tokio_util::sync::CancellationToken;

/// Told what is done, of how much if that is known, and what is being done.
pub type Progress = dyn Fn(u64, Option<u64>, &str) + Send + Sync;

/// Progress reports of a long operation, and the means to cancel it.
pub struct Watch {
    /// Told what is done, of how much if that is known, and what is being done.
    pub progress: Box<Progress>,
    /// Ends it between two requests.
    pub cancel: CancellationToken,
}

impl Default for Watch {
    fn default() -> Self {
        Self { progress: Box::new(|_, _, _| {}), cancel: CancellationToken::new() }
    }
}
