//! The floors: the least that servers over this SDK can be, on the runtime that everybody starts with.
//!
//! One tool says what it was told, the other hands on the gateway's body as it came, untouched.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::ListenerExt;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService, stdio_pipes};
use serde_json::Value;

/// The argument that makes this program a floor.
pub(crate) const ROLE: &str = "--serve-floor";

/// Where the gateway is, in the environment.
pub(crate) const GATEWAY: &str = "GATEWAY_URL";

#[derive(Clone)]
struct Floor {
    gateway: String,
    http: reqwest::Client,
}

impl Floor {
    fn new() -> Self {
        let gateway = std::env::var(GATEWAY).unwrap_or_default();
        let _ = rustls::crypto::ring::default_provider().install_default();
        // As our own client: to this machine no certificates are read.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).tcp_nodelay(true).build().unwrap();
        Self { gateway, http }
    }

    async fn body(&self, arguments: &serde_json::Map<String, Value>) -> Result<String, reqwest::Error> {
        let number = |name: &str| arguments.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (gateway, limit, skip) = (&self.gateway, number("limit"), number("skip"));
        let address = format!("{gateway}/channel-service/v1/contacts?limit={limit}&skip={skip}");
        self.http.get(address).header("x-access-token", "acc_floor").send().await?.text().await
    }
}

impl ServerHandler for Floor {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let schema = Arc::new(serde_json::Map::from_iter([("type".to_owned(), "object".into())]));
        let tools = ["echo", "list_contacts"].map(|name| Tool::new(name, "A floor.", Arc::clone(&schema)));
        Ok(ListToolsResult::with_all_items(tools.to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let text = if request.name == "echo" {
            arguments.get("text").and_then(Value::as_str).unwrap_or_default().to_owned()
        } else {
            self.body(&arguments).await.map_err(|error| ErrorData::internal_error(error.to_string(), None))?
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
    }
}

/// Serves until the input ends: `stdio`, `http` with a port, or `events` with a port.
pub(crate) fn serve(words: &[String]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match words {
            [way] if way == "stdio" => {
                Floor::new().serve(stdio_pipes()).await.unwrap().waiting().await.unwrap();
            }
            [way, port] => over_http(way == "http", port.parse().unwrap()).await,
            _ => panic!("unknown words for a floor: {words:?}"),
        }
    });
}

async fn over_http(json: bool, port: u16) {
    crate::process::end_with_input();
    let configuration = StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(json);
    let floor = Floor::new();
    let service =
        StreamableHttpService::new(move || Ok(floor.clone()), Arc::new(NeverSessionManager::default()), configuration);
    let app = axum::Router::new().nest_service("/mcp", service);
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, app).await.unwrap();
}
