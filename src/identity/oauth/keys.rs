//! The issuer's public keys (JWKS): fetched when needed, kept, and fetched again when a token names an unknown one.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::Source;
use crate::files;
use crate::http_client::{self, Authorities};

/// Keys older than this are fetched again, so that a withdrawn one stops working.
const FRESH: Duration = Duration::from_secs(15 * 60);

/// One fetch.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest set of keys that is read, in bytes.
const LARGEST: usize = 256 * 1024;

/// What looking for a key gave.
pub(super) enum Found {
    /// The key.
    Key(DecodingKey),
    /// The issuer has none that fits.
    Unknown,
    /// The issuer was never reached.
    Unavailable,
}

/// The keys of one issuer.
pub(super) struct Keys {
    source: Source,
    authorities: Authorities,
    /// The shortest time between two attempts to fetch.
    every: Duration,
    held: RwLock<Option<Held>>,
    /// When the last attempt to fetch began. Held while fetching: one fetch at a time.
    tried: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Held {
    keys: Arc<[Key]>,
    fetched: Instant,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Keys {
    pub(super) fn new(source: Source, authorities: Authorities, every: Duration) -> Self {
        Self { source, authorities, every, held: RwLock::default(), tried: Mutex::default() }
    }

    /// The key that a token's header names; without a name, the only one of that kind.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Found {
        if let Some(held) = self.held()
            && held.fetched.elapsed() < FRESH
            && let Some(key) = held.find(id, algorithm)
        {
            return Found::Key(key);
        }
        self.refresh().await;
        match self.held() {
            None => Found::Unavailable,
            Some(held) => held.find(id, algorithm).map_or(Found::Unknown, Found::Key),
        }
    }

    /// Fetches the keys now and whenever they are no longer fresh.
    pub(super) async fn keep_fresh(&self) {
        loop {
            self.refresh().await;
            tokio::time::sleep(FRESH).await;
        }
    }

    fn held(&self) -> Option<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn refresh(&self) {
        let mut tried = self.tried.lock().await;
        if tried.is_some_and(|tried| tried.elapsed() < self.every) {
            return;
        }
        *tried = Some(Instant::now());
        match load(&self.source, &self.authorities).await {
            Ok(keys) => {
                let held = Held { keys, fetched: Instant::now() };
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
            }
            // The keys in hand stay in force: an issuer that is down must not lock everybody out.
            Err(reason) => tracing::warn!(reason, "the issuer's keys cannot be read"),
        }
    }
}

impl Held {
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        let key = match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        key.map(|key| key.key.clone())
    }
}

async fn read_file(path: PathBuf) -> Result<Vec<u8>, String> {
    let read = tokio::task::spawn_blocking(move || files::read_regular(&path, LARGEST as u64));
    let read = tokio::time::timeout(PATIENCE, read).await.map_err(|_| "it was not read in time".to_owned())?;
    read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// How many keys of an issuer could verify a token.
///
/// # Errors
/// Why they cannot be read.
pub async fn usable_keys(source: &Source, authorities: &Authorities) -> Result<usize, String> {
    load(source, authorities).await.map(|keys| keys.len())
}

async fn load(source: &Source, authorities: &Authorities) -> Result<Arc<[Key]>, String> {
    let text = match source {
        Source::File(path) => read_file(path.clone()).await?,
        Source::Url(url) => {
            let fetched = tokio::time::timeout(PATIENCE, fetch(url, authorities)).await;
            fetched.map_err(|_| "it did not answer in time".to_owned())??
        }
    };
    read(&text)
}

async fn fetch(url: &Url, authorities: &Authorities) -> Result<Vec<u8>, String> {
    let client =
        http_client::build(PATIENCE, url.scheme() == "http", authorities).map_err(|error| error.to_string())?;
    let answer = client.get(url.clone()).send().await.map_err(|error| http_client::describe_error(&error))?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!("it answered {}", answer.status().as_u16()));
    }
    let (mut text, mut body) = (Vec::new(), http_client::Body::of(answer));
    while let Some(chunk) = body.chunk().await.map_err(|error| error.describe())? {
        text.extend_from_slice(&chunk);
        if text.len() > LARGEST {
            return Err(format!("it sent more than {LARGEST} bytes"));
        }
    }
    Ok(text)
}

/// The keys that can be used. Others are passed over: issuers publish keys for encryption and of new kinds beside them.
fn read(text: &[u8]) -> Result<Arc<[Key]>, String> {
    let set: Value = serde_json::from_slice(text).map_err(|_| "they are no JSON".to_owned())?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or("they have no list `keys`")?;
    Ok(keys.iter().filter_map(|key| usable(serde_json::from_value(key.clone()).ok()?)).collect())
}

fn usable(jwk: Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(point) if point.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    if jwk.common.key_algorithm.is_some_and(|named| named.to_string() != format!("{algorithm:?}")) {
        return None;
    }
    Some(Key { id: jwk.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(&jwk).ok()? })
}
