//! The bridge that a generator makes of the contract: one tool an operation, every parameter, every answer as raw JSON.

use imbrace_contacts_mcp::local_gateway::{self, Arrival};
use serde_json::{Value, json};

/// Its tool list, from `benches/tokens/naive_tools.json`: what OpenAPI bridges make of the contract's section 5 and 9,
/// in one description a parameter.
pub fn tool_list() -> Value {
    serde_json::from_str(include_str!("naive_tools.json")).unwrap()
}

fn client() -> reqwest::Client {
    // An error says that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// The raw answer of a path after the prefix.
pub async fn answer(base_url: &str, target: &str) -> Value {
    let url = format!("{base_url}/channel-service/v1/{target}");
    let sent = client().get(url).header("x-access-token", local_gateway::ACCESS_TOKEN).send().await;
    serde_json::from_slice(&sent.unwrap().bytes().await.unwrap()).unwrap()
}

/// What a naive bridge's model reads and writes for one request that reached the gateway: the call with its parameters,
/// and the raw answer of the same request sent again.
pub async fn exchange(base_url: &str, arrival: &Arrival) -> (Value, String) {
    let (path, query) = arrival.target.split_once('?').unwrap_or((&arrival.target, ""));
    let body: Value = serde_json::from_slice(&arrival.body).unwrap_or_default();
    let call = json!({ "name": arrival.operation, "arguments": { "path": path, "query": query, "body": body } });
    let url = format!("{base_url}{}", arrival.target);
    let mut request = client()
        .request(arrival.method.clone(), url)
        .header("x-access-token", local_gateway::ACCESS_TOKEN)
        .body(arrival.body.to_vec());
    if let Some(media_type) = arrival.header("content-type") {
        request = request.header("content-type", media_type);
    }
    let text = request.send().await.unwrap().text().await.unwrap();
    (call, text)
}
