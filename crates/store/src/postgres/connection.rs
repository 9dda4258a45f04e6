//! Connections: opened with TLS, checked and set up once, and what their errors mean.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::PostgresAddress;
use super::schema::Schema;
use crate::StoreError;

/// How long one server may take to accept a connection.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);

/// How long all of an address's servers may take together until one lets us in.
const LET_IN_WITHIN: Duration = Duration::from_secs(6);

/// How long a call waits for an answer. Longer than the server's own limit for a statement, whose message says more.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// The settings of every connection. A statement that is cut off was not done.
const SESSION: &str = "SET search_path TO imbrace_contacts_mcp, pg_catalog; SET statement_timeout TO '4s'; \
     SET lock_timeout TO '4s'; SET idle_in_transaction_session_timeout TO '10s'; SET TIME ZONE 'UTC'; \
     SET default_transaction_isolation TO 'read committed'; SET synchronous_commit TO on; SET client_min_messages TO error";

/// Makes connections for the pool.
pub(crate) struct Connections {
    config: Config,
    tls: MakeRustlsConnect,
    place: String,
    schema: &'static Schema,
}

impl Connections {
    /// # Errors
    /// The reason why TLS cannot be set up, in words.
    pub(crate) fn new(
        address: &PostgresAddress,
        authorities: Vec<Vec<u8>>,
        schema: &'static Schema,
    ) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let authorities = authorities.into_iter().map(CertificateDer::from);
        let verifier = Verifier::new_with_extra_roots(authorities, Arc::clone(&provider));
        let verifier = verifier.map_err(|error| error.to_string())?;
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let mut config = address.config();
        config.application_name("imbrace-contacts-mcp");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTED_WITHIN);
        }
        config.tcp_user_timeout(ANSWERED_WITHIN).keepalives_idle(Duration::from_secs(30));
        Ok(Self { config, tls: MakeRustlsConnect::new(tls), place: address.place().to_owned(), schema })
    }
}

impl Connections {
    /// A connection, set up with these statements.
    pub(crate) async fn connect(&self, session: &str) -> Result<Client, StoreError> {
        let connecting = async {
            let (client, connection) = self.config.connect(self.tls.clone()).await?;
            // Its end is seen by whoever uses the client next.
            tokio::spawn(async move { drop(connection.await) });
            client.batch_execute(session).await?;
            Ok(client)
        };
        match tokio::time::timeout(LET_IN_WITHIN, connecting).await {
            Ok(connected) => connected.map_err(|error| fault(&self.place, &error)),
            Err(_) => {
                let reason = format!("no connection within {} s", LET_IN_WITHIN.as_secs());
                Err(StoreError::Unreachable { place: self.place.clone(), reason })
            }
        }
    }
}

impl Manager for Connections {
    type Type = Client;
    type Error = StoreError;

    async fn create(&self) -> Result<Client, StoreError> {
        let mut client = self.connect(SESSION).await?;
        self.schema.prepare(&mut client, &self.place).await?;
        Ok(client)
    }

    async fn recycle(&self, client: &mut Client, _: &Metrics) -> RecycleResult<StoreError> {
        if client.is_closed() { Err(RecycleError::message("closed")) } else { Ok(()) }
    }
}

/// Returns true if the connection is gone, so that nobody knows if the statement was done.
pub(super) fn is_lost(error: &Error) -> bool {
    error.is_closed() || error.as_db_error().is_none() || error.code().is_some_and(is_ending)
}

/// The server ends, or has just begun.
fn is_ending(code: &SqlState) -> bool {
    [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW].contains(code)
        || code.code().starts_with("08")
}

/// Returns true if the server rolled it back because another process was in the way.
pub(super) fn gave_way(error: &Error) -> bool {
    let codes = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
    error.code().is_some_and(|code| codes.contains(code))
}

/// An error in words, with its causes. Neither address nor parameters are in it; the server's details, which may repeat values, are left out.
pub(crate) fn describe(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return told.message().to_owned();
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !words.ends_with(&more) {
            words = format!("{words}: {more}");
        }
        cause = next.source();
    }
    words
}

/// The store's error for one of the driver or the server.
pub(crate) fn fault(place: &str, error: &Error) -> StoreError {
    let (place, reason) = (place.to_owned(), describe(error));
    let Some(code) = error.code() else { return StoreError::Unreachable { place, reason } };
    let is_full = [SqlState::TOO_MANY_CONNECTIONS, SqlState::QUERY_CANCELED, SqlState::LOCK_NOT_AVAILABLE];
    let is_login = code.code().starts_with("28") || *code == SqlState::UNDEFINED_DATABASE;
    if is_ending(code) || is_full.contains(code) {
        StoreError::Unreachable { place, reason }
    } else if is_login {
        StoreError::Login { place, reason }
    } else {
        StoreError::Unusable { place, reason }
    }
}
