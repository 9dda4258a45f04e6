//! Checks a contact before it is saved: what is wrong with it, and whom it would be a duplicate of.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ArgumentError, Effect, Tool, ToolError, arguments, cleanup};
use crate::cleanup::findings::Kind;
use crate::cleanup::{CheckReport, FindingExample, Workspace};
use crate::context::Context;
use crate::plural::counted;
use crate::render::{self, Reply, Shape, quoted};

/// Tool `check_contact`.
pub struct CheckContact;

/// Arguments of `check_contact`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// {field: value}, fields as update_contact
    #[schemars(with = "Map<String, Value>")]
    contact: Value,
}

/// Characters of a value.
const VALUE: usize = 48;
/// Contacts that an answer shows.
const SHOWN: usize = 5;

impl Tool for CheckContact {
    const NAME: &'static str = "check_contact";
    const TITLE: &'static str = "Check contact";
    const DESCRIPTION: &'static str = "Before saving a contact: whom it would duplicate, and what is wrong with it.";
    const EFFECT: Effect = Effect::Read;
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let mut fields = Vec::new();
        for (field, value) in arguments::field_values("contact", input.contact)? {
            match value {
                Value::Null => {}
                Value::String(text) => fields.push((field, text)),
                Value::Number(number) => fields.push((field, number.to_string())),
                _ => {
                    let rule = format!("`contact`: {} must be a text.", quoted(&field, 32));
                    return Err(ArgumentError::Rule { rule }.into());
                }
            }
        }
        Workspace::is_checkable(&fields).map_err(cleanup::to_tool_error::<Self>)?;
        let workspace = cleanup::workspace(context)?;
        if let Some(unread) = cleanup::refreshed::<Self>(context, workspace).await? {
            let unread = counted(unread, "contact");
            return Ok(Reply::Lines(vec![format!("{unread} read so far, so nothing can be said yet; call again")]));
        }
        let report = workspace.check(fields).await.map_err(cleanup::to_tool_error::<Self>)?;
        let mut lines = lines(&report, |id| cleanup::shown_id(context, id));
        lines.push(render::list_age(report.synced_at));
        Ok(Reply::Lines(lines))
    }
}

/// `email: "a@gmial.com" -> "a@gmail.com" (email_domain_typo)`.
fn finding(kind: Kind, found: &FindingExample) -> String {
    let name = kind.name();
    if found.fix.is_empty() {
        return format!("{}: {} ({name})", found.field, quoted(&found.value, VALUE));
    }
    let fix = |(field, before, after): &(&str, String, String)| {
        format!("{field}: {} -> {}", quoted(before, VALUE), quoted(after, VALUE))
    };
    format!("{} ({name})", found.fix.iter().map(fix).collect::<Vec<_>>().join(", "))
}

/// The answer's lines; `show` makes an id short.
fn lines(report: &CheckReport, show: impl Fn(&str) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    let all = counted(report.contacts, "contact");
    let sure = report.candidates.iter().filter(|candidate| candidate.is_sure).count();
    lines.push(match (report.candidates.len(), sure) {
        (0, _) => format!("no duplicate among {all}"),
        (found, 0) => format!("perhaps a duplicate of {}", counted(found as u64, "contact")),
        (found, sure) => format!("a duplicate: {sure} sure, {} perhaps", found - sure),
    });
    for candidate in report.candidates.iter().take(SHOWN) {
        let sure = if candidate.is_sure { "sure" } else { "perhaps" };
        let member = report.members.get(&candidate.contact);
        let values = [
            ("name", member.and_then(|member| member.name()).unwrap_or_default().to_string()),
            ("phone", member.and_then(|member| member.phone()).unwrap_or_default().to_string()),
            ("email", member.map(|member| member.value("email")).unwrap_or_default().to_string()),
        ];
        let values = values.iter().filter(|(_, value)| !value.is_empty());
        let values: Vec<String> = values.map(|(name, value)| format!("{name} {}", quoted(value, VALUE))).collect();
        let (id, score) = (show(&candidate.contact), candidate.score);
        lines.push(format!("{id} {sure} {score:.2}: {}; {}", candidate.because(), values.join(" ")));
    }
    if report.candidates.len() > SHOWN {
        lines.push(format!("and {} less likely ones", report.candidates.len() - SHOWN));
    }
    if report.findings.is_empty() {
        lines.push("nothing is wrong with its fields".to_owned());
    }
    lines.extend(report.findings.iter().map(|(kind, found)| finding(*kind, found)));
    lines
}
