//! The database that processes of several machines share, where one is configured.

use std::path::Path;

use imbrace_contacts_store::{AddressError, PostgresAddress};
use secrecy::ExposeSecret;

use super::Raw;
use super::credential::{self, in_force};
use super::error::Error;
use super::key::Key;
use super::settings::Kept;
use super::source::{Layer, Source};

/// A database, with its credential.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its address. Its Debug shows neither user nor password.
    pub address: PostgresAddress,
    /// Where the address came from.
    pub source: Source,
}

/// The database of `state_url`.
///
/// # Errors
/// An address or a password that cannot be used or is given twice, or a state that is off. No message shows the address.
pub(super) fn check(values: &Layer, kept: Kept, warnings: &mut Vec<String>) -> Result<Option<Database>, Error> {
    let passwords = in_force(values.get("state_password"), values.get("state_password_file"));
    if let [first, second, ..] = passwords.as_slice() {
        return Err(Error::TwoCredentials { first: first.source.clone(), second: second.source.clone() });
    }
    let Some(given) = values.get("state_url") else {
        return match passwords.first() {
            Some(password) => Err(Error::Alone {
                place: password.source.clone(),
                needs: "the database that it is for: state_url (--state-url, IMBRACE_STATE_URL)",
            }),
            None => Ok(None),
        };
    };
    if kept == Kept::Nothing {
        return Err(given.unusable(
            &"`state = off` (--state, IMBRACE_STATE) keeps nothing, so a database has no use; keep one of them",
        ));
    }
    let address = PostgresAddress::parse(given.text()).map_err(|error| match error {
        AddressError::Scheme => given.unusable(&format!("{error}; a directory is given by --state-dir")),
        error => given.unusable(&error),
    })?;
    let mut address = address;
    if address.has_password() {
        if let Source::Flag(_) = given.source {
            return Err(given.unusable(
                &"every process of the machine can read a password on a command line; give it by IMBRACE_STATE_PASSWORD_FILE or \
                  IMBRACE_STATE_PASSWORD, or the whole address by IMBRACE_STATE_URL",
            ));
        }
        if let Some(password) = passwords.first() {
            return Err(Error::TwoCredentials { first: given.source.clone(), second: password.source.clone() });
        }
        if let Source::File { path, .. } = &given.source {
            credential::warn_if_readable(path, warnings);
        }
    }
    if let Some(password) = passwords.first() {
        let is_file = values.get("state_password_file").is_some_and(|file| file.source == password.source);
        let text = credential::read(password, is_file, warnings)?.text;
        address = address.with_password(text.expose_secret());
    }
    Ok(Some(Database { address, source: given.source.clone() }))
}

/// A database that a command names, with the password of the settings where the address has none.
///
/// # Errors
/// An address or a password that cannot be used. No message shows the address.
pub fn named(text: &str, name: &str, raw: &Raw) -> Result<Database, Error> {
    let mut values = Layer::default();
    for (key, given) in ["state_password", "state_password_file"]
        .into_iter()
        .filter_map(|name| Some((Key::named(name)?, raw.values.get(name)?)))
    {
        values.set(key, given.texts.clone(), given.source.clone());
    }
    if let Some(key) = Key::named("state_url") {
        values.set(key, vec![text.to_owned()], Source::Flag(name.to_owned()));
    }
    let database = check(&values, Kept::All, &mut Vec::new())?;
    database.ok_or(Error::StateMissing)
}

/// Warns about a store that a database has taken the place of.
pub(super) fn warn_of_another(database: Option<&Database>, directory: Option<&Path>, warnings: &mut Vec<String>) {
    let (Some(database), Some(directory)) = (database, directory) else { return };
    let file = directory.join("shared.sqlite");
    if file.is_file() {
        warnings.push(format!(
            "{} is not read: short ids and confirmations are kept in the database of {}. `state move` copies what it holds; then move it away",
            file.display(),
            database.source
        ));
    }
}
