//! Which credential is configured, and reading it from its file.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::error::Error;
use super::source::{Given, Layer, Source};
use crate::files;

/// The keys that give a credential; each also exists as `…_file`.
const FORMS: [(&str, &str); 3] =
    [("access_token", "access_token_file"), ("api_key", "api_key_file"), ("jwt", "jwt_file")];

/// The largest file that is read as a credential, in bytes. A JWT with many claims is a few thousand.
const LARGEST: u64 = 64 * 1024;

/// A credential as it was configured; the gateway client tells its form from the text.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The text.
    pub text: SecretString,
    /// Where it came from.
    pub source: Source,
    /// The file that holds it, when it has one of its own.
    pub file: Option<PathBuf>,
}

/// The configured credential, if there is one.
///
/// # Errors
/// [`Error::TwoCredentials`], or [`Error::File`] and [`Error::Unusable`] for one that cannot be read.
pub(super) fn choose(layers: &Layer, warnings: &mut Vec<String>) -> Result<Option<Secret>, Error> {
    let mut chosen: Option<&Given> = None;
    for (inline, file) in FORMS {
        for given in in_force(layers.get(inline), layers.get(file)) {
            if let Some(other) = chosen {
                return Err(Error::TwoCredentials { first: other.source.clone(), second: given.source.clone() });
            }
            chosen = Some(given);
        }
    }
    chosen.map(|given| read(given, FORMS.iter().any(|(_, file)| is(given, layers.get(file))), warnings)).transpose()
}

/// Of the two ways to give one credential, the one from the higher layer; both when they stand side by side.
pub(super) fn in_force<'a>(inline: Option<&'a Given>, file: Option<&'a Given>) -> Vec<&'a Given> {
    let highest = inline.into_iter().chain(file).map(|given| given.source.rank()).max();
    inline.into_iter().chain(file).filter(|given| Some(given.source.rank()) == highest).collect()
}

fn is(given: &Given, other: Option<&Given>) -> bool {
    other.is_some_and(|other| std::ptr::eq(given, other))
}

pub(super) fn read(given: &Given, from_file: bool, warnings: &mut Vec<String>) -> Result<Secret, Error> {
    if let Source::File { path, .. } = &given.source
        && !from_file
    {
        warn_if_readable(path, warnings);
    }
    let text = if from_file { self::file(given, warnings)? } else { SecretString::from(given.text().trim()) };
    let file = from_file.then(|| PathBuf::from(given.text()));
    Ok(Secret { text, source: given.source.clone(), file })
}

/// Reads a secret from the file that a value names; white space around it is dropped.
///
/// # Errors
/// [`Error::File`] when it is no readable regular file of a sensible size, [`Error::Unusable`] when it is empty.
pub(super) fn file(given: &Given, warnings: &mut Vec<String>) -> Result<SecretString, Error> {
    let path = PathBuf::from(given.text());
    let text =
        secret_in(&path).map_err(|reason| Error::File { place: given.source.clone(), path: path.clone(), reason })?;
    if text.expose_secret().is_empty() {
        return Err(Error::Unusable { place: given.source.clone(), reason: "the file is empty".to_owned() });
    }
    warn_if_readable(&path, warnings);
    Ok(text)
}

/// The secret in a file, which may be empty.
///
/// # Errors
/// Why it cannot be read, in words; nothing of what it holds.
pub fn secret_in(path: &Path) -> Result<SecretString, String> {
    let text = files::read_regular_text(path, LARGEST).map_err(|error| error.to_string())?;
    Ok(SecretString::from(text.trim()))
}

/// Warns about a file with a secret that other users of the machine can read.
#[cfg(unix)]
pub(super) fn warn_if_readable(path: &Path, warnings: &mut Vec<String>) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        let path = path.display();
        warnings.push(format!(
            "{path} holds a secret and can be read by others (mode {:o}); chmod 600 {path}",
            mode & 0o777
        ));
    }
}

#[cfg(not(unix))]
pub(super) fn warn_if_readable(_: &Path, _: &mut Vec<String>) {}
