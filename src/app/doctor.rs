//! `doctor`: what is configured, whether `serve` could start, whether the gateway answers, and in plain words what to fix.

mod advice;
mod bundle;
mod report;
mod serving;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use super::assembly::{self, Reached};
#[cfg(feature = "cleanup")]
use super::snapshots::Snapshots;
#[cfg(feature = "cleanup")]
use super::tenants::State;
use super::{ANSWERED_ERROR, CONFIGURATION, Ending, exit_code};
use crate::config::{self, Address, KEYS, Kind, Raw, Settings};
#[cfg(feature = "cleanup")]
use crate::context::GatewayTarget;
#[cfg(feature = "cleanup")]
use crate::gateway::Credential;
use crate::gateway::{Client, GatewayError, operations::ListContacts};
use crate::http_client::{self, Authorities};
use crate::plural::counted;
#[cfg(feature = "cleanup")]
use crate::render;
use report::Report;

/// Examines configuration, serving and gateway. It reads one contact and changes nothing.
///
/// # Errors
/// When the bundle cannot be written.
pub(super) async fn examine(raw: &Raw, as_json: bool, bundle: Option<&Path>) -> anyhow::Result<Ending> {
    let mut report = Report::default();
    configuration(raw, &mut report);
    match Settings::check(raw, "serve") {
        Err(error) => report.fix(&error.to_string(), CONFIGURATION),
        Ok(settings) => {
            for warning in &settings.warnings {
                report.warning(warning);
            }
            serving::check(&settings, &mut report).await;
            #[cfg(feature = "postgres")]
            database(&settings, &mut report).await;
            if let Err(error) = gateway(&settings, &mut report).await {
                report.fix(&format!("{error:#}"), exit_code(&error));
            }
        }
    }
    report.end();
    if let Some(path) = bundle {
        bundle::write(path, raw, &report)?;
    }
    let mut ending = report.ending(as_json);
    if let Some(path) = bundle {
        ending.err = format!(
            "{} holds all this for a support request, and no credential; read it before you send it\n",
            path.display()
        );
    }
    Ok(ending)
}

/// Every value that was given and where; never a credential.
fn configuration(raw: &Raw, report: &mut Report) {
    report.part("Configuration");
    let none = "none found; flags and variables only".to_owned();
    report.line("file", &raw.file.as_ref().map_or(none, |path| path.display().to_string()));
    for key in &KEYS {
        let Some(given) = raw.values.get(key.name) else { continue };
        let shown = if key.kind == Kind::Secret {
            "set, not shown".to_owned()
        } else {
            bundle::without_user(&given.texts.join(", "))
        };
        report.line(key.name, &format!("{shown}  ({})", given.source));
    }
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for misspelt in config::misspelt_variables(names) {
        report.warning(&misspelt);
    }
}

/// Asks the state database for the time twice: the first time pays for the connection, and makes the tables where there are none.
#[cfg(feature = "postgres")]
async fn database(settings: &Settings, report: &mut Report) {
    use imbrace_contacts_store::Store as _;

    let Some(database) = &settings.state.database else { return };
    report.part("State");
    let place = database.address.place();
    let wire = if database.address.is_encrypted() { "TLS" } else { "without TLS" };
    let asked = super::tenants::database(settings);
    let asked = tokio::task::spawn_blocking(move || {
        let store = asked?;
        let Some(store) = store else { return Ok((0, 0)) };
        let started = Instant::now();
        store.now()?;
        let first = started.elapsed().as_millis();
        let started = Instant::now();
        store.now()?;
        Ok((first, started.elapsed().as_millis()))
    });
    match asked.await {
        Ok(Ok((first, then))) => {
            report.line("database", &format!("{place}, {wire}  ({}); {first} ms, then {then} ms", database.source));
        }
        Ok(Err(error)) => {
            let error: imbrace_contacts_store::StoreError = error;
            let advice = format!("{error} ({}). Until then ids are whole, and nothing is written.", database.source);
            report.failed("database", &format!("{place}: failed"), &advice, ANSWERED_ERROR);
        }
        Err(broken) => report.fix(&broken.to_string(), ANSWERED_ERROR),
    }
}

/// Asks the gateway.
///
/// # Errors
/// What keeps it from being asked at all.
async fn gateway(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    report.part("Gateway");
    if settings.gateway.credential.is_none() && settings.gateway.address != Address::InProcess {
        report.line("credential", "none: each request brings its own, so the gateway is not asked here");
        return Ok(());
    }
    let Reached { client, base_url, credential, local } = assembly::reach(settings).await?;
    let remark = match settings.gateway.address {
        Address::InProcess => "local, in this process",
        _ => settings.gateway.environment.name(),
    };
    report.line("address", &format!("{}  ({remark})", base_url.as_str().trim_end_matches('/')));
    report.line("proxy", client.proxy().unwrap_or("none, a direct connection"));
    let source =
        settings.gateway.credential.as_ref().map_or("the local gateway's own".to_owned(), |c| c.source.to_string());
    report.line("credential", &format!("{}  ({source})", credential.form()));
    let read = read(&client).await;
    report.line("prefix", client.prefix().path());
    match read {
        Ok(found) => report.line("one read", &found),
        Err(error) => {
            let advice = advice::advise(&error, settings, client.prefix());
            report.failed("one read", &format!("failed: {error}"), &advice, ANSWERED_ERROR);
            report.line("request id", error.request_id());
        }
    }
    #[cfg(feature = "cleanup")]
    {
        let place = assembly::place(settings, &base_url);
        report.line("contact list", &list_age(settings, &place, &credential, &client).await);
    }
    if let Some(local) = local {
        local.await;
    }
    Ok(())
}

/// How old the list is that a cleanup works on.
#[cfg(feature = "cleanup")]
async fn list_age(settings: &Settings, place: &GatewayTarget, credential: &Credential, client: &Client) -> String {
    let state = match State::of(settings, place) {
        Ok(state) => state,
        Err(error) => return format!("none is kept: {}", render::shown(&error.to_string(), 200)),
    };
    let workspace = match Snapshots::of(settings).workspace((&state, place), (credential, false), client) {
        Ok(workspace) => workspace,
        Err(error) => return format!("none is kept: {}", render::shown(&error.to_string(), 200)),
    };
    match workspace.synced_at().await {
        Ok(Some(at)) => render::list_age(at),
        Ok(None) => "none yet; `cleanup sync` reads it".to_owned(),
        Err(error) => render::shown(&error.to_string(), 200),
    }
}

/// Reads one contact twice: the first time pays for the connection.
async fn read(client: &Client) -> Result<String, GatewayError> {
    let operation = ListContacts { limit: 1, skip: 0, sort: None };
    let started = Instant::now();
    let page = client.send(&operation).await?;
    let first = started.elapsed();
    let started = Instant::now();
    client.send(&operation).await?;
    let count =
        page.grand_total(0).map_or("an unknown number of contacts".to_owned(), |count| counted(count, "contact"));
    Ok(format!("{count}; {} ms, then {} ms", first.as_millis(), started.elapsed().as_millis()))
}

/// How long a server may take to say that it is alive.
const ALIVE_WITHIN: Duration = Duration::from_secs(3);

/// Asks a running server whether it is alive. Needs no configuration and asks nobody else, so that it may run every few seconds.
pub(super) async fn health(address: SocketAddr) -> Ending {
    let asked = async {
        let client =
            http_client::build(ALIVE_WITHIN, true, &Authorities::default()).map_err(|error| error.to_string())?;
        let answer = client.get(format!("http://{address}/healthz")).send().await;
        let status = answer.map_err(|error| http_client::describe_error(&error))?.status();
        if status.is_success() { Ok(()) } else { Err(format!("it answered {}", status.as_u16())) }
    };
    let asked = tokio::time::timeout(ALIVE_WITHIN, asked).await;
    match asked.unwrap_or_else(|_| Err("it did not answer in time".to_owned())) {
        Ok(()) => Ending::default(),
        Err(reason) => {
            let err = format!("the server at {address} is not alive: {reason}\n");
            Ending { err, code: ANSWERED_ERROR, ..Ending::default() }
        }
    }
}
