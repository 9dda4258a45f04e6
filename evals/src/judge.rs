//! True if a job came out right: by what the gateway holds at the end, and by what was said.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::{Map, Value};

use crate::job::Job;
use crate::world::World;

/// Fields that the gateway changes by itself when somebody writes.
const OF_THE_GATEWAY: [&str; 2] = ["updated_at", "last_seen"];

/// What is wrong at the end of a job; nothing where it came out right. `said` is the answer: a model's last words, or what the
/// tools of the reference solution answered.
pub fn judge(job: &Job, world: &World, said: &str) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let (plain, check) = (plain(said), &job.check);
    for text in &check.says {
        let text = with_ids(world, text)?;
        if !plain.contains(&self::plain(&text)) {
            wrong.push(format!("the answer does not say `{text}`"));
        }
    }
    for text in check.never_says.iter().filter(|text| plain.contains(&self::plain(text))) {
        wrong.push(format!("the answer says `{text}`"));
    }
    let begins = |text: &String| said.lines().any(|line| line.starts_with(text.as_str()));
    wrong.extend(check.no_line.iter().filter(|text| begins(text)).map(|text| format!("a line begins with `{text}`")));
    for like in &check.count {
        let count = world.before().values().filter(|contact| is_like(contact, like)).count();
        if !numbers(&plain).contains(&count) {
            wrong.push(format!("the answer does not say {count}, the number of contacts like {}", shown(like)));
        }
    }
    wrong.extend(wrong_contacts(job, world)?);
    let asked = world.asked();
    let times = |operation: &String| asked.get(operation).copied().unwrap_or_default();
    wrong.extend(check.never_asked.iter().filter(|name| times(name) > 0).map(|name| format!("{name} was asked for")));
    wrong.extend(check.asked.iter().filter(|name| times(name) == 0).map(|name| format!("{name} was never asked for")));
    Ok(wrong)
}

/// What is wrong with the contacts: those that the check names, and every other one that is not as before.
fn wrong_contacts(job: &Job, world: &World) -> anyhow::Result<Vec<String>> {
    let (before, after) = (world.before(), world.after()?);
    let mut wrong = Vec::new();
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for wanted in &job.check.contact {
        let key = wanted.get("key").and_then(Value::as_str).context("a contact of a check has a key")?;
        let id = world.id(key).with_context(|| format!("no contact of the job is called {key}"))?;
        let contact = after.get(id).with_context(|| format!("{key} is gone"))?;
        for (field, value) in wanted.iter().filter(|(field, _)| *field != "key") {
            named.entry(id).or_default().insert(field);
            let found = contact.get(field).unwrap_or(&Value::Null);
            if text_of(found) != text_of(value) {
                wrong.push(format!("{key}: {field} is {found}, not {value}"));
            }
        }
    }
    for (id, old) in before {
        if job.check.may_change.iter().any(|like| is_like(old, like)) {
            continue;
        }
        let new = after.get(id).unwrap_or(&Value::Null);
        for field in differing(old, new) {
            if !named.get(id.as_str()).is_some_and(|fields| fields.contains(field.as_str())) {
                wrong.push(format!("{id}: {field} was changed, and nobody asked for it"));
            }
        }
    }
    Ok(wrong)
}

/// The fields in which two contacts differ.
fn differing(old: &Value, new: &Value) -> Vec<String> {
    let empty = Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&String| {
        text_of(old.get(*name).unwrap_or(&Value::Null)) != text_of(new.get(*name).unwrap_or(&Value::Null))
    };
    names.into_iter().filter(|name| !OF_THE_GATEWAY.contains(&name.as_str())).filter(differs).cloned().collect()
}

/// Returns true if every field is as wanted: `*` at the end stands for any ending, `*` at both ends for any text around it.
fn is_like(contact: &Value, like: &Map<String, Value>) -> bool {
    like.iter().all(|(field, wanted)| {
        let (value, wanted) = (text_of(contact.get(field).unwrap_or(&Value::Null)), text_of(wanted));
        match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
            (Some(inner), Some(_)) => value.contains(inner.trim_end_matches('*')),
            (None, Some(beginning)) => value.starts_with(beginning),
            _ => value == wanted,
        }
    })
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn shown(like: &Map<String, Value>) -> String {
    let conditions: Vec<String> = like.iter().map(|(field, value)| format!("{field} {}", text_of(value))).collect();
    conditions.join(", ")
}

/// Replaces `{key}` by the beginning of the contact's id, as answers show it.
fn with_ids(world: &World, text: &str) -> anyhow::Result<String> {
    let Some((before, rest)) = text.split_once('{') else { return Ok(text.to_owned()) };
    let (key, after) = rest.split_once('}').context("a brace is not closed")?;
    let id = world.id(key).with_context(|| format!("no contact of the job is called {key}"))?;
    // `con_` and eight digits.
    Ok(format!("{before}{}{}", id.get(..12).unwrap_or(id), with_ids(world, after)?))
}

/// A text in lower case with single spaces.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every whole number of a text; thousands may be parted by commas.
fn numbers(text: &str) -> BTreeSet<usize> {
    let words = text.split(|sign: char| !sign.is_ascii_digit() && sign != ',');
    words
        .filter_map(|word| word.replace(',', "").parse().ok())
        .chain(text.split(|sign: char| !sign.is_ascii_digit()).filter_map(|word| word.parse().ok()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{differing, is_like, numbers, plain};

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_differs_is_found_in_every_field_but_those_of_the_gateway() {
        let old = json!({ "email": "a@x.example", "remark": "", "updated_at": "1" });
        let new = json!({ "email": "a@x.example", "remark": "seen", "updated_at": "2", "title": "Dr" });
        assert_eq!(differing(&old, &new), ["remark", "title"]);
        assert_eq!(differing(&old, &Value::Null), ["email"]);
    }

    #[test]
    fn a_contact_is_like_another_by_beginnings_and_parts() {
        let contact = json!({ "created_at": "2025-09-03T00:00:00Z", "email": null, "remark": "please do not contact" });
        assert!(is_like(&contact, &map(&json!({ "created_at": "2025-09*", "email": "", "remark": "*not contact*" }))));
        assert!(!is_like(&contact, &map(&json!({ "created_at": "2025-1*" }))));
        assert!(!is_like(&contact, &map(&json!({ "remark": "not contact" }))));
    }

    #[test]
    fn numbers_and_words_are_found_however_they_are_set() {
        assert_eq!(numbers("1,204 of 3; con_12").into_iter().collect::<Vec<_>>(), [1, 3, 12, 204, 1204]);
        assert_eq!(plain("  Two\n Words "), "two words");
    }
}
