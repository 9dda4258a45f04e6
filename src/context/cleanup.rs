//! The cleanup engine of a context.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::Context;
use super::snapshot::Snapshot;
use crate::cleanup::Workspace;

/// The cleanup engine, or why there is none.
#[derive(Debug, Clone, Default)]
pub(super) struct Engine {
    workspace: Option<Workspace>,
    off: Option<Arc<str>>,
}

impl Context {
    /// The same context with a cleanup engine, which must be of the same gateway and credential.
    #[must_use]
    pub fn with_cleanup(self, cleanup: Option<Workspace>) -> Self {
        let snapshot = cleanup.clone().map(|workspace| Arc::new(workspace) as Arc<dyn Snapshot>);
        Self { snapshot, cleanup: Engine { workspace: cleanup, off: self.cleanup.off.clone() }, ..self }
    }

    /// The same context without a cleanup engine, and why.
    #[must_use]
    pub fn without_cleanup(self, reason: String) -> Self {
        Self { snapshot: None, cleanup: Engine { workspace: None, off: Some(reason.into()) }, ..self }
    }

    /// The cleanup engine; none without a directory for its state.
    pub fn cleanup(&self) -> Option<&Workspace> {
        self.cleanup.workspace.as_ref()
    }

    /// Why there is no cleanup engine.
    pub fn cleanup_off(&self) -> &str {
        self.cleanup.off.as_deref().unwrap_or("there is no directory for its state: the operator sets --state-dir")
    }
}

impl Snapshot for Workspace {
    fn is_there(&self) -> bool {
        Workspace::is_there(self)
    }

    fn linked(&self, ids: Vec<String>) -> BoxFuture<'_, HashMap<String, Vec<String>>> {
        Box::pin(async move {
            // Reading goes on without the links: the cleanup tools say what keeps them from being read.
            self.links(ids.iter().map(String::as_str)).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "links cannot be read");
                HashMap::new()
            })
        })
    }

    fn expire(&self) {
        Workspace::expire(self);
    }
}
