//! A client of the official Rust SDK over Streamable HTTP: lists the tools, then calls one that reads.
//!
//! ```sh
//! imbrace-contacts-mcp serve --env local --http 127.0.0.1:8080
//! cargo run --example mcp_http_client -- http://127.0.0.1:8080/mcp
//! ```
//!
//! `MCP_BEARER_TOKEN` is sent to servers that ask for one.

use std::io::{self, Write};

use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    // This package's reqwest leaves the choice of a TLS provider to the program.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080/mcp".to_owned());
    let mut config = StreamableHttpClientTransportConfig::with_uri(url);
    if let Ok(token) = std::env::var("MCP_BEARER_TOKEN") {
        config = config.auth_header(token);
    }
    let client = ().serve(StreamableHttpClientTransport::from_config(config)).await?;

    let mut out = io::stdout().lock();
    for tool in client.list_all_tools().await? {
        let description = tool.description.as_deref().unwrap_or_default();
        writeln!(out, "{}: {}", tool.name, description.split(". ").next().unwrap_or_default())?;
    }

    let arguments = json!({ "limit": 3 }).as_object().cloned().unwrap_or_default();
    let result = client.call_tool(CallToolRequestParams::new("list_contacts").with_arguments(arguments)).await?;
    for text in result.content.iter().filter_map(|content| content.as_text()) {
        writeln!(out, "\n{}", text.text)?;
    }
    client.cancel().await?;
    Ok(())
}
