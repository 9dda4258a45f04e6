//! What a write did, read back from the gateway.

use super::Reply;
use super::unreadable::unreadable_text;
use super::untrusted::{clipped, quoted};
use crate::model::{Contact, ContactChanges, Environment};

/// A receipt: what was done, and in which environment and organisation when that is not the local gateway; then a line
/// a detail. Where the organisation is unknown, the host stands for it.
pub fn receipt(
    environment: Environment,
    organization: Option<&str>,
    host: &str,
    done: String,
    details: Vec<String>,
) -> Reply {
    let place = match environment {
        Environment::Local => String::new(),
        environment => format!(" in {environment}, {}", clipped(organization.unwrap_or(host), 70)),
    };
    let mut lines = vec![format!("{done}{place}")];
    lines.extend(details);
    Reply::Lines(lines)
}

/// `field: old -> new` a line, then the fields that the gateway ignored or set to something else.
pub fn changes(changes: &ContactChanges, before: &Contact, after: &Contact) -> Vec<String> {
    let mut lines = Vec::new();
    let mut ignored = Vec::new();
    for (name, wanted) in changes.fields() {
        let (old, new) = (before.value(name), after.value(name));
        let wanted = wanted.as_str().unwrap_or_default();
        let took = after.holds(name, wanted);
        // A value that was not read as it was sent cannot be put back from this receipt.
        let broken = unreadable_text(before.record(), name);
        let broken = broken.map(|reason| format!(" (unreadable before: {reason})")).unwrap_or_default();
        match took {
            true if before.holds(name, wanted) => lines.push(format!("{name}: {} (as before)", shown(&new))),
            true => lines.push(format!("{name}: {} -> {}{broken}", shown(&old), shown(&new))),
            false if new == old => ignored.push(name),
            false => lines.push(format!(
                "{name}: {} -> {} (the gateway changed what was sent){broken}",
                shown(&old),
                shown(&new)
            )),
        }
    }
    if !ignored.is_empty() {
        lines.push(format!("not applied: {} (the gateway ignored it)", ignored.join(" ")));
    }
    let renamed = changes.fields().all(|(name, _)| name != "display_name");
    if renamed && before.value("display_name") != after.value("display_name") {
        let (old, new) = (before.value("display_name"), after.value("display_name"));
        lines.push(format!("display_name: {} -> {}", shown(&old), shown(&new)));
    }
    lines
}

/// `field="value"` for the first fields that do not hold what was sent, in few words.
pub fn unlike(changes: &ContactChanges, contact: &Contact) -> String {
    let unlike = changes.fields().filter(|(name, wanted)| !contact.holds(name, wanted.as_str().unwrap_or_default()));
    let said: Vec<String> = unlike.map(|(name, _)| format!("{name}={}", quoted(&contact.value(name), 12))).collect();
    match said.get(2..).map_or(0, <[String]>::len) {
        0 => said.join(" "),
        more => format!("{} and {more} more", said.get(..2).unwrap_or_default().join(" ")),
    }
}

fn shown(value: &str) -> String {
    if value.is_empty() { "(empty)".to_owned() } else { quoted(value, 120) }
}
