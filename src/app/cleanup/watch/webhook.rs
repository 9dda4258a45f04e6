//! News to a webhook: signed as Standard Webhooks says, never redirected, kept in the state and tried again until they are delivered.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imbrace_contacts_client::characters::escaped_lines;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use secrecy::ExposeSecret as _;
use url::Url;

use super::super::super::UsageError;
use crate::cleanup::{CleanupError, Message, Workspace};
use crate::config;
use crate::http_client::{self, Authorities, HttpClient};
use crate::plural::{agree, counted};
use crate::telemetry;

/// To open a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// One attempt, from the first byte to the status of the answer.
const ATTEMPT: Duration = Duration::from_secs(10);
/// After the first failure; doubled after each further one.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The longest pause between two attempts.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// Whoever has failed for so long is told of.
const LONG: SignedDuration = SignedDuration::from_hours(24);

/// Where news go.
pub(super) struct Webhook {
    url: Url,
    key: hmac::Key,
    client: HttpClient,
}

/// The messages that are not delivered yet.
#[derive(Debug, Default)]
pub(super) struct Failing {
    /// Words for the operator; empty where all were delivered.
    pub(super) text: String,
    /// True if the first of them has failed for a day.
    pub(super) is_long: bool,
    /// When the next attempt is due.
    pub(super) next_try: Option<Duration>,
}

impl Webhook {
    /// Checks where and how; nothing is sent yet.
    ///
    /// # Errors
    /// [`UsageError`] for an address that is none, or a secret that cannot be read or is too short.
    pub(super) fn open(url: &str, secret: &Path, authorities: &Authorities) -> anyhow::Result<Self> {
        let wrong = |message: &str| anyhow::Error::from(UsageError { message: message.to_owned() });
        let url: Url = url.trim().parse().map_err(|_| wrong("--webhook is no address; write https://…"))?;
        let is_local = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(wrong("--webhook names no host")),
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
            return Err(wrong(
                "--webhook must be https, save on this machine: what is new about contacts would travel readable",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("--webhook holds a user or a password; the receiver checks the signature instead"));
        }
        let text = config::secret_in(secret)
            .map_err(|reason| wrong(&format!("--webhook-secret-file {}: {reason}", secret.display())))?;
        let text = text.expose_secret();
        telemetry::secrets().add([text]);
        let bytes = match text.strip_prefix("whsec_") {
            Some(encoded) => STANDARD
                .decode(encoded)
                .map_err(|_| wrong("--webhook-secret-file: what follows whsec_ is no Base64"))?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.len() < 16 {
            return Err(wrong("--webhook-secret-file: a secret of fewer than 16 bytes can be guessed"));
        }
        let client = http_client::build(CONNECT, is_local, authorities).context("the webhook's HTTP client")?;
        Ok(Self { url, key: hmac::Key::new(hmac::HMAC_SHA256, &bytes), client })
    }

    /// `v1,` and the signature of id, time and body.
    fn signature(&self, id: &str, seconds: i64, body: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }

    /// Sends one message once.
    async fn send(&self, message: &Message, now: Timestamp) -> Result<(), String> {
        let Message { id, body } = message;
        let seconds = now.as_second();
        let request = self
            .client
            .post(self.url.clone())
            .timeout(ATTEMPT)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", self.signature(id, seconds, body))
            .body(body.clone());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) if answer.status().is_redirection() => {
                Err(format!("it answered {} and redirects are not followed", answer.status().as_u16()))
            }
            Ok(answer) => Err(format!("it answered {}", answer.status().as_u16())),
            Err(error) if error.is_timeout() => Err(format!("no answer within {} s", ATTEMPT.as_secs())),
            Err(error) if error.is_connect() => Err("it cannot be reached".to_owned()),
            Err(_) => Err("the connection broke".to_owned()),
        }
    }

    /// Sends the messages that are due, the oldest first, until one fails.
    ///
    /// # Errors
    /// The state's.
    pub(super) async fn deliver(&self, workspace: &Workspace) -> Result<Failing, CleanupError> {
        loop {
            let Some(oldest) = workspace.undelivered().await? else { return Ok(Failing::default()) };
            let now = Timestamp::now();
            // A clock that went back does not put off an attempt for longer than the longest pause.
            let due = oldest
                .next_at
                .map(|at| at.duration_since(now))
                .filter(|rest| rest.is_positive() && *rest <= LONGEST_PAUSE);
            if let Some(rest) = due {
                let since = oldest.failing_since.unwrap_or(now);
                let is_long = now.duration_since(since) >= LONG;
                let text = if is_long { self.told(since, oldest.waiting, &oldest.reason) } else { String::new() };
                return Ok(Failing { text, is_long, next_try: Duration::try_from(rest).ok() });
            }
            match self.send(&oldest.message, now).await {
                Ok(()) => workspace.delivered(oldest.number).await?,
                Err(reason) => {
                    let doubled = u32::try_from(oldest.tries.min(12)).unwrap_or(12);
                    let pause = FIRST_PAUSE.saturating_mul(2_i32.saturating_pow(doubled)).min(LONGEST_PAUSE);
                    let next_at = now.checked_add(pause).unwrap_or(now);
                    let text = self.told(oldest.failing_since.unwrap_or(now), oldest.waiting, &reason);
                    workspace.undeliverable(oldest.number, reason, (now, next_at)).await?;
                    let is_long = oldest.failing_since.is_some_and(|since| now.duration_since(since) >= LONG);
                    return Ok(Failing { text, is_long, next_try: Duration::try_from(pause).ok() });
                }
            }
        }
    }

    /// `webhook hooks.example.com: 3 messages wait since …: it answered 500`. The path may hold a secret and is not shown.
    fn told(&self, since: Timestamp, waiting: u64, reason: &str) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let days = Timestamp::now().duration_since(since).as_hours() / 24;
        let long = if days > 0 {
            format!("FAILING FOR {}: ", counted(u64::try_from(days).unwrap_or(1), "day").to_uppercase())
        } else {
            String::new()
        };
        escaped_lines(&format!(
            "webhook {host}: {long}{} {} since {since:.0}: {reason}; kept, and tried again\n",
            counted(waiting, "message"),
            agree(waiting, "waits", "wait")
        ))
        .into_owned()
    }
}
