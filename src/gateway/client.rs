//! The one path from an operation to its answer.

mod address;
mod cause;
mod exchange;
mod form;
mod memory;
mod upload;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use exchange::{Call, Outgoing};
use form::{Form, Forms};
use http::StatusCode;
use memory::Memory;

use super::answer::{Answer, Unreadable};
use super::decode::{Decode, DecodeError};
use super::error::{GatewayError, Outcome};
use super::operation::{Operation, Replay};
use super::retry;
use super::settings::Settings;
use crate::model::{BaseUrl, BaseUrlError, Prefix};

/// Sends operations to one gateway with one credential.
///
/// Cheap to make: TLS is set up with the first request, or by [`Client::warm`].
///
/// # Examples
/// ```no_run
/// use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings, operations::ListContacts};
/// use imbrace_contacts_mcp::model::{Prefix, PrefixChoice};
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
pub struct Client {
    settings: Settings,
    is_loopback: bool,
    /// Built when first used; `None` when TLS cannot be set up.
    http: OnceLock<Option<reqwest::Client>>,
    memory: Memory,
}

impl Client {
    /// A client. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address must not get a credential, or is no base URL.
    pub fn new(settings: Settings) -> Result<Self, BaseUrlError> {
        let is_loopback = BaseUrl::check(settings.base_url.clone())?.is_loopback();
        let memory = Memory::new(settings.prefix);
        Ok(Self { settings, is_loopback, http: OnceLock::new(), memory })
    }

    /// The same client over the connections of `other`, which go to the same gateway. Requests carry their credential
    /// themselves, so connections belong to nobody.
    #[must_use]
    pub fn over_connections_of(self, other: &Self) -> Self {
        Self { http: OnceLock::from(other.http().cloned()), ..self }
    }

    /// Sets up TLS now, some milliseconds of work, so that the first call need not wait for it.
    pub fn warm(&self) {
        let _ = self.http();
    }

    /// The prefix in use.
    pub fn prefix(&self) -> Prefix {
        self.memory.prefix()
    }

    /// Sends an operation and decodes its answer.
    ///
    /// # Errors
    /// [`GatewayError`], by the phase that failed.
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<O::Response, GatewayError> {
        let forms = Forms::of(operation, self.memory.prefers_alternative(O::NAME));
        let call = Call::start(&self.settings.deadlines, forms.are_uploads());
        if let Some(reason) = operation.objection() {
            return Err(GatewayError::NotSent { reason, request_id: call.request_id });
        }
        let mut may_have_acted = false;
        let mut attempt = 1;
        loop {
            let error = match self.ask::<O>(&call, &forms).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if may_have_acted && O::REPLAY == Replay::Repeatable && error.is_not_found() {
                // An earlier attempt did it, which is why nothing is left to do.
                return O::Response::decode(Answer::EMPTY).map_err(|_| error);
            }
            may_have_acted |= error.outcome() == Outcome::Unknown;
            let failure = retry::Failure { replay: O::REPLAY, attempt, error: &error, remaining: call.remaining() };
            match retry::wait(&failure, rand::random()) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    /// One attempt: the preferred form, and the other one where the gateway says that it does not know the first.
    async fn ask<O: Operation>(&self, call: &Call, forms: &Forms) -> Result<O::Response, GatewayError> {
        let error = match self.ask_under_prefixes::<O>(call, &forms.first).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let Some(second) = forms.second.as_ref().filter(|_| forms.first.passes_on(&error) && call.has_time()) else {
            return Err(error);
        };
        match self.ask_under_prefixes::<O>(call, second).await {
            Ok(response) => {
                self.memory.learn_form(O::NAME, second.is_alternative);
                Ok(response)
            }
            // Unknown in both forms: the first one is what the document describes.
            Err(other) => Err(if second.passes_on(&other) { error } else { other }),
        }
    }

    /// One form under the prefix in use, and under the other one while no prefix is proven.
    async fn ask_under_prefixes<O: Operation>(&self, call: &Call, form: &Form) -> Result<O::Response, GatewayError> {
        let prefix = self.memory.prefix();
        let error = match self.ask_once::<O>(call, form, prefix).await {
            Ok(response) => {
                if O::REPLAY == Replay::Read {
                    self.memory.prove(prefix);
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        let Some(other) = self.memory.other_prefix() else {
            return Err(error);
        };
        if !is_sign_of_wrong_prefix(O::REPLAY, &error) || !call.has_time() {
            return Err(error);
        }
        match self.ask_once::<O>(call, form, other).await {
            Err(second) if is_sign_of_wrong_prefix(O::REPLAY, &second) => Err(error),
            Err(second) => {
                if matches!(&second, GatewayError::Refused(refusal) if refusal.json_body && refusal.status.is_client_error())
                {
                    self.memory.prove(other);
                }
                Err(second)
            }
            Ok(response) => {
                self.memory.prove(other);
                Ok(response)
            }
        }
    }

    async fn ask_once<O: Operation>(
        &self,
        call: &Call,
        form: &Form,
        prefix: Prefix,
    ) -> Result<O::Response, GatewayError> {
        let url = address::address(&self.settings.base_url, prefix, form.route, &form.request);
        let outgoing = Outgoing { method: &form.method, url, body: &form.request.body, prefix };
        let answer = self.exchange(call, outgoing).await?;
        O::Response::decode(answer).map_err(|error| {
            let request_id = call.request_id.clone();
            match error {
                DecodeError::Shape(shape) => GatewayError::WrongShape { shape, prefix: prefix.path(), request_id },
                DecodeError::Missing => GatewayError::Missing { request_id },
            }
        })
    }

    /// The HTTP client, built once.
    fn http(&self) -> Option<&reqwest::Client> {
        let build = || {
            // An error says that a provider is installed already, which serves as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let builder = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(self.settings.deadlines.connect)
                .tcp_nodelay(true)
                // Shorter than what load balancers keep: a write on a connection that is just being closed has an
                // unknown outcome.
                .pool_idle_timeout(Duration::from_secs(30))
                .user_agent(concat!("imbrace-contacts-mcp/", env!("CARGO_PKG_VERSION")));
            let is_local = self.is_loopback && self.settings.base_url.scheme() == "http";
            // To this machine: no proxy may see the credential, and no certificates need reading.
            let builder = if is_local { builder.no_proxy().tls_certs_only([]) } else { builder };
            builder.build().ok()
        };
        self.http.get_or_init(build).as_ref()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("settings", &self.settings)
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}

/// Whether an error looks like the answer of something that is not the service behind the prefix (contract, 1.2).
///
/// A read is asked again on any 404: behind a prefix that loses its path "not found" says nothing about the object. A
/// write is sent to the other prefix only when the answer proves that nothing happened.
fn is_sign_of_wrong_prefix(replay: Replay, error: &GatewayError) -> bool {
    let is_read = replay == Replay::Read;
    match error {
        GatewayError::Refused(refusal) => {
            refusal.is_unknown_route() || (is_read && refusal.status == StatusCode::NOT_FOUND)
        }
        GatewayError::Unreadable { cause: Unreadable::WebPage { .. }, .. } | GatewayError::WrongShape { .. } => is_read,
        _ => false,
    }
}
