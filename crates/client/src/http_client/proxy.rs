//! The proxy variables of the environment, read by us so that an unreadable one is an error instead of a direct connection.

use std::env::VarError;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{NoProxy, Proxy};
use url::Url;

use super::SetupError;

/// Variables that name the proxy for HTTPS, the first that is set wins.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name hosts without a proxy.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy for HTTPS, if the environment names one.
pub(super) fn from_environment() -> Result<Option<Proxy>, SetupError> {
    read(|name| std::env::var(name))
}

/// How the proxy is named through which requests to an address go: its variable, and its address without user and password. `None`
/// where the connection is direct, or the variables cannot be read.
pub fn proxy_for(address: &Url) -> Option<String> {
    named(address, |name| std::env::var(name))
}

fn named(address: &Url, variable: impl Fn(&str) -> Result<String, VarError>) -> Option<String> {
    let Setting { variable, address: proxy, without } = setting(variable).ok()??;
    let matcher = Matcher::builder().all(proxy).no(without.unwrap_or_default()).build();
    let found = matcher.intercept(&address.as_str().parse().ok()?)?;
    let authority = found.uri().authority()?.as_str();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    Some(format!("{place} of {variable}"))
}

/// What the environment says of a proxy.
struct Setting {
    variable: &'static str,
    address: String,
    /// Hosts without a proxy.
    without: Option<String>,
}

fn read(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Option<Proxy>, SetupError> {
    let Some(Setting { variable, address, without }) = setting(variable)? else { return Ok(None) };
    let proxy = Proxy::all(&address).map_err(|_| SetupError::Proxy { variable })?;
    Ok(Some(proxy.no_proxy(without.and_then(|hosts| NoProxy::from_string(&hosts)))))
}

fn setting(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Option<Setting>, SetupError> {
    let first = |names: &[&'static str]| {
        for name in names.iter().copied() {
            match variable(name) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => return Ok(Some((name, text.trim().to_owned()))),
                Err(VarError::NotPresent) => {}
                Err(VarError::NotUnicode(_)) => return Err(SetupError::NotText { variable: name }),
            }
        }
        Ok(None)
    };
    let Some((variable, text)) = first(&PROXY)? else { return Ok(None) };
    let address = if text.contains("://") { text } else { format!("http://{text}") };
    let is_http = ["http://", "https://"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    if !is_http {
        return Err(SetupError::Proxy { variable });
    }
    Ok(Some(Setting { variable, address, without: first(&NO_PROXY)?.map(|(_, hosts)| hosts) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<bool, String> {
        let find = |name: &str| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        };
        read(find).map(|proxy| proxy.is_some()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_proxy_is_named_without_its_password_and_only_where_it_is_used() {
        let variables = [("https_proxy", "http://ann:pass@proxy.example:3128"), ("no_proxy", "internal.example")];
        let find = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        };
        let of = |address: &str| named(&address.parse().unwrap(), find);
        assert_eq!(of("https://gateway.example").as_deref(), Some("proxy.example:3128 of https_proxy"));
        assert_eq!(of("https://gw.internal.example/api"), None);
        assert_eq!(named(&"https://gateway.example".parse().unwrap(), |_| Err(VarError::NotPresent)), None);
    }

    #[test]
    fn an_unreadable_proxy_is_an_error_that_names_its_variable() {
        assert_eq!(of(&[]), Ok(false));
        assert_eq!(of(&[("HTTPS_PROXY", " ")]), Ok(false));
        for good in ["http://proxy.example:3128", "HTTPS://ann:pass@proxy.example", "proxy.example:3128"] {
            assert_eq!(of(&[("all_proxy", good)]), Ok(true), "{good}");
        }
        for bad in ["socks5://proxy.example:9", "http://", "http://[::1", "http://proxy.example:99999"] {
            let error = of(&[("https_proxy", bad), ("ALL_PROXY", "http://proxy.example")]).unwrap_err();
            assert!(error.contains("https_proxy") && error.contains("no HTTP proxy"), "{bad}: {error}");
        }
        let not_text = |_: &str| Err(VarError::NotUnicode("x".into()));
        assert!(matches!(read(not_text), Err(SetupError::NotText { variable: "HTTPS_PROXY" })));
    }
}
