//! One context for each gateway credential that callers bring along: tenants share nothing but the tools.
//!
//! What a tenant was shown (handles), what its client learnt and what it waits for live in its own context. It is found by a
//! keyed digest of the credential, is forgotten when it was not used for a while, and gives way when there are too many.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use super::Context;

/// How many tenants are remembered, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Tenants; with one more, the one that was not used for longest is forgotten.
    pub tenants: usize,
    /// Since the last call.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tenants: 1000, idle: Duration::from_secs(30 * 60) }
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
}

type Digest = [u8; 32];

struct Tenant {
    context: Context,
    used: Instant,
}

impl Tenants {
    /// Nobody is known yet; `make` builds the context of a credential when it comes for the first time.
    pub fn new(
        limits: Limits,
        make: impl Fn(&SecretString, Option<&str>) -> Result<Context, String> + Send + Sync + 'static,
    ) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>());
        Self { make: Box::new(make), limits, key, known: Mutex::default() }
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
        let context = known.entry(digest).or_insert(Tenant { context: made, used: now }).context.clone();
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

impl fmt::Debug for Tenants {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tenants").field("limits", &self.limits).finish_non_exhaustive()
    }
}
