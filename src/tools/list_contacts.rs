//! Lists contacts, newest first.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{Effect, Tool, ToolError, linked};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Contact;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `list_contacts`.
pub struct ListContacts;

/// Arguments of `list_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    #[serde(flatten)]
    page: Paging,
    /// created_at, first_name, last_name, email; - reverses
    #[schemars(length(max = 40))]
    sort: Option<String>,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListContacts {
    const NAME: &'static str = "list_contacts";
    const TITLE: &'static str = "List contacts";
    const DESCRIPTION: &'static str = "List contacts, newest first.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Contact>(&input.fields)?;
        let sort = arguments::sort_key(input.sort.as_deref())?.or_else(|| Some("-created_at".to_owned()));
        let operation = operations::ListContacts { limit: input.page.limit, skip: input.page.skip, sort };
        let (page, has_links) = linked::beside(context, arguments::send::<Self, _>(context, &operation, None)).await;
        let page = page?;
        let mut listing = Listing::of_page(&page, input.page.skip, "none");
        let rows = if fields.is_lossless() || !has_links {
            page.rows
        } else {
            linked::folded(context, page.rows, &mut listing).await
        };
        Ok(render::list(&rows, &fields, listing, context.short_ids()))
    }
}
