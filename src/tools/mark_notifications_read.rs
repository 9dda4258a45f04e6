//! Marks notifications as read.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Tool, ToolError, arguments};
use crate::context::Context;
use crate::gateway::operations;
use crate::plural::counted;
use crate::render::{Reply, Shape};

/// Tool `mark_notifications_read`.
pub struct MarkNotificationsRead;

/// Arguments of `mark_notifications_read`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// 1-100 not_ ids
    #[schemars(length(min = 1, max = 100))]
    ids: Vec<String>,
}

impl Tool for MarkNotificationsRead {
    const NAME: &'static str = "mark_notifications_read";
    const TITLE: &'static str = "Mark notifications read";
    const DESCRIPTION: &'static str = "Mark notifications as read.";
    const EFFECT: Effect = Effect::Write { idempotent: true, overwrites: false };
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let ids = arguments::ids(context, "ids", &input.ids)?;
        let count = ids.len();
        arguments::send::<Self, _>(context, &operations::MarkNotificationsRead { ids }, None).await?;
        Ok(arguments::receipt(context, format!("{} marked read", counted(count as u64, "notification")), Vec::new()))
    }
}
