//! A credential that the gateway has refused is not tried again for a while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::{Credential, GatewayError, Refusal, RefusalKind};

/// How long a refusal is believed. A new credential comes with a new client, which knows nothing of it.
const BELIEVED: Duration = Duration::from_secs(60);

/// The refusals of one credential.
#[derive(Debug, Default)]
pub(super) struct Refused {
    // std mutex: held for one look at a short list, never across an await. Bounded: one entry an operation and one for all.
    recent: Mutex<Vec<Entry>>,
    /// Whether the last answer was a refusal of the credential itself.
    is_last_refused: AtomicBool,
}

#[derive(Debug)]
struct Entry {
    /// `None` stands for every operation.
    operation: Option<&'static str>,
    until: Instant,
    refusal: Refusal,
}

impl Refused {
    /// What the gateway said to this credential a moment ago, about everything or about this operation.
    pub(super) fn recall(&self, operation: &'static str) -> Option<Refusal> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|entry| Instant::now() < entry.until);
        let found = recent.iter().find(|entry| entry.operation.is_none_or(|own| own == operation))?;
        Some(found.refusal.clone())
    }

    /// Whether the gateway refused the credential, and has done nothing with it since.
    pub(super) fn is_standing(&self) -> bool {
        self.is_last_refused.load(Ordering::Relaxed)
    }

    /// The gateway did something with the credential.
    pub(super) fn accepted(&self) {
        if self.is_standing() {
            self.is_last_refused.store(false, Ordering::Relaxed);
        }
    }

    /// Remembers an error that is about the credential.
    ///
    /// Most 403s are about one operation, by a scope or a role; a licence and an organisation are about all of them. A 401
    /// to an API key is about one, too: the routes of files refuse keys that all others take (contract, 2.2).
    pub(super) fn learn(&self, operation: &'static str, credential: &Credential, error: &GatewayError) {
        let GatewayError::Refused(refusal) = error else { return };
        if refusal.is_about_credential() {
            self.is_last_refused.store(true, Ordering::Relaxed);
        }
        let operation = match (refusal.kind, credential) {
            (RefusalKind::Auth, Credential::AccessToken(_) | Credential::Jwt { .. }) => None,
            (RefusalKind::Forbidden, _) if refusal.is_general => None,
            (RefusalKind::Auth, Credential::ApiKey(_)) | (RefusalKind::Forbidden, _) => Some(operation),
            _ => return,
        };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|entry| entry.operation != operation);
        recent.push(Entry { operation, until: Instant::now() + BELIEVED, refusal: refusal.clone() });
    }
}
