//! The one credential that a request carries, and the header it goes into (contract, section 2).

use http::{HeaderName, HeaderValue};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use crate::placeholder;
use crate::redact::{Redactor, Secrets};

/// What proves to the gateway who we are.
#[derive(Debug, Clone)]
pub enum Credential {
    /// `acc_…`, in `x-access-token`.
    AccessToken(SecretString),
    /// `api_…`, in `x-api-key`.
    ApiKey(SecretString),
    /// A JWT in `Authorization: Bearer`, with the organisation in `x-organization-id`.
    Jwt {
        /// The token.
        token: SecretString,
        /// `org_…`; mandatory beside a JWT.
        organization_id: String,
    },
}

/// Why a text is no credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// A `login_acc_` token.
    #[error("this is a login token (login_acc_…): exchange it for an access token (acc_…) of one organisation first")]
    LoginToken,
    /// None of the known forms.
    #[error("not a credential: expected an access token (acc_…), an API key (api_…) or a JWT (three parts with dots)")]
    UnknownForm,
    /// The placeholder of a variable, which the program that was to fill it in left as it is.
    #[error(
        "the credential is a placeholder that was not filled in, such as ${{NAME}}: set that variable where the client runs"
    )]
    Unexpanded,
    /// Nothing but white space.
    #[error("the credential is empty")]
    Empty,
    /// An organisation id of another form.
    #[error("not an organisation id: expected org_ and 1-64 letters, digits, _ or -")]
    Organization,
    /// A JWT without the organisation.
    #[error("a JWT needs the organisation id beside it")]
    OrganizationMissing,
    /// A character that cannot stand in a header.
    #[error("the credential holds a character that cannot stand in a header, such as a line break")]
    Character,
}

impl Credential {
    /// Tells the form from the text itself.
    ///
    /// # Errors
    /// [`CredentialError`], which never repeats the text.
    pub fn parse(text: SecretString, organization_id: Option<&str>) -> Result<Self, CredentialError> {
        let secret = text.expose_secret().trim();
        if secret.is_empty() {
            return Err(CredentialError::Empty);
        }
        if placeholder::unexpanded(secret).is_some() {
            return Err(CredentialError::Unexpanded);
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CredentialError::Character);
        }
        let token = SecretString::from(secret);
        if secret.starts_with("login_acc_") {
            Err(CredentialError::LoginToken)
        } else if secret.len() > "acc_".len() && secret.starts_with("acc_") {
            Ok(Self::AccessToken(token))
        } else if secret.len() > "api_".len() && secret.starts_with("api_") {
            Ok(Self::ApiKey(token))
        } else if is_jwt(secret) {
            let text = organization_id.map(str::trim).filter(|text| !text.is_empty());
            let text = text.ok_or(CredentialError::OrganizationMissing)?;
            if !is_organization_id(text) {
                return Err(CredentialError::Organization);
            }
            Ok(Self::Jwt { token, organization_id: text.to_owned() })
        } else {
            Err(CredentialError::UnknownForm)
        }
    }

    /// Returns true if a credential of this text is of one organisation by itself (access token, API key), so that an organisation
    /// named beside it means nothing. A JWT needs one.
    pub fn has_own_organization(text: &str) -> bool {
        let text = text.trim();
        text.starts_with("acc_") || text.starts_with("api_")
    }

    /// The form in words, for people: nothing of the text itself.
    pub const fn form(&self) -> &'static str {
        match self {
            Self::AccessToken(_) => "access token",
            Self::ApiKey(_) => "API key",
            Self::Jwt { .. } => "JWT",
        }
    }

    /// Tells credentials apart where the text itself must not be kept: HMAC-SHA256 under `purpose`, in hex.
    ///
    /// A gateway's credentials are random, so nobody finds one by trying; digests for two purposes cannot be compared.
    pub fn digest(&self, purpose: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, purpose.as_bytes());
        hmac::sign(&key, self.secret().as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What takes this credential out of texts.
    pub fn redactor(&self) -> Redactor {
        Redactor::new([self.secret()])
    }

    /// Adds this credential to those that nobody who shares `secrets` says.
    pub fn add_to(&self, secrets: &Secrets) {
        secrets.add([self.secret()]);
    }

    /// The text itself, for the header and for finding it in what a gateway echoes.
    pub(super) fn secret(&self) -> &str {
        match self {
            Self::AccessToken(text) | Self::ApiKey(text) | Self::Jwt { token: text, .. } => text.expose_secret(),
        }
    }

    /// The headers to send, marked sensitive.
    pub(super) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let sensitive = |text: &str| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        let secret = self.secret();
        let pairs = match self {
            Self::AccessToken(_) => vec![(HeaderName::from_static("x-access-token"), sensitive(secret))],
            Self::ApiKey(_) => vec![(HeaderName::from_static("x-api-key"), sensitive(secret))],
            Self::Jwt { organization_id, .. } => vec![
                (http::header::AUTHORIZATION, sensitive(&format!("Bearer {secret}"))),
                (HeaderName::from_static("x-organization-id"), HeaderValue::from_str(organization_id).ok()),
            ],
        };
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// `eyJ`, the beginning of every JSON object in base64, and three parts of that alphabet.
fn is_jwt(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    let parts: Vec<&str> = text.split('.').collect();
    text.starts_with("eyJ")
        && parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(allowed))
}

/// `org_` and 1 to 64 letters, digits, `_` or `-` (contract, section 4.3).
fn is_organization_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    text.strip_prefix("org_").is_some_and(|rest| (1..=64).contains(&rest.len()) && rest.bytes().all(allowed))
}
