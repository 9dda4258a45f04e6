//! The tools for platforms that speak OpenAPI: `GET /openapi.json`, and one `POST /tools/NAME` a tool.
//!
//! The document is made from the definitions that `tools/list` gives, and a call is a `tools/call` behind the same guard, so
//! that it meets the same authentication, bounds, limits and confirmations.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{StatusCode, header};
use rmcp::model::{ErrorCode, Tool};
use serde_json::{Map, Value, json};

use super::guard::admission::ORGANIZATION;
use super::http::Options;
use super::media_types::is_json;
use super::post::Endpoint;
use super::reply;
use crate::mcp::{Caller, Server};

/// The status of an answer in which the tool tells an error. No status that a client repeats by itself: a write may have
/// been done.
const TOOL_ERROR: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

struct OpenApi {
    server: Server,
    endpoint: Arc<Endpoint>,
    /// The ways to authenticate, by their names in the document.
    security: Map<String, Value>,
    /// True if callers send their own key of the gateway.
    takes_gateway_keys: bool,
}

/// The document and the tools.
pub(super) fn routes(server: Server, endpoint: Arc<Endpoint>, options: &Options) -> Router {
    let state =
        Arc::new(OpenApi { server, endpoint, security: security(options), takes_gateway_keys: options.gateway_keys });
    let routes = Router::new().route("/openapi.json", get(document)).route("/tools/{name}", post(call));
    routes.with_state(state)
}

fn security(options: &Options) -> Map<String, Value> {
    let mut schemes = Map::new();
    if options.gateway_keys || options.identity.is_asked_for() {
        schemes.insert("bearer".to_owned(), json!({ "type": "http", "scheme": "bearer" }));
    }
    if let Some(name) = &options.gateway_credential_header {
        let scheme = json!({ "type": "apiKey", "in": "header", "name": name.as_str() });
        schemes.insert("gateway_credential".to_owned(), scheme);
    }
    schemes
}

async fn document(State(api): State<Arc<OpenApi>>, request: Request) -> Response {
    let bounds = request.extensions().get::<Caller>().map(|caller| caller.bounds.clone()).unwrap_or_default();
    match api.server.definitions(&bounds) {
        Ok(tools) => reply::json(StatusCode::OK, api.document(&tools).to_string()),
        Err(unknown) => reply::refused(StatusCode::BAD_REQUEST, &format!("Nothing was done: {unknown}.")),
    }
}

impl OpenApi {
    fn document(&self, tools: &[Tool]) -> Value {
        let path = |tool: &Tool| {
            let mut path = json!({ "post": operation(tool) });
            if self.takes_gateway_keys {
                set(&mut path, "parameters", json!([{ "$ref": "#/components/parameters/OrganizationId" }]));
            }
            (format!("/tools/{}", tool.name), path)
        };
        let paths: Map<String, Value> = tools.iter().map(path).collect();
        let mut document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "iMBRACE contacts",
                "version": env!("CARGO_PKG_VERSION"),
                "description": self.server.instructions(),
            },
            "paths": paths,
            "components": { "schemas": { "Error": error_schema() }, "securitySchemes": self.security },
        });
        if self.takes_gateway_keys
            && let Some(components) = document.get_mut("components")
        {
            set(components, "parameters", json!({ "OrganizationId": organization_parameter() }));
        }
        if !self.security.is_empty() {
            // Each of them, all in one request.
            let all: Map<String, Value> = self.security.keys().map(|name| (name.clone(), json!([]))).collect();
            set(&mut document, "security", json!([all]));
        }
        document
    }
}

/// A JWT does not say of which organisation it is; the other keys do.
fn organization_parameter() -> Value {
    json!({
        "name": ORGANIZATION.as_str(),
        "in": "header",
        "required": false,
        "description": "The organisation, where the bearer is a JWT.",
        "schema": { "type": "string" },
    })
}

fn operation(tool: &Tool) -> Value {
    let needs_arguments =
        tool.input_schema.get("required").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    let answer = answer_schema(tool);
    json!({
        "operationId": tool.name,
        "summary": tool.title,
        "description": tool.description,
        "requestBody": {
            "required": needs_arguments,
            "content": { "application/json": { "schema": *tool.input_schema } },
        },
        "responses": {
            "200": response("The answer of the tool.", &answer),
            "422": response("The tool tells an error: what happened, and what to do next.", &answer),
            "default": response("The request was refused.", &json!({ "$ref": "#/components/schemas/Error" })),
        },
    })
}

fn response(description: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

/// Sets a field of an object.
fn set(object: &mut Value, field: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

/// The schema of an answer: the text, and the structured content where the server gives it.
fn answer_schema(tool: &Tool) -> Value {
    let mut properties = json!({
        "text": { "type": "string", "description": "The answer in words, as a model reads it." },
        "isError": { "type": "boolean", "description": "Whether the tool tells an error." },
    });
    if let Some(structured) = &tool.output_schema {
        set(&mut properties, "structuredContent", json!(**structured));
    }
    json!({ "type": "object", "properties": properties, "required": ["text", "isError"] })
}

fn error_schema() -> Value {
    let error = json!({
        "type": "object",
        "properties": { "code": { "type": "integer" }, "message": { "type": "string" } },
        "required": ["code", "message"],
    });
    json!({
        "type": "object",
        "description": "A JSON-RPC error, as every refusal of this server.",
        "properties": { "jsonrpc": { "const": "2.0" }, "id": {}, "error": error },
        "required": ["jsonrpc", "id", "error"],
    })
}

async fn call(
    State(api): State<Arc<OpenApi>>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let Ok(Path(name)) = name else {
        return reply::refused(StatusCode::NOT_FOUND, "No tool has this name, which is not UTF-8.");
    };
    // A browser's form names one of three other types. A page can leave the type away; its origin is checked like any other's.
    if request.headers().contains_key(header::CONTENT_TYPE) && !is_json(request.headers()) {
        let text = "The body must be application/json: the arguments of the tool as an object.";
        return reply::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    }
    let mut answered = match api.endpoint.call_tool(&name, request).await {
        Ok(answered) => answered,
        Err(refusal) => return refusal,
    };
    let Some(result) = answered.answer.get_mut("result").map(Value::take) else {
        let code = answered.answer.pointer("/error/code").and_then(Value::as_i64);
        // Nothing else can be wrong with the params of a call than the name.
        let is_unknown = code == Some(ErrorCode::INVALID_PARAMS.0.into());
        let status = if is_unknown { StatusCode::NOT_FOUND } else { StatusCode::INTERNAL_SERVER_ERROR };
        let mut error = answered.answer.take();
        set(&mut error, "id", Value::Null);
        return answered.respond(status, &error);
    };
    let (status, body) = plain(&result);
    answered.respond(status, &body)
}

/// The result of a call without the parts of the protocol.
fn plain(result: &Value) -> (StatusCode, Value) {
    let texts = result.get("content").and_then(Value::as_array).into_iter().flatten();
    let texts: Vec<&str> = texts.filter_map(|block| block.get("text")?.as_str()).collect();
    let is_error = result.get("isError").and_then(Value::as_bool).unwrap_or_default();
    let mut body = json!({ "text": texts.join("\n"), "isError": is_error });
    if let Some(structured) = result.get("structuredContent") {
        set(&mut body, "structuredContent", structured.clone());
    }
    (if is_error { TOOL_ERROR } else { StatusCode::OK }, body)
}
