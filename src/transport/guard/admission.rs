//! Who a request is from, what it may take, and what is taken off it: the tokens stay here.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::wrong_tokens::{self, WrongTokens};
use crate::context::tenants::{CHECK_TIMEOUT, NotAccepted, Tenants};
use crate::gateway::Credential;
use crate::identity::{Denied, Identity, Subject};
use crate::mcp::{Caller, Server, Who, request_restrictions};
use crate::metrics::Refused;
use crate::tools::Bounds;
use crate::transport::callers::{CallerKey, CallerLimits, Callers, Peer};
use crate::transport::reply;

/// Keys, of all addresses, that the gateway is asked about for the first time at the same moment. Fewer than the gateway is asked about at
/// all, so that a flood of them keeps no key waiting that was accepted before.
const MAX_GUESSES: usize = 8;

/// The organisation of a JWT in the credential header; the gateway's own name for it.
pub(crate) const ORGANIZATION: HeaderName = HeaderName::from_static("x-organization-id");

/// The parameter of an address by which a client says that it shows pages, where nothing is remembered of its handshake.
const SHOWS_PAGES: &str = "ui";

/// Whom a session belongs to: a keyed digest of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner([u8; 32]);

/// Lets callers in.
pub(super) struct Admission {
    pub(super) identity: Arc<Identity>,
    /// The header in which a request brings its own gateway credential.
    pub(super) credential_header: Option<HeaderName>,
    /// Asks the gateway about the bearer token of each request, where that is its gateway key.
    pub(super) gateway_keys: Option<Arc<Tenants>>,
    /// Held by a key that the gateway has not accepted before, while the gateway is asked about it.
    guesses: Semaphore,
    /// Knows the tools that a query may name.
    server: Server,
    callers: Arc<Callers>,
    wrong_tokens: WrongTokens,
    /// Made for this process; digests are worth nothing outside it.
    key: hmac::Key,
}

impl Admission {
    pub(super) fn new(
        identity: Arc<Identity>,
        credential_header: Option<HeaderName>,
        gateway_keys: Option<Arc<Tenants>>,
        server: Server,
        callers: Callers,
    ) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>());
        let (callers, wrong_tokens) = (Arc::new(callers), WrongTokens::new());
        let guesses = Semaphore::new(MAX_GUESSES);
        Self { identity, credential_header, gateway_keys, guesses, server, callers, wrong_tokens, key }
    }

    /// The request as the rest of the server may see it.
    pub(super) async fn admit(&self, mut request: Request) -> Result<Request, Response> {
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        let shown = bearer(request.headers()).map_err(|refusal| *refusal)?;
        let proven = match &self.gateway_keys {
            None => self.identity.check(shown).await.map(|subject| (subject, None)),
            Some(keys) => {
                let organization = organization(request.headers(), shown).map_err(|refusal| *refusal)?;
                let key = self.gateway_key(keys, shown, organization.as_deref(), peer).await?;
                key.map(|key| (None, Some((key, organization))))
            }
        };
        let (subject, gateway_key) = match proven {
            Ok(proven) => proven,
            Err(denied) => return Err(self.refusal(denied, peer).await),
        };
        let asked = self.bounds_of_query(&request)?;
        let caller = self.caller(subject.as_ref(), gateway_key, request.headers_mut()).map_err(|refusal| *refusal)?;
        let shows_pages = self.shows_pages(&request)?;
        let caller = Caller { bounds: caller.bounds.and(&asked), shows_pages, ..caller };
        let fingerprint = caller.fingerprint(&self.key);
        let key = match subject {
            Some(subject) => Some(CallerKey::Subject(subject)),
            None if caller.credential.is_some() => Some(CallerKey::Credential(fingerprint)),
            None => peer.map(CallerKey::peer),
        };
        let extensions = request.extensions_mut();
        extensions.insert(Owner(fingerprint));
        extensions.insert(caller);
        if let Some(key) = key {
            let limits = CallerLimits::new(Arc::clone(&self.callers), key);
            limits.count()?;
            extensions.insert(limits);
        }
        Ok(request)
    }

    /// The gateway key that a request shows, once the gateway has accepted it; or why it is denied.
    ///
    /// # Errors
    /// The refusal of an address that has shown too many wrong keys. Its keys are not passed on to the gateway, except for
    /// one that the gateway has accepted at its last check: a proxy in front gives all clients one address.
    async fn gateway_key(
        &self,
        keys: &Tenants,
        shown: Option<&str>,
        organization: Option<&str>,
        peer: Option<IpAddr>,
    ) -> Result<Result<SecretString, Denied>, Response> {
        let Some(shown) = shown.filter(|shown| !shown.is_empty()) else { return Ok(Err(Denied::Missing)) };
        let key = SecretString::from(shown);
        let is_over = || peer.is_some_and(|address| self.wrong_tokens.is_over(&CallerKey::peer(address)));
        let _place = if keys.was_accepted(&key, organization) {
            None
        } else {
            // Looked at again with a place: of many that arrive together, the first ones are counted by then.
            let place = if is_over() { None } else { self.guess().await };
            if is_over() {
                self.callers.metrics().refused(Refused::WrongTokens);
                return Err(wrong_tokens::too_many());
            }
            let Some(place) = place else { return Ok(Err(Denied::Unavailable)) };
            Some(place)
        };
        Ok(match keys.accept(&key, organization).await {
            Ok(()) => Ok(key),
            Err(NotAccepted::Unusable(_)) => {
                Err(Denied::Invalid("it is no gateway key, or a JWT without organisation"))
            }
            Err(NotAccepted::Refused) => Err(Denied::Invalid("the gateway does not accept it")),
            Err(NotAccepted::Unknown) => Err(Denied::Unavailable),
        })
    }

    /// A place for a key that the gateway is asked about for the first time; `None` when none gets free in time.
    async fn guess(&self) -> Option<SemaphorePermit<'_>> {
        tokio::time::timeout(CHECK_TIMEOUT, self.guesses.acquire()).await.ok()?.ok()
    }

    /// The bounds in the query of a request.
    fn bounds_of_query(&self, request: &Request) -> Result<Bounds, Response> {
        let Some(query) = request.uri().query() else { return Ok(Bounds::default()) };
        // The review page's own parameters are no bounds.
        if request.uri().path().starts_with(super::REVIEW_API) {
            return Ok(Bounds::default());
        }
        let own: &[&str] = match request.uri().path() {
            "/messages" => &["sessionId"],
            "/mcp" => &[SHOWS_PAGES],
            _ => &[],
        };
        let bounds = request_restrictions::bounds_of_query(query, own).and_then(|bounds| {
            match self.server.definitions(&bounds) {
                Ok(_) => Ok(bounds),
                Err(unknown) => Err(format!("Nothing was done: in the parameter `tools`, {unknown}.")),
            }
        });
        bounds.map_err(|text| reply::refused(StatusCode::BAD_REQUEST, &text))
    }

    /// Returns true if the address says that the client shows pages.
    fn shows_pages(&self, request: &Request) -> Result<bool, Response> {
        let query = request.uri().query().unwrap_or_default();
        let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == SHOWS_PAGES);
        match (values.next().as_ref().map(|(_, value)| &**value), values.next()) {
            (None | Some("false" | "0"), None) => Ok(false),
            (Some("true" | "1"), None) => Ok(true),
            _ => {
                let text = "The parameter `ui` must be true or false, once.";
                Err(reply::refused(StatusCode::BAD_REQUEST, text))
            }
        }
    }

    /// Logs a refusal. A wrong token is counted, and its answer comes late when there were many.
    async fn refusal(&self, denied: Denied, peer: Option<IpAddr>) -> Response {
        let counted = |reason| self.callers.metrics().refused(reason);
        match denied {
            Denied::Missing => counted(Refused::MissingToken),
            Denied::Scope => counted(Refused::Scope),
            Denied::Unavailable => counted(Refused::Unchecked),
            Denied::Invalid(_) => {}
        }
        let Denied::Invalid(_) = denied else {
            tracing::warn!(reason = %denied, address = ?peer, "a request was refused");
            return self.denied(denied);
        };
        let Some(address) = peer else {
            counted(Refused::InvalidToken);
            return self.denied(denied);
        };
        let count = self.wrong_tokens.count(CallerKey::peer(address));
        if WrongTokens::is_told(count) {
            tracing::warn!(reason = %denied, %address, wrong_tokens = count, "a request was refused");
        }
        let too_many = self.wrong_tokens.slow_down(count).await;
        counted(if too_many.is_some() { Refused::WrongTokens } else { Refused::InvalidToken });
        too_many.unwrap_or_else(|| self.denied(denied))
    }

    /// Takes what only the guard may see off the headers.
    fn caller(
        &self,
        subject: Option<&Subject>,
        gateway_key: Option<(SecretString, Option<String>)>,
        headers: &mut HeaderMap,
    ) -> Result<Caller, Box<Response>> {
        headers.remove(header::AUTHORIZATION);
        let who = match subject {
            None => Who::Transport,
            Some(Subject::Token(label)) => Who::Token(Arc::clone(label)),
            Some(Subject::OAuth(subject)) => Who::OAuth(Arc::clone(subject)),
        };
        let bounds = request_restrictions::bounds(headers)
            .map_err(|text| Box::new(reply::refused(StatusCode::BAD_REQUEST, &text)))?;
        if let Some((key, organization)) = gateway_key {
            headers.remove(ORGANIZATION);
            return Ok(Caller { who, credential: Some(key), organization, bounds, ..Caller::default() });
        }
        let Some(header) = &self.credential_header else {
            return Ok(Caller { who, bounds, ..Caller::default() });
        };
        let credential = only(headers, header)?.map(SecretString::from);
        let organization = organization(headers, credential.as_ref().map(ExposeSecret::expose_secret))?;
        headers.remove(header);
        headers.remove(ORGANIZATION);
        Ok(Caller { who, credential, organization, bounds, ..Caller::default() })
    }

    fn denied(&self, denied: Denied) -> Response {
        let oauth = self.identity.oauth.as_ref();
        let about = |error: &str| match oauth {
            None => "Bearer".to_owned(),
            Some(oauth) => {
                let mut parts = vec![format!("resource_metadata=\"{}\"", oauth.metadata_address())];
                if !error.is_empty() {
                    parts.push(format!("error=\"{error}\""));
                }
                if !oauth.scopes().is_empty() {
                    parts.push(format!("scope=\"{}\"", oauth.scopes()));
                }
                format!("Bearer {}", parts.join(", "))
            }
        };
        let are_keys = self.gateway_keys.is_some();
        let (status, error, text) = match denied {
            Denied::Missing if are_keys => (
                StatusCode::UNAUTHORIZED,
                "",
                "A gateway key is needed: `Authorization: Bearer …` with an access token (acc_…), an API key (api_…), or \
                 a JWT and `x-organization-id` beside it.",
            ),
            Denied::Invalid(_) if are_keys => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The gateway does not accept this key, or it is none: send an access token (acc_…), an API key (api_…), \
                 or a JWT and `x-organization-id` beside it.",
            ),
            Denied::Unavailable if are_keys => {
                let text = "The gateway does not say at the moment whether it accepts the key. Try again later.";
                return reply::refused_with(StatusCode::SERVICE_UNAVAILABLE, (header::RETRY_AFTER, "10"), text);
            }
            Denied::Missing => (
                StatusCode::UNAUTHORIZED,
                "",
                "A bearer token is needed: `Authorization: Bearer …`, as the operator configured it.",
            ),
            Denied::Invalid(_) => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "This bearer token is not valid here: it is unknown, expired, or meant for another server.",
            ),
            Denied::Scope => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "The access token lacks a scope that this server asks for.",
            ),
            Denied::Unavailable => {
                let text = "The issuer's keys cannot be read, so the token cannot be checked. Try again later.";
                return reply::refused_with(StatusCode::SERVICE_UNAVAILABLE, (header::RETRY_AFTER, "30"), text);
            }
        };
        with_header(reply::refused(status, text), header::WWW_AUTHENTICATE, &about(error))
    }
}

/// The bearer token of a request, if it shows one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Box<Response>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let shown = values.next();
    if values.next().is_some() {
        return Err(twice(&header::AUTHORIZATION));
    }
    let shown = shown.and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
    Ok(shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim()))
}

/// The organisation of a credential that needs one. Beside any other it means nothing, so it must not make a caller, a tenant or a limit of
/// its own.
fn organization(headers: &HeaderMap, credential: Option<&str>) -> Result<Option<String>, Box<Response>> {
    let named = only(headers, &ORGANIZATION)?;
    Ok(named.filter(|_| !credential.is_some_and(Credential::has_own_organization)))
}

/// The one value of a header.
fn only(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Box<Response>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Err(_) => {
                let text = format!("The header `{name}` holds bytes that no credential has.");
                Err(Box::new(reply::refused(StatusCode::BAD_REQUEST, &text)))
            }
        },
        // Whoever reads the other one acts for somebody else.
        (Some(_), Some(_)) => Err(twice(name)),
    }
}

fn twice(name: &HeaderName) -> Box<Response> {
    Box::new(reply::refused(StatusCode::BAD_REQUEST, &format!("The header `{name}` may be sent once only.")))
}

fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
