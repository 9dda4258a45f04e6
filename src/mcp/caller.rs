//! Who sent a request, as far as the transport found out.

use std::fmt;

use ring::hmac;
use rmcp::model::Extensions;
use secrecy::{ExposeSecret, SecretString};

use crate::tools::Bounds;
pub use crate::write_gate::Who;

/// Who sent a request. It travels in the request's extensions; over stdio there is none.
#[derive(Clone, Default)]
pub struct Caller {
    /// Who they proved to be.
    pub who: Who,
    /// The gateway credential that the request brought along.
    pub credential: Option<SecretString>,
    /// The organisation that came beside it.
    pub organization: Option<String>,
    /// What the request asks for itself. No part of who they are.
    pub bounds: Bounds,
    /// True if the address says that the client shows pages (MCP Apps). No part of who they are.
    pub shows_pages: bool,
}

impl Caller {
    /// A digest of who they are, to tell callers apart without keeping their secrets.
    pub(crate) fn fingerprint(&self, key: &hmac::Key) -> [u8; 32] {
        let credential = self.credential.as_ref().map(ExposeSecret::expose_secret);
        let mut context = hmac::Context::with_key(key);
        let proven = self.who.proven();
        for part in [proven.as_deref(), credential, self.organization.as_deref()] {
            // Presence and length first: no two callers give the same bytes.
            context.update(&[u8::from(part.is_some())]);
            context.update(&(part.unwrap_or_default().len() as u64).to_be_bytes());
            context.update(part.unwrap_or_default().as_bytes());
        }
        context.sign().as_ref().try_into().unwrap_or_default()
    }

    /// The same caller with what one of their requests asks for beside that.
    #[cfg(feature = "http")]
    #[must_use]
    pub(crate) fn asking(&self, request: &Self) -> Self {
        Self { bounds: self.bounds.and(&request.bounds), ..self.clone() }
    }

    /// The caller of a request: of its own, or of the HTTP request that carried it.
    pub(super) fn of(extensions: &Extensions) -> Option<&Self> {
        let carried = || extensions.get::<http::request::Parts>()?.extensions.get::<Self>();
        extensions.get::<Self>().or_else(carried)
    }
}

/// Whether there is something, never what.
impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, credential) = (self.who != Who::Transport, self.credential.is_some());
        formatter.debug_struct("Caller").field("name", &name).field("credential", &credential).finish_non_exhaustive()
    }
}
