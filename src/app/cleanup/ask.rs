//! Questions to the person at the terminal.

use std::io::{BufRead, IsTerminal};

use super::words;
use crate::app::UsageError;
use crate::cleanup::duplicates::Verdict;
use crate::cleanup::{Answer, Decided, DuplicatesRequest, PlanReport, Workspace};
use crate::gateway::Client;
use crate::gateway::operations::GetContact;
use crate::model::ContactId;
use crate::render::quoted;
use crate::telemetry;

/// Shows a plan and asks whether to carry it out; its fingerprint is the yes. `None` is a no, or nobody to ask.
///
/// # Errors
/// When the terminal cannot be read.
pub(super) fn plan(plan: &PlanReport, place: &str) -> std::io::Result<Option<String>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    telemetry::tell(&format!("{}Write this to {place}? [y/N] ", words::planned(plan)))?;
    Ok(matches!(line()?.as_str(), "y" | "yes").then(|| plan.fingerprint.clone()))
}

/// Goes through the patterns of questions, each with one pair of it.
///
/// # Errors
/// [`UsageError`] where there is no terminal to ask at; else the engine's or the terminal's.
pub(super) async fn questions(workspace: &Workspace, gateway: &Client) -> anyhow::Result<Vec<Answer>> {
    if !std::io::stdin().is_terminal() {
        let message =
            "without a terminal say what is one person: --same or --different, with a group, a pair or a pattern";
        return Err(UsageError { message: message.to_owned() }.into());
    }
    let report = workspace.duplicates(DuplicatesRequest::default()).await?;
    let mut answers = Vec::new();
    for found in report.patterns {
        let (one, other) = (card(gateway, &found.example.ids.0).await, card(gateway, &found.example.ids.1).await);
        telemetry::tell(&format!(
            "\n{} pairs of the pattern `{}`, such as\n  {one}\n  {other}\n\
             All of them: [s]ame person, [d]ifferent people, Enter to skip, [q]uit: ",
            found.count, found.pattern
        ))?;
        let verdict = match line()?.as_str() {
            "s" | "same" => Verdict::Same,
            "d" | "different" => Verdict::Different,
            "q" | "quit" => break,
            _ => continue,
        };
        answers.push(Answer { what: Decided::Pattern(found.pattern), verdict });
    }
    Ok(answers)
}

/// A contact in one line. Its words are a stranger's: quoted, so that they cannot steer the terminal.
async fn card(gateway: &Client, id: &str) -> String {
    let Ok(contact_id) = ContactId::parse(id) else { return id.to_owned() };
    let Ok(contact) = gateway.send(&GetContact { contact_id }).await else { return id.to_owned() };
    let fields = ["display_name", "area_code", "phone_number", "email", "birthday", "company_name"];
    let filled = fields.iter().map(|field| (field, contact.value(field))).filter(|(_, value)| !value.is_empty());
    let said: Vec<String> = filled.map(|(field, value)| format!("{field}={}", quoted(&value, 60))).collect();
    format!("{id}  {}", said.join("  "))
}

fn line() -> std::io::Result<String> {
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_lowercase())
}
