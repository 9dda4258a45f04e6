//! Reads a conversation.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Message;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `get_conversation_messages`.
pub struct GetConversationMessages;

/// Arguments of `get_conversation_messages`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// tcu_ id
    conversation_id: String,
    #[serde(flatten)]
    page: Paging,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for GetConversationMessages {
    const NAME: &'static str = "get_conversation_messages";
    const TITLE: &'static str = "Get messages of a conversation";
    const DESCRIPTION: &'static str = "Read a conversation's messages, newest first.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Message>(&input.fields)?;
        let participant_id = arguments::id(context, "conversation_id", &input.conversation_id)?;
        let subject = participant_id.to_string();
        let operation =
            operations::GetConversationMessages { participant_id, limit: input.page.limit, skip: input.page.skip };
        let page = arguments::send::<Self, _>(context, &operation, Some(&subject)).await?;
        let listing = Listing::of_page(&page, input.page.skip, "none");
        Ok(render::list(&page.rows, &fields, listing, context.short_ids()))
    }
}
