//! `cleanup check`: a contact before it is saved.

use std::fmt::Write as _;

use imbrace_contacts_client::characters::escaped_lines;
use serde_json::{Value, json};

use super::super::Ending;
use super::CleanupSession;
use crate::cleanup::CheckReport;
use crate::cli::CheckArguments;
use crate::plural::counted;
use crate::render::quoted;

/// Characters of a value.
const VALUE: usize = 60;

/// Says whom it would be, and what is wrong with it.
///
/// # Errors
/// The engine's, a field that contacts do not have among them.
pub(super) async fn check(session: &CleanupSession, given: &CheckArguments) -> anyhow::Result<Ending> {
    let mut fields = given.fields.clone();
    for (_, value) in fields.iter_mut().filter(|(field, _)| field == "id") {
        *value = session.workspace.whole_id(value).await?;
    }
    let report = session.workspace.check(fields).await?;
    session.said_of_list(escaped_lines(&text(&report)).into_owned(), to_json(&report), String::new()).await
}

fn text(report: &CheckReport) -> String {
    let mut text = if report.candidates.is_empty() {
        format!("no duplicate among {}\n", counted(report.contacts, "contact"))
    } else {
        let found = counted(report.candidates.len() as u64, "contact");
        format!("could be {found} of {}:\n", report.contacts)
    };
    // Writing to a String cannot fail.
    for candidate in &report.candidates {
        let sure = if candidate.is_sure { "sure" } else { "perhaps" };
        let member = report.members.get(&candidate.contact);
        let name = member.and_then(|member| member.name()).unwrap_or_default().to_string();
        let _ = writeln!(
            text,
            "  {} {}  {sure} {:.2}: {}",
            candidate.contact,
            quoted(&name, VALUE),
            candidate.score,
            candidate.because()
        );
    }
    if report.findings.is_empty() {
        text.push_str("nothing is wrong with its fields\n");
    }
    for (kind, found) in &report.findings {
        let fixes: Vec<String> =
            found.fix.iter().map(|(field, _, after)| format!("{field} -> {}", quoted(after, VALUE))).collect();
        let fix = if fixes.is_empty() { String::new() } else { format!("; {}", fixes.join(", ")) };
        let _ = writeln!(text, "  {}: {} {}{fix}", kind.name(), found.field, quoted(&found.value, VALUE));
    }
    text
}

fn to_json(report: &CheckReport) -> Value {
    let candidates: Vec<Value> = report
        .candidates
        .iter()
        .map(|candidate| {
            json!({
                "contact": candidate.contact, "score": candidate.score, "sure": candidate.is_sure,
                "because": candidate.because(),
            })
        })
        .collect();
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|(kind, found)| {
            let fix: serde_json::Map<String, Value> =
                found.fix.iter().map(|(field, _, after)| ((*field).to_owned(), json!(after))).collect();
            json!({ "kind": kind.name(), "field": found.field, "value": found.value, "fix": fix })
        })
        .collect();
    json!({ "contacts": report.contacts, "duplicates": candidates, "findings": findings })
}
