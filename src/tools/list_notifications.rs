//! Lists the notifications of the credential's user.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging, Tab};
use super::{Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Notification;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `list_notifications`.
pub struct ListNotifications;

/// Arguments of `list_notifications`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Only these
    #[serde(rename = "type")]
    tab: Option<Tab>,
    #[serde(flatten)]
    page: Paging,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListNotifications {
    const NAME: &'static str = "list_notifications";
    const TITLE: &'static str = "List notifications";
    const DESCRIPTION: &'static str = "List notifications, newest first.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Notification>(&input.fields)?;
        let tab = input.tab.map(Tab::model);
        let operation = operations::ListNotifications { tab, limit: input.page.limit, skip: input.page.skip };
        let page = arguments::send::<Self, _>(context, &operation, None).await?;
        let mut listing = Listing::of_page(&page, input.page.skip, "none");
        listing.notes.extend(page.unread_count.map(|unread| format!("unread: {unread}")));
        Ok(render::list(&page.rows, &fields, listing, context.short_ids()))
    }
}
