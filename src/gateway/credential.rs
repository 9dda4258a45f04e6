//! The one credential that a request carries, and the header it goes into (contract, section 2).

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

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
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CredentialError::Character);
        }
        let token = SecretString::from(secret);
        if secret.starts_with("login_acc_") {
            Err(CredentialError::LoginToken)
        } else if secret.starts_with("acc_") {
            Ok(Self::AccessToken(token))
        } else if secret.starts_with("api_") {
            Ok(Self::ApiKey(token))
        } else if secret.split('.').filter(|part| !part.is_empty()).count() == 3 {
            let organization_id = organization_id.ok_or(CredentialError::OrganizationMissing)?.to_owned();
            Ok(Self::Jwt { token, organization_id })
        } else {
            Err(CredentialError::UnknownForm)
        }
    }

    /// The headers to send, marked sensitive.
    pub(super) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let sensitive = |text: &str| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        let pairs = match self {
            Self::AccessToken(token) => vec![(
                HeaderName::from_static("x-access-token"),
                sensitive(token.expose_secret()),
            )],
            Self::ApiKey(key) => vec![(HeaderName::from_static("x-api-key"), sensitive(key.expose_secret()))],
            Self::Jwt { token, organization_id } => vec![
                (
                    http::header::AUTHORIZATION,
                    sensitive(&format!("Bearer {}", token.expose_secret())),
                ),
                (
                    HeaderName::from_static("x-organization-id"),
                    HeaderValue::from_str(organization_id).ok(),
                ),
            ],
        };
        pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}
