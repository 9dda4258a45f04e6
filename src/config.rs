//! The configuration, in two steps: raw values with where they came from, then checked [`Settings`].
//!
//! A flag wins over an environment variable, a variable over the file, the file over the default. All three are the same
//! list of keys ([`KEYS`]): `base_url` in the file is `IMBRACE_BASE_URL` and `--base-url`.

mod credential;
#[cfg(feature = "postgres")]
mod database;
mod error;
mod features;
mod file;
mod gateway;
mod http;
mod key;
mod settings;
mod source;
mod typed;
mod variables;

use std::path::PathBuf;

use imbrace_contacts_client::suggestion::nearest;

pub use credential::{Secret, secret_in};
#[cfg(feature = "postgres")]
pub use database::{Database, named as named_database};
pub use error::Error;
pub use gateway::authorities;
pub use http::{Http, OAuth, OAuthKeys};
pub use key::{KEYS, Key, Kind};
pub use settings::{
    Address, Confirm, Gateway, Kept, Local, LogFormat, Logging, Settings, State, Tools, Traces, Uploads,
};
pub use source::{Given, Layer, Source};

/// The raw values of every layer together, and the file that was read.
#[derive(Debug, Clone, Default)]
pub struct Raw {
    /// The values in force.
    pub values: Layer,
    /// The configuration file, if one was found.
    pub file: Option<PathBuf>,
    /// Where state is kept when no directory is named; none where the user has no home.
    pub usual_state: Option<PathBuf>,
}

impl Raw {
    /// Reads the environment and the file beneath the flags.
    ///
    /// `variable` looks up an environment variable; the tests bring their own. A file that was named (`--config`,
    /// `IMBRACE_CONFIG`) must exist; the one in the usual place need not.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(flags: Layer, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let above = flags.over(variables::read(&variable));
        let named = above.get("config").map(|given| PathBuf::from(given.text()));
        let path = named.or_else(|| file::usual_place(&variable).filter(|path| path.exists()));
        let values = match &path {
            Some(path) => above.over(file::read(path)?),
            None => above,
        };
        Ok(Self { values, file: path, usual_state: file::usual_state(&variable) })
    }
}

/// Where the configuration file is when none is named. `variable` looks up an environment variable.
pub fn usual_file(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    file::usual_place(variable)
}

/// Variables that look like ours but are not, each with what it may have been meant to be.
pub fn misspelt_variables(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let known: Vec<String> = KEYS.iter().map(|key| key.name.to_ascii_uppercase()).collect();
    let rest = names.into_iter().filter_map(|name| Some(name.strip_prefix("IMBRACE_")?.to_owned()));
    rest.filter(|name| !known.contains(name))
        .map(|name| match nearest(&name, known.iter().map(String::as_str)) {
            Some(meant) => format!("IMBRACE_{name} is not read; did you mean IMBRACE_{meant}?"),
            None => format!("IMBRACE_{name} is not read"),
        })
        .collect()
}
