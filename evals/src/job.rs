//! A job as its file states it: `jobs/*.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One everyday job.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The file's name without its ending.
    #[serde(skip)]
    pub id: String,
    /// Who would ask for it.
    pub kind: Kind,
    /// What a colleague would say. It is all that a model is told.
    pub sentence: String,
    /// Its place among the transcripts of docs/jobs.md; none where it is not shown there.
    #[serde(default)]
    pub shown: Option<u32>,
    /// What the list holds at the start.
    #[serde(default)]
    pub state: State,
    /// The reference solution: the calls, in order.
    pub call: Vec<Call>,
    /// Words of the solution that stand in the sentence in another form: `"09" = "September"`.
    #[serde(default)]
    pub means: BTreeMap<String, String>,
    /// What must be true at the end.
    pub check: Check,
}

/// Who would ask for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A colleague who talks to customers.
    Support,
    /// Somebody who puts the list in order.
    Cleanup,
    /// Who runs the server.
    Operator,
    /// A job in whose data somebody tries to give orders.
    Hostile,
}

impl Kind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Cleanup => "cleanup",
            Self::Operator => "operator",
            Self::Hostile => "hostile",
        }
    }
}

/// What the list holds at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    /// Made-up people around the contacts of the job.
    pub people: usize,
    /// The contacts of the job: fields as the gateway names them, and `key` by which checks name one.
    pub contact: Vec<Map<String, Value>>,
    /// More arguments of the server.
    pub arguments: Vec<String>,
    /// Files in the directory of uploads and tables: name and text.
    pub file: BTreeMap<String, String>,
}

impl Default for State {
    fn default() -> Self {
        Self { people: 300, contact: Vec::new(), arguments: Vec::new(), file: BTreeMap::new() }
    }
}

/// A call of the reference solution.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The tool.
    pub tool: String,
    /// Its arguments; `{name}` stands for what an earlier call captured.
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// What to keep of the answer: a name and a pattern, whose first group, or else whole match, is kept.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    /// Repeats the call while the answer matches this pattern, as a plan is gone on with.
    #[serde(default)]
    pub again: Option<String>,
    /// True if the answer is an error.
    #[serde(default)]
    pub refused: bool,
}

/// What must be true at the end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Texts that the answer holds; case and spaces do not matter.
    #[serde(default)]
    pub says: Vec<String>,
    /// Texts that it must not hold.
    #[serde(default)]
    pub never_says: Vec<String>,
    /// Texts with which no line of the answer may begin.
    #[serde(default)]
    pub no_line: Vec<String>,
    /// Numbers that the answer holds: how many contacts of the gateway are like this.
    #[serde(default)]
    pub count: Vec<Map<String, Value>>,
    /// How contacts of the job look at the end. Every other contact must be as before.
    #[serde(default)]
    pub contact: Vec<Map<String, Value>>,
    /// Contacts that may have changed besides: those that were like this before.
    #[serde(default)]
    pub may_change: Vec<Map<String, Value>>,
    /// Operations that the gateway must never have seen, by name.
    #[serde(default)]
    pub never_asked: Vec<String>,
    /// Operations that it must have seen.
    #[serde(default)]
    pub asked: Vec<String>,
}

/// Every job of a directory, by name.
pub fn read_all(directory: &Path) -> anyhow::Result<Vec<Job>> {
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .with_context(|| format!("{} cannot be read", directory.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> anyhow::Result<Job> {
    let text = std::fs::read_to_string(file)?;
    let mut job: Job = toml::from_str(&text).with_context(|| format!("{} is no job", file.display()))?;
    job.id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(job)
}
