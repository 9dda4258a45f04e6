//! Plain calls: those that need nothing of the SDK, and are most of all calls.
//!
//! A tool that only reads, asks nobody, and reports no progress; a client of the handshake versions that sends an id, a
//! name and arguments, and nothing else. The SDK would read such a message into a tree of all that a message can be,
//! and carry it through two tasks and two queues. What is answered here is, byte for byte, what it would have answered;
//! whatever is not exactly of this form goes its usual way.

use rmcp::model::{CallToolResult, ContentBlock, RequestId, ServerJsonRpcMessage, ServerResult};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::{Caller, Server, cut_short, tool_result};
use crate::context::Progress;
use crate::tools::Caller as Asker;

/// One plain call.
pub(crate) struct PlainCall {
    /// What the answer is to be told by.
    pub(crate) id: RequestId,
    name: String,
    arguments: Map<String, Value>,
}

/// Metadata, a task, a confirmation or a word that nobody knows: with any of them a call is not plain.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    jsonrpc: &'a str,
    id: RequestId,
    method: &'a str,
    #[serde(borrow)]
    params: Params<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params<'a> {
    name: &'a str,
    #[serde(default)]
    arguments: Map<String, Value>,
}

impl Server {
    /// The bytes of one message as a plain call, if that is what they are.
    pub(crate) fn plain(&self, bytes: &[u8]) -> Option<PlainCall> {
        let Wire { jsonrpc, id, method, params } = serde_json::from_slice(bytes.trim_ascii()).ok()?;
        let entry = self.shared.toolbox.entries().iter().find(|entry| entry.name == params.name)?;
        let is_plain = jsonrpc == "2.0" && method == "tools/call" && entry.effect.is_read_only() && !entry.confirms;
        is_plain.then(|| PlainCall { id, name: params.name.to_owned(), arguments: params.arguments })
    }

    /// The answer, as JSON. `cut` is cancelled when nobody waits for it any more.
    pub(crate) async fn answer(&self, call: PlainCall, caller: Option<&Caller>, cut: &CancellationToken) -> Vec<u8> {
        let PlainCall { id, name, arguments } = call;
        let entry = self.shared.toolbox.entries().iter().find(|entry| entry.name == name);
        let asker = Asker { who: caller.map(|caller| caller.who.clone()).unwrap_or_default(), ..Asker::default() };
        let said = async {
            let toolbox = match self.toolbox_for(caller) {
                Ok(toolbox) => toolbox,
                Err(text) => return self.refused(text),
            };
            match toolbox.call_by(&asker, &name, arguments, Progress::default()).await {
                Some(said) => tool_result(said.answered),
                // Cannot be: the name was found when the call was read.
                None => cut_short(entry, "its tool is gone"),
            }
        };
        let mut result: CallToolResult = tokio::select! {
            biased;
            // Dropping the call drops the request to the gateway with it.
            () = cut.cancelled() => cut_short(entry, "the connection ended"),
            () = self.stop.cancelled() => cut_short(entry, "the server is stopping"),
            result = said => result,
        };
        let texts = result.content.iter().filter_map(ContentBlock::as_text).map(|text| text.text.len());
        let length: usize = texts.sum();
        // A word of 2026-07-28, which the SDK takes out for older clients.
        result.result_type = None;
        let message = ServerJsonRpcMessage::response(ServerResult::CallToolResult(result), id);
        // Room for the text, for what is written with escapes in it, and for what stands around it.
        let mut bytes = Vec::with_capacity(length + length / 8 + 200);
        // Text and JSON values can always be written.
        let _ = serde_json::to_writer(&mut bytes, &message);
        bytes
    }
}
