//! The checked configuration: small structs, each owned by the part that uses it.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;

use super::credential::{self, Secret};
use super::error::Error;
use super::source::{Given, Layer};
use super::{Raw, nearest};
use crate::model::{Environment, Prefix, PrefixChoice};

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
    /// How HTTP is served, when it is.
    pub http: Option<Http>,
    /// What is logged.
    pub logging: Logging,
    /// What the operator should know although nothing is wrong enough to stop.
    pub warnings: Vec<String>,
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
    /// Who we are; `None` only for the local gateway, which real credentials are never sent to.
    pub credential: Option<Secret>,
    /// The organisation, when configured.
    pub organization_id: Option<String>,
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
}

/// Which tools are offered.
#[derive(Debug)]
pub struct Tools {
    /// Only those that read.
    pub read_only: bool,
    /// Only these.
    pub names: Option<Given>,
}

/// How HTTP is served.
#[derive(Debug)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether the older pair of SSE endpoints is served too.
    pub sse: bool,
    /// What clients must send as a bearer token.
    pub token: Option<SecretString>,
    /// `Host` headers allowed beside the loopback names.
    pub allowed_hosts: Vec<String>,
    /// `Origin` headers allowed.
    pub allowed_origins: Vec<String>,
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
        let format = match raw.values.get("log_format") {
            None => LogFormat::Text,
            Some(given) => match given.text() {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err(wrong(given, "text or json", None)),
            },
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
        let mut warnings = Vec::new();
        Ok(Self {
            gateway: gateway(values, command, &mut warnings)?,
            local: Local {
                contacts: number(values, "local_contacts")?,
                seed: number(values, "local_seed")?,
                data: values.get("local_data").map(|given| PathBuf::from(given.text())),
                faults: values.get("local_faults").cloned(),
            },
            uploads: Uploads {
                directories: texts(values, "upload_dir").into_iter().map(PathBuf::from).collect(),
                largest: number(values, "upload_limit")?.unwrap_or(10 * 1024 * 1024),
            },
            tools: Tools { read_only: switch(values, "read_only")?, names: values.get("tools").cloned() },
            http: http(values, &mut warnings)?,
            logging: Logging::check(raw)?,
            warnings,
        })
    }
}

fn gateway(values: &Layer, command: &'static str, warnings: &mut Vec<String>) -> Result<Gateway, Error> {
    let (environment, address) = place(values, command, warnings)?;
    let credential = match environment {
        // The local gateway has a credential of its own, and a real one has no business there.
        Environment::Local => None,
        _ => credential::choose(values, warnings)?,
    };
    if credential.is_none() && environment != Environment::Local {
        return Err(Error::CredentialMissing { environment: environment.name() });
    }
    let prefix = prefix(values, environment)?;
    let organization_id = values.get("organization_id").map(|given| given.text().trim().to_owned());
    Ok(Gateway { environment, address, prefix, credential, organization_id })
}

/// Which gateway is meant. `env` and `base_url` answer the same question, so the higher layer that has either of them
/// decides, and both in one layer are an error.
fn place(values: &Layer, command: &'static str, warnings: &mut Vec<String>) -> Result<(Environment, Address), Error> {
    let named = values.get("env").map(|given| Ok((environment(given)?, given))).transpose()?;
    match (named, values.get("base_url")) {
        (None, None) if !has_credential(values) => Err(Error::NothingConfigured { command }),
        (None, None) => Ok(known(Environment::Product)),
        (None | Some((Environment::Custom, _)), Some(own)) => Ok((Environment::Custom, Address::Own(own.clone()))),
        (Some((Environment::Custom, given)), None) => Err(Error::BaseUrlMissing { place: given.source.clone() }),
        (Some((environment, _)), None) => Ok(known(environment)),
        (Some((environment, given)), Some(own)) => {
            let (by_name, by_address) = (given.source.clone(), own.source.clone());
            match by_name.rank().cmp(&by_address.rank()) {
                std::cmp::Ordering::Equal => {
                    Err(Error::TwoGateways { base_url: by_address, environment: by_name, name: environment.name() })
                }
                std::cmp::Ordering::Greater => {
                    warnings.push(format!("{by_address} is not used: {by_name} names {environment}"));
                    Ok(known(environment))
                }
                std::cmp::Ordering::Less => {
                    warnings.push(format!("{by_name} is not used: {by_address} gives an address"));
                    Ok((Environment::Custom, Address::Own(own.clone())))
                }
            }
        }
    }
}

fn known(environment: Environment) -> (Environment, Address) {
    (environment, environment.base_url().map_or(Address::InProcess, Address::Known))
}

fn has_credential(values: &Layer) -> bool {
    let keys = ["access_token", "access_token_file", "api_key", "api_key_file", "jwt", "jwt_file"];
    keys.iter().any(|key| values.get(key).is_some())
}

fn environment(given: &Given) -> Result<Environment, Error> {
    let names = || Environment::ALL.into_iter().map(Environment::name);
    given.text().trim().to_ascii_lowercase().parse().map_err(|_| {
        let known = names().collect::<Vec<_>>().join(", ");
        wrong(given, &format!("one of {known}"), nearest(given.text(), names()))
    })
}

fn prefix(values: &Layer, environment: Environment) -> Result<PrefixChoice, Error> {
    let Some(given) = values.get("api_prefix") else {
        return Ok(PrefixChoice::Auto(environment.prefix()));
    };
    let text = given.text().trim().trim_matches('/');
    let fixed = [Prefix::ChannelService, Prefix::Backend].into_iter().find(|prefix| prefix.path() == text);
    match fixed {
        Some(prefix) => Ok(PrefixChoice::Fixed(prefix)),
        None if text == "auto" => Ok(PrefixChoice::Auto(environment.prefix())),
        None => Err(wrong(given, "auto, channel-service/v1 or v1/backend", None)),
    }
}

fn http(values: &Layer, warnings: &mut Vec<String>) -> Result<Option<Http>, Error> {
    let Some(given) = values.get("http") else {
        return match values.get("sse").filter(|given| given.text() == "true") {
            Some(given) => Err(Error::Alone { place: given.source.clone(), needs: "an address to listen at (--http)" }),
            None => Ok(None),
        };
    };
    let listen = given.text().trim().replacen("localhost:", "127.0.0.1:", 1);
    let expected = "an address and port, such as 127.0.0.1:8080";
    let listen: SocketAddr = listen.parse().map_err(|_| wrong(given, expected, None))?;
    let token = values.get("http_token_file").map(|given| credential::file(given, warnings)).transpose()?;
    if token.is_none() && !listen.ip().is_loopback() {
        return Err(
            given.unusable(&format!("{listen} can be reached from other machines, so it needs --http-token-file"))
        );
    }
    let (allowed_hosts, allowed_origins) = (texts(values, "allow_host"), texts(values, "allow_origin"));
    Ok(Some(Http { listen, sse: switch(values, "sse")?, token, allowed_hosts, allowed_origins }))
}

fn texts(values: &Layer, name: &str) -> Vec<String> {
    values.get(name).map(|given| given.texts.clone()).unwrap_or_default()
}

fn number(values: &Layer, name: &str) -> Result<Option<u64>, Error> {
    let Some(given) = values.get(name) else { return Ok(None) };
    given.text().trim().parse().map(Some).map_err(|_| wrong(given, "a whole number, 0 or more", None))
}

fn switch(values: &Layer, name: &str) -> Result<bool, Error> {
    let Some(given) = values.get(name) else {
        return Ok(false);
    };
    match given.text().trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(wrong(given, "true or false", None)),
    }
}

fn wrong(given: &Given, expected: &str, meant: Option<&str>) -> Error {
    given.refused(expected, meant)
}
