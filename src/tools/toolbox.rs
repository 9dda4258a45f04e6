//! The tools that one server offers, and the one way to call them.

use std::num::NonZeroU64;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use imbrace_contacts_store::Store;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::consent::{Caller, Confirmations, Question};
use super::error::ToolError;
use super::record;
use super::tool::Entry;
use super::tool_set::{Bounds, DisabledReason, Offered, Selection, UnknownTool};
use crate::audit::{Audit, Outcome};
use crate::context::{Context, Progress};
use crate::gateway::Client;
use crate::metrics::{CallEnd, Metrics};
use crate::model::Environment;
use crate::redact::{Redactor, Secrets};
use crate::render;
use crate::write_gate::{WriteGate, WriteRules};

/// The tools that one server offers. Cheap to clone.
#[derive(Clone)]
pub struct Toolbox {
    inner: Arc<Inner>,
    context: Context,
    /// What the request asks for itself; nothing for most.
    bounds: Arc<Bounds>,
}

struct Inner {
    offered: Offered,
    confirmations: Confirmations,
    permits: Semaphore,
    limits: Limits,
    output: Output,
    writes: WriteGate,
    secrets: Secrets,
    metrics: Metrics,
}

/// How much may happen at once and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls in flight; further ones wait for a place as long as their own time allows.
    pub in_flight: usize,
    /// One call, waiting included. Clients give up between 30 s and 60 s.
    pub call: Duration,
    /// A confirmation, from its preview to the call that uses it.
    pub confirmation: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 128, call: Duration::from_secs(55), confirmation: Duration::from_secs(120) }
    }
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
pub struct ToolOutput {
    /// The text.
    pub text: String,
    /// The answer as JSON, when structured output was chosen and the call succeeded.
    pub structured: Option<Value>,
    /// Whether it tells of an error.
    pub is_error: bool,
}

/// What a call came to: its answer, and where the caller can ask a person, what to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct CallOutcome {
    /// The answer; the preview when the call needs a confirmation.
    pub answered: ToolOutput,
    /// What to ask, when nothing was done because a person has to agree first.
    pub question: Option<Question>,
}

impl Toolbox {
    /// The selected tools over one context; all else as [`Toolbox::builder`] has it.
    ///
    /// # Errors
    /// [`UnknownTool`] when the selection names one that does not exist.
    pub fn new(context: Context, selection: &Selection, limits: Limits) -> Result<Self, UnknownTool> {
        Self::builder(context).selection(selection.clone()).limits(limits).build()
    }

    /// Every tool over one context, until the builder is told otherwise.
    pub fn builder(context: Context) -> ToolboxBuilder {
        ToolboxBuilder {
            context,
            entries: None,
            selection: Selection::default(),
            limits: Limits::default(),
            output: Output::default(),
            audit: None,
            transport: "library",
            secrets: Secrets::default(),
            max_writes_per_day: None,
            store: None,
            metrics: Metrics::default(),
        }
    }

    /// The same tools for another context: another credential, and nothing shared with this one.
    #[must_use]
    pub fn with_context(&self, context: Context) -> Self {
        Self { inner: Arc::clone(&self.inner), context, bounds: Arc::clone(&self.bounds) }
    }

    /// The same tools for a request that asks for fewer of them or for more confirmations. What the operator set stays.
    ///
    /// # Errors
    /// [`UnknownTool`] for a name that no tool has: whoever narrows by it would believe in a bound that is none.
    pub fn within(&self, bounds: Bounds) -> Result<Self, UnknownTool> {
        self.inner.offered.check(&bounds)?;
        Ok(Self { bounds: Arc::new(bounds), ..self.clone() })
    }

    /// A text as it may leave: without the credential of the context and the secrets of the process. Every answer has gone
    /// through it.
    pub fn redacted(&self, text: String) -> String {
        self.redactors().iter().fold(text, |text, redactor| redactor.owned(text))
    }

    /// The same for JSON.
    pub fn redacted_json(&self, mut value: Value) -> Value {
        self.redactors().iter().for_each(|redactor| redactor.json(&mut value));
        value
    }

    fn redactors(&self) -> Vec<Arc<Redactor>> {
        vec![Arc::clone(self.context.gateway().redactor()), self.inner.secrets.redactor()]
    }

    /// The client that its calls go through.
    pub fn gateway(&self) -> &Client {
        self.context.gateway()
    }

    /// What its calls use.
    #[cfg(feature = "cleanup")]
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// The gate that the writes of a caller pass.
    #[cfg(all(feature = "cleanup", feature = "http"))]
    pub(crate) fn gate(&self, who: &crate::write_gate::Who) -> WriteGate {
        self.inner.writes.for_caller(who, self.context.place().environment.name())
    }

    /// How long one call may take, waiting included.
    #[cfg(all(feature = "cleanup", feature = "http"))]
    pub(crate) fn call_limit(&self) -> Duration {
        self.inner.limits.call
    }

    /// The form in which answers are given.
    pub fn output(&self) -> Output {
        self.inner.output
    }

    /// The tools that the operator offers, in their fixed order.
    pub fn entries(&self) -> &[Entry] {
        self.inner.offered.entries()
    }

    /// Whether the request wants less than the operator offers.
    pub fn is_narrowed(&self) -> bool {
        !self.bounds.are_none()
    }

    /// Those of them that the request wants, as it wants them confirmed.
    pub fn wanted(&self) -> Vec<&Entry> {
        self.inner.offered.wanted(&self.bounds)
    }

    /// Calls a tool by name, as [`Toolbox::call_by`] for a caller of whom nothing is known.
    pub async fn call(&self, name: &str, arguments: Map<String, Value>, progress: Progress) -> Option<ToolOutput> {
        self.call_by(&Caller::default(), name, arguments, progress).await.map(|said| said.answered)
    }

    /// Calls a tool by name; `None` when no tool has it.
    ///
    /// Whatever happens inside, there is an answer: a panic becomes one, and so does a call that takes too long.
    /// Dropping the future cancels the call and the request to the gateway.
    pub async fn call_by(
        &self,
        caller: &Caller,
        name: &str,
        arguments: Map<String, Value>,
        progress: Progress,
    ) -> Option<CallOutcome> {
        let metrics = &self.inner.metrics;
        let Some(found) = self.inner.offered.find(name, &self.bounds) else {
            metrics.unknown_tool();
            return None;
        };
        let entry = match found {
            Ok(entry) => entry,
            Err((name, why)) => {
                metrics.call(name).end(CallEnd { outcome: "error", is_error: true, reason: Some("withheld") });
                return Some(withheld(name, why));
            }
        };
        let in_flight = metrics.call(entry.name);
        let started = Instant::now();
        let gate = self.inner.writes.for_caller(&caller.who, self.context.place().environment.name());
        let context = self.context.for_call().with_writes(gate.clone()).with_metrics(metrics.clone());
        context.short_ids().look_up(record::words(&arguments)).await;
        let recording = record::begin(&gate, &context, entry, &arguments).await;
        let context = context.with_progress(progress.without(self.redactors()));
        let is_counted = recording.is_ok() && record::is_one_write(entry);
        let (result, recording) = match recording {
            Ok(recording) => (self.guarded(caller, entry, arguments, &context).await, recording),
            Err(error) => (Err(error), None),
        };
        let outcome = record::outcome(&result, entry.effect);
        let failure = result.as_ref().err().and_then(record::Failure::of);
        // A preview, or what was refused, is no write of the day.
        if is_counted && matches!(outcome, Outcome::Failed(_)) {
            gate.uncount().await;
        }
        let mut question = None;
        let mut answered = match result {
            Ok(answered) => answered,
            Err(ToolError::Unconfirmed(asked)) => {
                let preview = self.answered(&render::Reply::Lines(asked.for_model()));
                question = Some(asked);
                preview
            }
            Err(error) => refused(&error),
        };
        let corrections = context.short_ids().commit().await;
        let question = question.map(|asked| asked.reworded(|text| self.redacted(corrections.text(text))));
        answered.text = self.redacted(corrections.text(answered.text));
        answered.structured = answered.structured.map(|mut structured| {
            corrections.json(&mut structured);
            self.redacted_json(structured)
        });
        if let Some(recording) = recording {
            recording.end(outcome, &answered.text).await;
        }
        if let Some(failure) = failure {
            failure.log(name, gate.caller());
        }
        let (outcome, reason) = if question.is_some() { ("preview", None) } else { outcome.words() };
        in_flight.end(CallEnd { outcome, is_error: answered.is_error, reason: reason.or(Some(outcome)) });
        tracing::info!(
            tool = name,
            caller = gate.caller(),
            error = answered.is_error,
            bytes = answered.text.len(),
            milliseconds = started.elapsed().as_millis() as u64,
            "answered"
        );
        Some(CallOutcome { answered, question })
    }

    fn answered(&self, reply: &render::Reply) -> ToolOutput {
        match self.inner.output {
            Output::Text => ToolOutput { text: render::text(reply), structured: None, is_error: false },
            Output::Structured => {
                let structured = render::structured(reply, render::Budget::default());
                ToolOutput { text: structured.to_string(), structured: Some(structured), is_error: false }
            }
        }
    }

    async fn guarded(
        &self,
        caller: &Caller,
        entry: &Entry,
        arguments: Map<String, Value>,
        context: &Context,
    ) -> Result<ToolOutput, ToolError> {
        let Inner { confirmations, permits, limits, .. } = &*self.inner;
        let may_have_acted = !entry.effect.is_read_only();
        let started = Instant::now();
        let Ok(Ok(_permit)) = tokio::time::timeout(limits.call / 2, permits.acquire()).await else {
            return Err(ToolError::Busy { limit: limits.in_flight });
        };
        // Rendering is part of what may panic.
        let ignored = entry.ignored(&arguments);
        let work = async {
            let reply = confirmations.call(entry, context, caller, arguments).await?;
            Ok(self.answered(&reply.with_ignored(&ignored)))
        };
        let work = AssertUnwindSafe(work).catch_unwind();
        match tokio::time::timeout(limits.call.saturating_sub(started.elapsed()), work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ToolError::Panicked { may_have_acted }),
            Err(_) => Err(ToolError::TimedOut { seconds: limits.call.as_secs(), may_have_acted }),
        }
    }
}

/// Makes a [`Toolbox`]: every option is chosen before there is one, so that none can be lost on the way.
#[must_use]
pub struct ToolboxBuilder {
    context: Context,
    entries: Option<Vec<Entry>>,
    selection: Selection,
    limits: Limits,
    output: Output,
    audit: Option<Audit>,
    transport: &'static str,
    secrets: Secrets,
    max_writes_per_day: Option<NonZeroU64>,
    store: Option<Arc<dyn Store>>,
    metrics: Metrics,
}

impl ToolboxBuilder {
    /// Where confirmations and the writes of a day are kept, so that they hold at every process over the same store. Without it they hold
    /// at this one.
    pub fn store(self, store: Option<Arc<dyn Store>>) -> Self {
        Self { store, ..self }
    }

    /// How many writes one caller may do in a day of UTC.
    pub fn max_writes_per_day(self, max_writes_per_day: Option<NonZeroU64>) -> Self {
        Self { max_writes_per_day, ..self }
    }

    /// Which tools are offered, and which of their calls need a confirmation.
    pub fn selection(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// These tools, whether or not the catalog has them, and none of them confirmed.
    pub fn entries(self, entries: Vec<Entry>) -> Self {
        Self { entries: Some(entries), ..self }
    }

    /// How much may happen at once and how long.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// In which form answers are given.
    pub fn output(self, output: Output) -> Self {
        Self { output, ..self }
    }

    /// Where every call is recorded, and each write of a plan.
    pub fn audit(self, audit: Option<Audit>) -> Self {
        Self { audit, ..self }
    }

    /// How callers come here, `stdio`, `http` or `shell`: the audit file names it where it knows no more of a caller.
    pub fn transport(self, transport: &'static str) -> Self {
        Self { transport, ..self }
    }

    /// Where calls are counted.
    pub fn metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// What no answer may say, beside the credential of each call.
    pub fn secrets(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// The toolbox.
    ///
    /// # Errors
    /// [`UnknownTool`] when the selection names one that does not exist.
    pub fn build(self) -> Result<Toolbox, UnknownTool> {
        let Self { context, entries, selection, limits, output, audit, transport, secrets, .. } = self;
        let Self { max_writes_per_day, store, metrics, .. } = self;
        let offered = match entries {
            Some(entries) => Offered::all(entries),
            None => Offered::chosen(&selection, context.uploads().is_on())?,
        };
        let environment = context.place().environment;
        // Nobody else waits for a gateway that is ours.
        let requests_per_second = (environment == Environment::Local).then_some(f64::INFINITY);
        let counters = store.clone();
        let rules =
            WriteRules { read_only: selection.read_only, audit, requests_per_second, max_writes_per_day, counters };
        let writes = WriteGate::new(rules, transport, environment.name());
        let permits = Semaphore::new(limits.in_flight);
        let confirmations = Confirmations::new(limits.confirmation, store);
        let inner = Arc::new(Inner { offered, confirmations, permits, limits, output, writes, secrets, metrics });
        Ok(Toolbox { inner, context, bounds: Arc::default() })
    }
}

/// What a call of a tool comes to that is not offered.
fn withheld(name: &'static str, why: DisabledReason) -> CallOutcome {
    tracing::info!(tool = name, %why, "refused");
    CallOutcome { answered: refused(&ToolError::Disabled { name, why }), question: None }
}

fn refused(error: &ToolError) -> ToolOutput {
    ToolOutput { text: error.to_string(), structured: None, is_error: true }
}
