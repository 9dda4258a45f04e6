//! The tools that one server offers, and the one way to call them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::error::ToolError;
use super::record::{self, Recorder};
use super::tool::Entry;
use crate::audit::Audit;
use crate::context::{Context, Progress};
use crate::render;

/// The tools that one server offers. Cheap to clone.
#[derive(Clone)]
pub struct Toolbox {
    inner: Arc<Inner>,
    context: Context,
}

struct Inner {
    entries: Vec<Entry>,
    permits: Semaphore,
    limits: Limits,
    output: Output,
    recorder: Option<Recorder>,
}

/// How much may happen at once and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls in flight; further ones wait for a place as long as their own time allows.
    pub in_flight: usize,
    /// One call, waiting included. Clients give up between 30 s and 60 s.
    pub call: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 64, call: Duration::from_secs(55) }
    }
}

/// Which tools a server offers.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only tools that read.
    pub read_only: bool,
    /// Only these, when given.
    pub names: Option<Vec<String>>,
}

/// A name in a selection that no tool has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no tool is named `{name}`; the tools are {known}")]
pub struct UnknownTool {
    /// What was written.
    pub name: String,
    /// The names of all tools.
    pub known: String,
}

/// In which form answers are given; one choice for the whole process, because clients that see both forms pay twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// Head lines and CSV.
    #[default]
    Text,
    /// Columnar JSON in `structuredContent`, and the same JSON as text.
    Structured,
}

/// What a call answers: text for the model, and whether it is an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The text.
    pub text: String,
    /// The answer as JSON, when structured output was chosen and the call succeeded.
    pub structured: Option<Value>,
    /// Whether it tells of an error.
    pub is_error: bool,
}

impl Toolbox {
    /// The selected tools over one context.
    ///
    /// # Errors
    /// [`UnknownTool`] when the selection names one that does not exist.
    pub fn new(context: Context, selection: &Selection, limits: Limits) -> Result<Self, UnknownTool> {
        let entries = super::catalog();
        if let Some(name) = selection.names.iter().flatten().find(|name| !entries.iter().any(|e| e.name == **name)) {
            let known = entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
            return Err(UnknownTool { name: name.clone(), known });
        }
        let selected = |entry: &Entry| {
            let named = selection.names.as_ref().is_none_or(|names| names.iter().any(|name| name == entry.name));
            named && (entry.effect.is_read_only() || !selection.read_only)
        };
        let entries = entries.into_iter().filter(selected).collect();
        Ok(Self::from_entries(context, entries, limits))
    }

    /// These tools over one context, whether or not the catalog has them.
    pub fn from_entries(context: Context, entries: Vec<Entry>, limits: Limits) -> Self {
        let permits = Semaphore::new(limits.in_flight);
        Self { inner: Arc::new(Inner { entries, permits, limits, output: Output::Text, recorder: None }), context }
    }

    /// The same tools for another context: another credential, and nothing shared with this one.
    #[must_use]
    pub fn with_context(&self, context: Context) -> Self {
        Self { inner: Arc::clone(&self.inner), context }
    }

    /// The same tools, answering in another form. To be chosen before the first call.
    #[must_use]
    pub fn with_output(self, output: Output) -> Self {
        match Arc::try_unwrap(self.inner) {
            Ok(inner) => Self { inner: Arc::new(Inner { output, ..inner }), context: self.context },
            Err(inner) => Self { inner, context: self.context },
        }
    }

    /// The same tools, every call recorded in the audit file under this caller. To be chosen before the first call.
    #[must_use]
    pub fn with_audit(self, audit: Audit, caller: &str) -> Self {
        let recorder = Some(Recorder { audit, caller: caller.to_owned() });
        match Arc::try_unwrap(self.inner) {
            Ok(inner) => Self { inner: Arc::new(Inner { recorder, ..inner }), context: self.context },
            Err(inner) => Self { inner, context: self.context },
        }
    }

    /// The form in which answers are given.
    pub fn output(&self) -> Output {
        self.inner.output
    }

    /// The tools, in their fixed order.
    pub fn entries(&self) -> &[Entry] {
        &self.inner.entries
    }

    /// Calls a tool by name; `None` when it is not offered.
    ///
    /// Whatever happens inside, there is an answer: a panic becomes one, and so does a call that takes too long.
    /// Dropping the future cancels the call and the request to the gateway.
    pub async fn call(&self, name: &str, arguments: Map<String, Value>, progress: Progress) -> Option<Answered> {
        let entry = self.inner.entries.iter().find(|entry| entry.name == name)?;
        let started = Instant::now();
        let recording = record::begin(self.inner.recorder.as_ref(), &self.context, entry, &arguments).await;
        let (result, recording) = match recording {
            Ok(recording) => (self.guarded(entry, arguments, progress).await, recording),
            Err(error) => (Err(error), None),
        };
        let outcome = record::outcome(&result, entry.effect);
        let failed = |error: ToolError| Answered { text: error.to_string(), structured: None, is_error: true };
        let answered = result.unwrap_or_else(failed);
        if let Some(recording) = recording {
            recording.end(outcome, &answered.text);
        }
        tracing::info!(
            tool = name,
            error = answered.is_error,
            bytes = answered.text.len(),
            milliseconds = started.elapsed().as_millis() as u64,
            "answered"
        );
        Some(answered)
    }

    fn answered(&self, reply: &render::Reply) -> Answered {
        match self.inner.output {
            Output::Text => Answered { text: render::text(reply), structured: None, is_error: false },
            Output::Structured => {
                let structured = render::structured(reply, render::Budget::default());
                Answered { text: structured.to_string(), structured: Some(structured), is_error: false }
            }
        }
    }

    async fn guarded(
        &self,
        entry: &Entry,
        arguments: Map<String, Value>,
        progress: Progress,
    ) -> Result<Answered, ToolError> {
        let Inner { permits, limits, .. } = &*self.inner;
        let may_have_acted = !entry.effect.is_read_only();
        let started = Instant::now();
        let Ok(Ok(_permit)) = tokio::time::timeout(limits.call / 2, permits.acquire()).await else {
            return Err(ToolError::Busy { limit: limits.in_flight });
        };
        let context = self.context.with_progress(progress);
        // Rendering is part of what may panic.
        let work = async { entry.call(&context, arguments).await.map(|reply| self.answered(&reply)) };
        let work = AssertUnwindSafe(work).catch_unwind();
        match tokio::time::timeout(limits.call.saturating_sub(started.elapsed()), work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ToolError::Panicked { may_have_acted }),
            Err(_) => Err(ToolError::TimedOut { seconds: limits.call.as_secs(), may_have_acted }),
        }
    }
}
