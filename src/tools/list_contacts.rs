//! Lists contacts, newest first.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames};
use super::{Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Contact;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `list_contacts`.
pub struct ListContacts;

/// Arguments of `list_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Max 100
    #[serde(default = "arguments::twenty")]
    #[schemars(range(min = 1, max = 100))]
    limit: u64,
    /// Offset
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    skip: u64,
    /// created_at, first_name, last_name, email; - reverses
    #[schemars(length(max = 40))]
    sort: Option<String>,
    /// Extra columns, * = all
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListContacts {
    const NAME: &'static str = "list_contacts";
    const TITLE: &'static str = "List contacts";
    const DESCRIPTION: &'static str = "List contacts as CSV, newest first. To find someone use search_contacts.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Contact>(&input.fields)?;
        let sort = arguments::sort_key(input.sort.as_deref())?.or_else(|| Some("-created_at".to_owned()));
        let operation = operations::ListContacts { limit: input.limit, skip: input.skip, sort };
        let page = arguments::send::<Self, _>(context, &operation, None).await?;
        let listing = Listing::of_page(&page, input.skip, "none");
        Ok(render::list(&page.rows, &fields, listing, context.handles()))
    }
}
