//! Finds contacts by text.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{Effect, Tool, ToolError, linked};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Contact;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `search_contacts`.
pub struct SearchContacts;

/// Arguments of `search_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Text
    #[schemars(length(min = 1, max = 200))]
    query: String,
    #[serde(flatten)]
    page: Paging,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for SearchContacts {
    const NAME: &'static str = "search_contacts";
    const TITLE: &'static str = "Search contacts";
    const DESCRIPTION: &'static str = "Find contacts by part of name, e-mail, phone or remark.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Contact>(&input.fields)?;
        let query = input.query.trim().to_owned();
        let none = format!("none match {}", render::quoted(&query, 60));
        let operation =
            operations::SearchContacts { query, limit: input.page.limit, skip: input.page.skip, sort: None };
        let (page, has_links) = linked::beside(context, arguments::send::<Self, _>(context, &operation, None)).await;
        let page = page?;
        let mut listing = Listing::of_page(&page, input.page.skip, &none);
        let rows = if fields.is_lossless() || !has_links {
            page.rows
        } else {
            linked::folded(context, page.rows, &mut listing).await
        };
        Ok(render::list(&rows, &fields, listing, context.short_ids()))
    }
}
