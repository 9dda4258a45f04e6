//! What a cleanup leaves to be looked at whole: plans, journals, findings and duplicates as CSV, each under an address.

use super::{CLEANUP_TOOL, Toolbox, cleanup};
use crate::cleanup::findings::Kind;
use crate::cleanup::{AuditRequest, CleanupError, DecisionsRequest, DuplicatesRequest, Workspace, csv_export};
use crate::model::CHANNEL_TYPES;
use crate::render;

/// The largest file that is given out, in bytes. A larger one is for the command line.
const LARGEST: usize = 4 * 1024 * 1024;

/// Examples of each kind of finding.
const EXAMPLES: usize = 20;

/// The address of a plan's steps, with a place for its id.
pub const PLAN: &str = "contacts://plan/{plan}.csv";
/// The address of what became of a plan's steps.
pub const JOURNAL: &str = "contacts://journal/{plan}.csv";
/// The address of the findings.
pub const FINDINGS: &str = "contacts://findings.csv";
/// The address of the duplicates.
pub const DUPLICATES: &str = "contacts://duplicates.csv";

/// The address of the open questions.
pub const QUESTIONS: &str = "contacts://questions.csv";

/// The address of what was decided.
pub const DECISIONS: &str = "contacts://decisions.csv";

/// One file: its address and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its address.
    pub uri: String,
    /// What it is called.
    pub name: String,
    /// What it holds, in one line.
    pub title: String,
}

/// Why a file cannot be given out.
#[derive(Debug, thiserror::Error)]
pub enum CleanupResourceError {
    /// No file has this address.
    #[error("no resource has this address")]
    Unknown,
    /// Larger than a client should read.
    #[error(
        "{size} bytes are more than a client gets at once; `imbrace-contacts-mcp cleanup export` writes it to a file"
    )]
    TooLarge {
        /// How large it is.
        size: usize,
    },
    /// The engine's.
    #[error(transparent)]
    Cleanup(CleanupError),
}

impl From<CleanupError> for CleanupResourceError {
    fn from(error: CleanupError) -> Self {
        match error {
            CleanupError::UnknownPlan(_) => Self::Unknown,
            other => Self::Cleanup(other),
        }
    }
}

impl Toolbox {
    /// The cleanup whose files may be looked at; none where its tools are not offered or there is no place for a state.
    pub(crate) fn cleanup_resources(&self) -> Option<&Workspace> {
        let is_offered = self.wanted().iter().any(|entry| entry.name == CLEANUP_TOOL);
        self.context().cleanup().filter(|_| is_offered)
    }

    /// Whether files can be looked at.
    pub fn has_shelf(&self) -> bool {
        self.cleanup_resources().is_some()
    }

    /// Every file there is. Nothing is read from the gateway.
    ///
    /// # Errors
    /// The state's.
    pub async fn files(&self) -> Result<Vec<File>, CleanupResourceError> {
        let Some(workspace) = self.cleanup_resources() else { return Ok(Vec::new()) };
        let mut files = Vec::new();
        for plan in workspace.plans().await? {
            let title = self.redacted(csv_export::titled(&plan, &cleanup::states(&plan.counts)));
            let id = plan.id;
            files.push(File { uri: PLAN.replace("{plan}", &id), name: format!("{id}.csv"), title });
            let title = format!("What became of {id}");
            files.push(File { uri: JOURNAL.replace("{plan}", &id), name: format!("journal_{id}.csv"), title });
        }
        let Some(synced_at) = workspace.synced_at().await? else { return Ok(files) };
        let age = render::list_age(synced_at);
        let file = |uri: &str, name: &str, title: &str| File {
            uri: uri.to_owned(),
            name: name.to_owned(),
            title: title.to_owned(),
        };
        files.push(file(FINDINGS, "findings.csv", &format!("What is wrong with contacts, by kind; {age}")));
        files.push(file(QUESTIONS, "questions.csv", &format!("Open questions, to be decided; {age}")));
        files.push(file(DECISIONS, "decisions.csv", &format!("Decisions about duplicates; {age}")));
        files.push(file(DUPLICATES, "duplicates.csv", &format!("Contacts that are one person; {age}")));
        Ok(files)
    }

    /// One file, as CSV whose cells are no formulas.
    ///
    /// # Errors
    /// [`CleanupResourceError`].
    pub async fn file(&self, uri: &str) -> Result<String, CleanupResourceError> {
        let workspace = self.cleanup_resources().ok_or(CleanupResourceError::Unknown)?;
        let rows = if uri == FINDINGS {
            csv_export::findings(
                &workspace.audit(AuditRequest { examples: EXAMPLES, ..AuditRequest::default() }).await?,
            )
        } else if uri == DUPLICATES {
            let request = DuplicatesRequest { limit: usize::MAX, ..DuplicatesRequest::default() };
            csv_export::duplicates(&workspace.duplicates(request).await?)
        } else if uri == QUESTIONS {
            let request = DuplicatesRequest { questions: true, limit: usize::MAX, ..DuplicatesRequest::default() };
            csv_export::questions(&workspace.duplicates(request).await?)
        } else if uri == DECISIONS {
            csv_export::decisions(&workspace.decisions(DecisionsRequest::default()).await?)
        } else if let Some(plan) = plan_in(uri, PLAN) {
            csv_export::planned(&workspace.steps(plan).await?)
        } else if let Some(plan) = plan_in(uri, JOURNAL) {
            csv_export::journal(&workspace.steps(plan).await?)
        } else {
            return Err(CleanupResourceError::Unknown);
        };
        let text = self.redacted(csv_export::csv(&rows)?);
        if text.len() > LARGEST { Err(CleanupResourceError::TooLarge { size: text.len() }) } else { Ok(text) }
    }

    /// The ids of plans that begin so.
    pub async fn plans_like(&self, beginning: &str) -> Vec<String> {
        let Some(workspace) = self.cleanup_resources() else { return Vec::new() };
        let plans = workspace.plans().await.unwrap_or_default();
        plans.into_iter().map(|plan| plan.id).filter(|id| id.starts_with(beginning)).collect()
    }
}

/// The kinds of findings that begin so.
pub fn kinds_like(beginning: &str) -> Vec<String> {
    Kind::ALL.iter().map(|kind| kind.name()).filter(|name| name.starts_with(beginning)).map(str::to_owned).collect()
}

/// The channel types that begin so.
pub fn channels_like(beginning: &str) -> Vec<String> {
    CHANNEL_TYPES.iter().filter(|name| name.starts_with(beginning)).map(|name| (*name).to_owned()).collect()
}

/// The plan's id in an address of this form.
fn plan_in<'a>(uri: &'a str, form: &str) -> Option<&'a str> {
    let (before, after) = form.split_once("{plan}")?;
    uri.strip_prefix(before)?.strip_suffix(after).filter(|id| !id.is_empty() && !id.contains('/'))
}
