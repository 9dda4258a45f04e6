//! Lists the comments that colleagues left on a contact's messages.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::CHANNEL_TYPES;
use crate::render::{self, CommentRow, Listing, Reply, Shape};

/// Tool `list_contact_comments`.
pub struct ListContactComments;

/// Arguments of `list_contact_comments`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// con_ id
    contact_id: String,
    #[serde(flatten)]
    page: Paging,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListContactComments {
    const NAME: &'static str = "list_contact_comments";
    const TITLE: &'static str = "List comments on a contact";
    const DESCRIPTION: &'static str = "List colleagues' comments on a contact.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<CommentRow>(&input.fields)?;
        let contact_id = arguments::id(context, "contact_id", &input.contact_id)?;
        let subject = contact_id.to_string();
        let channel_types = CHANNEL_TYPES.map(str::to_owned).to_vec();
        let operation = operations::ListContactComments {
            contact_id,
            channel_types,
            limit: input.page.limit,
            skip: input.page.skip,
        };
        let page = arguments::send::<Self, _>(context, &operation, Some(&subject)).await?;
        let mut listing = Listing::of_page(&page, input.page.skip, "none");
        let rows = render::comment_rows(&page, &mut listing);
        Ok(render::list(&rows, &fields, listing, context.short_ids()))
    }
}
