//! Shows a contact, or several as rows.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames};
use super::several::{self, Several};
use super::{Effect, Tool, ToolError, linked};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::{Contact, ContactId};
use crate::render::{self, Cell, Fields, Listing, Reply, Shape};

/// Tool `get_contact`.
pub struct GetContact;

/// Arguments of `get_contact`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    #[cfg_attr(feature = "cleanup", doc = "con_ id; several by commas, or dup_ group")]
    #[cfg_attr(not(feature = "cleanup"), doc = "con_ id; several by commas")]
    #[schemars(length(max = 1_000))]
    contact_id: String,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for GetContact {
    const NAME: &'static str = "get_contact";
    const TITLE: &'static str = "Get contact";
    const DESCRIPTION: &'static str = "Get a contact's filled fields, or a row for each of several.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Fields;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<Contact>(&input.fields)?;
        let mut contacts = several::contact_ids(context, "contact_id", &input.contact_id).await?;
        if contacts.len() > 1 {
            return rows(context, contacts, &fields).await;
        }
        let lossless = matches!(fields, Fields::Lossless);
        let contact_id = contacts.swap_remove(0);
        let subject = contact_id.to_string();
        let operation = operations::GetContact { contact_id };
        let asked = arguments::send::<Self, _>(context, &operation, Some(&subject));
        let (contact, others) = futures::join!(asked, linked::of(context, &subject));
        let contact = contact?;
        if lossless {
            return Ok(render::contact_whole(&contact));
        }
        let mut card = render::contact_card(&contact, context.short_ids());
        if let (Reply::Card(lines), false) = (&mut card, others.is_empty()) {
            lines.push(("linked".to_owned(), Cell::text(linked::shown(context, &others))));
        }
        Ok(card)
    }
}

/// Several contacts, a row each.
async fn rows(context: &Context, contacts: Vec<ContactId>, fields: &Fields<Contact>) -> Result<Reply, ToolError> {
    let Several { found, missing } = several::ask(context, contacts, async |contact_id: ContactId| {
        let subject = contact_id.to_string();
        arguments::send::<GetContact, _>(context, &operations::GetContact { contact_id }, Some(&subject)).await
    })
    .await?;
    let found: Vec<Contact> = found.into_iter().map(|(_, contact)| contact).collect();
    let (rows, mut listing) = Listing::of_whole(&found, 0, u64::MAX, "none");
    listing.notes.extend(missing);
    Ok(render::list(rows, fields, listing, context.short_ids()))
}
