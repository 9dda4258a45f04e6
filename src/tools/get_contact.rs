//! Shows one contact.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames};
use super::{Effect, Tool, ToolError, linked};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::Contact;
use crate::render::{self, Cell, Fields, Reply, Shape};

/// Tool `get_contact`.
pub struct GetContact;

/// Arguments of `get_contact`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// con_ id
    contact_id: String,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for GetContact {
    const NAME: &'static str = "get_contact";
    const TITLE: &'static str = "Get contact";
    const DESCRIPTION: &'static str = "Get a contact's filled fields.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Fields;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let lossless = matches!(arguments::fields::<Contact>(&input.fields)?, Fields::Lossless);
        let contact_id = arguments::id(context, "contact_id", &input.contact_id)?;
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
