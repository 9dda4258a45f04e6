//! Where confirmations are kept: in the store, so that one holds at every process of the machine, or in this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use imbrace_contacts_store::{self as store, SpendError, Store, StoreError};

use super::issued::{Confirmation, ConsentError, Digest, Issued, Way};
use crate::tools::error::ToolError;

/// The confirmations that were given out.
pub(super) enum Kept {
    /// By this process, which alone takes them.
    Here(Issued),
    /// By every process over this store.
    Shared(Arc<dyn Store>),
}

impl Kept {
    /// Keeps a confirmation under a nonce, which nobody can guess.
    ///
    /// # Errors
    /// [`ToolError::ConfirmationStore`]; it confirms nothing then.
    pub(super) async fn issue(
        &self,
        nonce: String,
        (way, call, content): (Way, Digest, Digest),
        valid: Duration,
    ) -> Result<(), ToolError> {
        match self {
            Self::Here(issued) => {
                issued.issue(nonce, Confirmation { way, call, content, expires: Instant::now() + valid });
                Ok(())
            }
            Self::Shared(store) => {
                let valid = i64::try_from(valid.as_millis()).unwrap_or(i64::MAX);
                let store = Arc::clone(store);
                let issue = move || {
                    let issued = store.now()?;
                    let expires = issued.saturating_add(valid);
                    store.issue(&nonce, &store::Confirmation { way: shared(way), call, content, issued, expires })
                };
                Ok(blocking(issue).await??)
            }
        }
    }

    /// Uses a confirmation and returns the digest of the preview it was given with. Of any number of concurrent uses, one succeeds.
    ///
    /// # Errors
    /// [`ToolError::Consent`] and [`ToolError::ConfirmationStore`]; nothing may be done then.
    pub(super) async fn spend(&self, nonce: &str, way: Way, call: Digest) -> Result<Digest, ToolError> {
        match self {
            Self::Here(issued) => Ok(issued.spend(nonce, way, &call, Instant::now())?),
            Self::Shared(store) => {
                let (store, nonce) = (Arc::clone(store), nonce.to_owned());
                let spent = blocking(move || store.spend(&nonce, shared(way), &call, store.now()?)).await?;
                Ok(spent.map_err(|error| match error {
                    SpendError::Unknown => ConsentError::Unknown.into(),
                    SpendError::Expired => ConsentError::Expired.into(),
                    SpendError::Used => ConsentError::Used.into(),
                    SpendError::OtherCall => ConsentError::OtherCall.into(),
                    SpendError::Store(fault) => ToolError::ConfirmationStore(fault),
                })?)
            }
        }
    }
}

const fn shared(way: Way) -> store::Way {
    match way {
        Way::Argument => store::Way::Argument,
        Way::Person => store::Way::Person,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|broken| StoreError::Busy { file: broken.to_string().into() })
}
