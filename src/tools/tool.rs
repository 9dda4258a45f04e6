//! What a tool is, and how its type is erased into the catalog.

use std::future::Future;
use std::pin::Pin;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ToolError;
use super::{input, schema};
use crate::context::Context;
use crate::render::{Reply, Shape};

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
    /// The arguments. Constraints stand in the schema attributes and are enforced before [`Tool::call`].
    type Input: DeserializeOwned + JsonSchema + Send;

    /// Does it.
    fn call(context: &Context, input: Self::Input) -> impl Future<Output = Result<Reply, ToolError>> + Send;
}

/// What a tool does to the gateway's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// It changes something that can be changed back.
    Write {
        /// Whether the second equal call changes nothing.
        idempotent: bool,
    },
    /// It removes something for good; the second equal call removes nothing more.
    Destroy,
}

impl Effect {
    /// Whether the tool only reads.
    pub const fn is_read_only(self) -> bool {
        matches!(self, Self::Read)
    }

    /// Whether the tool removes something for good.
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Destroy)
    }

    /// Whether a second equal call changes nothing.
    pub const fn is_idempotent(self) -> bool {
        matches!(self, Self::Read | Self::Destroy | Self::Write { idempotent: true })
    }
}

/// A tool's answer while it is being made.
type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, ToolError>> + Send + 'a>>;

/// One tool, its type erased.
pub struct Entry {
    /// [`Tool::NAME`].
    pub name: &'static str,
    /// [`Tool::TITLE`].
    pub title: &'static str,
    /// [`Tool::DESCRIPTION`].
    pub description: &'static str,
    /// [`Tool::EFFECT`].
    pub effect: Effect,
    /// The lean JSON schema of the arguments, which clients see.
    pub schema: Map<String, Value>,
    /// [`Tool::SHAPE`].
    pub shape: Shape,
    rules: Map<String, Value>,
    call: for<'a> fn(&'a Context, Map<String, Value>) -> Answering<'a>,
}

impl Entry {
    /// The entry of a tool.
    pub fn of<T: Tool>() -> Self {
        let rules = schema::strict::<T::Input>();
        Self {
            name: T::NAME,
            title: T::TITLE,
            description: T::DESCRIPTION,
            effect: T::EFFECT,
            schema: schema::lean(&rules),
            shape: T::SHAPE,
            rules,
            call: |context, arguments| {
                Box::pin(async move {
                    let input = input::typed::<T::Input>(arguments)?;
                    T::call(context, input).await
                })
            },
        }
    }

    /// Reads the arguments leniently, checks them against the schema, and calls the tool.
    ///
    /// # Errors
    /// [`ToolError`]: an argument that cannot be meant, or what the tool itself answers.
    pub async fn call(&self, context: &Context, arguments: Map<String, Value>) -> Result<Reply, ToolError> {
        let arguments = input::read(&self.rules, arguments)?;
        (self.call)(context, arguments).await
    }
}
