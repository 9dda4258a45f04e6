//! Lists the files of the conversations of a contact, or of several.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::several::{self, Several};
use super::{Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::{CHANNEL_TYPES, ContactFile, ContactId};
use crate::plural::counted;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `list_contact_files`.
pub struct ListContactFiles;

/// Arguments of `list_contact_files`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    #[cfg_attr(feature = "cleanup", doc = "con_ id; several by commas, or dup_ group")]
    #[cfg_attr(not(feature = "cleanup"), doc = "con_ id; several by commas")]
    #[schemars(length(max = 1_000))]
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
        let mut contacts = several::contact_ids(context, "contact_id", &input.contact_id).await?;
        let Paging { limit, skip } = input.page;
        if contacts.len() > 1 {
            let Several { found, missing } =
                several::ask(context, contacts, async |contact: ContactId| of_one(context, contact).await).await?;
            let rows: Vec<(ContactId, ContactFile)> = found
                .into_iter()
                .flat_map(|(contact, files)| files.into_iter().map(move |file| (contact.clone(), file)))
                .collect();
            let (shown, mut listing) = Listing::of_whole(&rows, skip, limit, "none visible to this credential");
            listing.notes.extend(missing);
            return several::rows(context, shown.to_vec(), &fields, listing);
        }
        let contact = contacts.swap_remove(0);
        let files = of_one(context, contact.clone()).await?;
        let none = if files.is_empty() { why_none(context, contact).await? } else { String::new() };
        let (rows, listing) = Listing::of_whole(&files, skip, limit, &none);
        Ok(render::list(rows, &fields, listing, context.short_ids()))
    }
}

async fn of_one(context: &Context, contact_id: ContactId) -> Result<Vec<ContactFile>, ToolError> {
    let subject = contact_id.to_string();
    let operation = operations::ListContactFiles { contact_id };
    Ok(arguments::send::<ListContactFiles, _>(context, &operation, Some(&subject)).await?.rows)
}

/// Why a list of files is empty. The gateway answers the same for an unknown contact, for one without conversations and for one whose
/// conversations others look after (contract, 5.9): its conversations tell them apart.
///
/// # Errors
/// The gateway's, that there is no such contact among them.
async fn why_none(context: &Context, contact_id: ContactId) -> Result<String, ToolError> {
    let subject = contact_id.to_string();
    let channel_types = CHANNEL_TYPES.map(str::to_owned).to_vec();
    let of = operations::GetContactConversations { contact_id: contact_id.clone(), channel_types };
    let conversations = match context.gateway().send(&of).await {
        Ok(page) => page.rows.len() as u64,
        // True if there is such a contact is said by the next request.
        Err(error) if error.is_not_found() => 0,
        Err(_) => return Ok("none visible to this credential; whether there are others could not be read".to_owned()),
    };
    if conversations > 0 {
        return Ok(format!("none in the {} that this credential sees", counted(conversations, "conversation")));
    }
    let contact = operations::GetContact { contact_id };
    arguments::send::<ListContactFiles, _>(context, &contact, Some(&subject)).await?;
    Ok("none visible: this credential sees no conversation of the contact (there is none, or others look after it)"
        .to_owned())
}
