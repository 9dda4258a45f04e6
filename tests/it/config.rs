//! The configuration: which layer wins, and what each mistake is told.

mod credentials;
mod database;
mod file;
mod gateways;
mod layers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use imbrace_contacts_mcp::config::{Error, Layer, Raw, Settings};

/// A made-up access token that must never be seen in any output.
pub(crate) const CANARY: &str = "acc_00000000-0000-4000-8000-00000000cafe";

/// One configuration to try: flags, variables and a file, none of which touch the process of the tests.
pub(crate) struct Trial {
    flags: Layer,
    variables: BTreeMap<String, String>,
    directory: tempfile::TempDir,
}

impl Trial {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { flags: Layer::default(), variables: BTreeMap::new(), directory }
    }

    /// What makes the configuration complete, where a test is about something else.
    pub(crate) fn complete() -> Self {
        Self::new().variable("IMBRACE_ACCESS_TOKEN", CANARY)
    }

    pub(crate) fn flag(mut self, name: &str, texts: &[&str]) -> Self {
        self.flags.flag(name, texts.iter().map(|text| (*text).to_owned()));
        self
    }

    pub(crate) fn variable(mut self, name: &str, text: &str) -> Self {
        self.variables.insert(name.to_owned(), text.to_owned());
        self
    }

    /// A configuration file in the usual place.
    pub(crate) fn file(self, text: &str) -> Self {
        let home = self.directory.path().to_str().unwrap().to_owned();
        self.written("imbrace-contacts-mcp/config.toml", text);
        self.variable("XDG_CONFIG_HOME", &home)
    }

    /// Writes a file beside the configuration, readable by its owner only, and says where it is.
    pub(crate) fn written(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn raw(&self) -> Result<Raw, Error> {
        Raw::read(self.flags.clone(), |name| self.variables.get(name).cloned())
    }

    pub(crate) fn settings(&self) -> Result<Settings, Error> {
        Settings::check(&self.raw()?, "serve")
    }

    /// The error as an operator reads it, with the temporary directory as `DIR`.
    pub(crate) fn error(&self) -> String {
        let error = self.settings().expect_err("this configuration is wrong");
        let text = error.to_string();
        assert!(!text.contains(CANARY) && !format!("{error:?}").contains(CANARY), "{text}");
        text.replace(&shown(self.directory.path()), "DIR")
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
