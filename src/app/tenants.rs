//! Contexts for callers who bring their own gateway credential.

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use crate::cleanup::{StateLocation, Workspace};
use crate::config::{Address, Settings};
use crate::context::tenants::{Limits, Tenants};
use crate::context::uploads::Uploads;
use crate::context::{Context, ContextParts, GatewayTarget};
use crate::gateway::{self, Client, Credential};
use crate::ids::{IdStyle, ShortIds};

/// Where the context that belongs to nobody would send to: a name that never resolves.
const NOWHERE: &str = "https://gateway.invalid";

/// What the contexts of all credentials have in common.
pub(super) struct Template {
    /// How the gateway is reached; with a credential that stands for none.
    pub(super) settings: gateway::Settings,
    /// Which gateway it is.
    pub(super) place: GatewayTarget,
    /// How ids are shown.
    pub(super) style: IdStyle,
    /// What may be uploaded.
    pub(super) uploads: Uploads,
    /// Where the cleanup keeps its state.
    pub(super) state: State,
}

/// Keeps digests of credentials apart from those made for anything else.
const CLEANUP: &str = "imbrace-contacts-mcp cleanup state";

/// Where the cleanup keeps its state, and of which gateway it is.
#[derive(Clone)]
pub(super) struct State {
    /// The directory; none where none is named and the user has no home.
    pub(super) directory: Option<PathBuf>,
    /// The gateway's host, or what else stays when it is started again.
    pub(super) gateway: String,
}

impl State {
    /// As configured. A gateway in this process that keeps its data in memory is gone with it, and so is the state: it lies
    /// among the temporary files, under a name of its own.
    pub(super) fn of(settings: &Settings, place: &GatewayTarget) -> Self {
        match (&settings.gateway.address, &settings.local.data) {
            (Address::InProcess, Some(data)) => {
                let data = std::path::absolute(data).unwrap_or_else(|_| data.clone());
                Self { directory: settings.state.clone(), gateway: format!("data {}", data.display()) }
            }
            (Address::InProcess, None) => {
                let name = format!("imbrace-contacts-mcp-{:016x}", rand::random::<u64>());
                Self { directory: Some(std::env::temp_dir().join(name)), gateway: "memory".to_owned() }
            }
            _ => Self { directory: settings.state.clone(), gateway: place.host.clone() },
        }
    }
}

/// The cleanup engine of one gateway, organisation and credential; none without a directory for its state.
///
/// Where the organisation is configured, the state is the organisation's and outlives a credential. Elsewhere only the
/// credential knows the organisation, and a state that two of them shared would mix their contacts.
pub(super) fn workspace(
    state: &State,
    place: &GatewayTarget,
    credential: &Credential,
    is_tenant: bool,
    gateway: &Client,
) -> Option<Workspace> {
    let is_own = is_tenant || place.organization.is_none();
    let home = StateLocation {
        directory: state.directory.clone()?,
        place: match &place.organization {
            Some(organization) => format!("{} {} {organization}", place.environment, state.gateway),
            None => format!("{} {}", place.environment, state.gateway),
        },
        tenant: if is_own { credential.digest(CLEANUP) } else { String::new() },
    };
    Some(Workspace::new(home, gateway.clone()))
}

impl Template {
    /// A context over this client.
    pub(super) fn context(&self, gateway: Client, organization: Option<String>) -> Context {
        let place = GatewayTarget { organization, ..self.place.clone() };
        let (short_ids, uploads) = (ShortIds::new(self.style), self.uploads.clone());
        Context::new(ContextParts { gateway, place, short_ids, uploads })
    }

    /// The context of the one credential that is configured.
    pub(super) fn own(&self, gateway: Client) -> Context {
        let cleanup = workspace(&self.state, &self.place, &self.settings.credential, false, &gateway);
        self.context(gateway, self.place.organization.clone()).with_cleanup(cleanup)
    }

    /// A context of nobody's, which reaches no gateway, and the contexts of those who bring a credential.
    ///
    /// # Errors
    /// For an address that must not get a credential.
    pub(super) fn into_tenants(self) -> anyhow::Result<(Context, Tenants)> {
        let nowhere = gateway::Settings { base_url: Url::parse(NOWHERE)?, ..self.settings.clone() };
        let nobody = self.context(Client::new(nowhere)?, None);
        let connections = Client::new(self.settings.clone())?;
        let make = move |text: &SecretString, organization: Option<&str>| {
            let credential = Credential::parse(text.clone(), organization).map_err(|error| error.to_string())?;
            let place = GatewayTarget { organization: organization.map(str::to_owned), ..self.place.clone() };
            let client = connections.with_credential(credential.clone());
            let cleanup = workspace(&self.state, &place, &credential, true, &client);
            Ok(self.context(client, place.organization).with_cleanup(cleanup))
        };
        Ok((nobody, Tenants::new(Limits::default(), make)))
    }
}
