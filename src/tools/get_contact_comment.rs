//! Shows one comment and what it is a comment on.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Tool, ToolError, arguments};
use crate::context::Context;
use crate::gateway::operations;
use crate::render::{self, CommentRow, Reply, Shape};

/// Tool `get_contact_comment`.
pub struct GetContactComment;

/// Arguments of `get_contact_comment`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// con_ id
    contact_id: String,
    /// cmc_ id
    comment_id: String,
}

impl Tool for GetContactComment {
    const NAME: &'static str = "get_contact_comment";
    const TITLE: &'static str = "Get one comment";
    const DESCRIPTION: &'static str = "Get a comment and its message.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Fields;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let contact_id = arguments::id(context, "contact_id", &input.contact_id)?;
        let comment_id = arguments::id(context, "comment_id", &input.comment_id)?;
        let subject = comment_id.to_string();
        let operation = operations::GetContactComment { contact_id, comment_id };
        let message = arguments::send::<Self, _>(context, &operation, Some(&subject)).await?;
        let wanted = CommentRow::of(&message).into_iter().find(|row| row.id() == Some(subject.as_str()));
        let row = wanted.ok_or_else(|| ToolError::Missing {
            subject: context.short_ids().show(&subject),
            finder: "list_contact_comments",
        })?;
        Ok(render::comment_card(&row, context.short_ids()))
    }
}
