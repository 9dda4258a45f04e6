//! Sets fields of a contact, and says what became of each.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ArgumentError, Effect, Tool, ToolError, arguments, linked, verify_write};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::{ContactChanges, ContactId};
use crate::render::{self, Reply, Shape};

/// Tool `update_contact`.
pub struct UpdateContact;

/// Arguments of `update_contact`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// con_ id
    contact_id: String,
    /// Fields to set
    #[schemars(with = "Vec<arguments::FieldValue>")]
    set: Value,
}

impl Tool for UpdateContact {
    const NAME: &'static str = "update_contact";
    const TITLE: &'static str = "Update contact";
    const DESCRIPTION: &'static str = "Change fields of one contact; the answer shows old and new values.";
    const EFFECT: Effect = Effect::Write { idempotent: true, overwrites: true };
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let changes =
            ContactChanges::check_for(arguments::field_values("set", input.set)?, context.gateway().is_loopback())
                .map_err(|error| ArgumentError::Rule { rule: format!("Nothing was sent: {error}.") })?;
        let contact_id: ContactId = arguments::id(context, "contact_id", &input.contact_id)?;
        let subject = contact_id.to_string();
        // Read first: a receipt without the old values could not be undone.
        let read = operations::GetContact { contact_id: contact_id.clone() };
        let before = arguments::read_before_write(context, &read, &subject).await?;
        let operation = operations::UpdateContact { contact_id, changes: changes.to_json() };
        let (after, note) = verify_write::update::<Self>(context, &before, &changes, &operation).await?;
        // The next list shows what is there now.
        if let Some(snapshot) = context.snapshot() {
            snapshot.expire();
        }
        let mut lines = render::changes(&changes, &before, &after);
        let others = linked::of(context, &subject).await;
        if !others.is_empty() {
            lines.push(format!("linked, not changed: {}", linked::shown(context, &others)));
        }
        Ok(arguments::receipt(context, format!("updated {}{note}", context.short_ids().show(&subject)), lines))
    }
}
