//! A contact before it is one: what is wrong with its fields, and whom of the list it would be a duplicate of. Nothing is written.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Subject;
use super::error::CleanupError;
use super::field::Field;
use super::findings::{Kind, findings};
use super::known::Known;
use super::report::{CheckReport, FindingExample};
use super::store::{Store, contacts};

/// Checks a contact that is given as fields and values, by the gateway's names or those that answers show.
pub(super) async fn check(
    store: &Store,
    known: &Arc<Known>,
    fields: Vec<(String, String)>,
) -> Result<CheckReport, CleanupError> {
    let document = document(fields)?;
    let known = Arc::clone(known);
    store
        .run(move |db| {
            let synced_at = contacts::synced_at(db)?;
            let subject = Subject::read(&document).map_err(|_| CleanupError::Unreadable { count: 1 })?;
            let candidates = known.with(db, |matcher| matcher.probe(&subject))?;
            let found = known.with_value_counts(db, |counts| findings(&subject, counts))?;
            let example = |field: &'static str, fix: Vec<(&'static str, String)>| FindingExample {
                contact: subject.id.to_string(),
                field,
                value: subject.value(field).to_owned(),
                fix: fix.into_iter().map(|(field, after)| (field, subject.value(field).to_owned(), after)).collect(),
            };
            // A form that does not ask for the time zone has not forgotten it.
            let asked = found.into_iter().filter(|finding| finding.kind != Kind::TimeZoneMissing);
            let findings = asked.map(|finding| (finding.kind, example(finding.field, finding.fix))).collect();
            let members = contacts::members(db, candidates.iter().map(|candidate| &candidate.contact))?;
            Ok(CheckReport { synced_at, contacts: contacts::contacts(db)?, findings, candidates, members })
        })
        .await
}

/// The fields as the gateway's object.
///
/// # Errors
/// [`CleanupError::NoSuchField`], [`CleanupError::FieldTwice`] or [`CleanupError::NothingToCheck`].
pub(super) fn document(fields: Vec<(String, String)>) -> Result<String, CleanupError> {
    let mut object = Map::new();
    for (name, value) in fields {
        let known = match Field::named(&name) {
            Some(field) => match field.name() {
                "name" => Some("display_name"),
                "phone" => Some("phone_number"),
                _ => field.slot().and_then(|slot| Subject::FIELDS.get(slot)).copied(),
            },
            None => None,
        };
        let Some(field) = known else {
            return Err(CleanupError::NoSuchField { written: name.clone(), meant: Field::nearest(&name) });
        };
        if object.insert(field.to_owned(), Value::from(value)).is_some() {
            return Err(CleanupError::FieldTwice(name));
        }
    }
    if object.values().all(|value| value.as_str().is_none_or(|text| text.trim().is_empty())) {
        return Err(CleanupError::NothingToCheck);
    }
    Ok(Value::Object(object).to_string())
}
