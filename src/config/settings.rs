//! The checked configuration: small structs, each owned by the part that uses it.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use imbrace_contacts_client::placeholder::unexpanded;
use url::Url;

use super::credential::Secret;
use super::error::Error;
use super::features::{self, HAS_STORE};
use super::http::{self, Http};
use super::key::{KEYS, Key, Kind};
use super::source::{Given, Layer};
use super::{Raw, gateway};
use crate::files;
use crate::http_client::Authorities;
use crate::model::{Environment, PrefixChoice};

/// Everything that was configured, checked as far as it can be without a network.
#[derive(Debug)]
pub struct Settings {
    /// The gateway to talk to.
    pub gateway: Gateway,
    /// The local gateway, used when the environment is `local`.
    pub local: Local,
    /// What may be uploaded.
    pub uploads: Uploads,
    /// Which tools are offered.
    pub tools: Tools,
    /// The files that the settings name, and the configuration file: all that the server itself reads and writes.
    pub own_files: Vec<PathBuf>,
    /// What is kept on this machine, and where.
    pub state: State,
    /// The file in which calls are recorded, when they are.
    pub audit: Option<Given>,
    /// How HTTP is served, when it is.
    pub http: Option<Http>,
    /// Where traces are sent, when they are.
    pub traces: Option<Traces>,
    /// What is logged.
    pub logging: Logging,
    /// What the operator should know although nothing is wrong enough to stop.
    pub warnings: Vec<String>,
}

/// Where traces are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// The collector's address, without `/v1/traces`.
    pub endpoint: Url,
    /// True if the gateway is told which span each request belongs to.
    pub to_gateway: bool,
}

/// What is kept on this machine, and where.
#[derive(Debug, Clone)]
pub struct State {
    /// The directory; none where none is named and the user has no home.
    pub directory: Option<PathBuf>,
    /// What may be kept in it.
    pub kept: Kept,
    /// The database that keeps short ids, confirmations and writes of a day instead.
    #[cfg(feature = "postgres")]
    pub database: Option<super::database::Database>,
    /// The largest file in it, in bytes.
    pub limit: Option<u64>,
    /// The country of phone numbers whose contact says nothing of it.
    #[cfg(feature = "cleanup")]
    pub default_region: Option<crate::cleanup::normalize::phone::Region>,
    /// The time zone of dates that are asked for.
    #[cfg(feature = "cleanup")]
    pub time_zone: jiff::tz::TimeZone,
    /// How long plans and journals are kept after they were last worked on; `None` is for good.
    #[cfg(feature = "cleanup")]
    pub plans_kept: Option<std::time::Duration>,
}

/// What may be kept on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Everything.
    All,
    /// Short ids and confirmations, and nothing of a contact but its id.
    NoSnapshot,
    /// Nothing.
    Nothing,
}

impl State {
    /// Where the cleanup keeps snapshot, plans and journal.
    ///
    /// # Errors
    /// Which setting keeps it from having a place.
    pub fn snapshots(&self) -> Result<&Path, Error> {
        match self.kept {
            Kept::All => self.directory.as_deref().ok_or(Error::StateMissing),
            Kept::NoSnapshot => Err(Error::SnapshotOff("no-snapshot")),
            Kept::Nothing => Err(Error::SnapshotOff("off")),
        }
    }
}

/// The gateway to talk to.
#[derive(Debug)]
pub struct Gateway {
    /// The environment.
    pub environment: Environment,
    /// Its address.
    pub address: Address,
    /// The path before every route.
    pub prefix: PrefixChoice,
    /// Who we are; `None` for the local gateway, which real credentials are never sent to, and where each request brings
    /// its own.
    pub credential: Option<Secret>,
    /// The organisation, when configured.
    pub organization_id: Option<Given>,
    /// Certificate authorities that are trusted beside the system's, by the gateway's client and for the issuer's keys.
    pub authorities: Authorities,
}

/// Where a gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// In this process.
    InProcess,
    /// At the address of a named environment.
    Known(&'static str),
    /// Where the operator says.
    Own(Given),
}

/// The local gateway.
#[derive(Debug)]
pub struct Local {
    /// How many contacts it makes up; its own number without.
    pub contacts: Option<u64>,
    /// Which people; its own without.
    pub seed: Option<u64>,
    /// The list of contacts to take instead of made-up ones.
    pub people: Option<PathBuf>,
    /// The SQLite file; in memory without.
    pub data: Option<PathBuf>,
    /// How it misbehaves, in its own words.
    pub faults: Option<Given>,
}

/// What may be uploaded.
#[derive(Debug)]
pub struct Uploads {
    /// The directories that files may be read from.
    pub directories: Vec<PathBuf>,
    /// The largest file, in bytes.
    pub largest: u64,
    /// Whether files whose names begin with a dot may be read, too.
    pub allows_hidden: bool,
}

/// Which tools are offered.
#[derive(Debug)]
pub struct Tools {
    /// Only those that read.
    pub read_only: bool,
    /// Only these.
    pub names: Option<Given>,
    /// Whether answers are structured JSON instead of text.
    pub structured: bool,
    /// Whether answers show whole ids instead of handles.
    pub whole_ids: bool,
    /// Which calls need a confirmation.
    pub confirm: Confirm,
    /// Writes that one caller may do in a day of UTC; `None` is without a limit.
    pub max_writes_per_day: Option<NonZeroU64>,
}

/// Which calls need a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// Every write.
    All,
    /// Removing what was not named one by one.
    Destructive,
    /// None.
    Never,
}

/// What is logged, on stderr.
#[derive(Debug, Clone)]
pub struct Logging {
    /// A level or a filter; the command's own default without.
    pub filter: Option<Given>,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For log collectors.
    Json,
}

impl Logging {
    /// The logging that raw values ask for; it must run before anything else can be reported.
    ///
    /// # Errors
    /// [`Error::Value`] for an unknown format.
    pub fn check(raw: &Raw) -> Result<Self, Error> {
        let format = match raw.values.is_other("log_format", ["text", "json"])? {
            false => LogFormat::Text,
            true => LogFormat::Json,
        };
        Ok(Self { filter: raw.values.get("log").cloned(), format })
    }
}

impl Settings {
    /// Checks raw values. `command` is what was run, for the advice when nothing is configured.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and remedy.
    pub fn check(raw: &Raw, command: &'static str) -> Result<Self, Error> {
        let values = &raw.values;
        refuse_placeholders(values)?;
        features::check(values)?;
        let mut warnings = Vec::new();
        let directory = state_directory(values)?.or(raw.usual_state.clone());
        let kept = kept(values)?;
        #[cfg(feature = "postgres")]
        let database = super::database::check(values, kept, &mut warnings)?;
        #[cfg(feature = "postgres")]
        super::database::warn_of_another(database.as_ref(), directory.as_deref(), &mut warnings);
        Ok(Self {
            gateway: gateway::check(values, command, &mut warnings)?,
            local: Local {
                contacts: values.number("local_contacts")?,
                seed: values.number("local_seed")?,
                people: file(values, "local_people")?,
                data: file(values, "local_data")?,
                faults: values.get("local_faults").cloned(),
            },
            uploads: Uploads {
                directories: values.texts("upload_dir").into_iter().map(PathBuf::from).collect(),
                largest: values.number("upload_limit")?.unwrap_or(10 * 1024 * 1024),
                allows_hidden: values.switch("upload_hidden")?,
            },
            tools: Tools {
                read_only: values.switch("read_only")?,
                names: values.get("tools").cloned(),
                structured: values.is_other("output", ["text", "structured"])?,
                whole_ids: values.is_other("ids", ["short", "whole"])?,
                confirm: confirm(values)?,
                // 0 is how an operator takes back a limit that the file sets.
                max_writes_per_day: values.number("max_writes_per_day")?.and_then(NonZeroU64::new),
            },
            own_files: own_files(raw),
            state: State {
                directory,
                kept,
                #[cfg(feature = "postgres")]
                database,
                // 0 is how an operator takes back a limit that the file sets.
                limit: values.number("state_limit")?.filter(|bytes| *bytes > 0),
                #[cfg(feature = "cleanup")]
                plans_kept: values.number("keep_plans")?.filter(|days| *days > 0).map(days),
                #[cfg(feature = "cleanup")]
                default_region: default_region(values)?,
                #[cfg(feature = "cleanup")]
                time_zone: time_zone(values)?,
            },
            audit: values.get("audit").cloned(),
            http: http::check(values, &mut warnings)?,
            traces: traces(values)?,
            logging: Logging::check(raw)?,
            warnings,
        })
    }
}

/// Refuses a value whose variable the program that starts this one did not fill in.
fn refuse_placeholders(values: &Layer) -> Result<(), Error> {
    for key in &KEYS {
        let Some(given) = values.get(key.name) else { continue };
        if let Some(placeholder) = given.texts.iter().find_map(|text| unexpanded(text)) {
            let (place, placeholder) = (given.source.clone(), placeholder.to_owned());
            return Err(Error::Unexpanded { place, placeholder, is_secret: key.kind == Kind::Secret });
        }
    }
    Ok(())
}

#[cfg(feature = "cleanup")]
fn days(days: u64) -> std::time::Duration {
    std::time::Duration::from_secs(days.saturating_mul(24 * 3600))
}

#[cfg(feature = "cleanup")]
fn default_region(values: &Layer) -> Result<Option<crate::cleanup::normalize::phone::Region>, Error> {
    use crate::cleanup::normalize::phone::Region;

    let Some(given) = values.get("default_region") else { return Ok(None) };
    let letters = given.text().trim().to_ascii_uppercase();
    match Region::of_letters(&letters) {
        Some(region) => Ok(Some(region)),
        None => Err(given.refused("a country of ISO 3166 in two letters, such as VN or HK", None)),
    }
}

#[cfg(feature = "cleanup")]
fn time_zone(values: &Layer) -> Result<jiff::tz::TimeZone, Error> {
    let Some(given) = values.get("time_zone") else { return Ok(jiff::tz::TimeZone::UTC) };
    crate::model::codes::time_zone_rules(given.text().trim())
        .ok_or_else(|| given.refused("a time zone of the IANA database, such as Asia/Hong_Kong", None))
}

fn traces(values: &Layer) -> Result<Option<Traces>, Error> {
    let to_gateway = values.switch("send_traceparent")?;
    let Some(given) = values.get("otlp_endpoint") else {
        return match values.get("send_traceparent").filter(|_| to_gateway) {
            Some(given) => Err(Error::Alone { place: given.source.clone(), needs: "a collector (--otlp-endpoint)" }),
            None => Ok(None),
        };
    };
    let expected =
        "the http or https address of a collector, such as http://127.0.0.1:4318, without a user, query or /v1/traces";
    let is_usable = |url: &Url| {
        let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare && !url.path().ends_with("/v1/traces")
    };
    let endpoint = Url::parse(given.text().trim()).ok().filter(is_usable);
    let endpoint = endpoint.ok_or_else(|| given.refused(expected, None))?;
    Ok(Some(Traces { endpoint, to_gateway }))
}

/// Every file that a setting names, the audit file's key and the configuration file itself.
fn own_files(raw: &Raw) -> Vec<PathBuf> {
    let is_file = |key: &&Key| (key.kind == Kind::Path && key.name != "state_dir") || key.name == "oauth_jwks";
    let named = KEYS.iter().filter(is_file).filter_map(|key| raw.values.get(key.name)).map(|given| given.text());
    let mut files: Vec<PathBuf> = named.filter(|text| !text.contains("://")).map(PathBuf::from).collect();
    files.extend(raw.values.get("audit").map(|given| PathBuf::from(format!("{}.key", given.text()))));
    files.extend(raw.file.clone());
    files
}

/// The file that a key names. It need not exist, but what exists must be a regular file: a pipe would be waited for.
fn file(values: &Layer, name: &str) -> Result<Option<PathBuf>, Error> {
    let Some(given) = values.get(name) else { return Ok(None) };
    let path = PathBuf::from(given.text());
    if let Ok(found) = std::fs::metadata(&path) {
        files::check_is_regular(&found).map_err(|error| Error::File {
            place: given.source.clone(),
            path: path.clone(),
            reason: error.to_string(),
        })?;
    }
    Ok(Some(path))
}

/// The directory that is named.
fn state_directory(values: &Layer) -> Result<Option<PathBuf>, Error> {
    let Some(given) = values.get("state_dir") else { return Ok(None) };
    if given.text().contains("://") {
        return Err(given.unusable(
            &"it is a directory; the address of a database is given by state_url (--state-url, IMBRACE_STATE_URL)",
        ));
    }
    Ok(Some(PathBuf::from(given.text())))
}

fn kept(values: &Layer) -> Result<Kept, Error> {
    let Some(given) = values.get("state") else { return Ok(if HAS_STORE { Kept::All } else { Kept::Nothing }) };
    match given.text().trim() {
        "on" => Ok(Kept::All),
        "no-snapshot" => Ok(Kept::NoSnapshot),
        "off" => Ok(Kept::Nothing),
        _ => Err(given.refused("on, no-snapshot or off", None)),
    }
}

fn confirm(values: &Layer) -> Result<Confirm, Error> {
    let Some(given) = values.get("confirm") else { return Ok(Confirm::Destructive) };
    match given.text().trim() {
        "all" => Ok(Confirm::All),
        "destructive" => Ok(Confirm::Destructive),
        "never" => Ok(Confirm::Never),
        _ => Err(given.refused("all, destructive or never", None)),
    }
}
