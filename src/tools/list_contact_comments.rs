//! Lists the comments that colleagues left on the messages of a contact, or of several.

use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments::{self, FieldNames, Paging};
use super::several::{self, Several};
use super::{ArgumentError, Effect, Tool, ToolError};
use crate::context::Context;
use crate::gateway::operations;
use crate::model::{CHANNEL_TYPES, CommentedMessage, ContactId, Page};
use crate::render::{self, CommentRow, Fields, Listing, Reply, Shape, Span};

/// Tool `list_contact_comments`.
pub struct ListContactComments;

/// Arguments of `list_contact_comments`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    #[cfg_attr(feature = "cleanup", doc = "con_ id; several by commas, or dup_ group")]
    #[cfg_attr(not(feature = "cleanup"), doc = "con_ id; several by commas")]
    #[schemars(length(max = 1_000))]
    contact_id: String,
    #[serde(flatten)]
    page: Paging,
    /// More columns or *
    #[serde(default)]
    fields: FieldNames,
}

impl Tool for ListContactComments {
    const NAME: &'static str = "list_contact_comments";
    const TITLE: &'static str = "List comments on a contact";
    const DESCRIPTION: &'static str = "List colleagues' comments on a contact.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Rows;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let fields = arguments::fields::<CommentRow>(&input.fields)?;
        let mut contacts = several::contact_ids(context, "contact_id", &input.contact_id).await?;
        let skip = input.page.skip;
        if contacts.len() > 1 {
            return of_several(context, contacts, &input.page, &fields).await;
        }
        let page = of_one(context, contacts.swap_remove(0), input.page).await?;
        let mut listing = Listing::of_page(&page, skip, "none");
        let rows = render::comment_rows(&page, &mut listing);
        Ok(render::list(&rows, &fields, listing, context.short_ids()))
    }
}

async fn of_one(context: &Context, contact_id: ContactId, page: Paging) -> Result<Page<CommentedMessage>, ToolError> {
    let subject = contact_id.to_string();
    let channel_types = CHANNEL_TYPES.map(str::to_owned).to_vec();
    let Paging { limit, skip } = page;
    let operation = operations::ListContactComments { contact_id: contact_id.clone(), channel_types, limit, skip };
    let page = arguments::send::<ListContactComments, _>(context, &operation, Some(&subject)).await?;
    if page.rows.is_empty() {
        // The gateway answers the same for a contact without comments and for an id of nobody (contract, 5.5).
        let contact = operations::GetContact { contact_id };
        if let Err(error) = context.gateway().send(&contact).await
            && error.is_not_found()
        {
            let subject = Some(context.short_ids().show(&subject));
            return Err(ToolError::Gateway { error: Box::new(error), effect: ListContactComments::EFFECT, subject });
        }
    }
    Ok(page)
}

/// The newest comments on each contact. The gateway pages by contact, so that a second page is one contact's.
async fn of_several(
    context: &Context,
    contacts: Vec<ContactId>,
    page: &Paging,
    fields: &Fields<CommentRow>,
) -> Result<Reply, ToolError> {
    if page.skip > 0 {
        let rule = "`skip` goes with one contact; ask for those with more comments one by one.".to_owned();
        return Err(ArgumentError::Rule { rule }.into());
    }
    let Several { found, missing } =
        several::ask(context, contacts, async |contact: ContactId| of_one(context, contact, *page).await).await?;
    let (mut rows, mut notes, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for (contact, page) in found {
        let mut listing = Listing::of_page(&page, 0, "none");
        if listing.span.more {
            more.push(several::shown(context, &contact));
        }
        rows.extend(render::comment_rows(&page, &mut listing).into_iter().map(|row| (contact.clone(), row)));
        notes.extend(listing.notes);
    }
    if !more.is_empty() {
        notes.push(format!("more of {}: ask for each alone with skip", more.join(" ")));
    }
    let span = Span { skip: 0, total: more.is_empty().then_some(rows.len() as u64), more: false, units: None };
    let listing = Listing {
        subject: String::new(),
        span,
        notes: notes.into_iter().chain(missing).collect(),
        none: "none".to_owned(),
    };
    several::rows(context, rows, fields, listing)
}
