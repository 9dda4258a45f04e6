//! One context for each gateway credential that callers bring along: tenants share nothing but the tools.
//!
//! What a tenant was shown (handles), what its client learnt and what it waits for live in its own context. It is found by a
//! keyed digest of the credential, is forgotten when it was not used for a while, and gives way when there are too many.
//!
//! If a gateway key is the authentication too, the gateway is asked about it before its context is made, and again every
//! minute.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::Context;
use crate::gateway::operations::ListContacts;
use crate::gateway::single_flight::SingleFlight;
use crate::gateway::{Client, Credential, GatewayError};

/// The gateway says within this time that it accepts a key, or nobody is let in by it.
pub(crate) const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// Keys that the gateway is asked about at the same time; further ones wait within the time-out.
const MAX_CHECKS: usize = 16;

/// How many tenants are remembered, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Tenants; with one more, the one that was not used for longest is forgotten.
    pub tenants: usize,
    /// Since the last call.
    pub idle: Duration,
    /// The gateway's acceptance of a key holds for this time, if keys are checked.
    pub accepted: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tenants: 1000, idle: Duration::from_secs(30 * 60), accepted: Duration::from_secs(60) }
    }
}

/// Makes the context of a credential and, beside a JWT, its organisation. The reason of a refusal must not repeat them.
type Make = dyn Fn(&SecretString, Option<&str>) -> Result<Context, String> + Send + Sync;

/// The contexts of all tenants.
pub struct Tenants {
    make: Box<Make>,
    limits: Limits,
    /// Made for this process: digests in a memory dump cannot be compared with those of guessed credentials elsewhere.
    key: hmac::Key,
    known: Mutex<HashMap<Digest, Tenant, RandomState>>,
    /// Asks the gateway about keys, where they are the authentication.
    checks: Option<Checks>,
}

type Digest = [u8; 32];

struct Tenant {
    context: Context,
    used: Instant,
    /// When the request was sent that the gateway has last accepted the key with, as far as that was asked.
    accepted: Option<Instant>,
}

impl Tenant {
    fn is_accepted(&self, within: Duration) -> bool {
        let is_fresh = self.accepted.is_some_and(|accepted| accepted.elapsed() < within);
        // A call has met a 401 since: the next request finds out whether the key still holds.
        is_fresh && !self.context.gateway().is_credential_refused()
    }
}

/// Questions to the gateway about keys.
struct Checks {
    client: Client,
    permits: Arc<Semaphore>,
    flights: SingleFlight<Digest, Result<Instant, NotAccepted>>,
}

/// Why a gateway key lets nobody in. Nothing in it repeats the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAccepted {
    /// It has the form of no key, or lacks its organisation; the reason in words.
    Unusable(String),
    /// The gateway refuses it.
    Refused,
    /// The gateway does not say: it cannot be reached, or has failed.
    Unknown,
}

impl Tenants {
    /// Nobody is known yet; `make` builds the context of a credential when it comes for the first time.
    pub fn new(
        limits: Limits,
        make: impl Fn(&SecretString, Option<&str>) -> Result<Context, String> + Send + Sync + 'static,
    ) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>());
        Self { make: Box::new(make), limits, key, known: Mutex::default(), checks: None }
    }

    /// The same tenants, whose gateway keys are also their authentication: [`Tenants::accept`] asks the gateway of this
    /// client about each one, and never with the client's own credential.
    #[must_use]
    pub fn checked_by(self, client: Client) -> Self {
        let permits = Arc::new(Semaphore::new(MAX_CHECKS));
        let checks = Checks { client, permits, flights: SingleFlight::default() };
        Self { checks: Some(checks), ..self }
    }

    /// Returns true if gateway keys can be checked.
    pub const fn are_checked(&self) -> bool {
        self.checks.is_some()
    }

    /// Returns true if the gateway has accepted this key at its last check, however long ago that was.
    pub fn was_accepted(&self, key: &SecretString, organization: Option<&str>) -> bool {
        let digest = self.digest(key, organization);
        self.known().get(&digest).is_some_and(|tenant| tenant.accepted.is_some())
    }

    /// Makes sure that the gateway has accepted this key within the last minute: by what is known of it, or by a small
    /// read, which all who ask at the same time share. A key that was not accepted gets no context and takes nobody's place.
    ///
    /// # Errors
    /// [`NotAccepted`]. A refusal also takes back what was accepted before.
    pub async fn accept(&self, key: &SecretString, organization: Option<&str>) -> Result<(), NotAccepted> {
        let digest = self.digest(key, organization);
        if self.known().get(&digest).is_some_and(|tenant| tenant.is_accepted(self.limits.accepted)) {
            return Ok(());
        }
        let checks = self.checks.as_ref().ok_or(NotAccepted::Unknown)?;
        let credential =
            Credential::parse(key.clone(), organization).map_err(|error| NotAccepted::Unusable(error.to_string()))?;
        // A client of its own: that of the context believes in a refusal for a while without asking.
        let (client, permits) = (checks.client.with_credential(credential), Arc::clone(&checks.permits));
        let accepted = checks.flights.join(digest, || ask(client, permits).boxed()).await;
        match accepted {
            Ok(asked) => {
                self.context(key, organization).map_err(NotAccepted::Unusable)?;
                if let Some(tenant) = self.known().get_mut(&digest) {
                    tenant.accepted = tenant.accepted.max(Some(asked));
                }
                Ok(())
            }
            Err(NotAccepted::Refused) => {
                if let Some(tenant) = self.known().get_mut(&digest) {
                    tenant.accepted = None;
                }
                Err(NotAccepted::Refused)
            }
            Err(other) => Err(other),
        }
    }

    /// The context of this credential, and of no other.
    ///
    /// # Errors
    /// Why the text is no credential, without the text.
    pub fn context(&self, credential: &SecretString, organization: Option<&str>) -> Result<Context, String> {
        let digest = self.digest(credential, organization);
        let now = Instant::now();
        if let Some(tenant) = self.known().get_mut(&digest) {
            tenant.used = now;
            return Ok(tenant.context.clone());
        }
        let made = (self.make)(credential, organization)?;
        let mut known = self.known();
        known.retain(|_, tenant| now.duration_since(tenant.used) < self.limits.idle);
        // Another call of the same tenant may have come first; both must use the same context.
        let tenant = Tenant { context: made, used: now, accepted: None };
        let context = known.entry(digest).or_insert(tenant).context.clone();
        while known.len() > self.limits.tenants {
            let Some(oldest) = known.iter().min_by_key(|(_, tenant)| tenant.used).map(|(digest, _)| *digest) else {
                break;
            };
            known.remove(&oldest);
        }
        drop(known);
        Ok(context)
    }

    /// How many are remembered.
    pub fn count(&self) -> usize {
        self.known().len()
    }

    fn digest(&self, credential: &SecretString, organization: Option<&str>) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        let credential = credential.expose_secret();
        // The length first: no text can be cut in two ways.
        context.update(&(credential.len() as u64).to_be_bytes());
        context.update(credential.as_bytes());
        context.update(organization.unwrap_or_default().as_bytes());
        context.sign().as_ref().try_into().unwrap_or_default()
    }

    // A std mutex: held for one look, never across an await.
    fn known(&self) -> MutexGuard<'_, HashMap<Digest, Tenant, RandomState>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the gateway by a small read. The time of the question, when it accepts the key.
async fn ask(client: Client, permits: Arc<Semaphore>) -> Result<Instant, NotAccepted> {
    let read = ListContacts { limit: 1, skip: 0, sort: None };
    let asking = async {
        let _permit = permits.acquire().await.map_err(|_| NotAccepted::Unknown)?;
        let asked = Instant::now();
        match client.send(&read).await {
            Ok(_) => Ok(asked),
            Err(GatewayError::Refused(refusal))
                // 400: an organisation that is none of a JWT's (contract, section 7); nothing else of this read varies.
                if matches!(refusal.status.as_u16(), 400 | 401 | 403) =>
            {
                Err(NotAccepted::Refused)
            }
            Err(error) => {
                tracing::warn!(%error, "the gateway did not say whether it accepts a key");
                Err(NotAccepted::Unknown)
            }
        }
    };
    tokio::time::timeout(CHECK_TIMEOUT, asking).await.unwrap_or(Err(NotAccepted::Unknown))
}

impl fmt::Debug for Tenants {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tenants").field("limits", &self.limits).finish_non_exhaustive()
    }
}
