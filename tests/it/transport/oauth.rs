//! Access tokens of an OAuth 2.1 issuer that lives in this process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imbrace_contacts_client::http_client::Authorities;
use imbrace_contacts_mcp::identity::Identity;
use imbrace_contacts_mcp::identity::oauth::{FETCH_EVERY, ResourceServer, Settings, Source};
use imbrace_contacts_mcp::transport::http::Options;
use insta::assert_snapshot;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HOST, WWW_AUTHENTICATE};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::desk::NOWHERE;
use super::server::TestServer;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://contacts.example.com/mcp";

/// The public half of a key whose private half was thrown away after one signature.
const RSA_MODULUS: &str = concat!(
    "s_UGW_TtdII7FNclF5k7pbcLLg8CBvGJVl29oW9Lg0GGZQSDk4evRuv-2prju2A8vEAU2yrQo41or2AXwvRGEuxD2Kfs3xO26XSC",
    "ZTOkXa5KztFesDL3JKwwnN-j9PMSMZhl3BKebrMCk-9eXWGqt1q5087W0St-6co5JjwLZmvErjpq_Be4C2rYPhSirVjHy7sXQaM9",
    "mtJ0ufdVPSk58LgWMx50NGblLYyHXKRX3DmbpVQJbfoLylpjD-DZahltsvmdq690j8l0LmEWeupOc5kUocx6Xjq60D0-Tp8XNst4",
    "yFEBpBenS-K7Iww_9D1NeRrWT5gLcKTBxlz8sfIDNw",
);

/// That signature: subject `user-1`, scope `contacts:read`, until the year 2100.
const RSA_TOKEN: &str = concat!(
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiw",
    "iYXVkIjoiaHR0cHM6Ly9jb250YWN0cy5leGFtcGxlLmNvbS9tY3AiLCJzdWIiOiJ1c2VyLTEiLCJleHAiOjQxMDI0NDQ4MDAsIm5",
    "iZiI6MTcwMDAwMDAwMCwic2NvcGUiOiJjb250YWN0czpyZWFkIn0.sSk6nSukErhuQ83wlNVUwlz1543EdG7wpfuUZZifB3rsh-t",
    "90oy4vvU8WFfUVOmcJBtYmXRsKdN1dxo7cObM0yeCraDA4OdJDX82RfWcekJ2eC_GhbTyZQnZInF7laiTFQINEIa-4CVbo5jzriI",
    "NIUawzO85nzi3JfttJ73cEEfaZhh1xr6bgXxlQQi5G6nMn_y4Qvrg3pDkPtTGIntX4Y0uCo-QEPYZkHnuYth8p3tP4jr_FWgXqZ_",
    "OtntudbG_h3cHK3p8wrMD5kNpKmWvxJCcm56p3ESIqUHPIc7Ipss_3KtX-A8ONVQyFSEh9g-nvGsryFvvCjtf5Ji3lASTcA",
);

/// What the issuer signs with, made anew for each test.
enum Signer {
    Elliptic(Box<EcdsaKeyPair>),
    Edwards(Box<Ed25519KeyPair>),
}

impl Signer {
    fn elliptic() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self::Elliptic(Box::new(pair))
    }

    fn edwards() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Edwards(Box::new(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()))
    }

    fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Self::Elliptic(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Edwards(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        }
    }

    fn public(&self, id: &str) -> Value {
        match self {
            Self::Elliptic(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
                json!({"kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "alg": "ES256", "x": x, "y": y})
            }
            Self::Edwards(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": encoded(pair.public_key().as_ref())})
            }
        }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
        format!("{message}.{}", encoded(&self.sign(&message)))
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": [AUDIENCE, "https://other.example"], "sub": "user-1", "exp": now() + 600, "nbf": now() - 5})
}

/// An issuer's keys at an address, and how often they were asked for.
struct Issuer {
    keys: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
    url: String,
}

impl Issuer {
    async fn with(keys: Value) -> Self {
        let (keys, asked) = (Arc::new(Mutex::new(keys)), Arc::new(AtomicUsize::new(0)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let answer = {
            let (keys, asked) = (Arc::clone(&keys), Arc::clone(&asked));
            move || {
                asked.fetch_add(1, Ordering::Relaxed);
                let text = json!({"keys": *keys.lock().unwrap()}).to_string();
                async move { text }
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/keys", get(answer))).await });
        Self { keys, asked, url }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    async fn server(&self, scopes: &[&str], fetch_every: Duration) -> TestServer {
        server(&self.url, scopes, fetch_every).await
    }
}

async fn server(keys: &str, scopes: &[&str], fetch_every: Duration) -> TestServer {
    let oauth = ResourceServer::new(Settings {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.parse().unwrap(),
        keys: Source::Url(keys.parse().unwrap()),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        authorities: Authorities::default(),
        fetch_every,
    });
    let identity = Arc::new(Identity { tokens: None, oauth: Some(oauth) });
    TestServer::with(NOWHERE, Options { identity, ..Options::default() }).await
}

async fn status(server: &TestServer, token: &str) -> StatusCode {
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    server.post(ping).header(AUTHORIZATION, format!("Bearer {token}")).send().await.unwrap().status()
}

#[tokio::test]
async fn access_tokens_of_the_issuer_are_let_in_whatever_their_kind_of_key() {
    let (elliptic, edwards) = (Signer::elliptic(), Signer::edwards());
    let rsa = json!({"kty": "RSA", "kid": "rsa", "n": RSA_MODULUS, "e": "AQAB"});
    let strange = json!({"kty": "new", "kid": "future"});
    let issuer = Issuer::with(json!([strange, rsa, elliptic.public("a"), edwards.public("b")])).await;
    let server = issuer.server(&[], FETCH_EVERY).await;
    assert_eq!(status(&server, RSA_TOKEN).await, 200);
    assert_eq!(status(&server, &elliptic.token(&json!({"alg": "ES256", "kid": "a"}), &claims())).await, 200);
    assert_eq!(status(&server, &edwards.token(&json!({"alg": "EdDSA", "kid": "b"}), &claims())).await, 200);
    // The only key of its kind needs no name.
    assert_eq!(status(&server, &edwards.token(&json!({"alg": "EdDSA"}), &claims())).await, 200);
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn every_other_token_is_refused() {
    let (signer, stranger) = (Signer::elliptic(), Signer::elliptic());
    let public = signer.public("a");
    let issuer = Issuer::with(json!([public])).await;
    let server = issuer.server(&[], FETCH_EVERY).await;
    let header = json!({"alg": "ES256", "kid": "a"});
    let with = |change: Value| {
        let mut claims = claims();
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        signer.token(&header, &claims)
    };
    assert_eq!(status(&server, &with(json!({}))).await, 200);
    // A beginning is looked at where there is one; it need not be there.
    assert_eq!(status(&server, &with(json!({"nbf": null}))).await, 200);
    for (name, token) in [
        ("another issuer", with(json!({"iss": "https://issuer.example.evil.example"}))),
        ("no issuer", with(json!({"iss": null}))),
        ("an issuer of another type", with(json!({"iss": {"a": 1}}))),
        ("another audience", with(json!({"aud": "https://other.example"}))),
        ("no audience", with(json!({"aud": null}))),
        ("an audience of another type", with(json!({"aud": 1}))),
        ("an expired one", with(json!({"exp": now() - 120}))),
        ("one without an end", with(json!({"exp": null}))),
        ("an end of another type", with(json!({"exp": "4102444800"}))),
        ("one of the future", with(json!({"nbf": now() + 120}))),
        ("a beginning of another type", with(json!({"nbf": "0"}))),
        ("nobody's", with(json!({"sub": null}))),
        ("an empty subject", with(json!({"sub": ""}))),
        ("another signature", stranger.token(&header, &claims())),
        ("no algorithm", format!("{}.", unsigned(&json!({"alg": "none", "kid": "a"})))),
        ("a symmetric algorithm", symmetric(&public)),
        ("an algorithm of another kind of key", signer.token(&json!({"alg": "RS256", "kid": "a"}), &claims())),
        ("a key of its own", stranger.token(&json!({"alg": "ES256", "jwk": stranger.public("a")}), &claims())),
        (
            "something that must be understood",
            signer.token(&json!({"alg": "ES256", "kid": "a", "crit": ["b64"]}), &claims()),
        ),
        ("two parts", unsigned(&header)),
        ("no token", "hello".to_owned()),
        ("a long one", format!("{}.{}", "e".repeat(20_000), "x.y")),
    ] {
        assert_eq!(status(&server, &token).await, 401, "{name}");
    }
}

fn unsigned(header: &Value) -> String {
    format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims().to_string().as_bytes()))
}

/// Signed with the published key as if it were a shared secret.
fn symmetric(public: &Value) -> String {
    let secret = URL_SAFE_NO_PAD.decode(public["x"].as_str().unwrap()).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
    let message = unsigned(&json!({"alg": "HS256", "kid": "a"}));
    format!("{message}.{}", encoded(ring::hmac::sign(&key, message.as_bytes()).as_ref()))
}

#[tokio::test]
async fn a_refusal_says_where_to_get_a_token_and_the_metadata_is_there() {
    let issuer = Issuer::with(json!([])).await;
    let server = issuer.server(&["contacts:read"], FETCH_EVERY).await;
    let refused = server.post("{}").send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_snapshot!(
        refused.headers()[WWW_AUTHENTICATE].to_str().unwrap(),
        @r#"Bearer resource_metadata="https://contacts.example.com/.well-known/oauth-protected-resource/mcp", scope="contacts:read""#
    );
    let mut told = Vec::new();
    for path in ["", "/mcp"] {
        let path = format!("/.well-known/oauth-protected-resource{path}");
        let answer = server.get(&path).header(HOST, "contacts.example.com").send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        told.push(answer.text().await.unwrap());
    }
    assert_eq!(told[0], told[1]);
    assert_snapshot!(told[0], @r#"{"authorization_servers":["https://issuer.example"],"bearer_methods_supported":["header"],"resource":"https://contacts.example.com/mcp","resource_name":"iMBRACE contacts","scopes_supported":["contacts:read"]}"#);
}

#[tokio::test]
async fn a_token_without_the_scope_gets_403() {
    let signer = Signer::edwards();
    let issuer = Issuer::with(json!([signer.public("a")])).await;
    let server = issuer.server(&["contacts:read", "contacts:write"], FETCH_EVERY).await;
    let token = |name: &str, scopes: Value| {
        let mut claims = claims();
        claims[name] = scopes;
        signer.token(&json!({"alg": "EdDSA", "kid": "a"}), &claims)
    };
    assert_eq!(status(&server, &token("scope", json!("contacts:write x contacts:read"))).await, 200);
    assert_eq!(status(&server, &token("scp", json!(["contacts:read", "contacts:write"]))).await, 200);
    assert_eq!(status(&server, &token("scope", json!("contacts:read"))).await, 403);
    assert_eq!(status(&server, &token("scope", json!("contacts:read contacts:writes"))).await, 403);
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    let lacking = format!("Bearer {}", token("scope", json!("contacts:read")));
    let refused = server.post(ping).header(AUTHORIZATION, lacking).send().await.unwrap();
    assert_snapshot!(
        refused.headers()[WWW_AUTHENTICATE].to_str().unwrap(),
        @r#"Bearer resource_metadata="https://contacts.example.com/.well-known/oauth-protected-resource/mcp", error="insufficient_scope", scope="contacts:read contacts:write""#
    );
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it_and_an_old_one_ends_with_it() {
    let (old, new) = (Signer::elliptic(), Signer::elliptic());
    let issuer = Issuer::with(json!([old.public("old")])).await;
    let server = issuer.server(&[], Duration::ZERO).await;
    let signed = |signer: &Signer, id: &str| signer.token(&json!({"alg": "ES256", "kid": id}), &claims());
    assert_eq!(status(&server, &signed(&old, "old")).await, 200);
    *issuer.keys.lock().unwrap() = json!([new.public("new")]);
    assert_eq!(status(&server, &signed(&new, "new")).await, 200);
    assert_eq!(issuer.asked(), 2);
    assert_eq!(status(&server, &signed(&old, "old")).await, 401);
}

#[tokio::test]
async fn made_up_key_ids_make_the_issuer_no_work() {
    let signer = Signer::elliptic();
    let issuer = Issuer::with(json!([signer.public("a")])).await;
    let server = issuer.server(&[], FETCH_EVERY).await;
    // Fewer than are answered late.
    for number in 0..10 {
        let token = signer.token(&json!({"alg": "ES256", "kid": format!("made up {number}")}), &claims());
        assert_eq!(status(&server, &token).await, 401);
    }
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn while_the_issuer_cannot_be_asked_nobody_is_let_in_and_redirects_are_not_followed() {
    let down = server("http://127.0.0.1:9/keys", &[], FETCH_EVERY).await;
    let refused = {
        let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
        down.post(ping).header(AUTHORIZATION, format!("Bearer {RSA_TOKEN}")).send().await.unwrap()
    };
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "30"));

    let signer = Signer::elliptic();
    let issuer = Issuer::with(json!([signer.public("a")])).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}/", listener.local_addr().unwrap());
    let target = issuer.url.clone();
    let redirect = get(async move || axum::response::Redirect::temporary(&target));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", redirect)).await });
    let server = server(&elsewhere, &[], FETCH_EVERY).await;
    assert_eq!(status(&server, &signer.token(&json!({"alg": "ES256", "kid": "a"}), &claims())).await, 503);
    assert_eq!(issuer.asked(), 0);
}

#[tokio::test]
async fn keys_are_read_at_the_start_before_any_token_comes() {
    let issuer = Issuer::with(json!([])).await;
    let server = ResourceServer::new(Settings {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.parse().unwrap(),
        keys: Source::Url(issuer.url.parse().unwrap()),
        scopes: Vec::new(),
        authorities: Authorities::default(),
        fetch_every: FETCH_EVERY,
    });
    let keeping = tokio::spawn(async move { server.keep_keys_fresh().await });
    let fetched = async {
        while issuer.asked() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), fetched).await.expect("the keys to be fetched");
    keeping.abort();
}
