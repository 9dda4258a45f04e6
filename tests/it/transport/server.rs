//! A server over HTTP on a free port, and a plain client for it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use imbrace_contacts_mcp::identity::Identity;
use imbrace_contacts_mcp::identity::tokens::Tokens;
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::transport::http::{self, Options};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::desk;

/// One running server.
pub struct TestServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Asks it to stop.
    pub stop: CancellationToken,
    /// Ends when it has stopped.
    pub serving: JoinHandle<std::io::Result<()>>,
    client: reqwest::Client,
}

impl TestServer {
    /// With the older pair of routes and otherwise as shipped.
    pub async fn open() -> Self {
        Self::with(desk::NOWHERE, Options { sse: true, ..Options::default() }).await
    }

    /// With these options and a gateway at `base_url`.
    pub async fn with(base_url: &str, options: Options) -> Self {
        Self::of(desk::server(base_url), options).await
    }

    /// Of this server.
    pub async fn of(server: Server, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(http::serve(listener, server, options, stop.clone()));
        let client = client();
        Self { address, stop, serving, client }
    }

    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A GET.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    /// A POST to `/mcp` with the headers that a client sends.
    pub fn post(&self, body: impl Into<String>) -> RequestBuilder {
        self.client
            .post(self.url("/mcp"))
            .header(ACCEPT, "application/json, text/event-stream")
            .header(CONTENT_TYPE, "application/json")
            .body(body.into())
    }

    /// A POST of one message in the handshake era.
    pub async fn ask(&self, message: &Value) -> Value {
        let response = self.post(message.to_string()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        json(response).await
    }

    /// A POST of one message in the modern era, with the headers that repeat its body.
    pub fn modern(&self, message: &Value) -> RequestBuilder {
        let request = self
            .post(message.to_string())
            .header("mcp-protocol-version", desk::MODERN)
            .header("mcp-method", message["method"].as_str().unwrap());
        match message["params"]["name"].as_str() {
            Some(name) => request.header("mcp-name", name),
            None => request,
        }
    }
}

/// Asks clients for one of these bearer tokens.
pub fn asking_for(tokens: &str) -> Arc<Identity> {
    Arc::new(Identity { tokens: Some(Tokens::fixed(&tokens.into())), oauth: None })
}

/// A plain HTTP client.
pub fn client() -> reqwest::Client {
    // An error says that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap()
}

/// The body of a JSON answer.
pub async fn json(response: Response) -> Value {
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}
