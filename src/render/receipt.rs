//! What a write did, read back from the gateway.

use serde_json::Value;

use super::Reply;
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
        let (old, new) = (value(before, name), value(after, name));
        let wanted = wanted.as_str().unwrap_or_default();
        let took = same(name, &new, wanted);
        match took {
            true if same(name, &old, wanted) => lines.push(format!("{name}: {} (as before)", shown(&new))),
            true => lines.push(format!("{name}: {} -> {}", shown(&old), shown(&new))),
            false if new == old => ignored.push(name),
            false => {
                lines.push(format!("{name}: {} -> {} (the gateway changed what was sent)", shown(&old), shown(&new)))
            }
        }
    }
    if !ignored.is_empty() {
        lines.push(format!("not applied: {} (the gateway ignored it)", ignored.join(" ")));
    }
    let renamed = changes.fields().all(|(name, _)| name != "display_name");
    if renamed && value(before, "display_name") != value(after, "display_name") {
        let (old, new) = (value(before, "display_name"), value(after, "display_name"));
        lines.push(format!("display_name: {} -> {}", shown(&old), shown(&new)));
    }
    lines
}

fn value(contact: &Contact, name: &str) -> String {
    match contact.record().raw(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Whether a field holds what was sent; the gateway reads `m` back as `Male` (contract, section 8 row 29).
fn same(name: &str, held: &str, sent: &str) -> bool {
    let gender = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
    held == sent || (name == "gender" && !held.is_empty() && gender(held) == gender(sent))
}

fn shown(value: &str) -> String {
    if value.is_empty() { "(empty)".to_owned() } else { quoted(value, 120) }
}
