//! Lists the conversations of a contact, or of several, over some or all channels.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames};
use super::several::{self, Several};
use super::{Effect, Tool, ToolError, linked};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::{ContactConversation, ContactId};
use crate::render::{self, Listing, Reply, Shape};

/// Tool `get_contact_conversations`.
pub struct GetContactConversations;

/// Arguments of `get_contact_conversations`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    #[cfg_attr(feature = "cleanup", doc = "con_ id; several by commas, or dup_ group")]
    #[cfg_attr(not(feature = "cleanup"), doc = "con_ id; several by commas")]
    #[schemars(length(max = 1_000))]
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
    const DESCRIPTION: &'static str =
        "List a contact's conversations with the latest message of each, and when the contact wrote last.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<ContactConversation>(&input.fields)?;
        let channel_types = arguments::channel_types(input.channel_types.words())?;
        let contacts = several::contact_ids(context, "contact_id", &input.contact_id).await?;
        let is_one = contacts.len() == 1;
        let Several { found, missing } =
            several::ask(context, contacts, async |contact: ContactId| of_one(context, contact, &channel_types).await)
                .await?;
        let mut notes: Vec<String> = missing.into_iter().collect();
        let mut rows = Vec::new();
        for (contact, timeline) in found {
            notes.extend(timeline.notes);
            if let Some(sides) = render::latest_sides(&timeline.rows) {
                let whose = if is_one { String::new() } else { format!("{}: ", several::shown(context, &contact)) };
                notes.push(format!("{whose}{sides}"));
            }
            rows.extend(timeline.rows.into_iter().map(|row| (contact.clone(), row)));
        }
        let none = "none on these channels";
        if !is_one {
            let (shown, mut listing) = Listing::of_whole(&rows, input.skip, u64::MAX, none);
            listing.notes.extend(notes);
            return several::rows(context, shown.to_vec(), &fields, listing);
        }
        let rows: Vec<ContactConversation> = rows.into_iter().map(|(_, row)| row).collect();
        let (rows, mut listing) = Listing::of_whole(&rows, input.skip, u64::MAX, none);
        listing.notes.extend(notes);
        Ok(render::list(rows, &fields, listing, context.short_ids()))
    }
}

/// The conversations of a contact and of those that are linked to it, newest first, and what to say of these.
struct Timeline {
    rows: Vec<ContactConversation>,
    notes: Vec<String>,
}

async fn of_one(context: &Context, contact_id: ContactId, channel_types: &[String]) -> Result<Timeline, ToolError> {
    let subject = contact_id.to_string();
    let of = |contact_id| operations::GetContactConversations { contact_id, channel_types: channel_types.to_vec() };
    let send = async |operation: operations::GetContactConversations, subject: &str| {
        arguments::send::<GetContactConversations, _>(context, &operation, Some(subject)).await
    };
    let mut rows = send(of(contact_id), &subject).await?.rows;
    let (mut joined, mut gone) = (Vec::new(), Vec::new());
    for other in linked::of(context, &subject).await {
        let contact_id = arguments::id(context, "contact_id", &other)?;
        match send(of(contact_id), &other).await {
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
    let said = [("with those of linked", joined), ("no longer there: linked", gone)];
    let said = said.iter().filter(|(_, ids)| !ids.is_empty());
    let notes = said.map(|(words, ids)| format!("{words} {}", linked::shown(context, ids))).collect();
    Ok(Timeline { rows, notes })
}

/// The order that the gateway gives one contact's conversations in, over those of several; what has no time comes last.
fn newest_first(rows: &mut [ContactConversation]) {
    rows.sort_by_cached_key(|row| Reverse(row.at().and_then(|at| at.parse::<jiff::Timestamp>().ok())));
}
