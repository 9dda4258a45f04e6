//! Lists contacts as the gateway has them; with the feature `cleanup` also by any filter, order or field, from the snapshot.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{ArgumentError, Effect, Tool, ToolError, linked};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Contact;
use crate::render::{self, Fields, Listing, Reply, Shape};

#[cfg(feature = "cleanup")]
mod snapshot;

/// Tool `list_contacts`.
pub struct ListContacts;

/// Arguments of `list_contacts`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// Conditions = != ~ (contains) !~ < <= > >= in (a, b), is empty, is not empty; and, or, parentheses. channel = line and
    /// created_at = 2025-09 and email is empty; name ~ nguyen or company in (Acme, "B, Inc")
    #[cfg(feature = "cleanup")]
    #[serde(default)]
    #[schemars(length(max = 4_000))]
    filter: String,
    #[serde(flatten)]
    page: Paging,
    #[cfg_attr(feature = "cleanup", doc = "Any field, such as -updated_at; - reverses")]
    #[cfg_attr(not(feature = "cleanup"), doc = "created_at, first_name, last_name or email; - reverses")]
    #[schemars(length(max = 40))]
    sort: Option<String>,
    /// Totals instead of rows: any field, created_at:month
    #[cfg(feature = "cleanup")]
    #[serde(default)]
    #[schemars(length(max = 40))]
    count_by: String,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListContacts {
    const NAME: &'static str = "list_contacts";
    const TITLE: &'static str = "List contacts";
    const DESCRIPTION: &'static str = if cfg!(feature = "cleanup") {
        "List contacts, newest first, or count them; a filter answers questions of the list."
    } else {
        "List contacts, newest first."
    };
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Contact>(&input.fields)?;
        #[cfg(feature = "cleanup")]
        if let Some(question) = snapshot::Question::of(context, &input)? {
            return question.answer(context, &fields, input.page).await;
        }
        let sort = sort_of(&input);
        match arguments::gateway_sort(sort) {
            Some(sort) => by_the_gateway(context, &fields, sort, input.page).await,
            None => {
                let rule = format!("`sort`: the gateway sorts by {}.", arguments::SORT_KEYS.join(", "));
                Err(ArgumentError::Rule { rule }.into())
            }
        }
    }
}

fn sort_of(input: &Input) -> Option<&str> {
    input.sort.as_deref().map(str::trim).filter(|sort| !sort.is_empty())
}

/// A page as the gateway gives it.
async fn by_the_gateway(
    context: &Context,
    fields: &Fields<Contact>,
    sort: String,
    page: Paging,
) -> Result<Reply, ToolError> {
    let skip = page.skip;
    let operation = operations::ListContacts { limit: page.limit, skip, sort: Some(sort) };
    let sent = arguments::send::<ListContacts, _>(context, &operation, None);
    let (page, has_links) = linked::beside(context, sent).await;
    let page = page?;
    let mut listing = Listing::of_page(&page, skip, "none");
    let rows = if fields.is_lossless() || !has_links {
        page.rows
    } else {
        linked::folded(context, page.rows, &mut listing).await
    };
    Ok(render::list(&rows, fields, listing, context.short_ids()))
}
