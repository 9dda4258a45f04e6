//! Which tools are offered: the operator's choice, and what a request leaves of it for itself.

use std::sync::OnceLock;

use super::consent::Confirm;
use super::tool::Entry;

/// Which tools a server offers.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only tools that read.
    pub read_only: bool,
    /// Only these, when given.
    pub names: Option<Vec<String>>,
    /// Which calls need a confirmation.
    pub confirm: Confirm,
    /// Where callers come from.
    pub door: Surface,
}

/// Where callers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Surface {
    /// This machine: stdio or the shell. Caller and server see the same files.
    #[default]
    Here,
    /// HTTP: the server has none of the caller's files.
    Http,
}

/// What decides which arguments a tool has.
#[derive(Debug, Clone, Copy)]
pub struct ToolSet {
    /// Which calls need a confirmation.
    pub confirm: Confirm,
    /// Where callers come from.
    pub door: Surface,
    /// Whether files of the server's machine may be uploaded.
    pub uploads: bool,
}

/// Why a tool is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DisabledReason {
    /// It writes.
    #[error("this server is read-only (--read-only)")]
    ReadOnly,
    /// It was not chosen.
    #[error("the operator chose other tools (--tools)")]
    NotChosen,
    /// It writes, and the request wants none that does.
    #[error("the request asks for tools that only read")]
    Unwanted,
    /// The request wants others.
    #[error("the request asks for other tools only")]
    NotWanted,
}

/// A name in a selection that no tool has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no tool is named `{name}`; the tools are {known}")]
pub struct UnknownTool {
    /// What was written.
    pub name: String,
    /// The names of all tools.
    pub known: String,
}

/// What a request asks for itself: fewer tools, more confirmations. Each field only takes away; the default takes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Only tools that read.
    pub read_only: bool,
    /// Only these, when given.
    pub names: Option<Vec<String>>,
    /// At least these calls need a confirmation.
    pub confirm: Option<Confirm>,
}

impl Bounds {
    /// Whether they take nothing away.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Both at once.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let names = match (&self.names, &other.names) {
            (Some(own), Some(others)) => Some(own.iter().filter(|name| others.contains(name)).cloned().collect()),
            (own, others) => own.as_ref().or(others.as_ref()).cloned(),
        };
        Self { read_only: self.read_only || other.read_only, names, confirm: self.confirm.max(other.confirm) }
    }

    fn withhold(&self, entry: &Entry) -> Option<DisabledReason> {
        if self.read_only && !entry.effect.is_read_only() {
            return Some(DisabledReason::Unwanted);
        }
        let names = self.names.as_ref()?;
        (!names.iter().any(|name| name == entry.name)).then_some(DisabledReason::NotWanted)
    }
}

/// What a server offers.
pub(super) struct Offered {
    entries: Vec<Entry>,
    /// The tools that exist and are not offered, with the reason.
    withheld: Vec<(&'static str, DisabledReason)>,
    confirm: Confirm,
    /// The same tools as a request may want them confirmed, made when the first one does.
    destructive: OnceLock<Vec<Entry>>,
    all: OnceLock<Vec<Entry>>,
}

impl Offered {
    /// These tools, whether or not the catalog has them, and none of them confirmed.
    pub(super) fn all(entries: Vec<Entry>) -> Self {
        let (destructive, all) = (OnceLock::new(), OnceLock::new());
        Self { entries, withheld: Vec::new(), confirm: Confirm::Never, destructive, all }
    }

    /// Applies a selection to the catalog.
    ///
    /// # Errors
    /// [`UnknownTool`].
    pub(super) fn chosen(selection: &Selection, uploads: bool) -> Result<Self, UnknownTool> {
        let catalog = super::catalog();
        known(selection.names.iter().flatten(), || catalog.iter().map(|entry| entry.name).collect())?;
        let tool_set = ToolSet { confirm: selection.confirm, door: selection.door, uploads };
        let mut offered = Self::all(Vec::with_capacity(catalog.len()));
        offered.confirm = selection.confirm;
        for entry in catalog {
            if selection.read_only && !entry.effect.is_read_only() {
                offered.withheld.push((entry.name, DisabledReason::ReadOnly));
            } else if selection.names.as_ref().is_some_and(|names| !names.iter().any(|name| name == entry.name)) {
                offered.withheld.push((entry.name, DisabledReason::NotChosen));
            } else {
                offered.entries.push(entry.fitted(&tool_set));
            }
        }
        Ok(offered)
    }

    /// The tools that the operator offers.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Whether the names in a request's bounds are names of tools, offered or not.
    ///
    /// # Errors
    /// [`UnknownTool`].
    pub(super) fn check(&self, bounds: &Bounds) -> Result<(), UnknownTool> {
        let all = || self.entries.iter().map(|entry| entry.name).chain(self.withheld.iter().map(|(name, _)| *name));
        known(bounds.names.iter().flatten(), || all().collect())
    }

    /// The tools that are left by a request's bounds.
    pub(super) fn wanted(&self, bounds: &Bounds) -> Vec<&Entry> {
        self.confirmed(bounds.confirm).iter().filter(|entry| bounds.withhold(entry).is_none()).collect()
    }

    /// A tool by its name, or why it is not to be had; `None` when there is no such tool.
    pub(super) fn find(&self, name: &str, bounds: &Bounds) -> Option<Result<&Entry, (&'static str, DisabledReason)>> {
        if let Some(withheld) = self.withheld.iter().find(|(withheld, _)| *withheld == name) {
            return Some(Err(*withheld));
        }
        let entry = self.confirmed(bounds.confirm).iter().find(|entry| entry.name == name)?;
        Some(bounds.withhold(entry).map_or(Ok(entry), |why| Err((entry.name, why))))
    }

    /// The tools with at least as many confirmations as a request wants.
    fn confirmed(&self, wanted: Option<Confirm>) -> &[Entry] {
        let anew = |confirm| self.entries.iter().map(|entry| entry.clone().confirming(confirm)).collect();
        match wanted.filter(|wanted| *wanted > self.confirm) {
            None | Some(Confirm::Never) => &self.entries,
            Some(Confirm::Destructive) => self.destructive.get_or_init(|| anew(Confirm::Destructive)),
            Some(Confirm::All) => self.all.get_or_init(|| anew(Confirm::All)),
        }
    }
}

fn known<'a>(
    mut names: impl Iterator<Item = &'a String>,
    all: impl FnOnce() -> Vec<&'static str>,
) -> Result<(), UnknownTool> {
    let all = all();
    match names.find(|name| !all.contains(&name.as_str())) {
        Some(name) => Err(UnknownTool { name: name.clone(), known: all.join(", ") }),
        None => Ok(()),
    }
}
