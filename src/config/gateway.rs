//! Which gateway is meant, and who we are there.

use std::cmp::Ordering;
use std::path::PathBuf;

use imbrace_contacts_client::suggestion::nearest;

use super::credential;
use super::error::Error;
use super::features::HAS_LOCAL;
use super::settings::{Address, Gateway};
use super::source::{Given, Layer};
use crate::files;
use crate::http_client::Authorities;
use crate::model::{Environment, Prefix, PrefixChoice};

/// The gateway that the values name, with its credential.
///
/// # Errors
/// Nothing or too much is configured, or a value cannot be meant.
pub(super) fn check(values: &Layer, command: &'static str, warnings: &mut Vec<String>) -> Result<Gateway, Error> {
    let (environment, address) = place(values, command, warnings)?;
    let credential = match environment {
        // The local gateway has a credential of its own, and a real one has no business there.
        Environment::Local => None,
        _ => credential::choose(values, warnings)?,
    };
    let each_brings_its_own = ["gateway_credential_header", "auth"].iter().any(|name| values.get(name).is_some());
    if credential.is_none() && environment != Environment::Local && !each_brings_its_own {
        return Err(Error::CredentialMissing { environment: environment.name() });
    }
    let prefix = prefix(values, environment)?;
    let organization_id = values.get("organization_id").cloned();
    let authorities = authorities(values)?;
    Ok(Gateway { environment, address, prefix, credential, organization_id, authorities })
}

/// The largest file that is read as certificates, in bytes. The bundle of a whole system is a quarter of that.
const LARGEST_BUNDLE: u64 = 1024 * 1024;

/// The authorities of `ca_file`.
///
/// # Errors
/// [`Error::File`] where it cannot be read, or holds no certificate.
pub fn authorities(values: &Layer) -> Result<Authorities, Error> {
    let Some(given) = values.get("ca_file") else { return Ok(Authorities::default()) };
    let path = PathBuf::from(given.text());
    let text = files::read_regular(&path, LARGEST_BUNDLE).map_err(|error| error.to_string());
    let read = text.and_then(|pem| Authorities::from_pem(&pem).map_err(|error| error.to_string()));
    read.map_err(|reason| Error::File { place: given.source.clone(), path, reason })
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
        (Some((Environment::Local, given)), None) if !HAS_LOCAL => {
            Err(Error::FeatureMissing { place: given.source.clone(), feature: "local" })
        }
        (Some((environment, _)), None) => Ok(known(environment)),
        (Some((environment, given)), Some(own)) => {
            let (by_name, by_address) = (given.source.clone(), own.source.clone());
            match by_name.rank().cmp(&by_address.rank()) {
                Ordering::Equal => {
                    Err(Error::TwoGateways { base_url: by_address, environment: by_name, name: environment.name() })
                }
                Ordering::Greater if environment == Environment::Local && !HAS_LOCAL => {
                    Err(Error::FeatureMissing { place: by_name, feature: "local" })
                }
                Ordering::Greater => {
                    warnings.push(format!("{by_address} is not used: {by_name} names {environment}"));
                    Ok(known(environment))
                }
                Ordering::Less => {
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
        given.refused(&format!("one of {known}"), nearest(given.text(), names()))
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
        None => Err(given.refused("auto, channel-service/v1 or v1/backend", None)),
    }
}
