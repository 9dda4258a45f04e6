//! Writes that nobody may simply send again: when the answer gets lost, the state is read to find out what happened.

use std::time::Duration;

use super::operations::{DismissAllNotifications, GetContact, ListNotifications, UpdateContact};
use super::{Client, GatewayError, Operation, Outcome};
use crate::model::Contact;

/// A write that was done.
#[derive(Debug, Clone)]
pub enum Done<T> {
    /// The gateway said so.
    Answered(T),
    /// Its answer got lost, and reading again shows it.
    Verified(T),
}

/// A write that was not done, or of which nobody knows.
#[derive(Debug)]
pub struct Unsettled<T> {
    /// What went wrong when it was sent.
    pub error: GatewayError,
    /// What is there now, if its answer got lost and it could be read.
    pub found: Option<T>,
}

/// What reading again shows of an update.
enum Look {
    Done(Contact),
    /// The old values, and the gateway has not touched the contact since.
    Untouched(Contact),
    Other(Contact),
    Unknown,
}

/// Updates a contact, of which `before` was read just now.
///
/// After a lost answer, or one about another contact, the contact is read again. The update is repeated, once, when the old values are still there and
/// nothing is left under way that could still set them: an update that timed out, or that another contact may have got, is never
/// repeated.
///
/// # Errors
/// [`Unsettled`], with what is there.
pub async fn update(
    client: &Client,
    before: &Contact,
    operation: &UpdateContact,
) -> Result<Done<Contact>, Unsettled<Contact>> {
    let error = match client.send(operation).await {
        Ok(after) => return Ok(Done::Answered(after)),
        Err(error) if error.outcome() == Outcome::NotDone => return Err(Unsettled { error, found: None }),
        Err(error) => error,
    };
    let untouched = match look(client, before, operation).await {
        Look::Done(after) => return Ok(Done::Verified(after)),
        Look::Untouched(found) => found,
        Look::Other(found) => return Err(Unsettled { error, found: Some(found) }),
        Look::Unknown => return Err(Unsettled { error, found: None }),
    };
    let is_astray = matches!(error, GatewayError::Mismatch { .. });
    if is_astray || error.may_still_act() || error.outcome() == Outcome::Done {
        return Err(Unsettled { error, found: Some(untouched) });
    }
    let error = match client.send(operation).await {
        Ok(after) => return Ok(Done::Answered(after)),
        Err(again) if again.outcome() == Outcome::NotDone => return Err(Unsettled { error, found: Some(untouched) }),
        Err(again) => again,
    };
    match look(client, before, operation).await {
        Look::Done(after) => Ok(Done::Verified(after)),
        Look::Untouched(found) | Look::Other(found) => Err(Unsettled { error, found: Some(found) }),
        Look::Unknown => Err(Unsettled { error, found: None }),
    }
}

/// Removes all notifications of a tab. It is sent once; after a lost answer what remains is counted.
///
/// # Errors
/// [`Unsettled`], with the number that remains.
pub async fn dismiss_all(client: &Client, operation: &DismissAllNotifications) -> Result<Done<()>, Unsettled<u64>> {
    let error = match client.send(operation).await {
        Ok(()) => return Ok(Done::Answered(())),
        Err(error) => error,
    };
    let found = match error.outcome() {
        Outcome::NotDone => None,
        Outcome::Unknown | Outcome::Done => {
            let counting = ListNotifications { tab: operation.tab, limit: 1, skip: 0 };
            read(client, &counting).await.and_then(|page| page.grand_total(0))
        }
    };
    if found == Some(0) { Ok(Done::Verified(())) } else { Err(Unsettled { error, found }) }
}

async fn look(client: &Client, before: &Contact, operation: &UpdateContact) -> Look {
    let Some(now) = read(client, &GetContact { contact_id: operation.contact_id.clone() }).await else {
        return Look::Unknown;
    };
    let sent = || operation.changes.iter();
    if sent().all(|(name, value)| now.holds(name, value.as_str().unwrap_or_default())) {
        return Look::Done(now);
    }
    let same = |name: &str| before.record().raw(name) == now.record().raw(name);
    if same("updated_at") && sent().all(|(name, _)| same(name)) { Look::Untouched(now) } else { Look::Other(now) }
}

/// Reads within half of a call's time, because the write has used its own: who asked still has to get an answer.
async fn read<O: Operation>(client: &Client, operation: &O) -> Option<O::Response> {
    let time: Duration = client.patience() / 2;
    tokio::time::timeout(time, client.send(operation)).await.ok()?.ok()
}
