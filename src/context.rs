//! What a tool call may use: the gateway, where it is, what may be uploaded, and a way to report progress.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::gateway::Client;
use crate::ids::ShortIds;
use crate::metrics::Metrics;
use crate::model::Environment;
use crate::redact::Redactor;
use crate::write_gate::WriteGate;
use snapshot::Snapshot;
use uploads::Uploads;

#[cfg(feature = "cleanup")]
mod cleanup;
pub mod snapshot;
pub mod tenants;
pub mod uploads;

/// What a tool call may use. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    shared: Arc<ContextParts>,
    short_ids: ShortIds,
    /// The snapshot of the cleanup engine, where there is one.
    snapshot: Option<Arc<dyn Snapshot>>,
    #[cfg(feature = "cleanup")]
    cleanup: cleanup::Engine,
    progress: Progress,
    writes: WriteGate,
    metrics: Metrics,
}

/// What every call shares.
#[derive(Debug)]
pub struct ContextParts {
    /// The gateway client.
    pub gateway: Client,
    /// Which environment the gateway belongs to.
    pub place: GatewayTarget,
    /// The short ids of this tenant.
    pub short_ids: ShortIds,
    /// The directories that uploads may be read from.
    pub uploads: Uploads,
}

/// Where a write goes, for the first line of its receipt.
#[derive(Debug, Clone)]
pub struct GatewayTarget {
    /// The environment.
    pub environment: Environment,
    /// Host and, if given, port of the gateway.
    pub host: String,
    /// The organisation, when the credential's configuration names it.
    pub organization: Option<String>,
}

impl GatewayTarget {
    /// Environment and organisation, or the host where the organisation is unknown: what a write names.
    pub fn named(&self) -> String {
        match (self.environment, &self.organization) {
            (Environment::Local, _) => self.environment.to_string(),
            (environment, organization) => format!("{environment}, {}", organization.as_ref().unwrap_or(&self.host)),
        }
    }
}

impl Context {
    /// A context whose progress goes nowhere, without a place for the cleanup. Its gate is closed until a toolbox calls.
    pub fn new(parts: ContextParts) -> Self {
        let (short_ids, writes) = (parts.short_ids.for_call(), WriteGate::closed());
        Self {
            shared: Arc::new(parts),
            short_ids,
            snapshot: None,
            #[cfg(feature = "cleanup")]
            cleanup: cleanup::Engine::default(),
            progress: Progress::default(),
            writes,
            metrics: Metrics::default(),
        }
    }

    /// The same context for another call: what that shows is given out when it ends.
    #[must_use]
    pub fn for_call(&self) -> Self {
        Self { short_ids: self.shared.short_ids.for_call(), ..self.clone() }
    }

    /// The same context, reporting to a caller who asked for progress.
    #[must_use]
    pub fn with_progress(&self, progress: Progress) -> Self {
        Self { progress, ..self.clone() }
    }

    /// The same context for a call whose writes pass this gate.
    #[must_use]
    pub fn with_writes(&self, writes: WriteGate) -> Self {
        Self { writes, ..self.clone() }
    }

    /// The same context for a call whose work is counted here.
    #[must_use]
    pub fn with_metrics(&self, metrics: Metrics) -> Self {
        Self { metrics, ..self.clone() }
    }

    /// Where the work of a call is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What the writes of a plan must pass.
    pub fn writes(&self) -> &WriteGate {
        &self.writes
    }

    /// The gateway client.
    pub fn gateway(&self) -> &Client {
        &self.shared.gateway
    }

    /// Where writes go.
    pub fn place(&self) -> &GatewayTarget {
        &self.shared.place
    }

    /// The short ids of this tenant, for this call.
    pub fn short_ids(&self) -> &ShortIds {
        &self.short_ids
    }

    /// The directories that uploads may be read from.
    pub fn uploads(&self) -> &Uploads {
        &self.shared.uploads
    }

    /// The snapshot of the cleanup engine, where there is one.
    pub fn snapshot(&self) -> Option<&dyn Snapshot> {
        self.snapshot.as_deref()
    }

    /// Where to report progress.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }
}

/// The name of [`ContextParts`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `ContextParts`")]
pub type Parts = ContextParts;

/// The name of [`GatewayTarget`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `GatewayTarget`")]
pub type Place = GatewayTarget;

/// Where a tool reports how far it is. Reports go nowhere unless somebody listens.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    steps: Option<mpsc::UnboundedSender<Step>>,
    /// What must not be said.
    redactors: Vec<Arc<Redactor>>,
}

/// One report of progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How much is done; grows from report to report.
    pub done: f64,
    /// How much there is, when known.
    pub total: Option<f64>,
    /// In words.
    pub message: String,
}

impl Progress {
    /// A progress and the place where its reports arrive.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Step>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { steps: Some(sender), redactors: Vec::new() }, receiver)
    }

    /// The same progress, which says nothing that one of these takes out.
    #[must_use]
    pub fn without(self, redactors: Vec<Arc<Redactor>>) -> Self {
        Self { redactors, ..self }
    }

    /// Reports a step.
    pub fn report(&self, done: f64, total: Option<f64>, message: impl Into<String>) {
        if let Some(sender) = &self.steps {
            let message = self.redactors.iter().fold(message.into(), |message, redactor| redactor.owned(message));
            // Nobody listening any more is no reason to stop working.
            let _ = sender.send(Step { done, total, message });
        }
    }
}
