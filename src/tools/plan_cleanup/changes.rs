//! The argument `changes` of `plan_cleanup`: its schema and its values.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde_json::Value;

use crate::cleanup::Change;
use crate::context::Context;
use crate::model::ContactId;
use crate::tools::arguments::{self, ContactField};
use crate::tools::{ArgumentError, ToolError};

// The schema of an item of `changes`, which `contact_changes` reads.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the schema is made from it")]
pub(super) struct ContactFieldValue {
    /// con_ id
    contact: String,
    /// Name
    field: ContactField,
    /// "" clears
    value: String,
}

/// Changes of contacts, from items `{contact, field, value}` or an object `{contact: {field: value}}`. `null` is not given.
///
/// # Errors
/// [`ArgumentError`] for an item of another form, for what is no id, and for a field that is given twice.
pub(super) fn contact_changes(context: &Context, name: &str, given: Value) -> Result<Vec<Change>, ToolError> {
    let rule = |rule: String| ToolError::from(ArgumentError::Rule { rule });
    let contact_id = |text: &str| arguments::id(context, name, text).map(|id: ContactId| id.to_string());
    let mut changes = Vec::new();
    match given {
        Value::Array(items) => {
            for given in items {
                let [contact, field, value] = arguments::item(name, given, ["contact", "field", "value"])?;
                if !value.is_null() {
                    let contact = contact_id(&arguments::text(name, "contact", &contact)?)?;
                    changes.push(Change { contact, field: arguments::text(name, "field", &field)?, value });
                }
            }
        }
        Value::Object(contacts) => {
            for (contact, fields) in contacts.into_iter().filter(|(_, fields)| !fields.is_null()) {
                let contact = contact_id(&contact)?;
                let Value::Object(fields) = fields else {
                    return Err(rule(format!("`{name}`: {contact} must be an object of fields and values.")));
                };
                let before = changes.len();
                let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
                changes.extend(fields.map(|(field, value)| Change { contact: contact.clone(), field, value }));
                if changes.len() == before {
                    let text = format!("`{name}`: name a field of {contact}; null is read as not given, \"\" clears.");
                    return Err(rule(text));
                }
            }
        }
        _ => {}
    }
    let mut seen = HashSet::new();
    match changes.iter().find(|change| !seen.insert((&change.contact, &change.field))) {
        Some(change) => Err(arguments::twice(name, &change.field)),
        None => Ok(changes),
    }
}
