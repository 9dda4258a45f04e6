//! Finds contacts by text at the gateway; with the feature `cleanup` also in the snapshot, in whatever form they are written there.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::{Contact, Page};
use crate::render::{self, Reply, Shape};
#[cfg(not(feature = "cleanup"))]
use crate::render::{Fields, Listing};

#[cfg(feature = "cleanup")]
mod any_spelling;

#[cfg(feature = "cleanup")]
use any_spelling::answer;

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
    const DESCRIPTION: &'static str = if cfg!(feature = "cleanup") {
        "Find people by name in any script, phone in any form, part of e-mail, company, remark, or id."
    } else {
        "Find people by name, phone, e-mail or other text, as they are spelled there."
    };
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Contact>(&input.fields)?;
        answer(context, &fields, input.query.trim(), input.page).await
    }
}

/// The matches as the gateway finds them.
#[cfg(not(feature = "cleanup"))]
async fn answer(
    context: &Context,
    fields: &Fields<Contact>,
    text: &str,
    Paging { limit, skip }: Paging,
) -> Result<Reply, ToolError> {
    let page = ask(context, text, limit, skip).await?;
    let mut listing = Listing::of_page(&page, skip, &none(text));
    listing.notes.push(GATEWAY_ALONE.to_owned());
    Ok(render::list(&page.rows, fields, listing, context.short_ids()))
}

/// Asks the gateway for one page of what matches.
async fn ask(context: &Context, query: &str, limit: u64, skip: u64) -> Result<Page<Contact>, ToolError> {
    let operation = operations::SearchContacts { query: query.to_owned(), limit, skip, sort: None };
    arguments::send::<SearchContacts, _>(context, &operation, None).await
}

/// Said where nothing matches.
fn none(text: &str) -> String {
    format!("none match {}", render::quoted(text, 60))
}

/// Said where there is no snapshot: a gateway compares letters, so that an empty answer, or a short one, is no fact about the list.
const GATEWAY_ALONE: &str = "asked the gateway alone, which may miss other spellings";
