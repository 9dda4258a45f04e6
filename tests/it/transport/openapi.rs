//! The tools over OpenAPI: the document, and calls that meet what calls over MCP meet.

use std::collections::BTreeSet;

use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::tools::{Output, Selection};
use imbrace_contacts_mcp::transport::http::Options;
use reqwest::Response;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::desk::{self, NOWHERE, call, text};
use super::server::{self, TestServer};
use crate::harness::{Harness, Wishes};

async fn open(output: Output) -> (Harness, TestServer) {
    let desk = Harness::with(Wishes { contacts: 60, output, ..Wishes::default() }).await;
    let server = TestServer::of(Server::new(desk.toolbox.clone()), Options::default()).await;
    (desk, server)
}

async fn document(server: &TestServer, query: &str) -> Value {
    let response = server.get(&format!("/openapi.json{query}")).send().await.unwrap();
    assert_eq!(response.status(), 200, "{query}");
    server::json(response).await
}

async fn post(server: &TestServer, tool: &str, body: impl Into<String>) -> Response {
    let request = server::client().post(server.url(&format!("/tools/{tool}")));
    request.header(CONTENT_TYPE, "application/json").body(body.into()).send().await.unwrap()
}

async fn listed(server: &TestServer) -> Vec<Value> {
    let list = server.ask(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})).await;
    list["result"]["tools"].as_array().unwrap().clone()
}

fn names(document: &Value) -> BTreeSet<String> {
    document["paths"].as_object().unwrap().keys().map(|path| path.trim_start_matches("/tools/").to_owned()).collect()
}

/// Every reference in a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// The fields that an object of the specification may have.
fn only(object: &Value, fields: &[&str]) {
    for field in object.as_object().unwrap_or_else(|| panic!("no object: {object}")).keys() {
        assert!(fields.contains(&field.as_str()), "`{field}` is no field of {object}");
    }
}

/// What version 3.1 of the specification asks of the parts that this document has.
fn check(document: &Value) {
    only(document, &["openapi", "info", "paths", "components", "security"]);
    assert_eq!(document["openapi"], "3.1.0");
    only(&document["info"], &["title", "version", "description"]);
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    only(&document["components"], &["schemas", "securitySchemes"]);
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    for required in document["security"].as_array().into_iter().flatten() {
        assert!(required.as_object().unwrap().keys().all(|name| schemes.contains_key(name)), "{required}");
    }
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/') && !path.contains('{'), "{path}");
        only(item, &["post"]);
        let operation = &item["post"];
        only(operation, &["operationId", "summary", "description", "requestBody", "responses"]);
        assert!(operations.insert(operation["operationId"].as_str().unwrap()), "{path}: an id twice");
        assert!(operation["summary"].is_string() && operation["description"].is_string(), "{path}");
        only(&operation["requestBody"], &["required", "content"]);
        assert!(operation["requestBody"]["required"].is_boolean(), "{path}");
        let content = &operation["requestBody"]["content"];
        only(content, &["application/json"]);
        assert_eq!(content["application/json"]["schema"]["type"], "object", "{path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(status == "default" || status.parse::<u16>().is_ok(), "{status}");
            only(response, &["description", "content"]);
            assert!(response["description"].is_string() && response["content"]["application/json"].is_object());
        }
    }
    let mut found = Vec::new();
    references(document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let place = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} is elsewhere"));
        assert!(document.pointer(place).is_some(), "{reference} is nowhere");
    }
}

#[tokio::test]
async fn the_document_is_made_from_the_same_catalog_with_its_schemas_as_they_are() {
    for output in [Output::Text, Output::Structured] {
        let (_desk, server) = open(output).await;
        let (document, tools) = (document(&server, "").await, listed(&server).await);
        check(&document);
        assert_eq!(document["paths"].as_object().unwrap().len(), tools.len());
        for tool in tools {
            let operation = &document["paths"][format!("/tools/{}", tool["name"].as_str().unwrap())]["post"];
            assert_eq!(operation["operationId"], tool["name"]);
            assert_eq!(operation["description"], tool["description"]);
            assert_eq!(operation["requestBody"]["content"]["application/json"]["schema"], tool["inputSchema"]);
            let required = tool["inputSchema"]["required"].as_array().is_some_and(|all| !all.is_empty());
            assert_eq!(operation["requestBody"]["required"], required, "{}", tool["name"]);
            let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            let structured = answer["properties"].get("structuredContent");
            assert_eq!(structured, tool.get("outputSchema"), "{}", tool["name"]);
        }
    }
}

#[tokio::test]
async fn a_call_answers_what_the_same_call_over_mcp_answers() {
    for output in [Output::Text, Output::Structured] {
        let (_desk, server) = open(output).await;
        for (tool, arguments) in [
            ("list_contacts", json!({"limit": 2})),
            ("search_contacts", json!({"query": "an"})),
            ("list_notifications", json!({})),
            ("get_contact", json!({"contact_id": "con_00000000-0000-4000-8000-00000000ffff"})),
            ("get_contact", json!({"contact_id": 5})),
            ("list_contacts", json!({"limit": "many"})),
            ("list_contacts", json!({"unknown": 1})),
        ] {
            let over_mcp = server.ask(&call(1, tool, arguments.clone())).await["result"].clone();
            let response = post(&server, tool, arguments.to_string()).await;
            let is_error = over_mcp["isError"] == true;
            assert_eq!(response.status(), if is_error { 422 } else { 200 }, "{tool} {arguments}");
            let plain = server::json(response).await;
            assert_eq!(plain["text"], over_mcp["content"][0]["text"], "{tool} {arguments}");
            assert_eq!(plain["isError"], over_mcp["isError"], "{tool} {arguments}");
            assert_eq!(plain.get("structuredContent"), over_mcp.get("structuredContent"), "{tool} {arguments}");
        }
        // Without a body there are no arguments.
        let none = server::client().post(server.url("/tools/list_notifications")).send().await.unwrap();
        assert_eq!(none.status(), 200);
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_a_clear_error_and_reaches_no_tool() {
    let (desk, server) = open(Output::Text).await;
    let before = desk.arrivals().len();
    for (body, status) in [
        ("[]".to_owned(), 400),
        ("5".to_owned(), 400),
        ("null".to_owned(), 400),
        ("{".to_owned(), 400),
        (r#"{"limit":1,"limit":2}"#.to_owned(), 400),
        // What would close the arguments and go on with the message around them.
        (r#"{}},"id":9,"x":{"#.to_owned(), 400),
        (r#"{},"name":"dismiss_all_notifications""#.to_owned(), 400),
        (format!(r#"{{"x":[{}0]}}"#, "0,".repeat(100_000)), 400),
        (format!(r#"{{"x":"{}"}}"#, "y".repeat(5 * 1024 * 1024)), 413),
    ] {
        let response = post(&server, "list_contacts", body.as_str()).await;
        assert_eq!(response.status(), status, "{body:.60}");
        assert!(server::json(response).await["error"]["message"].is_string(), "{body:.60}");
    }
    for (path, status) in
        [("list_contact", 404), ("list_contacts/more", 404), ("%2e%2e", 404), ("a%0ab", 404), ("%FF", 404)]
    {
        let response = post(&server, path, "{}").await;
        assert_eq!(response.status(), status, "{path}");
        let error = server::json(response).await;
        let is_meant = error["error"]["message"].as_str().unwrap().contains("Did you mean `list_contacts`?");
        assert_eq!(is_meant, path == "list_contact", "{error}");
    }
    assert_eq!(desk.arrivals().len(), before);
}

#[tokio::test]
async fn document_and_calls_keep_to_what_the_operator_and_the_request_allow() {
    let (desk, server) = open(Output::Text).await;
    let whole = names(&document(&server, "").await);
    let reading = names(&document(&server, "?read_only=true").await);
    assert!(reading.is_subset(&whole) && reading.len() < whole.len());
    assert!(!reading.contains("update_contact") && reading.contains("get_contact"));
    let two = document(&server, "?tools=get_contact,update_contact").await;
    assert_eq!(names(&two), BTreeSet::from(["get_contact", "update_contact"].map(str::to_owned)));
    let writes = |desk: &Harness| desk.arrivals().iter().filter(|arrival| arrival.method != "GET").count();
    let before = writes(&desk);
    let update = json!({"contact_id": "con_66d67483-8982-43d6-acbe-139568688add", "display_name": "Ann"});
    let refused = post(&server, "update_contact?read_only=true", update.to_string()).await;
    assert_eq!(refused.status(), 422);
    assert!(server::json(refused).await["text"].as_str().unwrap().contains("asks for tools that only read"));
    assert_eq!(writes(&desk), before);
    // Nobody can be asked here, so a call that destroys is previewed, as over MCP without such a client.
    let preview = post(&server, "dismiss_all_notifications", r#"{"type":"all"}"#).await;
    let over_mcp = server.ask(&call(1, "dismiss_all_notifications", json!({"type": "all"}))).await;
    let preview = server::json(preview).await["text"].as_str().unwrap().to_owned();
    assert_eq!(preview.lines().next(), text(&over_mcp).lines().next());
    assert!(preview.contains("confirm"), "{preview}");
    assert_eq!(writes(&desk), before);

    let selection = Selection { read_only: true, ..Selection::default() };
    let desk = Harness::with(Wishes { contacts: 5, selection, ..Wishes::default() }).await;
    let server = TestServer::of(Server::new(desk.toolbox.clone()), Options::default()).await;
    assert_eq!(names(&document(&server, "?read_only=false").await), reading);
    assert_eq!(post(&server, "update_contact", update.to_string()).await.status(), 422);
    assert_eq!(writes(&desk), 0);
}

#[tokio::test]
async fn a_token_is_asked_for_as_over_mcp_and_the_document_names_it() {
    let options = Options { identity: server::asking_for("correct horse"), ..Options::default() };
    let server = TestServer::with(NOWHERE, options).await;
    assert_eq!(server.get("/openapi.json").send().await.unwrap().status(), 401);
    assert_eq!(post(&server, "echo", r#"{"text":"hi"}"#).await.status(), 401);
    let request = server.get("/openapi.json").header(AUTHORIZATION, "Bearer correct horse");
    let document = server::json(request.send().await.unwrap()).await;
    check(&document);
    assert_eq!(document["components"]["securitySchemes"], json!({"bearer": {"type": "http", "scheme": "bearer"}}));
    assert_eq!(document["security"], json!([{"bearer": []}]));
    let open = TestServer::of(desk::server(NOWHERE), Options::default()).await;
    let document = server::json(open.get("/openapi.json").send().await.unwrap()).await;
    assert_eq!(document["components"]["securitySchemes"], Value::Object(Map::new()));
    assert!(document.get("security").is_none());
}
