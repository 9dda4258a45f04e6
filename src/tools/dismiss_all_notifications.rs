//! Removes every notification of one kind, or all of them when that is said by name.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, Tab};
use super::{Effect, Tool, ToolError, settle};
use crate::context::Context;
use crate::gateway::operations;
use crate::render::{Reply, Shape};

/// Tool `dismiss_all_notifications`.
pub struct DismissAllNotifications;

/// Arguments of `dismiss_all_notifications`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Which; all = every one
    #[serde(rename = "type")]
    scope: Scope,
}

/// What to dismiss: one tab, or everything by name.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Scope {
    Conversations,
    Assigns,
    Teams,
    All,
}

impl Scope {
    const fn tab(self) -> Option<Tab> {
        match self {
            Self::Conversations => Some(Tab::Conversations),
            Self::Assigns => Some(Tab::Assigns),
            Self::Teams => Some(Tab::Teams),
            Self::All => None,
        }
    }
}

impl Tool for DismissAllNotifications {
    const NAME: &'static str = "dismiss_all_notifications";
    const TITLE: &'static str = "Dismiss all notifications";
    const DESCRIPTION: &'static str = "Remove all notifications of one type, or all, for good; this cannot be undone.";
    const EFFECT: Effect = Effect::Destroy;
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let tab = input.scope.tab().map(Tab::model);
        // Counted first, because the gateway does not say how many it removed.
        let counting = operations::ListNotifications { tab, limit: 1, skip: 0 };
        let page = arguments::read_before_write(context, &counting, "notifications").await?;
        let note = settle::dismiss_all::<Self>(context, &operations::DismissAllNotifications { tab }).await?;
        let count = page.grand_total(0).map_or_else(|| "all".to_owned(), |count| count.to_string());
        let which = tab.map_or("", |tab| tab.name());
        let done = format!("{count} {which} notifications dismissed{note}").replace("  ", " ");
        Ok(arguments::receipt(context, done, Vec::new()))
    }
}
