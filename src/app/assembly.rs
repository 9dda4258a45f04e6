//! From settings to the tools over a gateway.

use anyhow::{Context as _, anyhow};
use url::Url;

use crate::config::{self, Address, Gateway, Settings};
use crate::context::uploads::Uploads;
use crate::context::{Context, Parts, Place};
use crate::gateway::{self, Client, Credential, Deadlines};
use crate::ids::{Handles, IdStyle};
use crate::tools::{Limits, Selection, Toolbox};

/// The parts that a command runs on.
pub(super) struct Assembly {
    /// The tools, over a client of the gateway.
    pub(super) toolbox: Toolbox,
}

/// Builds the parts.
///
/// # Errors
/// [`config::Error`] for what only the parts themselves can judge, or what kept the local gateway from starting.
pub(super) async fn assemble(settings: &Settings) -> anyhow::Result<Assembly> {
    let base_url = base_url(&settings.gateway)?;
    let place = Place {
        environment: settings.gateway.environment,
        host: host(&base_url),
        organization: settings.gateway.organization_id.clone(),
    };
    let gateway = client(&settings.gateway, base_url)?;
    let context =
        Context::new(Parts { gateway, place, handles: Handles::new(IdStyle::Short), uploads: uploads(settings)? });
    Ok(Assembly { toolbox: toolbox(context, settings)? })
}

fn base_url(gateway: &Gateway) -> anyhow::Result<Url> {
    match &gateway.address {
        Address::Known(address) => Url::parse(address).context("the address of the environment"),
        Address::Own(given) => Url::parse(given.text()).map_err(|_| given.refused("an address", None).into()),
        Address::InProcess => Err(anyhow!("no local gateway")),
    }
}

/// The client of the configured gateway. Nothing is sent yet.
///
/// # Errors
/// [`config::Error::Credential`] for a text that is no credential.
pub(super) fn client(gateway: &Gateway, base_url: Url) -> anyhow::Result<Client> {
    let credential = credential(gateway)?;
    let settings = gateway::Settings { base_url, prefix: gateway.prefix, credential, deadlines: Deadlines::default() };
    Client::new(settings).context("the HTTP client")
}

fn credential(gateway: &Gateway) -> Result<Credential, config::Error> {
    let secret = gateway.credential.as_ref();
    let secret = secret.ok_or(config::Error::CredentialMissing { environment: gateway.environment.name() })?;
    Credential::parse(secret.text.clone(), gateway.organization_id.as_deref())
        .map_err(|error| config::Error::Credential { source_of: secret.source.clone(), reason: error.to_string() })
}

/// Host and, when given, port: what a receipt shows.
fn host(base_url: &Url) -> String {
    let host = base_url.host_str().unwrap_or_default();
    base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn uploads(settings: &Settings) -> Result<Uploads, config::Error> {
    let given = &settings.uploads;
    Uploads::open(&given.directories, given.largest)
        .map_err(|(path, error)| config::Error::Directory { path, reason: error.to_string() })
}

fn toolbox(context: Context, settings: &Settings) -> Result<Toolbox, config::Error> {
    let names = settings.tools.names.as_ref();
    let selection = Selection { read_only: settings.tools.read_only, names: names.map(|given| given.texts.clone()) };
    Toolbox::new(context, &selection, Limits::default()).map_err(|unknown| match names {
        Some(given) => given.refused(&format!("names of tools ({})", unknown.known), None),
        None => config::Error::NothingConfigured { command: "tools" },
    })
}
