//! From settings to the tools over a gateway.

#[cfg(feature = "http")]
use std::sync::Arc;

#[cfg(feature = "local")]
use anyhow::Context as _;
use futures::future::BoxFuture;
#[cfg(feature = "http")]
use imbrace_contacts_store::Store;
use url::Url;

use super::observed::Watched;
use super::tenants::{State, Template};
use super::{UsageError, renewal};
use crate::audit::Audit;
use crate::config::{self, Address, Settings};
use crate::context::tenants::Tenants;
use crate::context::uploads::{OwnFiles, Uploads};
use crate::context::{Context, ContextParts, GatewayTarget};
use crate::gateway::{self, Client, Credential, CredentialError, Deadlines};
use crate::ids::{IdStyle, ShortIds};
#[cfg(feature = "local")]
use crate::local_gateway::ACCESS_TOKEN as PLACEHOLDER;
use crate::model::{Environment, Prefix, PrefixChoice};
use crate::telemetry;
use crate::tools::{Confirm, Limits, Output, Selection, Surface, Toolbox};

/// Stands where a credential must stand that is never sent anywhere.
#[cfg(not(feature = "local"))]
const PLACEHOLDER: &str = "acc_00000000-0000-4000-8000-000000000000";

/// Stops the local gateway when awaited, and when dropped.
pub(super) type StopLocal = BoxFuture<'static, ()>;

/// The parts that a command runs on.
pub(super) struct Assembly {
    /// The tools, over a client of the gateway.
    pub(super) toolbox: Toolbox,
    /// The contexts of callers who bring their own credential, where they do.
    pub(super) tenants: Option<Tenants>,
    /// The local gateway, when that is the one; it stops when dropped.
    pub(super) local: Option<StopLocal>,
    /// Where the gateway is.
    pub(super) place: GatewayTarget,
    /// Its address.
    #[cfg(feature = "http")]
    pub(super) base_url: Url,
    /// Where calls are recorded, when they are.
    pub(super) audit: Option<Audit>,
    /// The store that processes share, where they do.
    #[cfg(feature = "http")]
    pub(super) store: Option<Arc<dyn Store>>,
}

/// A gateway that can be asked. Nothing is sent yet.
pub(super) struct Reached {
    /// Its client.
    pub(super) client: Client,
    /// Its address.
    pub(super) base_url: Url,
    /// Who we are there.
    pub(super) credential: Credential,
    /// The local gateway, when that is the one.
    pub(super) local: Option<StopLocal>,
}

/// Builds the parts. `caller` is how callers come here, which the audit file names where it knows no more of them.
///
/// # Errors
/// [`config::Error`] for what only the parts themselves can judge, or what kept the local gateway from starting.
pub(super) async fn assemble(settings: &Settings, caller: &'static str, watched: &Watched) -> anyhow::Result<Assembly> {
    // Before the local gateway, whose people take a moment to make up.
    let (uploads, selection) = (uploads(settings)?, selection(settings)?);
    let audit = super::audit::open(settings)?;
    let has_keys = settings.http.as_ref().is_some_and(|http| http.gateway_keys);
    let has_tenants = has_keys || settings.http.as_ref().is_some_and(|http| http.credential_header.is_some());
    let Reached { client, base_url, credential, local } =
        if has_tenants { reach_as(settings, placeholder()?).await? } else { reach(settings).await? };
    let place = place(settings, &base_url);
    let style = if settings.tools.whole_ids { IdStyle::Whole } else { IdStyle::Short };
    let state = State::of(settings, &place)?.timed(&watched.metrics);
    let store = state.store.clone();
    let template = Template {
        settings: client_settings(settings, &base_url, credential),
        authorities: settings.gateway.authorities.clone(),
        place: place.clone(),
        style,
        uploads,
        state,
        watched: watched.clone(),
        #[cfg(feature = "cleanup")]
        snapshots: super::snapshots::Snapshots::of(settings),
    };
    let (context, tenants) = if has_tenants {
        let (nobody, tenants) = template.into_tenants()?;
        watched.watch(&client);
        (nobody, Some(if has_keys { tenants.checked_by(client) } else { tenants }))
    } else {
        watched.watch(&client);
        let context = template.own(renewal::following(client, settings));
        #[cfg(feature = "cleanup")]
        if let Some(workspace) = context.cleanup() {
            watched.metrics.watch_snapshot(workspace);
        }
        (context, None)
    };
    let output = if settings.tools.structured { Output::Structured } else { Output::Text };
    let toolbox = Toolbox::builder(context).selection(selection).output(output).audit(audit.clone()).transport(caller);
    let toolbox = toolbox
        .metrics(watched.metrics.clone())
        .max_writes_per_day(settings.tools.max_writes_per_day)
        .store(store.clone());
    let toolbox = toolbox.secrets(telemetry::secrets().clone()).build()?;
    Ok(Assembly {
        toolbox,
        tenants,
        local,
        place,
        #[cfg(feature = "http")]
        base_url,
        audit,
        #[cfg(feature = "http")]
        store,
    })
}

/// The client of the configured gateway; the local gateway is started first when that is the one.
///
/// # Errors
/// [`config::Error`] for an address or credential that cannot be used, or what kept the local gateway from starting.
pub(super) async fn reach(settings: &Settings) -> anyhow::Result<Reached> {
    let credential = match &settings.gateway.address {
        Address::InProcess => placeholder()?,
        Address::Known(_) | Address::Own(_) => configured_credential(settings)?,
    };
    reach_as(settings, credential).await
}

/// Checks address and credential as a start does, without sending anything.
pub(super) async fn check(settings: &Settings) -> anyhow::Result<()> {
    let credential = match (&settings.gateway.address, &settings.gateway.credential) {
        (Address::InProcess, _) => return Ok(()),
        (_, Some(_)) => configured_credential(settings)?,
        (_, None) => placeholder()?,
    };
    reach_as(settings, credential).await.map(drop)
}

/// The local gateway's own credential, which is worth nothing anywhere else.
fn placeholder() -> Result<Credential, CredentialError> {
    Credential::parse(PLACEHOLDER.into(), None)
}

async fn reach_as(settings: &Settings, credential: Credential) -> anyhow::Result<Reached> {
    let (base_url, local) = match &settings.gateway.address {
        Address::InProcess => {
            let (base_url, stop) = start_local(settings).await?;
            (base_url, Some(stop))
        }
        Address::Known(address) => (Url::parse(address)?, None),
        Address::Own(given) => {
            let expected = "an address such as https://gateway.example.com";
            (Url::parse(given.text().trim()).map_err(|_| given.refused(expected, None))?, None)
        }
    };
    credential.add_to(telemetry::secrets());
    let authorities = settings.gateway.authorities.clone();
    let client = Client::trusting(client_settings(settings, &base_url, credential.clone()), authorities)
        .map_err(|error| unusable_address(settings, &error.to_string()))?;
    Ok(Reached { client, base_url, credential, local })
}

fn client_settings(settings: &Settings, base_url: &Url, credential: Credential) -> gateway::Settings {
    let (base_url, prefix) = (base_url.clone(), settings.gateway.prefix);
    gateway::Settings { base_url, prefix, credential, deadlines: Deadlines::default() }
}

/// The selected tools over a gateway that is never asked, to list them without any configuration.
///
/// # Errors
/// [`UsageError`] for a name that no tool has.
pub(super) fn unconnected(selection: &Selection) -> anyhow::Result<Toolbox> {
    let client = Client::new(gateway::Settings {
        base_url: Url::parse("https://gateway.invalid")?,
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: placeholder()?,
        deadlines: Deadlines::default(),
    })?;
    let place = GatewayTarget { environment: Environment::Local, host: String::new(), organization: None };
    let (short_ids, uploads) = (ShortIds::new(IdStyle::Short), Uploads::default());
    let context = Context::new(ContextParts { gateway: client, place, short_ids, uploads });
    let toolbox = Toolbox::new(context, selection, Limits::default());
    toolbox.map_err(|unknown| UsageError { message: unknown.to_string() }.into())
}

/// The local gateway in this process.
///
/// # Errors
/// The error that kept it from starting.
#[cfg(feature = "local")]
async fn start_local(settings: &Settings) -> anyhow::Result<(Url, StopLocal)> {
    let local = super::local_gateway::start(&settings.local).await.context("the local gateway")?;
    let base_url = Url::parse(&local.base_url())?;
    Ok((base_url, Box::pin(async move { local.stop().await })))
}

#[cfg(not(feature = "local"))]
async fn start_local(_: &Settings) -> anyhow::Result<(Url, StopLocal)> {
    // The configuration refuses `env = local` in such a build.
    anyhow::bail!("this build has no local gateway")
}

fn configured_credential(settings: &Settings) -> Result<Credential, config::Error> {
    let gateway = &settings.gateway;
    let missing = config::Error::CredentialMissing { environment: gateway.environment.name() };
    let secret = gateway.credential.as_ref().ok_or(missing)?;
    let organization = gateway.organization_id.as_ref();
    Credential::parse(secret.text.clone(), organization.map(|given| given.text())).map_err(|error| {
        let (place, remedy) = match (&error, organization) {
            (CredentialError::Organization, Some(given)) => (&given.source, ""),
            (CredentialError::OrganizationMissing, _) => (&secret.source, " (IMBRACE_ORGANIZATION_ID)"),
            _ => (&secret.source, ""),
        };
        config::Error::Unusable { place: place.clone(), reason: format!("{error}{remedy}") }
    })
}

fn unusable_address(settings: &Settings, reason: &str) -> anyhow::Error {
    match &settings.gateway.address {
        Address::Own(given) => given.unusable(&reason).into(),
        Address::InProcess | Address::Known(_) => anyhow::anyhow!("the gateway's address: {reason}"),
    }
}

/// Where writes go.
pub(super) fn place(settings: &Settings, base_url: &Url) -> GatewayTarget {
    GatewayTarget {
        environment: settings.gateway.environment,
        host: host(base_url),
        organization: settings.gateway.organization_id.as_ref().map(|given| given.text().trim().to_owned()),
    }
}

/// Host and, when given, port: what a receipt shows.
fn host(base_url: &Url) -> String {
    let host = base_url.host_str().unwrap_or_default();
    base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

pub(super) fn uploads(settings: &Settings) -> Result<Uploads, config::Error> {
    let given = &settings.uploads;
    let refused = |(path, error): (_, std::io::Error)| config::Error::Directory { path, reason: error.to_string() };
    let own = OwnFiles {
        files: settings.own_files.clone(),
        directories: settings.state.directory.iter().cloned().collect(),
        secrets: telemetry::secrets().clone(),
        allows_hidden: given.allows_hidden,
    };
    let uploads = Uploads::open(&given.directories, given.largest).map_err(refused)?.without(own);
    for warning in uploads.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(uploads)
}

/// The configured selection, its names checked against the catalog.
pub(super) fn selection(settings: &Settings) -> Result<Selection, config::Error> {
    let names = settings.tools.names.as_ref();
    let known: Vec<&str> = crate::tools::catalog().iter().map(|entry| entry.name).collect();
    if let Some(given) = names
        && !given.texts.iter().all(|name| known.contains(&name.as_str()))
    {
        return Err(given.refused(&format!("names of tools ({})", known.join(", ")), None));
    }
    let confirm = match settings.tools.confirm {
        config::Confirm::All => Confirm::All,
        config::Confirm::Destructive => Confirm::Destructive,
        config::Confirm::Never => Confirm::Never,
    };
    let door = if settings.http.is_some() { Surface::Http } else { Surface::Here };
    Ok(Selection { read_only: settings.tools.read_only, names: names.map(|given| given.texts.clone()), confirm, door })
}
