//! The one path from an operation to its answer.

mod address;
mod attempts;
mod endpoint;
mod exchange;
mod form;
mod gate;
mod quirks;
mod refused;
mod renewal;
mod upload;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use address::Roots;
use endpoint::Endpoint;
use exchange::Call;
use form::RequestVariants;
use futures::FutureExt;
use gate::Circuit;
use quirks::GatewayQuirks;
use refused::Refused;
use renewal::Renewal;
use tokio::sync::Semaphore;
use tower::retry::budget::TpsBudget;

use super::answer::Answer;
use super::breaker::BreakerState;
use super::credential::Credential;
use super::decode::Decode;
use super::error::GatewayError;
use super::observer::Observer;
use super::operation::{Format, Operation, Replay};
use super::settings::Settings;
use super::single_flight::{Flight, SingleFlight};
use crate::http_client::{self, Authorities, SetupError};
use crate::model::{BaseUrl, BaseUrlError, Prefix};
use crate::redact::Redactor;

/// Sends operations to one gateway with one credential.
///
/// Cheap to make: TLS is set up with the first request, or by [`Client::warm`]. Equal reads in flight are one request.
///
/// # Examples
/// ```no_run
/// use imbrace_contacts_client::gateway::{Client, Credential, Deadlines, Settings, operations::ListContacts};
/// use imbrace_contacts_client::model::{Prefix, PrefixChoice};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new(Settings {
///     base_url: "https://gateway.example.com".parse()?,
///     prefix: PrefixChoice::Auto(Prefix::ChannelService),
///     credential: Credential::parse(std::env::var("IMBRACE_ACCESS_TOKEN")?.into(), None)?,
///     deadlines: Deadlines::default(),
/// })?;
/// let page = client.send(&ListContacts { limit: 10, skip: 0, sort: None }).await?;
/// assert!(page.rows.len() <= 10);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
    flights: SingleFlight<Question, Result<Answer, GatewayError>>,
    /// Where a new credential may come from.
    renewal: Option<Arc<Renewal>>,
}

/// What equal reads have in common: the operation, its values, and how many writes had ended when it was asked. A read
/// that begins after a write never shares an answer from before it.
type Question = (&'static str, Vec<(&'static str, String)>, Vec<(&'static str, String)>, u64);

/// What a request needs, for as long as somebody waits for its answer.
struct Core {
    settings: Settings,
    host: Arc<Host>,
    refused: Refused,
    /// How many writes have ended.
    writes: AtomicU64,
    /// Takes the credential out of what others are shown.
    redactor: OnceLock<Arc<Redactor>>,
}

/// What all credentials share: the connections to one gateway, and what is known of it.
struct Host {
    is_loopback: bool,
    /// Trusted beside those of the system.
    authorities: Authorities,
    /// Built when first used; not there when that failed, so that it is tried again.
    http: OnceLock<reqwest::Client>,
    /// How the proxy is named, where there is one.
    proxy: OnceLock<Option<String>>,
    roots: Roots,
    quirks: GatewayQuirks,
    gate: Circuit,
    /// How many attempts beyond the first may be made.
    budget: TpsBudget,
    /// KiB of large bodies that may still be read at the same time.
    bodies: Semaphore,
    /// Is told of every request.
    observer: OnceLock<Arc<dyn Observer>>,
}

/// The retry budget: what calls of this many seconds have earned is kept,
const BUDGET_SPAN: Duration = Duration::from_secs(10);
/// one retry a second is always allowed,
const FREE_RETRIES: u32 = 1;
/// and beyond that one for every five calls.
const RETRY_SHARE: f32 = 0.2;

impl Client {
    /// A client. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address must not get a credential, or is no base URL.
    pub fn new(settings: Settings) -> Result<Self, BaseUrlError> {
        Self::trusting(settings, Authorities::default())
    }

    /// A client that trusts certificate authorities beside those of the system.
    ///
    /// # Errors
    /// When the address must not get a credential, or is no base URL.
    pub fn trusting(settings: Settings, authorities: Authorities) -> Result<Self, BaseUrlError> {
        let host = Host {
            authorities,
            is_loopback: BaseUrl::check(settings.base_url.clone())?.is_loopback(),
            http: OnceLock::new(),
            proxy: OnceLock::new(),
            roots: Roots::of(&settings.base_url),
            quirks: GatewayQuirks::new(settings.prefix),
            gate: Circuit::new(),
            budget: TpsBudget::new(BUDGET_SPAN, FREE_RETRIES, RETRY_SHARE),
            bodies: Semaphore::new(exchange::MEMORY_FOR_BODIES),
            observer: OnceLock::new(),
        };
        Ok(Self::of(settings, Arc::new(host)))
    }

    /// A client for another caller of the same gateway. It shares connections, retry budget and breaker, and nothing that
    /// depends on who asks: neither answers nor refusals.
    #[must_use]
    pub fn with_credential(&self, credential: Credential) -> Self {
        let settings = Settings { credential, ..self.core.settings.clone() };
        Self::of(settings, Arc::clone(&self.core.host))
    }

    fn of(settings: Settings, host: Arc<Host>) -> Self {
        let (refused, writes) = (Refused::default(), AtomicU64::new(0));
        let core = Core { settings, host, refused, writes, redactor: OnceLock::new() };
        Self { core: Arc::new(core), flights: SingleFlight::default(), renewal: None }
    }

    /// The same client, which asks before each call whether there is a new credential, and then goes on with that one.
    #[must_use]
    pub fn renewed_by<F>(self, look: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<Credential>> + Send + 'static,
    {
        let renewal = Some(Arc::new(Renewal::new(self.clone(), look)));
        Self { renewal, ..self }
    }

    /// Has an observer told of every request from now on, those of clients for other callers of the same gateway among them. The first
    /// observer stays; true if it is this one.
    pub fn observe(&self, observer: Arc<dyn Observer>) -> bool {
        self.core.host.observer.set(observer).is_ok()
    }

    /// The state of the circuit breaker at this moment.
    pub fn breaker_state(&self) -> BreakerState {
        self.core.host.gate.state()
    }

    /// Sets up TLS now, some milliseconds of work, so that the first call need not wait for it.
    pub fn warm(&self) {
        let _ = self.core.http();
    }

    /// What takes the credential out of texts: a gateway's data may hold it.
    pub fn redactor(&self) -> &Arc<Redactor> {
        self.core.redactor.get_or_init(|| Arc::new(self.core.settings.credential.redactor()))
    }

    /// Tells its credential apart where the text itself must not be kept; see [`Credential::digest`].
    pub fn credential_digest(&self, purpose: &str) -> String {
        self.core.settings.credential.digest(purpose)
    }

    /// Whether the gateway is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.core.host.is_loopback
    }

    /// The proxy that requests go through, by its variable and address without a password; `None` for a direct connection.
    pub fn proxy(&self) -> Option<&str> {
        self.core.proxy()
    }

    /// Whether the gateway refused the credential in force, and has answered nothing else with it since. Nothing is sent.
    pub fn is_credential_refused(&self) -> bool {
        match &self.renewal {
            Some(renewal) => renewal.newest().core.refused.is_standing(),
            None => self.core.refused.is_standing(),
        }
    }

    /// The prefix in use.
    pub fn prefix(&self) -> Prefix {
        self.core.host.quirks.prefix()
    }

    /// How long one call may take.
    pub(super) fn patience(&self) -> Duration {
        self.core.settings.deadlines.call
    }

    /// Sends an operation and decodes its answer. Dropping the future drops the request, unless an equal read waits for it.
    ///
    /// # Errors
    /// [`GatewayError`], by the phase that failed.
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<O::Response, GatewayError> {
        let renewed = match &self.renewal {
            Some(renewal) => Some(renewal.current().await),
            None => None,
        };
        let client = renewed.as_ref().unwrap_or(self);
        let (endpoint, core) = (Endpoint::of::<O>(), &client.core);
        let forms = RequestVariants::of(operation, core.host.quirks.prefers_alternative(O::NAME));
        let is_large = forms.are_uploads() || O::FORMAT != Format::Json;
        let call = Call::start(endpoint, &core.settings.deadlines, is_large);
        if let Some(reason) = operation.validate() {
            return Err(GatewayError::NotSent { reason, request_id: call.request_id });
        }
        if let Some(refusal) = core.refused.recall(O::NAME) {
            return Err(GatewayError::Refused(refusal));
        }
        let request_id = call.request_id.clone();
        let answer = if O::REPLAY == Replay::Read {
            client.share(call, forms).await?
        } else {
            // Boxed: the futures of all who write would have to hold it.
            core.write(&call, &forms).boxed().await?
        };
        // Every answer that comes here was decoded once, to see that it is no sign of a wrong prefix.
        let response =
            O::Response::decode(answer).map_err(|error| error.of_request(client.prefix(), request_id.clone()))?;
        match operation.mismatch(&response, core.host.is_loopback) {
            None => Ok(response),
            Some(found) => Err(GatewayError::Mismatch { found, request_id }),
        }
    }

    /// A read, or the equal one that is under way already.
    fn share(&self, call: Call, forms: RequestVariants) -> Flight<Result<Answer, GatewayError>> {
        let request = &forms.first.request;
        let writes = self.core.writes.load(Ordering::Acquire);
        let question = (call.endpoint.name, request.path.clone(), request.query.clone(), writes);
        let core = Arc::clone(&self.core);
        self.flights.join(question, || async move { core.attempts(&call, &forms).await }.boxed())
    }
}

impl Core {
    async fn write(&self, call: &Call, forms: &RequestVariants) -> Result<Answer, GatewayError> {
        // Counted when it ends in any way, being dropped among them.
        let _ended = Ended(&self.writes);
        self.attempts(call, forms).await
    }

    /// The proxy of the environment for this gateway, read once as the client reads it.
    fn proxy(&self) -> Option<&str> {
        let is_direct = self.host.is_loopback && self.settings.base_url.scheme() == "http";
        let find = || if is_direct { None } else { http_client::proxy_for(&self.settings.base_url) };
        self.host.proxy.get_or_init(find).as_deref()
    }

    /// The HTTP client, built once.
    ///
    /// # Errors
    /// When that fails; the next request tries again.
    fn http(&self) -> Result<&reqwest::Client, SetupError> {
        if let Some(http) = self.host.http.get() {
            return Ok(http);
        }
        let settings = &self.settings;
        // To this machine: no proxy may see the credential, and no certificates need reading.
        let is_local = self.host.is_loopback && settings.base_url.scheme() == "http";
        let http = http_client::build(settings.deadlines.connect, is_local, &self.host.authorities)?;
        Ok(self.host.http.get_or_init(|| http))
    }
}

/// Counts a write when it ends.
struct Ended<'a>(&'a AtomicU64);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("settings", &self.core.settings)
            .field("memory", &self.core.host.quirks)
            .finish_non_exhaustive()
    }
}
