//! What a client needs to know before it can send.

use std::fmt;
use std::time::Duration;

use url::Url;

use super::credential::Credential;
use crate::model::PrefixChoice;

/// How long each phase of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// To connect, TLS included.
    pub connect: Duration,
    /// From the start of an attempt to the head of its answer.
    pub first_byte: Duration,
    /// One attempt, from its start to the last byte read.
    pub attempt: Duration,
    /// The whole call, all attempts and waits included.
    pub call: Duration,
    /// An upload: the whole call and every phase of it after connecting.
    pub upload: Duration,
}

/// The figures of the trust rules: a client of ours gives up between 30 s and 60 s, so we answer before it.
impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            first_byte: Duration::from_secs(10),
            attempt: Duration::from_secs(12),
            call: Duration::from_secs(20),
            upload: Duration::from_secs(50),
        }
    }
}

/// What a client needs to know.
#[derive(Clone)]
pub struct Settings {
    /// Scheme, host, port and, for a self-hosted edge, a path such as `/api`. [`super::Client::new`] checks it.
    pub base_url: Url,
    /// The path in front of every route.
    pub prefix: PrefixChoice,
    /// Who we are.
    pub credential: Credential,
    /// How long to wait.
    pub deadlines: Deadlines,
}

/// Leaves out what an unchecked address may hold: a user name, a password, a query.
impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("scheme", &self.base_url.scheme())
            .field("host", &self.base_url.host_str())
            .field("port", &self.base_url.port())
            .field("prefix", &self.prefix)
            .field("credential", &self.credential)
            .field("deadlines", &self.deadlines)
            .finish()
    }
}
