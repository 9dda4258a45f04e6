//! Lists a contact's conversations over some or all channels.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames};
use super::{Effect, Tool, ToolError, linked};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::ContactConversation;
use crate::render::{self, Listing, Reply, Shape};

/// Tool `get_contact_conversations`.
pub struct GetContactConversations;

/// Arguments of `get_contact_conversations`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// con_ id
    contact_id: String,
    /// web, whatsapp, facebook, instagram, email, wechat, line
    #[serde(default)]
    channel_types: FieldNames,
    /// Offset
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    skip: u64,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for GetContactConversations {
    const NAME: &'static str = "get_contact_conversations";
    const TITLE: &'static str = "Get conversations of a contact";
    const DESCRIPTION: &'static str = "List a contact's conversations, with latest message.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<ContactConversation>(&input.fields)?;
        let channel_types = arguments::channel_types(input.channel_types.words())?;
        let contact_id = arguments::id(context, "contact_id", &input.contact_id)?;
        let subject = contact_id.to_string();
        let of = |contact_id| operations::GetContactConversations { contact_id, channel_types: channel_types.clone() };
        let mut rows = arguments::send::<Self, _>(context, &of(contact_id), Some(&subject)).await?.rows;
        let (mut joined, mut gone) = (Vec::new(), Vec::new());
        for other in linked::of(context, &subject).await {
            let contact_id = arguments::id(context, "contact_id", &other)?;
            match arguments::send::<Self, _>(context, &of(contact_id), Some(&other)).await {
                Ok(page) => {
                    rows.extend(page.rows);
                    joined.push(other);
                }
                Err(error) if error.is_not_found() => gone.push(other),
                // A timeline with a hole that the next call may fill is no timeline.
                Err(error) => return Err(error),
            }
        }
        if !joined.is_empty() {
            newest_first(&mut rows);
        }
        let (rows, mut listing) = Listing::of_whole(&rows, input.skip, u64::MAX, "none on these channels");
        let said = [("with those of linked", joined), ("no longer there: linked", gone)];
        let said = said.iter().filter(|(_, ids)| !ids.is_empty());
        listing.notes.extend(said.map(|(words, ids)| format!("{words} {}", linked::shown(context, ids))));
        Ok(render::list(rows, &fields, listing, context.short_ids()))
    }
}

/// The order that the gateway gives one contact's conversations in, over those of several; what has no time comes last.
fn newest_first(rows: &mut [ContactConversation]) {
    rows.sort_by_cached_key(|row| Reverse(row.at().and_then(|at| at.parse::<jiff::Timestamp>().ok())));
}
