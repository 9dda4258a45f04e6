//! Known methods whose params cannot be read.
//!
//! The SDK takes a request whose params do not fit its method for one with an unknown method, and would answer -32601.

use rmcp::model::{
    CallToolRequestParams, ClientJsonRpcMessage, ClientRequest, CompleteRequestParams, CustomRequest, ErrorData,
    GetPromptRequestParams, InitializeRequestParams, PaginatedRequestParams, ReadResourceRequestParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The error for a request with a known method that the SDK could not read; `None` when the method is unknown, too.
pub(crate) fn malformed(request: &CustomRequest) -> Option<ErrorData> {
    let params = request.params.clone().unwrap_or_default();
    let (expected, reason) = match request.method.as_str() {
        "tools/call" => ("`name`, a string, and `arguments`, an object", reason::<CallToolRequestParams>(params)),
        "initialize" => (
            "`protocolVersion`, a string, `capabilities`, an object, and `clientInfo` with `name` and `version`",
            reason::<InitializeRequestParams>(params),
        ),
        "prompts/get" => ("`name`, a string, and `arguments`, an object", reason::<GetPromptRequestParams>(params)),
        "resources/read" | "skills/get" => ("`uri`, a string", reason::<ReadResourceRequestParams>(params)),
        "completion/complete" => (
            "`ref`, an object with `type`, and `argument` with `name` and `value`",
            reason::<CompleteRequestParams>(params),
        ),
        "tools/list" | "skills/list" | "prompts/list" | "resources/list" | "resources/templates/list" => {
            ("nothing, or an object with `cursor`, a string", reason::<PaginatedRequestParams>(params))
        }
        "ping" => ("nothing, or an object", String::new()),
        "server/discover" => ("an object with `_meta`", String::new()),
        _ => return None,
    };
    let method = &request.method;
    let text = format!("The params of `{method}` cannot be read{reason}. Expected: {expected}.");
    Some(ErrorData::invalid_params(text, None))
}

/// Why params are none of this type, behind a colon; nothing when they are.
fn reason<T: DeserializeOwned>(params: Value) -> String {
    let Err(error) = serde_path_to_error::deserialize::<_, T>(params) else { return String::new() };
    match error.path().to_string().as_str() {
        "." => format!(": {}", error.inner()),
        path => format!(": at `{path}`, {}", error.inner()),
    }
}

/// The same for a whole message, for the transports that must answer before a connection is open.
pub(crate) fn malformed_message(message: &ClientJsonRpcMessage) -> Option<ErrorData> {
    match message {
        ClientJsonRpcMessage::Request(request) => match &request.request {
            ClientRequest::CustomRequest(custom) => malformed(custom),
            _ => None,
        },
        _ => None,
    }
}
