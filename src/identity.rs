//! Who calls over HTTP: static bearer tokens from a file, and access tokens of an OAuth 2.1 issuer.
//!
//! It only proves who somebody is; what follows from that is decided in `transport`. The tokens that clients show are never
//! sent anywhere.

pub mod oauth;
pub mod tokens;

use std::fmt;
use std::sync::Arc;

use oauth::ResourceServer;
use tokens::Tokens;

/// What clients may prove themselves with. Without either, everybody is let in.
#[derive(Debug, Default)]
pub struct Identity {
    /// Static bearer tokens.
    pub tokens: Option<Tokens>,
    /// Access tokens of an issuer.
    pub oauth: Option<ResourceServer>,
}

/// Somebody who has proven who they are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The label of a static token.
    Token(Arc<str>),
    /// The subject of an access token.
    OAuth(Arc<str>),
}

/// Without the subject of an access token, which may be an e-mail address.
impl fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(label) => write!(formatter, "token {label}"),
            Self::OAuth(_) => formatter.write_str("OAuth subject"),
        }
    }
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No token was shown.
    #[error("no bearer token was sent")]
    Missing,
    /// The token is unknown, expired, forged, or for somebody else. The reason is for the operator's log.
    #[error("the bearer token is not valid here: {0}")]
    Invalid(&'static str),
    /// A valid access token that does not allow enough.
    #[error("the access token lacks a required scope")]
    Scope,
    /// The issuer or the gateway cannot be asked about the token.
    #[error("the token cannot be checked at the moment")]
    Unavailable,
}

impl Identity {
    /// Whether a token is asked for.
    pub const fn is_asked_for(&self) -> bool {
        self.tokens.is_some() || self.oauth.is_some()
    }

    /// Whose token it is; `None` when no token is asked for.
    ///
    /// # Errors
    /// [`Denied`]; nothing in it repeats the token.
    pub async fn check(&self, shown: Option<&str>) -> Result<Option<Subject>, Denied> {
        if !self.is_asked_for() {
            return Ok(None);
        }
        let shown = shown.ok_or(Denied::Missing)?;
        if let Some(tokens) = &self.tokens
            && let Some(label) = tokens.label(shown).await
        {
            return Ok(Some(Subject::Token(label)));
        }
        match &self.oauth {
            Some(oauth) => oauth.subject(shown).await.map(|subject| Some(Subject::OAuth(subject))),
            None => Err(Denied::Invalid("it is none of the configured tokens")),
        }
    }
}
