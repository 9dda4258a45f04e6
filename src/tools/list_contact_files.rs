//! Lists the files of a contact's conversations.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::{Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::ContactFile;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `list_contact_files`.
pub struct ListContactFiles;

/// Arguments of `list_contact_files`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// con_ id
    contact_id: String,
    #[serde(flatten)]
    page: Paging,
    /// More columns (url) or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListContactFiles {
    const NAME: &'static str = "list_contact_files";
    const TITLE: &'static str = "List files of a contact";
    const DESCRIPTION: &'static str = "List a contact's files.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<ContactFile>(&input.fields)?;
        let contact_id = arguments::id(context, "contact_id", &input.contact_id)?;
        let subject = contact_id.to_string();
        let operation = operations::ListContactFiles { contact_id };
        let page = arguments::send::<Self, _>(context, &operation, Some(&subject)).await?;
        // The gateway answers an empty list for an unknown contact and for one that others look after (contract, 5.9).
        let none = "none visible to this credential (the contact may be unknown, or looked after by others)";
        let (rows, listing) = Listing::of_whole(&page.rows, input.page.skip, input.page.limit, none);
        Ok(render::list(rows, &fields, listing, context.short_ids()))
    }
}
