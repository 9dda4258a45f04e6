//! Questions about several contacts in one call: each is asked for, and a first column says whose a row is.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::arguments;
use super::error::{ArgumentError, ToolError};
use crate::context::Context;
use crate::model::ContactId;
use crate::plural::counted;
use crate::render::{Cell, Fields, Listing, Noun, Reply, list};

/// Contacts that one call may ask about.
const MOST: usize = 20;

/// Requests under way at the same moment.
const AT_ONCE: usize = 4;

/// The contacts that an argument names, each once: ids parted by commas or spaces, or a group of duplicates (`dup_…`).
///
/// # Errors
/// [`ArgumentError`] for what is neither, for nothing, and for more than [`MOST`]; nothing has been sent then.
pub(super) async fn contact_ids(context: &Context, name: &str, text: &str) -> Result<Vec<ContactId>, ToolError> {
    let rule = |rule: String| ToolError::from(ArgumentError::Rule { rule });
    let words: Vec<String> =
        text.split([',', ' ', '\n', '\t']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    #[cfg(feature = "cleanup")]
    let words = match words.as_slice() {
        [group] if group.starts_with("dup_") => super::cleanup::members(context, name, group, MOST + 1).await?,
        _ => words,
    };
    if words.len() > MOST {
        return Err(rule(format!(
            "`{name}`: {}; one call takes {MOST} at most.",
            counted(words.len() as u64, "contact")
        )));
    }
    if words.is_empty() {
        // As for one id that is none.
        return Ok(vec![arguments::id(context, name, text)?]);
    }
    arguments::ids(context, name, &words)
}

/// What came of asking for several contacts.
pub(super) struct Several<R> {
    /// Those that the gateway knows, in the order in which they were named.
    pub(super) found: Vec<(ContactId, R)>,
    /// A line that names those it does not know.
    pub(super) missing: Option<String>,
}

/// Asks for each contact, a few at a time.
///
/// # Errors
/// The first error but "no such contact", which only costs that contact; where none is known, that error.
pub(super) async fn ask<R, F>(
    context: &Context,
    contacts: Vec<ContactId>,
    one: impl Fn(ContactId) -> F,
) -> Result<Several<R>, ToolError>
where
    F: Future<Output = Result<R, ToolError>>,
{
    let asked = contacts.into_iter().map(|contact: ContactId| {
        let answer = one(contact.clone());
        async move {
            match answer.await {
                Ok(found) => Ok((contact, Ok(found))),
                Err(error) if error.is_not_found() => Ok((contact, Err(error))),
                Err(error) => Err(error),
            }
        }
    });
    let answers: Vec<(ContactId, Result<R, ToolError>)> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let (mut found, mut unknown, mut last) = (Vec::new(), Vec::new(), None);
    for (contact, answer) in answers {
        match answer {
            Ok(answer) => found.push((contact, answer)),
            Err(error) => {
                unknown.push(shown(context, &contact));
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if found.is_empty() => Err(error),
        _ => {
            let missing = (!unknown.is_empty()).then(|| format!("no such contact: {}", unknown.join(" ")));
            Ok(Several { found, missing })
        }
    }
}

/// The rows of several contacts, each with its contact's id in the first column.
///
/// # Errors
/// [`ArgumentError::Rule`] where every field is asked for as it is: such rows have no columns.
pub(super) fn rows<T: Noun>(
    context: &Context,
    rows: Vec<(ContactId, T)>,
    fields: &Fields<T>,
    listing: Listing,
) -> Result<Reply, ToolError> {
    if fields.is_lossless() {
        let rule = "`fields=*` goes with one contact; name columns, or ask for each contact by itself.".to_owned();
        return Err(ArgumentError::Rule { rule }.into());
    }
    let (owners, rows): (Vec<String>, Vec<T>) =
        rows.into_iter().map(|(owner, row)| (shown(context, &owner), row)).unzip();
    let mut reply = list(&rows, fields, listing, context.short_ids());
    if let Reply::Table(table) = &mut reply {
        table.columns.insert(0, "contact");
        for (row, owner) in table.rows.iter_mut().zip(owners) {
            row.insert(0, Cell::text(owner));
        }
    }
    Ok(reply)
}

/// A contact's id as answers show it.
pub(super) fn shown(context: &Context, contact: &ContactId) -> String {
    context.short_ids().show(&contact.to_string())
}
