//! The address of a gateway, checked before a credential can be sent there.

use url::{Host, Url};

/// Words that a base URL's path must not hold: they belong to the prefix or to an endpoint, which the client adds.
const ENDPOINT_WORDS: [&str; 17] = [
    "3rd",
    "_fileupload",
    "_search",
    "backend",
    "channel-service",
    "contact",
    "contacts",
    "conversation_messages",
    "conversations",
    "files",
    "mcp",
    "notifications",
    "platform",
    "team_conversations",
    "v1",
    "v2",
    "v3",
];

/// A checked base URL: scheme, host, port and, for a self-hosted edge, a path such as `/api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text is no base URL, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// No URL at all, or one without a host.
    #[error("not an address: write it as https://gateway.example.com")]
    Unparsable,
    /// Neither https nor http.
    #[error("the address must begin with https:// (http:// only for this machine)")]
    Scheme,
    /// Plain http to another machine.
    #[error(
        "http:// would send the credential in the clear to {host}: use https:// (http:// is for this machine only)"
    )]
    Insecure {
        /// The host.
        host: String,
    },
    /// A user name or password.
    #[error("the address holds a user name or password: remove them, the credential has its own setting")]
    UserInfo,
    /// A query or fragment.
    #[error("the address holds a `?` or `#`: remove it and what follows")]
    Query,
    /// A path that already names an endpoint or a prefix.
    #[error(
        "the address already names a path of the gateway (`{word}`): write {remedy}; the prefix has its own setting"
    )]
    Endpoint {
        /// The path's word.
        word: &'static str,
        /// The address up to that word.
        remedy: String,
    },
}

impl BaseUrl {
    /// Reads and checks an address.
    ///
    /// # Errors
    /// [`BaseUrlError`], which never repeats a password.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        Self::check(Url::parse(text.trim()).map_err(|_| BaseUrlError::Unparsable)?)
    }

    /// Checks an address: https except on loopback (trust rule), no user information, no query, no endpoint
    /// (contract, section 1.1: a known mistake of operators, which ends in double paths and 404).
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn check(url: Url) -> Result<Self, BaseUrlError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BaseUrlError::Scheme);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BaseUrlError::Unparsable)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(BaseUrlError::Insecure { host: host.to_owned() });
        }
        match endpoint_word(&url) {
            Some((word, remedy)) => Err(BaseUrlError::Endpoint { word, remedy }),
            None => Ok(Self(url)),
        }
    }

    /// The address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Whether the address is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

/// Whether an address is one of this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The first word of the path that belongs to an endpoint, and the address up to there.
fn endpoint_word(url: &Url) -> Option<(&'static str, String)> {
    let segments: Vec<&str> = url.path_segments()?.collect();
    let found = segments.iter().enumerate().find_map(|(index, segment)| {
        let word = ENDPOINT_WORDS.into_iter().find(|word| segment.eq_ignore_ascii_case(word))?;
        Some((index, word))
    });
    let (index, word) = found?;
    let mut remedy = url.clone();
    remedy.set_path(&segments.into_iter().take(index).collect::<Vec<_>>().join("/"));
    Some((word, remedy.as_str().trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, BaseUrlError};

    #[test]
    fn plain_hosts_self_hosted_edges_and_loopback_pass() {
        for text in [
            "https://gateway.example.com",
            "https://crm.example.org:6868/api/",
            "http://127.0.0.1:9001",
            "http://[::1]:1",
            "http://localhost:6868/api",
        ] {
            assert!(BaseUrl::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn each_mistake_is_named() {
        let error = |text| BaseUrl::parse(text).unwrap_err();
        assert_eq!(error("gateway.example.com"), BaseUrlError::Unparsable);
        assert_eq!(error("ftp://gateway.example.com"), BaseUrlError::Scheme);
        assert_eq!(error("http://gateway.example.com"), BaseUrlError::Insecure { host: "gateway.example.com".into() });
        assert_eq!(error("https://ann:secret@gateway.example.com"), BaseUrlError::UserInfo);
        assert_eq!(error("https://gateway.example.com/?a=1"), BaseUrlError::Query);
    }

    #[test]
    fn an_endpoint_in_the_path_is_refused_with_the_remedy() {
        let error = |text: &str| BaseUrl::parse(text).unwrap_err().to_string();
        assert!(
            error("https://gateway.example.com/v1/backend/contacts").contains("write https://gateway.example.com;")
        );
        assert!(
            error("https://gateway.example.com/api/channel-service/v1")
                .contains("write https://gateway.example.com/api;")
        );
        assert!(error("https://gateway.example.com/contacts").contains("`contacts`"));
    }
}
