//! The review page inside a chat: an MCP App (`io.modelcontextprotocol/ui`, SEP-1865).
//!
//! Hosts that declare the extension get the page as the resource [`URI`], tools whose answers are shown with it, and two tools that
//! only the page calls. Names, descriptions and schemas of all other tools stay as they are. The page proves with a key, which
//! stands in its text and in no answer of a tool, that a call comes from it: a model that learns the names of the two tools has none.

use std::sync::Arc;

use http::{Method, StatusCode};
use rmcp::RoleServer;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResult, ContentBlock, JsonObject, MetaObject, ReadResourceResult,
    Resource, ResourceContents, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;
use tokio_util::sync::CancellationToken;

use super::pages::{PageJobs, PageQuestion, WRITE};
use super::{Caller, is_modern};
use crate::review::{ReviewApi, for_host};
use crate::tools::Toolbox;
use crate::write_gate::Who;

/// The extension, as clients declare it.
const EXTENSION: &str = "io.modelcontextprotocol/ui";

/// The page.
pub(super) const URI: &str = "ui://contacts/review";

/// The media type of the page, as the extension names it.
const MIME_TYPE: &str = "text/html;profile=mcp-app";

/// The tools that only the page calls.
const READ: &str = "review_page_read";

/// Tools whose answers a host shows with the page.
const SHOWN_WITH_PAGE: [&str; 4] = ["audit_contacts", "find_duplicate_contacts", "plan_cleanup", "show_cleanup"];

/// The purpose of a page's key, so that it is good for nothing else.
const KEY: &str = "review page in a host";

/// Returns true if the client shows pages. Over Streamable HTTP nothing is remembered of an older client's handshake, so that its address
/// says so (`?ui=true`).
pub(super) fn are_shown(context: &RequestContext<RoleServer>) -> bool {
    let declared = if is_modern(context) {
        context.meta.client_capabilities()
    } else {
        context.peer.peer_info().map(|client| client.capabilities.clone())
    };
    let settings = declared.and_then(|capabilities| capabilities.extensions?.remove(EXTENSION));
    let is_declared = settings.is_some_and(|settings| match settings.get("mimeTypes") {
        Some(Value::Array(types)) => types.iter().any(|one| one == MIME_TYPE),
        _ => true,
    });
    is_declared || Caller::of(&context.extensions).is_some_and(|caller| caller.shows_pages)
}

/// Returns true if a page has something to show: there is a cleanup, and a place for its state.
pub(super) fn are_offered(toolbox: &Toolbox) -> bool {
    toolbox.review(&Who::default()).is_ok()
}

/// The tools as a host gets them that shows pages.
pub(super) fn tools(tools: Vec<Tool>, toolbox: &Toolbox) -> Vec<Tool> {
    let linked = |mut tool: Tool| {
        if SHOWN_WITH_PAGE.contains(&&*tool.name) {
            tool.meta = Some(meta(json!({ "resourceUri": URI })));
        }
        tool
    };
    let writes = ["decide_duplicates", "plan_cleanup", "apply_cleanup", "undo_cleanup"];
    let may_write = toolbox.wanted().iter().any(|entry| writes.contains(&entry.name));
    let own = [page_tool(true)].into_iter().chain(may_write.then(|| page_tool(false)));
    tools.into_iter().map(linked).chain(own).collect()
}

fn meta(ui: Value) -> MetaObject {
    MetaObject(JsonObject::from_iter([("ui".to_owned(), ui)]))
}

fn page_tool(reads: bool) -> Tool {
    let (name, title, description) = if reads {
        (READ, "Review page: read", "Only the review page calls this: what it shows.")
    } else {
        (WRITE, "Review page: write", "Only the review page calls this: what a person decides on it.")
    };
    let (own, kind) = if reads { ("query", "string") } else { ("body", "object") };
    let text = || json!({ "type": "string" });
    let properties = JsonObject::from_iter([
        ("key".to_owned(), text()),
        ("path".to_owned(), text()),
        (own.to_owned(), json!({ "type": kind })),
    ]);
    let schema = JsonObject::from_iter([
        ("type".to_owned(), json!("object")),
        ("properties".to_owned(), Value::Object(properties)),
        ("required".to_owned(), json!(["key", "path"])),
        ("additionalProperties".to_owned(), json!(false)),
    ]);
    let hints = ToolAnnotations::new().read_only(reads).destructive(!reads).idempotent(reads).open_world(true);
    let mut tool = Tool::new(name, description, Arc::new(schema)).with_title(title).with_annotations(hints);
    tool.meta = Some(meta(json!({ "visibility": ["app"] })));
    tool
}

/// The page as a resource in a list.
pub(super) fn resource() -> Resource {
    Resource::new(URI, "review").with_title("Review of contacts").with_mime_type(MIME_TYPE)
}

/// The page. It loads nothing and asks nobody but its host.
pub(super) fn page(toolbox: &Toolbox, is_modern: bool) -> ReadResourceResult {
    let nowhere = json!({ "csp": { "connectDomains": [], "resourceDomains": [] }, "prefersBorder": false });
    let page = ResourceContents::text(for_host(&key(toolbox)), URI).with_mime_type(MIME_TYPE).with_meta(meta(nowhere));
    let read = ReadResourceResult::new(vec![page]);
    // The key in it is this caller's.
    if is_modern { read.with_ttl_ms(0).with_cache_scope(CacheScope::Private) } else { read }
}

/// The same at every process that has the caller's credential, so that any replica answers.
fn key(toolbox: &Toolbox) -> String {
    toolbox.gateway().credential_digest(KEY)
}

/// A question of the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    key: String,
    path: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    body: Map<String, Value>,
}

/// Answers a question of the page; `None` for any other tool.
pub(super) async fn call(
    (toolbox, who): (&Toolbox, &Who),
    request: &CallToolRequestParams,
    jobs: &PageJobs,
    stop: &CancellationToken,
) -> Option<CallToolResult> {
    let method = match &*request.name {
        READ => Method::GET,
        WRITE => Method::POST,
        _ => return None,
    };
    let (status, text) = answer((toolbox, who), method, request, jobs, stop).await;
    let content = vec![ContentBlock::text(toolbox.redacted(text))];
    Some(if status.is_success() { CallToolResult::success(content) } else { CallToolResult::error(content) })
}

async fn answer(
    (toolbox, who): (&Toolbox, &Who),
    method: Method,
    request: &CallToolRequestParams,
    jobs: &PageJobs,
    stop: &CancellationToken,
) -> (StatusCode, String) {
    let refused = |code, message: &str| (StatusCode::FORBIDDEN, ReviewApi::refusal(code, message));
    let arguments = Value::Object(request.arguments.clone().unwrap_or_default());
    let Ok(asked) = serde_json::from_value::<Asked>(arguments) else {
        return refused("argument", "only the review page calls this tool, and it sends other arguments");
    };
    if !bool::from(asked.key.as_bytes().ct_eq(key(toolbox).as_bytes())) {
        return refused("session", "this page is of another start or another credential: open it again");
    }
    let Asked { path, query, body, .. } = asked;
    let asked = PageQuestion { method, path, query, body: Value::Object(body).to_string() };
    jobs.ask((toolbox, who), asked, stop).await
}
