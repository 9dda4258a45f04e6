//! The local gateway over real HTTP: the contract, the data behind it, and its misbehaviour.
// Clippy grants panics to test functions only; what they share needs them as well.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod authentication;
mod contacts;
mod crowd;
mod data;
mod export;
mod faults;
mod list;
mod resources;
mod search;

use std::sync::Once;

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

/// The prefix that the dashboard uses.
const PREFIX: &str = "channel-service/v1";

/// A running gateway and a client that knows its token.
struct TestGateway {
    gateway: LocalGateway,
    client: reqwest::Client,
}

impl TestGateway {
    /// A gateway of so many contacts.
    async fn with(contacts: usize) -> Self {
        Self::start(Options { people: Population { contacts, ..Population::default() }, ..Options::default() }).await
    }

    async fn start(options: Options) -> Self {
        let gateway = LocalGateway::start(options).await.unwrap();
        Self { gateway, client: client() }
    }

    /// A request to a route, with the access token.
    fn request(&self, method: Method, route: &str) -> RequestBuilder {
        self.bare(method, &format!("{PREFIX}/{route}")).header("x-access-token", ACCESS_TOKEN)
    }

    /// A request to a path, without a credential.
    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/{path}", self.gateway.base_url()))
    }

    /// The JSON that a GET answers, whatever its status.
    async fn get(&self, route: &str) -> Value {
        json(self.request(Method::GET, route).send().await.unwrap()).await
    }
}

/// The document's ten contacts and nobody else.
fn few() -> Options {
    Options { people: Population { contacts: 10, ..Population::default() }, ..Options::default() }
}

/// The body of an answer.
async fn json(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

/// A client that follows no redirects.
pub(crate) fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// The ids of the rows of a list.
fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}
