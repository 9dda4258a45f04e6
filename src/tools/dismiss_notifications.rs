//! Removes notifications by id.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Tool, ToolError, arguments};
use crate::context::Context;
use crate::gateway::operations;
use crate::plural::counted;
use crate::render::{Reply, Shape};

/// Tool `dismiss_notifications`.
pub struct DismissNotifications;

/// Arguments of `dismiss_notifications`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// 1-100 not_ ids
    #[schemars(length(min = 1, max = 100))]
    ids: Vec<String>,
}

impl Tool for DismissNotifications {
    const NAME: &'static str = "dismiss_notifications";
    const TITLE: &'static str = "Dismiss notifications";
    const DESCRIPTION: &'static str = "Remove notifications for good.";
    const EFFECT: Effect = Effect::Destroy;
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let ids = arguments::ids(context, "ids", &input.ids)?;
        let count = ids.len();
        arguments::send::<Self, _>(context, &operations::DismissNotifications { ids }, None).await?;
        Ok(arguments::receipt(context, format!("{} dismissed", counted(count as u64, "notification")), Vec::new()))
    }
}
