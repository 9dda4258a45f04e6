//! What a model is told of a write whose answer got lost.

use super::error::ToolError;
use super::tool::Tool;
use crate::context::Context;
use crate::gateway::operations::{DismissAllNotifications, UpdateContact};
use crate::gateway::verify_write::{self, Done, Unsettled};
use crate::gateway::{GatewayError, Outcome};
use crate::model::{Contact, ContactChanges};
use crate::plural::{agree, counted};
use crate::render;

/// What the first line of a receipt says about a write that was read back because its answer got lost.
const VERIFIED: &str = ", verified after a lost answer";

/// Updates a contact; its new state, and what the receipt has to say about how it is known.
///
/// # Errors
/// [`ToolError`], which says what is there when the outcome is unknown.
pub(super) async fn update<T: Tool>(
    context: &Context,
    before: &Contact,
    changes: &ContactChanges,
    operation: &UpdateContact,
) -> Result<(Contact, &'static str), ToolError> {
    context.progress().report(0.0, Some(1.0), "asking the gateway");
    let updated = verify_write::update(context.gateway(), before, operation).await;
    context.progress().report(1.0, Some(1.0), "the gateway answered");
    let Unsettled { error, found } = match updated {
        Ok(Done::Answered(after)) => return Ok((after, "")),
        Ok(Done::Verified(after)) => return Ok((after, VERIFIED)),
        Err(unsettled) => unsettled,
    };
    Err(match found {
        Some(now) => ToolError::Unsettled {
            happened: error.in_brief(),
            found: format!("the contact now has {}. Read it again before repeating", render::unlike(changes, &now)),
        },
        None => refused::<T>(error, Some(context.short_ids().show(operation.contact_id.as_str()))),
    })
}

/// Dismisses all notifications of a tab; what the receipt has to say about how that is known.
///
/// # Errors
/// [`ToolError`], which says how many remain when the outcome is unknown.
pub(super) async fn dismiss_all<T: Tool>(
    context: &Context,
    operation: &DismissAllNotifications,
) -> Result<&'static str, ToolError> {
    match verify_write::dismiss_all(context.gateway(), operation).await {
        Ok(Done::Answered(())) => Ok(""),
        Ok(Done::Verified(())) => Ok(VERIFIED),
        Err(Unsettled { error, found: Some(remaining) }) => Err(ToolError::Unsettled {
            happened: error.in_brief(),
            found: format!(
                "{} {}. It was sent once; list what is there before repeating",
                counted(remaining, "notification"),
                agree(remaining, "remains", "remain")
            ),
        }),
        Err(Unsettled { error, found: None }) => Err(refused::<T>(error, None)),
    }
}

/// The error of an upload, which nobody may send again: after a lost answer the digest tells whether it is there.
pub(super) fn upload(error: ToolError, digest: &str) -> ToolError {
    match error {
        ToolError::Gateway { error, .. } if error.outcome() != Outcome::NotDone => ToolError::Unsettled {
            happened: error.in_brief(),
            found: format!("the file may be public. sha256 {digest}"),
        },
        other => other,
    }
}

fn refused<T: Tool>(error: GatewayError, subject: Option<String>) -> ToolError {
    ToolError::Gateway { error: Box::new(error), effect: T::EFFECT, subject }
}
