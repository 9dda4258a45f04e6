//! Contexts for callers who bring their own gateway credential.

use std::sync::Arc;

#[cfg(feature = "store")]
use imbrace_contacts_store::SqliteStore;
#[cfg(feature = "postgres")]
use imbrace_contacts_store::{PostgresStore, StoreError};
use imbrace_contacts_store::{Store, Tenant};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::observed::Watched;
#[cfg(feature = "store")]
use crate::config::{self, Kept};
use crate::config::{Address, Settings};
use crate::context::tenants::{Limits, Tenants};
use crate::context::uploads::Uploads;
use crate::context::{Context, ContextParts, GatewayTarget};
use crate::gateway::{self, Client, Credential};
use crate::http_client::Authorities;
use crate::ids::{IdStyle, ShortIds};
use crate::metrics::Metrics;

/// Where the context that belongs to nobody would send to: a name that never resolves.
const NOWHERE: &str = "https://gateway.invalid";

/// What the contexts of all credentials have in common.
pub(super) struct Template {
    /// How the gateway is reached; with a credential that stands for none.
    pub(super) settings: gateway::Settings,
    /// Certificate authorities that are trusted beside the system's.
    pub(super) authorities: Authorities,
    /// Which gateway it is.
    pub(super) place: GatewayTarget,
    /// How ids are shown.
    pub(super) style: IdStyle,
    /// What may be uploaded.
    pub(super) uploads: Uploads,
    /// What is kept on this machine.
    pub(super) state: State,
    /// The observers of requests to the gateway.
    pub(super) watched: Watched,
    /// Where the cleanup keeps its snapshots.
    #[cfg(feature = "cleanup")]
    pub(super) snapshots: super::snapshots::Snapshots,
}

/// Keeps digests of credentials, for whose short ids they are, apart from those made for anything else.
pub(super) const SHORT_IDS: &str = "imbrace-contacts-mcp short ids";

/// The state that is kept on this machine, and its gateway.
#[derive(Clone)]
pub(super) struct State {
    /// Short ids and confirmations that other processes share.
    pub(super) store: Option<Arc<dyn Store>>,
    /// Whether the gateway is in this process and ends with it, so that no other process can be asked about its ids.
    is_in_memory: bool,
    /// The gateway's host, or what else stays when it is started again.
    gateway: String,
}

impl State {
    /// As configured. A gateway in this process that keeps its data in memory is gone with it, and so is the state.
    ///
    /// # Errors
    /// Where the store cannot even be set up.
    pub(super) fn of(settings: &Settings, place: &GatewayTarget) -> anyhow::Result<Self> {
        Ok(match (&settings.gateway.address, &settings.local.data) {
            (Address::InProcess, Some(data)) => {
                let data = std::path::absolute(data).unwrap_or_else(|_| data.clone());
                Self { store: store(settings)?, is_in_memory: false, gateway: format!("data {}", data.display()) }
            }
            (Address::InProcess, None) => Self { store: None, is_in_memory: true, gateway: "memory".to_owned() },
            _ => Self { store: store(settings)?, is_in_memory: false, gateway: place.host.clone() },
        })
    }

    /// The same, where calls of the store are counted.
    pub(super) fn timed(self, metrics: &Metrics) -> Self {
        Self { store: self.store.map(|store| metrics.watch_store(store)), ..self }
    }

    /// The place of one organisation, in words.
    pub(super) fn place(&self, place: &GatewayTarget) -> String {
        match &place.organization {
            Some(organization) => format!("{} {} {organization}", place.environment, self.gateway),
            None => format!("{} {}", place.environment, self.gateway),
        }
    }

    /// The store, and whose short ids those of one organisation or credential are.
    pub(super) fn tenant(&self, place: &GatewayTarget, tenant: &str) -> Option<(Arc<dyn Store>, Tenant)> {
        let place = self.place(place);
        let key = Sha256::digest(format!("{place}\n{tenant}")).into();
        Some((Arc::clone(self.store.as_ref()?), Tenant { key, place }))
    }

    /// The short ids of one organisation or credential.
    fn short_ids(&self, style: IdStyle, place: &GatewayTarget, tenant: &str) -> ShortIds {
        match (style, self.tenant(place, tenant)) {
            (IdStyle::Short, Some((store, tenant))) => ShortIds::stored(store, tenant),
            (IdStyle::Short, None) if self.is_in_memory => ShortIds::new(IdStyle::Short),
            // A short id that only this process resolves is a promise that a restart breaks.
            _ => ShortIds::new(IdStyle::Whole),
        }
    }
}

/// The digest by which a credential's state is told from others; empty where the state is the organisation's.
///
/// Where the organisation is configured, the state is the organisation's and outlives a credential. Elsewhere only the
/// credential knows the organisation, and a state that two of them shared would mix their contacts.
pub(super) fn tenant(place: &GatewayTarget, credential: &Credential, is_tenant: bool, purpose: &str) -> String {
    let is_own = is_tenant || place.organization.is_none();
    if is_own { credential.digest(purpose) } else { String::new() }
}

/// The store in the database or the state directory, where one may be kept.
#[cfg(feature = "store")]
fn store(settings: &Settings) -> anyhow::Result<Option<Arc<dyn Store>>> {
    #[cfg(feature = "postgres")]
    if let Some(database) = database(settings)? {
        return Ok(Some(Arc::new(database)));
    }
    let config::State { directory, kept, limit, .. } = &settings.state;
    let Some(directory) = directory.as_ref().filter(|_| *kept != Kept::Nothing) else { return Ok(None) };
    Ok(Some(Arc::new(SqliteStore::new(directory).limited(*limit))))
}

/// The store in the database that is configured. Nothing is sent yet.
///
/// # Errors
/// [`StoreError`].
#[cfg(feature = "postgres")]
pub(super) fn database(settings: &Settings) -> Result<Option<PostgresStore>, StoreError> {
    let Some(database) = &settings.state.database else { return Ok(None) };
    crate::telemetry::secrets().add(database.address.password());
    PostgresStore::new(&database.address, settings.gateway.authorities.certificates_in_der()).map(Some)
}

#[cfg(not(feature = "store"))]
fn store(_: &Settings) -> anyhow::Result<Option<Arc<dyn Store>>> {
    Ok(None)
}

impl Template {
    /// A context over this client.
    fn context(&self, gateway: Client, place: GatewayTarget, credential: &Credential, is_tenant: bool) -> Context {
        let short_ids = self.state.short_ids(self.style, &place, &tenant(&place, credential, is_tenant, SHORT_IDS));
        #[cfg(feature = "cleanup")]
        let cleanup = self.snapshots.workspace((&self.state, &place), (credential, is_tenant), &gateway);
        let context = Context::new(ContextParts { gateway, place, short_ids, uploads: self.uploads.clone() });
        #[cfg(feature = "cleanup")]
        let context = match cleanup {
            Ok(workspace) => context.with_cleanup(Some(workspace)),
            Err(off) => context.without_cleanup(off.to_string()),
        };
        context
    }

    /// The context of the one credential that is configured.
    pub(super) fn own(&self, gateway: Client) -> Context {
        self.context(gateway, self.place.clone(), &self.settings.credential, false)
    }

    /// A context of nobody's, which reaches no gateway, and the contexts of those who bring a credential.
    ///
    /// # Errors
    /// For an address that must not get a credential.
    pub(super) fn into_tenants(self) -> anyhow::Result<(Context, Tenants)> {
        let nowhere = gateway::Settings { base_url: Url::parse(NOWHERE)?, ..self.settings.clone() };
        let nobody = Context::new(ContextParts {
            gateway: Client::new(nowhere)?,
            place: GatewayTarget { organization: None, ..self.place.clone() },
            short_ids: ShortIds::new(self.style),
            uploads: self.uploads.clone(),
        });
        let connections = Client::trusting(self.settings.clone(), self.authorities.clone())?;
        self.watched.watch(&connections);
        let make = move |text: &SecretString, organization: Option<&str>| {
            let credential = Credential::parse(text.clone(), organization).map_err(|error| error.to_string())?;
            let place = GatewayTarget { organization: organization.map(str::to_owned), ..self.place.clone() };
            Ok(self.context(connections.with_credential(credential.clone()), place, &credential, true))
        };
        Ok((nobody, Tenants::new(Limits::default(), make)))
    }
}
