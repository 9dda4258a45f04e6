//! The resource server's part of OAuth 2.1: RFC 9728 metadata, and JWT access tokens checked against the issuer's keys.

mod keys;
mod verify;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::Denied;
use crate::http_client::Authorities;
pub use keys::usable_keys;
use keys::{Found, Keys};

/// Longer than any access token; nothing longer is even decoded.
const LONGEST: usize = 16 * 1024;

/// How far the clocks of issuer and server may differ, in seconds.
const LEEWAY: u64 = 30;

/// The kinds of signature that are accepted: public keys only, so that nobody can sign with what is published.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// The usual time between two fetches of the keys: tokens with made-up key ids make the issuer no more work than this.
pub const FETCH_EVERY: Duration = Duration::from_secs(30);

/// Where RFC 9728 puts the metadata of a resource, before the resource's own path.
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Whose access tokens are accepted, and for what.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer, exactly as its tokens name it.
    pub issuer: String,
    /// The address by which clients reach this server; tokens must name it as their audience.
    pub audience: Url,
    /// Where the issuer's keys are.
    pub keys: Source,
    /// Certificate authorities that vouch for the keys' address beside those of the system.
    pub authorities: Authorities,
    /// Scopes that a token must have, all of them.
    pub scopes: Vec<String>,
    /// The shortest time between two fetches of the keys; [`FETCH_EVERY`] unless a test is in a hurry.
    pub fetch_every: Duration,
}

/// Where the issuer's keys (JWKS) are.
#[derive(Debug, Clone)]
pub enum Source {
    /// At an address: https, or http on this machine.
    Url(Url),
    /// In a file.
    File(PathBuf),
}

/// Checks access tokens.
pub struct ResourceServer {
    settings: Settings,
    audience: String,
    keys: Keys,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    scope: Option<String>,
    scp: Option<Scopes>,
}

/// Issuers write them as a list or as one text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scopes {
    Text(String),
    List(Vec<String>),
}

impl ResourceServer {
    /// Nothing is fetched yet; see [`Self::keep_keys_fresh`].
    pub fn new(settings: Settings) -> Self {
        verify::install();
        // A resource is named without the slash that the parser adds to a bare host.
        let audience = settings.audience.as_str().trim_end_matches('/').to_owned();
        let keys = Keys::new(settings.keys.clone(), settings.authorities.clone(), settings.fetch_every);
        Self { settings, audience, keys }
    }

    /// Reads the issuer's keys now and again at intervals, so that the first token need not wait for them and a withdrawn key
    /// stops working. Never returns.
    pub async fn keep_keys_fresh(&self) {
        self.keys.keep_fresh().await;
    }

    /// The metadata of RFC 9728.
    pub fn metadata(&self) -> Value {
        let mut metadata = json!({
            "resource": self.audience,
            "authorization_servers": [self.settings.issuer],
            "bearer_methods_supported": ["header"],
            "resource_name": "iMBRACE contacts",
        });
        if !self.settings.scopes.is_empty()
            && let Some(object) = metadata.as_object_mut()
        {
            object.insert("scopes_supported".to_owned(), json!(self.settings.scopes));
        }
        metadata
    }

    /// The address of the metadata.
    pub fn metadata_address(&self) -> String {
        let mut address = self.settings.audience.clone();
        let path = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{WELL_KNOWN}{path}"));
        address.to_string()
    }

    /// The scopes that a token must have, as one text.
    pub fn scopes(&self) -> String {
        self.settings.scopes.join(" ")
    }

    /// The subject of an access token.
    ///
    /// # Errors
    /// [`Denied`], with a reason that repeats nothing of the token.
    pub(super) async fn subject(&self, token: &str) -> Result<Arc<str>, Denied> {
        if token.len() > LONGEST {
            return Err(Denied::Invalid("it is too long"));
        }
        let header = decode_header(token).map_err(|error| invalid(&error))?;
        let key = self.key(&header).await?;
        let claims = decode::<Claims>(token, &key, &self.validation(header.alg)).map_err(|error| invalid(&error))?;
        if claims.claims.sub.is_empty() {
            return Err(Denied::Invalid("its subject is empty"));
        }
        if !self.settings.scopes.iter().all(|scope| claims.claims.has(scope)) {
            return Err(Denied::Scope);
        }
        Ok(claims.claims.sub.into())
    }

    async fn key(&self, header: &Header) -> Result<jsonwebtoken::DecodingKey, Denied> {
        // `crit` names extensions that must be understood, and none is.
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(Denied::Invalid("its algorithm or a critical extension is not supported"));
        }
        match self.keys.find(header.kid.as_deref(), header.alg).await {
            Found::Key(key) => Ok(key),
            Found::Unknown => Err(Denied::Invalid("the issuer has no key for it")),
            Found::Unavailable => Err(Denied::Unavailable),
        }
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[self.audience.as_str(), self.settings.audience.as_str()]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY;
        validation
    }
}

impl fmt::Debug for ResourceServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResourceServer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Claims {
    fn has(&self, scope: &str) -> bool {
        let in_text = |text: &str| text.split(' ').any(|word| word == scope);
        self.scope.as_deref().is_some_and(in_text)
            || match &self.scp {
                Some(Scopes::Text(text)) => in_text(text),
                Some(Scopes::List(list)) => list.iter().any(|word| word == scope),
                None => false,
            }
    }
}

/// The reason in our words: nothing of a token's text may get into the log.
fn invalid(error: &jsonwebtoken::errors::Error) -> Denied {
    use jsonwebtoken::errors::ErrorKind;
    Denied::Invalid(match error.kind() {
        ErrorKind::ExpiredSignature => "it is expired (exp)",
        ErrorKind::ImmatureSignature => "it is not valid yet (nbf)",
        ErrorKind::InvalidAudience => "its audience (aud) is another server",
        ErrorKind::InvalidIssuer => "its issuer (iss) is another one",
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::MissingRequiredClaim(_) => "it lacks one of iss, aud, exp, sub",
        ErrorKind::InvalidAlgorithm => "its algorithm is not that of the key",
        _ => "it is no access token that can be read",
    })
}
