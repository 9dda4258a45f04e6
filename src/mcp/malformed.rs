//! Known methods whose params cannot be read.
//!
//! The SDK takes a request whose params do not fit its method for one with an unknown method, and would answer -32601.

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorData};

/// The error for a request with a known `method` that the SDK could not read; `None` when the method is unknown, too.
pub(crate) fn malformed(method: &str) -> Option<ErrorData> {
    let expected = match method {
        "tools/call" => "`name`, a string, and `arguments`, an object",
        "initialize" => {
            "`protocolVersion`, a string, `capabilities`, an object, and `clientInfo` with `name` and `version`"
        }
        "tools/list" => "nothing, or an object with `cursor`, a string",
        "ping" => "nothing, or an object",
        "server/discover" => "an object with `_meta`",
        _ => return None,
    };
    Some(ErrorData::invalid_params(format!("The params of `{method}` cannot be read; expected: {expected}."), None))
}

/// The same for a whole message, for the transports that must answer before a connection is open.
pub(crate) fn malformed_message(message: &ClientJsonRpcMessage) -> Option<ErrorData> {
    match message {
        ClientJsonRpcMessage::Request(request) => match &request.request {
            ClientRequest::CustomRequest(custom) => malformed(&custom.method),
            _ => None,
        },
        _ => None,
    }
}
