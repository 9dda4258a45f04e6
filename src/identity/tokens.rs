//! Static bearer tokens: one a line in a file that is read again when it changes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::redact::Secrets;

/// How often the file is looked at, at most. A withdrawn token is refused after this time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The tokens in force.
pub struct Tokens {
    /// The file they are from; tokens from elsewhere never change.
    path: Option<PathBuf>,
    state: Mutex<State>,
    /// Where every token is added that was ever in force, so that nobody says one.
    secrets: Secrets,
}

struct State {
    known: Arc<[Known]>,
    stamp: Option<Stamp>,
    looked: Instant,
}

/// One token: its digest, because two digests are compared without telling how much of a token was right.
struct Known {
    digest: [u8; 32],
    label: Arc<str>,
}

/// By what a change of the file is seen.
#[derive(PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    bytes: u64,
}

impl Tokens {
    /// The tokens of a file: one a line, `name: token` to give it a name for logs and rate limits, `#` for comments.
    ///
    /// # Errors
    /// Why the file cannot be used; never what is in it.
    pub fn open(path: &Path) -> Result<Self, String> {
        Self::open_hidden(path, Secrets::default())
    }

    /// The same, each token added to `secrets`.
    ///
    /// # Errors
    /// Why the file cannot be used; never what is in it.
    pub fn open_hidden(path: &Path, secrets: Secrets) -> Result<Self, String> {
        let (known, stamp) = read(path, &secrets)?;
        if known.is_empty() {
            return Err("it holds no token".to_owned());
        }
        let state = State { known, stamp: Some(stamp), looked: Instant::now() };
        Ok(Self { path: Some(path.to_owned()), state: Mutex::new(state), secrets })
    }

    /// Tokens in the same form as text, which never change.
    pub fn fixed(text: &SecretString) -> Self {
        let secrets = Secrets::default();
        let known = parse(text.expose_secret(), &secrets);
        let state = State { known, stamp: None, looked: Instant::now() };
        Self { path: None, state: Mutex::new(state), secrets }
    }

    /// The label of a token; `None` for one that is not known.
    pub(super) fn label(&self, shown: &str) -> Option<Arc<str>> {
        let known = self.known();
        let shown = digest(shown);
        let mut found = None;
        // All of them, right or wrong, so that the time tells nothing about which one it was.
        for candidate in known.iter() {
            if is_same(&candidate.digest, &shown) {
                found = Some(&candidate.label);
            }
        }
        found.map(Arc::clone)
    }

    fn known(&self) -> Arc<[Known]> {
        let mut state = self.state();
        if let Some(path) = &self.path
            && state.looked.elapsed() >= LOOK_EVERY
        {
            state.looked = Instant::now();
            if stamp(path) != state.stamp {
                match read(path, &self.secrets) {
                    Ok((known, stamp)) => {
                        tracing::info!(tokens = known.len(), "the bearer tokens were read again");
                        (state.known, state.stamp) = (known, Some(stamp));
                    }
                    // It may be just being replaced; an empty file, though, is a way to let nobody in.
                    Err(reason) => tracing::warn!(reason, "the bearer tokens stay as they were: the file is unusable"),
                }
            }
        }
        Arc::clone(&state.known)
    }

    // A std mutex: held for one look, never across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").field("path", &self.path).finish_non_exhaustive()
    }
}

fn read(path: &Path, secrets: &Secrets) -> Result<(Arc<[Known]>, Stamp), String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(format!("it is no regular file of at most {LARGEST} bytes"));
    }
    let stamp = Stamp { changed: metadata.modified().ok(), bytes: metadata.len() };
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Ok((parse(&text, secrets), stamp))
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp { changed: metadata.modified().ok(), bytes: metadata.len() })
}

fn parse(text: &str, secrets: &Secrets) -> Arc<[Known]> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known = lines.enumerate().filter_map(|(number, line)| {
        // A token as RFC 6750 has it holds no colon.
        let (label, token) = match line.split_once(':') {
            Some((label, token)) => (label.trim().to_owned(), token.trim()),
            None => (format!("token {}", number + 1), line),
        };
        // A name without a token would otherwise let in whoever shows an empty one.
        (!token.is_empty()).then(|| (Known { digest: digest(token), label: label.into() }, token))
    });
    let (known, tokens): (Vec<Known>, Vec<&str>) = known.unzip();
    secrets.add(tokens);
    known.into()
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Looks at every byte, whatever the first ones are.
fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other)) == 0
}
