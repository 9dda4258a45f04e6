//! The proxy variables of the environment, read by us so that an unreadable one is an error instead of a direct connection.

use std::env::VarError;

use reqwest::{NoProxy, Proxy};

use super::SetupError;

/// Variables that name the proxy for HTTPS, the first that is set wins.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name hosts without a proxy.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy for HTTPS, if the environment names one.
pub(super) fn from_environment() -> Result<Option<Proxy>, SetupError> {
    read(|name| std::env::var(name))
}

fn read(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Option<Proxy>, SetupError> {
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
    let text = if text.contains("://") { text } else { format!("http://{text}") };
    let is_http = ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let proxy = is_http.then(|| Proxy::all(&text).ok()).flatten().ok_or(SetupError::Proxy { variable })?;
    let without = first(&NO_PROXY)?.and_then(|(_, hosts)| NoProxy::from_string(&hosts));
    Ok(Some(proxy.no_proxy(without)))
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
