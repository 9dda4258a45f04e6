//! What `serve` would refuse to start with: its files, its address, the issuer's keys. Nothing is written but a look at each.

use std::path::Path;

use super::super::CONFIGURATION;
use super::super::assembly;
use super::report::Report;
use crate::config::Settings;
use crate::files;
use crate::plural::counted;

/// Checks everything that `serve` would use beside the gateway.
pub(super) async fn check(settings: &Settings, report: &mut Report) {
    report.part("Serving");
    let limit = settings.tools.max_writes_per_day;
    report
        .line("writes a day", &limit.map_or("no limit".to_owned(), |limit| format!("{limit} of each caller, by UTC")));
    for refused in [assembly::selection(settings).err(), assembly::uploads(settings).err()].into_iter().flatten() {
        report.fix(&refused.to_string(), CONFIGURATION);
    }
    if let Some(given) = &settings.audit {
        match audit_file(Path::new(given.text())) {
            Ok(found) => report.line("audit", &found),
            Err(reason) => {
                let advice = format!(
                    "A server that cannot record its calls does not start: {} cannot be used as the audit file ({}), because {reason}.",
                    given.text(),
                    given.source
                );
                report.failed("audit", &reason, &advice, CONFIGURATION);
            }
        }
    }
    match &settings.http {
        None => report.line("transport", "stdio"),
        #[cfg(feature = "http")]
        Some(http) => over_http(http, settings, report).await,
        // The configuration refuses `http` in such a build.
        #[cfg(not(feature = "http"))]
        Some(_) => {}
    }
}

/// Whether the audit file could be written, without writing it.
fn audit_file(path: &Path) -> Result<String, String> {
    match std::fs::metadata(path) {
        Ok(found) => {
            files::check_is_regular(&found).map_err(|error| error.to_string())?;
            std::fs::OpenOptions::new().append(true).open(path).map_err(|error| error.to_string())?;
            Ok(format!("{}, {}", path.display(), counted(found.len(), "byte")))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if !parent.is_dir() {
                return Err(format!("there is no directory {}", parent.display()));
            }
            check_is_writable(parent)?;
            Ok(format!("{}, not there yet", path.display()))
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(unix)]
fn check_is_writable(directory: &Path) -> Result<(), String> {
    let may = rustix::fs::access(directory, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    may.map_err(|error| format!("{} cannot be written: {error}", directory.display()))
}

#[cfg(not(unix))]
fn check_is_writable(_: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(feature = "http")]
async fn over_http(http: &crate::config::Http, settings: &Settings, report: &mut Report) {
    use crate::config::OAuthKeys;
    use crate::identity::oauth;
    use crate::identity::tokens::Tokens;

    let listen = http.listen;
    match tokio::net::TcpListener::bind(listen).await {
        Ok(_) => report.line("transport", &format!("HTTP at {listen}, which is free")),
        Err(error) => {
            let text = format!("HTTP at {listen}: {error}");
            let advice = format!(
                "Nothing can listen at {listen}: {error}. If a server of yours runs there already, all is well; otherwise choose another \
                 address with --http."
            );
            report.failed("transport", &text, &advice, CONFIGURATION);
        }
    }
    let names = http.allowed_hosts.join(", ");
    let names = if names.is_empty() { "loopback names".to_owned() } else { format!("loopback names, {names}") };
    report.line("hosts", &names);
    if !listen.ip().is_loopback() && http.allowed_hosts.is_empty() {
        report
            .warning("clients on other machines are refused (421) until --allow-host names what they call this server");
    }
    if let Some(given) = &http.tokens {
        let secrets = crate::telemetry::secrets().clone();
        match Tokens::open_hidden(Path::new(given.text()), secrets) {
            Ok(_) => report.line("bearer tokens", given.text()),
            Err(reason) => report.failed("bearer tokens", &reason, &given.unusable(&reason).to_string(), CONFIGURATION),
        }
    }
    if let Some(given) = &http.oauth {
        let (source, place) = match &given.keys {
            OAuthKeys::Url(url) => (oauth::Source::Url(url.clone()), url.to_string()),
            OAuthKeys::File(path) => (oauth::Source::File(path.clone()), path.display().to_string()),
        };
        match oauth::usable_keys(&source, &settings.gateway.authorities).await {
            Ok(0) => {
                let advice = format!(
                    "The issuer's keys at {place} hold none for RS256, ES256 or EdDSA signatures, so no access token would be accepted."
                );
                report.failed("issuer's keys", "none that can be used", &advice, CONFIGURATION);
            }
            Ok(count) => report.line("issuer's keys", &format!("{} at {place}", counted(count as u64, "key"))),
            Err(reason) => {
                let advice = format!(
                    "The issuer's keys at {place} cannot be read: {reason}. Until they can, every access token is refused; check oauth_jwks."
                );
                report.failed("issuer's keys", &reason, &advice, CONFIGURATION);
            }
        }
    }
}
