//! What a tool is, and how its type is erased into the catalog.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::consent;
use super::error::ToolError;
use super::input::{self, Unknown};
use super::schema;
use super::tool_set::ToolSet;
use crate::context::Context;
use crate::render::{Reply, Shape, clipped};

/// One thing a model can ask for.
pub trait Tool: 'static {
    /// The stem that also names the file and the test.
    const NAME: &'static str;
    /// The name for people.
    const TITLE: &'static str;
    /// First sentence: what it does and returns. Second: when to use it. Every word is paid for in each conversation.
    const DESCRIPTION: &'static str;
    /// What it does to the gateway's data; the one source of the hints that clients see.
    const EFFECT: Effect;
    /// What its answer is as JSON.
    const SHAPE: Shape;
    /// Whether a call removes what the caller did not name one by one, so that it needs a confirmation unless the
    /// operator says otherwise.
    const IS_BULK: bool = false;
    /// The arguments. Constraints stand in the schema attributes and are enforced before [`Tool::call`].
    type Input: DeserializeOwned + JsonSchema + Send;

    /// Does it.
    fn call(context: &Context, input: Self::Input) -> impl Future<Output = Result<Reply, ToolError>> + Send;

    /// What a call would do, for the one who is asked to confirm it. It only reads.
    ///
    /// `None`: its arguments say it all.
    fn preview(
        _context: &Context,
        _input: Self::Input,
    ) -> impl Future<Output = Result<Option<Preview>, ToolError>> + Send {
        std::future::ready(Ok(None))
    }

    /// Takes those arguments out of the strict schema that this server does not offer.
    fn adapt_schema(_schema: &mut Map<String, Value>, _offer: &ToolSet) {}
}

/// What a call would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preview {
    /// Something: a confirmation is bound to both texts.
    Would {
        /// In words that follow "this call would".
        would: String,
        /// What follows the place in the sentence, such as `; 911 stay for later`.
        rest: String,
        /// What else must not have changed when it is done.
        facts: String,
    },
    /// Nothing, so that there is nothing to confirm; the answer of the call.
    Nothing(String),
    /// Nothing new to agree to: it goes on with what was confirmed as a whole, or writes nothing.
    GoesOn,
}

impl Preview {
    /// What a call would do, of which the place is the last word.
    pub(super) const fn would(would: String, facts: String) -> Self {
        Self::Would { would, rest: String::new(), facts }
    }
}

/// What a tool changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Something that only this server keeps, such as a decision; nothing at the gateway. A new value replaces the old one.
    Store,
    /// Something at the gateway that can be changed back.
    Write {
        /// Whether the second equal call changes nothing.
        idempotent: bool,
        /// Whether it replaces values, and does not only add to them.
        overwrites: bool,
    },
    /// It removes something at the gateway for good; the second equal call removes nothing more.
    Destroy,
}

impl Effect {
    /// Whether the tool changes nothing at the gateway, so that `--read-only` keeps it.
    pub const fn is_read_only(self) -> bool {
        matches!(self, Self::Read | Self::Store)
    }

    /// MCP's `readOnlyHint`: nothing at all is changed.
    pub const fn read_only_hint(self) -> bool {
        matches!(self, Self::Read)
    }

    /// MCP's `destructiveHint`: it may replace or remove what is there.
    pub const fn destructive_hint(self) -> bool {
        matches!(self, Self::Store | Self::Destroy | Self::Write { overwrites: true, .. })
    }

    /// MCP's `idempotentHint`: a second equal call changes nothing.
    pub const fn idempotent_hint(self) -> bool {
        matches!(self, Self::Read | Self::Store | Self::Destroy | Self::Write { idempotent: true, .. })
    }
}

/// A tool's answer while it is being made.
type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, ToolError>> + Send + 'a>>;

/// A preview while it is being made.
type Previewing<'a> = Pin<Box<dyn Future<Output = Result<Option<Preview>, ToolError>> + Send + 'a>>;

/// One tool, its type erased.
#[derive(Clone)]
pub struct Entry {
    /// [`Tool::NAME`].
    pub name: &'static str,
    /// [`Tool::TITLE`].
    pub title: &'static str,
    /// [`Tool::DESCRIPTION`].
    pub description: &'static str,
    /// [`Tool::EFFECT`].
    pub effect: Effect,
    /// [`Tool::SHAPE`].
    pub shape: Shape,
    /// [`Tool::IS_BULK`].
    pub sweeps: bool,
    /// Whether a call needs a confirmation.
    pub confirms: bool,
    tool_set: Option<ToolSet>,
    /// The strict schema of the arguments, made when a client asks for the tools or calls this one: a start needs none.
    rules: OnceLock<Map<String, Value>>,
    strict: fn() -> Map<String, Value>,
    adapt_schema: fn(&mut Map<String, Value>, &ToolSet),
    preview: for<'a> fn(&'a Context, Map<String, Value>) -> Previewing<'a>,
    call: for<'a> fn(&'a Context, Map<String, Value>) -> Answering<'a>,
}

impl Entry {
    /// The entry of a tool.
    pub fn of<T: Tool>() -> Self {
        Self {
            name: T::NAME,
            title: T::TITLE,
            description: T::DESCRIPTION,
            effect: T::EFFECT,
            shape: T::SHAPE,
            sweeps: T::IS_BULK,
            confirms: false,
            tool_set: None,
            rules: OnceLock::new(),
            strict: schema::strict::<T::Input>,
            adapt_schema: T::adapt_schema,
            preview: |context, arguments| {
                Box::pin(async move { T::preview(context, input::typed::<T::Input>(arguments)?).await })
            },
            call: |context, arguments| {
                Box::pin(async move {
                    let input = input::typed::<T::Input>(arguments)?;
                    T::call(context, input).await
                })
            },
        }
    }

    /// The entry as one server offers it: without the arguments that are not for its callers.
    #[must_use]
    pub(super) fn fitted(self, tool_set: &ToolSet) -> Self {
        Self { tool_set: Some(*tool_set), ..self }.confirming(tool_set.confirm)
    }

    /// The entry with an argument for the confirmation, where these calls need one.
    #[must_use]
    pub(super) fn confirming(self, confirm: consent::Confirm) -> Self {
        let confirms = confirm.covers(self.effect, self.sweeps);
        Self { confirms, rules: OnceLock::new(), ..self }
    }

    /// The lean JSON schema of the arguments, which clients see.
    pub fn schema(&self) -> Map<String, Value> {
        schema::lean(self.rules())
    }

    fn rules(&self) -> &Map<String, Value> {
        self.rules.get_or_init(|| {
            let mut rules = (self.strict)();
            if let Some(tool_set) = &self.tool_set {
                (self.adapt_schema)(&mut rules, tool_set);
            }
            if self.confirms
                && let Some(Value::Object(properties)) = rules.get_mut("properties")
            {
                let argument = serde_json::json!({ "type": "string", "description": "token" });
                properties.insert(consent::ARGUMENT.to_owned(), argument);
            }
            rules
        })
    }

    /// Reads the arguments leniently and checks them against the schema.
    ///
    /// # Errors
    /// [`ToolError::Argument`] for one that cannot be meant.
    pub(super) fn read(&self, arguments: Map<String, Value>) -> Result<Map<String, Value>, ToolError> {
        input::read(self.rules(), arguments, self.unknown())
    }

    /// Arguments that a call leaves out because the tool has none like them.
    pub(super) fn ignored(&self, arguments: &Map<String, Value>) -> Vec<String> {
        match self.unknown() {
            Unknown::Ignored => input::ignored(self.rules(), arguments),
            Unknown::Refused => Vec::new(),
        }
    }

    fn unknown(&self) -> Unknown {
        if self.effect.read_only_hint() { Unknown::Ignored } else { Unknown::Refused }
    }

    /// What a call with these arguments would do.
    ///
    /// # Errors
    /// What kept it from looking.
    pub(super) async fn preview(
        &self,
        context: &Context,
        arguments: &Map<String, Value>,
    ) -> Result<Preview, ToolError> {
        let preview = (self.preview)(context, arguments.clone()).await?;
        Ok(preview.unwrap_or_else(|| Preview::would(described(self.name, arguments), String::new())))
    }

    /// Calls the tool with arguments that [`Entry::read`] let through.
    ///
    /// # Errors
    /// What the tool itself answers.
    pub(super) async fn act(&self, context: &Context, arguments: Map<String, Value>) -> Result<Reply, ToolError> {
        (self.call)(context, arguments).await
    }
}

/// A call in the words of its arguments.
fn described(tool: &str, arguments: &Map<String, Value>) -> String {
    let words = arguments.iter().map(|(name, value)| format!("{name}={}", clipped(&value.to_string(), 200)));
    format!("call {tool} with {}", words.collect::<Vec<_>>().join(" "))
}
