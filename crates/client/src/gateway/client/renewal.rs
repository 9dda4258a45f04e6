//! A client whose credential can change while it lives: each call is made with the newest one.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;

use super::Client;
use crate::gateway::Credential;

/// Tells a new credential, when there is one since the last look.
type Look = dyn Fn() -> BoxFuture<'static, Option<Credential>> + Send + Sync;

/// Where new credentials come from, and the client for the one in force.
pub(super) struct Renewal {
    look: Box<Look>,
    // std mutex: held for one look, never across an await.
    current: Mutex<Client>,
}

impl Renewal {
    pub(super) fn new<F>(first: Client, look: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<Credential>> + Send + 'static,
    {
        Self { look: Box::new(move || look().boxed()), current: Mutex::new(first) }
    }

    /// The client for the newest credential that was looked at.
    pub(super) fn newest(&self) -> Client {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The client for the credential in force. A new one knows nothing of what the old one was refused, and joins none
    /// of its reads.
    pub(super) async fn current(&self) -> Client {
        let renewed = (self.look)().await;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(credential) = renewed {
            *current = current.with_credential(credential);
        }
        current.clone()
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Renewal")
    }
}
