//! How HTTP is served, and what its callers must show.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use url::{Host, Url};

use super::credential;
use super::error::Error;
use super::source::{Given, Layer};

/// The headers that cannot carry a gateway credential, because they mean something else already.
const TAKEN: [&str; 11] = [
    "authorization",
    "host",
    "origin",
    "content-type",
    "content-length",
    "accept",
    "cookie",
    "x-organization-id",
    "x-imbrace-read-only",
    "x-imbrace-tools",
    "x-imbrace-confirm",
];

/// The value of `auth`: each request shows its gateway key as its bearer token.
pub(super) const GATEWAY_KEY: &str = "gateway-key";

/// How HTTP is served.
#[derive(Debug)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether the older pair of SSE endpoints is served too.
    pub sse: bool,
    /// The file with the bearer tokens that clients may show.
    pub tokens: Option<Given>,
    /// The issuer whose access tokens clients may show.
    pub oauth: Option<OAuth>,
    /// The header in which each request brings its own gateway credential.
    pub credential_header: Option<String>,
    /// True if the bearer token of each request is its own gateway key, and its authentication.
    pub gateway_keys: bool,
    /// Requests that one caller may send in a minute.
    pub calls_per_minute: Option<NonZeroU32>,
    /// Where metrics are served without authentication, instead of at `listen` behind it.
    pub metrics: Option<SocketAddr>,
    /// `Host` headers allowed beside the loopback names.
    pub allowed_hosts: Vec<String>,
    /// `Origin` headers allowed.
    pub allowed_origins: Vec<String>,
}

/// An issuer of access tokens.
#[derive(Debug)]
pub struct OAuth {
    /// Its name, as tokens have it.
    pub issuer: String,
    /// The address by which clients reach this server.
    pub audience: Url,
    /// Where its keys are.
    pub keys: OAuthKeys,
    /// The scopes that a token must have.
    pub scopes: Vec<String>,
}

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OAuthKeys {
    /// At an address.
    Url(Url),
    /// In a file.
    File(PathBuf),
}

/// What the values say about HTTP; `None` when it is not served.
///
/// # Errors
/// A value that cannot be meant, a half-configured issuer, or an address that others reach and anybody may use.
pub(super) fn check(values: &Layer, warnings: &mut Vec<String>) -> Result<Option<Http>, Error> {
    let Some(given) = values.get("http") else {
        let alone = values.get("sse").filter(|given| given.text() == "true");
        let others = ["gateway_credential_header", "auth", "metrics_address"];
        return match alone.or_else(|| others.into_iter().find_map(|name| values.get(name))) {
            Some(given) => Err(Error::Alone { place: given.source.clone(), needs: "an address to listen at (--http)" }),
            None => Ok(None),
        };
    };
    let listen = address(given, "an address and port, such as 127.0.0.1:8080")?;
    let metrics = metrics_address(values, listen, warnings)?;
    let gateway_keys = gateway_keys(values, warnings)?;
    let tokens = values.get("http_token_file");
    if let Some(file) = tokens {
        credential::file(file, warnings)?;
    }
    let oauth = oauth(values)?;
    if tokens.is_none() && oauth.is_none() && !gateway_keys && !listen.ip().is_loopback() {
        return Err(given.unusable(&format!(
            "{listen} can be reached from other machines, so it needs --http-token-file, --oauth-issuer with --oauth-audience \
             and --oauth-jwks, or --auth gateway-key"
        )));
    }
    let mut allowed_hosts = allowed_hosts(values)?;
    // The address that clients use is one they may use.
    allowed_hosts.extend(oauth.as_ref().and_then(|oauth| oauth.audience.host_str()).map(str::to_owned));
    Ok(Some(Http {
        listen,
        sse: values.switch("sse")?,
        tokens: tokens.cloned(),
        oauth,
        credential_header: credential_header(values, warnings)?,
        gateway_keys,
        calls_per_minute: calls_per_minute(values)?,
        metrics,
        allowed_hosts,
        allowed_origins: values.texts("allow_origin"),
    }))
}

fn address(given: &Given, expected: &'static str) -> Result<SocketAddr, Error> {
    let text = given.text().trim().replacen("localhost:", "127.0.0.1:", 1);
    text.parse().map_err(|_| given.refused(expected, None))
}

/// Where metrics are served without authentication. They hold no personal data, but tell how much a server is used.
fn metrics_address(
    values: &Layer,
    listen: SocketAddr,
    warnings: &mut Vec<String>,
) -> Result<Option<SocketAddr>, Error> {
    let Some(given) = values.get("metrics_address") else { return Ok(None) };
    let metrics = address(given, "an address and port, such as 127.0.0.1:9464")?;
    if metrics == listen && metrics.port() != 0 {
        return Err(given.unusable(&"it is the address of the tools (--http); metrics need one of their own"));
    }
    if !metrics.ip().is_loopback() {
        warnings.push(format!(
            "{}: whoever reaches {metrics} reads the metrics without authentication; let only Prometheus reach it",
            given.source
        ));
    }
    Ok(Some(metrics))
}

/// Names that a `Host` header can have. One that no request matches would only look like a setting.
fn allowed_hosts(values: &Layer) -> Result<Vec<String>, Error> {
    let hosts = values.texts("allow_host");
    match values.get("allow_host") {
        Some(given) if !hosts.iter().all(|host| is_host_and_port(host)) => {
            let expected = "a name or address, with or without a port, such as contacts.example.com or contacts.example.com:8443 \
                            (no scheme, no path, no star)";
            Err(given.refused(expected, None))
        }
        _ => Ok(hosts),
    }
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    // The parser would also take names that a client writes in another way.
    is_port
        && !host.contains(['*', '@', '%'])
        && Host::parse(host).is_ok_and(|parsed| parsed.to_string().eq_ignore_ascii_case(host))
}

fn oauth(values: &Layer) -> Result<Option<OAuth>, Error> {
    let names = ["oauth_issuer", "oauth_audience", "oauth_jwks"];
    let given = names.map(|name| values.get(name));
    let [Some(issuer), Some(audience), Some(keys)] = given else {
        let scopes = values.get("oauth_scopes");
        return match given.into_iter().flatten().next().or(scopes) {
            Some(one) => Err(Error::Alone {
                place: one.source.clone(),
                needs: "all three of oauth_issuer, oauth_audience and oauth_jwks",
            }),
            None => Ok(None),
        };
    };
    Ok(Some(OAuth {
        issuer: safe(issuer)?.to_owned(),
        audience: safe(audience).and_then(|text| {
            let url = Url::parse(text).map_err(|_| expected_address(audience))?;
            if url.fragment().is_some() || url.query().is_some() { Err(expected_address(audience)) } else { Ok(url) }
        })?,
        keys: jwks(keys)?,
        scopes: scopes(values)?,
    }))
}

/// The text of an address that is fit to carry tokens: https, or http on this machine.
fn safe(given: &Given) -> Result<&str, Error> {
    let text = given.text().trim();
    let url = Url::parse(text).map_err(|_| expected_address(given))?;
    if is_safe(&url) { Ok(text) } else { Err(expected_address(given)) }
}

fn expected_address(given: &Given) -> Error {
    given.refused("an https address such as https://contacts.example.com/mcp (http only on this machine)", None)
}

fn is_safe(url: &Url) -> bool {
    let on_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    let plain = url.username().is_empty() && url.password().is_none();
    plain && url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && on_this_machine))
}

fn jwks(given: &Given) -> Result<OAuthKeys, Error> {
    if given.text().contains("://") {
        let url = Url::parse(safe(given)?).map_err(|_| expected_address(given))?;
        return Ok(OAuthKeys::Url(url));
    }
    let path = PathBuf::from(given.text().trim());
    if !path.is_file() {
        return Err(given.refused("an https address or the path of a file", None));
    }
    Ok(OAuthKeys::File(path))
}

/// Scopes go into a header in quotes, so nothing else may stand in them.
fn scopes(values: &Layer) -> Result<Vec<String>, Error> {
    let scopes = values.texts("oauth_scopes");
    let usual = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b',');
    match values.get("oauth_scopes") {
        Some(given) if !scopes.iter().all(|scope| !scope.is_empty() && scope.bytes().all(usual)) => {
            Err(given.refused("names of scopes, such as contacts:read", None))
        }
        _ => Ok(scopes),
    }
}

fn credential_header(values: &Layer, warnings: &mut Vec<String>) -> Result<Option<String>, Error> {
    let Some(given) = values.get("gateway_credential_header") else { return Ok(None) };
    let name = given.text().trim().to_ascii_lowercase();
    let usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(usual) || TAKEN.contains(&name.as_str()) || name.starts_with("mcp-") {
        let expected = "the name of a header of its own, such as x-imbrace-access-token";
        return Err(given.refused(expected, None));
    }
    warn_of_unused_credentials(values, given, warnings);
    Ok(Some(name))
}

fn warn_of_unused_credentials(values: &Layer, given: &Given, warnings: &mut Vec<String>) {
    for key in ["access_token", "access_token_file", "api_key", "api_key_file", "jwt", "jwt_file", "organization_id"] {
        if let Some(unused) = values.get(key) {
            let (unused, given) = (&unused.source, &given.source);
            warnings.push(format!("{unused} is not used by serve: by {given} each request brings its own credential"));
        }
    }
}

/// Returns true if the caller's gateway key is the authentication. It comes where the other tokens come, so it goes with none of
/// them; and files of this machine are the operator's.
fn gateway_keys(values: &Layer, warnings: &mut Vec<String>) -> Result<bool, Error> {
    let Some(given) = values.get("auth") else { return Ok(false) };
    if given.text().trim() != GATEWAY_KEY {
        return Err(given.refused(GATEWAY_KEY, None));
    }
    let excluded = [
        "http_token_file",
        "oauth_issuer",
        "oauth_audience",
        "oauth_jwks",
        "oauth_scopes",
        "gateway_credential_header",
        "upload_dir",
    ];
    if let Some(other) = excluded.into_iter().find_map(|name| values.get(name)) {
        let reason = format!(
            "it goes with no other authentication and with no directory for uploads, but {} is set too",
            other.source
        );
        return Err(given.unusable(&reason));
    }
    warn_of_unused_credentials(values, given, warnings);
    Ok(true)
}

fn calls_per_minute(values: &Layer) -> Result<Option<NonZeroU32>, Error> {
    let Some(number) = values.number("calls_per_minute")? else { return Ok(None) };
    let Some(given) = values.get("calls_per_minute") else { return Ok(None) };
    // 0 is how an operator takes back a limit that the file sets.
    let number = u32::try_from(number).map_err(|_| given.refused("a number of calls, at most 4294967295", None))?;
    Ok(NonZeroU32::new(number))
}
