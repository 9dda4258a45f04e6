//! `doctor --bundle`: one file with what a support request needs and no credential.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::report::Report;
use crate::config::{KEYS, Kind, Raw};
use crate::telemetry;

/// Variables of the environment that change how the gateway is reached.
const NETWORK: [&str; 11] = [
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "RES_OPTIONS",
];

/// Writes the file. It must not exist yet, and only its owner can read it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, raw: &Raw, report: &Report) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let shown = || format!("the bundle {}", path.display());
    let mut file = options.open(path).with_context(shown)?;
    let mut bundle = contents(raw, report);
    telemetry::secrets().redactor().json(&mut bundle);
    let text = without_home(format!("{bundle:#}\n"), std::env::var("HOME").ok().as_deref());
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(shown)
}

fn contents(raw: &Raw, report: &Report) -> Value {
    let features = [
        ("http", cfg!(feature = "http")),
        ("store", cfg!(feature = "store")),
        ("postgres", cfg!(feature = "postgres")),
        ("cleanup", cfg!(feature = "cleanup")),
        ("local", cfg!(feature = "local")),
    ];
    let features: Vec<&str> = features.into_iter().filter_map(|(name, is_on)| is_on.then_some(name)).collect();
    let network: Vec<Value> = NETWORK
        .iter()
        .filter_map(|name| Some((*name, std::env::var_os(name)?)))
        .map(|(name, value)| json!({ "name": name, "value": without_user(&value.to_string_lossy()) }))
        .collect();
    let own = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut own: Vec<String> = own.filter(|name| name.starts_with("IMBRACE_")).collect();
    own.sort();
    json!({
        "program": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "features": features,
        "system": { "os": std::env::consts::OS, "architecture": std::env::consts::ARCH },
        "written_at": jiff::Timestamp::now().to_string(),
        "configuration": configuration(raw),
        "variables": { "own": own, "network": network },
        "report": report,
    })
}

/// Every setting that was given, where, and its value unless it is a credential.
fn configuration(raw: &Raw) -> Value {
    let given = KEYS.iter().filter_map(|key| Some((key, raw.values.get(key.name)?)));
    let shown = given.map(|(key, given)| {
        let value = if key.kind == Kind::Secret {
            json!("set, not shown")
        } else {
            given.texts.iter().map(|text| without_user(text)).collect()
        };
        json!({ "key": key.name, "value": value, "from": given.source.to_string() })
    });
    shown.collect()
}

/// An address without its user and password.
pub(super) fn without_user(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((before, after)) => {
            let scheme = before.find("://").and_then(|end| before.get(..end + 3)).unwrap_or_default();
            format!("{scheme}***@{after}")
        }
        None => text.to_owned(),
    }
}

/// The text with the user's home, which holds the user's name, as `~`.
fn without_home(text: String, home: Option<&str>) -> String {
    match home.map(|home| home.trim_end_matches('/')).filter(|home| home.len() > 1) {
        Some(home) => text.replace(home, "~"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_user_of_a_proxy_nor_the_home_is_shown() {
        assert_eq!(without_user("http://ann:p@ss@proxy.example:3128"), "http://***@proxy.example:3128");
        assert_eq!(without_user("ann:pass@proxy.example"), "***@proxy.example");
        assert_eq!(without_user("proxy.example,10.0.0.0/8"), "proxy.example,10.0.0.0/8");
        let text = || "/home/ann/token and /home/ann".to_owned();
        assert_eq!(without_home(text(), Some("/home/ann/")), "~/token and ~");
        assert_eq!(without_home(text(), Some("/")), text());
        assert_eq!(without_home(text(), None), text());
    }
}
