//! Static bearer tokens: one a line in a file that is read again when it changes.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::files::{self, FollowedFile};
use crate::redact::Secrets;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The shortest token, in characters: 128 random bits in Base64.
const SHORTEST: usize = 22;

/// The tokens in force. A token that is taken out of its file is refused from the next look at the file on, a second later.
pub struct Tokens {
    /// The file they are from; tokens from elsewhere never change.
    file: Option<FollowedFile>,
    held: Arc<Held>,
}

/// What a look at the file may change.
struct Held {
    known: RwLock<Arc<[Known]>>,
    /// Where every token is added that was ever in force, so that nobody says one.
    secrets: Secrets,
}

/// One token: its digest, because two digests are compared without telling how much of a token was right.
struct Known {
    digest: [u8; 32],
    label: Arc<str>,
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
        let file = FollowedFile::new(path);
        let known = read(path, &secrets)?;
        Ok(Self { file: Some(file), held: Arc::new(Held { known: RwLock::new(known), secrets }) })
    }

    /// Tokens in the same form as text, which never change.
    pub fn fixed(text: &SecretString) -> Self {
        let secrets = Secrets::default();
        let known = RwLock::new(parse(text.expose_secret(), &secrets));
        Self { file: None, held: Arc::new(Held { known, secrets }) }
    }

    /// The label of a token; `None` for one that is not known.
    pub(super) async fn label(&self, shown: &str) -> Option<Arc<str>> {
        if let Some(file) = &self.file {
            let held = Arc::clone(&self.held);
            file.look(move |path| held.read_again(path)).await;
        }
        let known = Arc::clone(&self.held.known.read().unwrap_or_else(PoisonError::into_inner));
        let shown = digest(shown);
        let mut found = None;
        // All of them, right or wrong, so that the time tells nothing about which one it was.
        for candidate in known.iter() {
            if candidate.digest.ct_eq(&shown).into() {
                found = Some(&candidate.label);
            }
        }
        found.map(Arc::clone)
    }
}

impl Held {
    fn read_again(&self, path: &Path) {
        match read(path, &self.secrets) {
            Ok(known) => {
                tracing::info!(tokens = known.len(), "the bearer tokens were read again");
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
            }
            // It may be just being replaced. Stopping the server, or a new token, lets nobody in.
            Err(reason) => tracing::warn!(reason, "the bearer tokens stay as they were: the file is unusable"),
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").field("file", &self.file).finish_non_exhaustive()
    }
}

fn read(path: &Path, secrets: &Secrets) -> Result<Arc<[Known]>, String> {
    let text = files::read_regular_text(path, LARGEST).map_err(|error| error.to_string())?;
    for (number, _, token) in lines(&text) {
        // Where no token is, whoever shows an empty one would be let in.
        let length = token.chars().count();
        if length < SHORTEST {
            return Err(format!(
                "its line {number} holds a token of {length} characters, and a guess could find it: at least {SHORTEST} \
                 random ones are needed, such as those of `openssl rand -base64 32`"
            ));
        }
    }
    let known = parse(&text, secrets);
    if known.is_empty() { Err("it holds no token".to_owned()) } else { Ok(known) }
}

/// The lines that are neither blank nor comments: their numbers from 1, names and tokens.
fn lines(text: &str) -> impl Iterator<Item = (usize, Option<&str>, &str)> {
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    // A token as RFC 6750 has it holds no colon.
    lines.map(|(line, number)| match line.split_once(':') {
        Some((label, token)) => (number, Some(label.trim()), token.trim()),
        None => (number, None, line),
    })
}

fn parse(text: &str, secrets: &Secrets) -> Arc<[Known]> {
    let named = lines(text).filter(|(_, _, token)| !token.is_empty()).enumerate();
    let known = named.map(|(place, (_, label, token))| {
        let label = label.map_or_else(|| format!("token {}", place + 1), str::to_owned);
        (Known { digest: digest(token), label: label.into() }, token)
    });
    let (known, tokens): (Vec<Known>, Vec<&str>) = known.unzip();
    secrets.add(tokens);
    known.into()
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
