//! What a cleanup asks the person at the terminal.

use imbrace_contacts_client::characters::escaped_lines;

use crate::app::UsageError;
use crate::app::terminal::{self, Asked};
use crate::cleanup::duplicates::Verdict;
use crate::cleanup::{
    Answer, CleanupError, DecideReport, Decided, DuplicatesRequest, PlanReport, Undoable, Upcoming, Workspace,
};
use crate::gateway::Client;
use crate::gateway::operations::GetContact;
use crate::model::ContactId;
use crate::plural::counted;
use crate::render::quoted;
use crate::telemetry;

use super::words;

/// Whether a plan is to be applied: its fingerprint was given, or it is shown and a person at the terminal says yes.
///
/// # Errors
/// [`CleanupError::Fingerprint`] for the fingerprint of another plan, or when the terminal cannot be read.
pub(super) fn apply(plan: &PlanReport, upcoming: Upcoming, given: Option<&str>, place: &str) -> anyhow::Result<Asked> {
    match given {
        Some(fingerprint) => seen(plan, fingerprint),
        None => Ok(terminal::ask(&format!("{}{}", words::planned(plan), words::would_write(plan, upcoming, place)))?),
    }
}

/// Whether a plan is to be taken back: who writes one contact has named it; for more, a yes beforehand, the plan's fingerprint,
/// or a person at the terminal.
///
/// # Errors
/// [`CleanupError::Fingerprint`] for the fingerprint of another plan, or when the terminal cannot be read.
pub(super) fn undo(
    plan: &PlanReport,
    found: Undoable,
    (yes, given): (bool, Option<&str>),
    place: &str,
) -> anyhow::Result<Asked> {
    if let Some(fingerprint) = given {
        return seen(plan, fingerprint);
    }
    if yes || found.contacts <= 1 {
        return Ok(Asked::Yes);
    }
    Ok(terminal::ask(&words::would_undo(found, &plan.id, place))?)
}

fn seen(plan: &PlanReport, fingerprint: &str) -> anyhow::Result<Asked> {
    if plan.fingerprint == fingerprint { Ok(Asked::Yes) } else { Err(CleanupError::Fingerprint.into()) }
}

/// Goes through the patterns of questions, each with one pair of it. An answer that is none is asked for again; each is kept at once, so
/// that the end of input and Ctrl-C leave only the rest open.
///
/// # Errors
/// [`UsageError`] where there is no terminal to ask at; else the engine's or the terminal's.
pub(super) async fn questions(workspace: &Workspace, gateway: &Client) -> anyhow::Result<DecideReport> {
    if !terminal::is_there() {
        let message =
            "without a terminal say what is one person: --same or --different, with a group, a pair or a pattern";
        return Err(UsageError { message: message.to_owned() }.into());
    }
    let report = workspace.duplicates(DuplicatesRequest::default()).await?;
    let mut sum = DecideReport::default();
    sum.questions_left = report.questions;
    'patterns: for found in report.patterns {
        let (one, other) = (card(gateway, &found.example.ids.0).await, card(gateway, &found.example.ids.1).await);
        let pairs = counted(found.count, "pair");
        let question = format!("\n{pairs} of the pattern `{}`, such as\n  {one}\n  {other}\n", found.pattern);
        telemetry::tell(&escaped_lines(&question))?;
        let verdict = loop {
            let answer =
                terminal::line("All of them: [s]ame person, [d]ifferent people, [u]nsure, Enter to skip, [q]uit: ")?;
            match answer.as_deref() {
                Some("s" | "same") => break Verdict::Same,
                Some("d" | "different") => break Verdict::Different,
                Some("u" | "unsure") => break Verdict::Unsure,
                Some("") => continue 'patterns,
                None | Some("q" | "quit") => break 'patterns,
                Some(_) => {}
            }
        };
        let kept = workspace.decide(vec![Answer::new(Decided::Pattern(found.pattern), verdict)]).await?;
        sum.settled += kept.settled;
        sum.unsure += kept.unsure;
        sum.questions_left = kept.questions_left;
    }
    Ok(sum)
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
