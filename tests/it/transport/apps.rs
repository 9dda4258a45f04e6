//! The review page in a chat (MCP Apps): who is offered it, and what its tools refuse.

use std::time::Duration;

use imbrace_contacts_mcp::audit::Audit;
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::tools::Selection;
use imbrace_contacts_mcp::transport::http::Options;
use serde_json::{Value, json};

use super::desk;
use super::server::{self, TestServer};
use crate::harness::{Harness, Wishes};

const URI: &str = "ui://contacts/review";

struct Chat {
    desk: Harness,
    server: TestServer,
    capabilities: Value,
}

impl Chat {
    async fn with(wishes: Wishes) -> Self {
        let desk = Harness::with(wishes).await;
        let server = TestServer::of(Server::new(desk.toolbox.clone()), Options::default()).await;
        if desk.toolbox.entries().iter().any(|entry| entry.name == "audit_contacts") {
            desk.call("audit_contacts", json!({})).await;
        }
        let shows = json!({ "io.modelcontextprotocol/ui": { "mimeTypes": ["text/html;profile=mcp-app"] } });
        Self { desk, server, capabilities: json!({ "extensions": shows }) }
    }

    async fn open(selection: Selection) -> Self {
        Self::with(Wishes { contacts: 120, selection, ..Wishes::default() }).await
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let mut message = desk::modern(1, method, params);
        message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
        let mut request = self.server.modern(&message);
        if let Some(uri) = message["params"]["uri"].as_str() {
            request = request.header("mcp-name", uri);
        }
        server::json(request.send().await.unwrap()).await
    }

    /// The key that stands in the page.
    async fn key(&self) -> String {
        let page = self.ask("resources/read", json!({ "uri": URI })).await;
        let text = page["result"]["contents"][0]["text"].as_str().unwrap_or_else(|| panic!("{page}"));
        let (_, rest) = text.split_once("<meta name=\"key\" content=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// What a tool of the page answers, and whether it is an error.
    async fn page(&self, tool: &str, arguments: Value) -> (Value, bool) {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        let said = serde_json::from_str(desk::text(&answer)).unwrap();
        (said, answer["result"]["isError"] == true)
    }

    async fn read(&self, path: &str, query: &str) -> Value {
        let (said, is_error) =
            self.page("review_page_read", json!({ "key": self.key().await, "path": path, "query": query })).await;
        assert!(!is_error, "{path}: {said}");
        said
    }

    async fn write(&self, path: &str, body: Value) -> (Value, bool) {
        self.page("review_page_write", json!({ "key": self.key().await, "path": path, "body": body })).await
    }

    /// Waits for the end of what is under way.
    async fn job(&self) -> Value {
        loop {
            let job = self.read("job", "").await["job"].clone();
            if job["over"] == true {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn names(list: &Value) -> Vec<&str> {
    list["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn only_a_client_that_shows_pages_is_offered_one() {
    let mut chat = Chat::open(Selection::default()).await;
    let with = chat.ask("tools/list", json!({})).await;
    assert_eq!(with["result"]["cacheScope"], "private");
    assert!(names(&with).ends_with(&["review_page_read", "review_page_write"]), "{with}");
    let tools = with["result"]["tools"].as_array().unwrap();
    for tool in tools {
        let (name, ui) = (tool["name"].as_str().unwrap(), &tool["_meta"]["ui"]);
        if name.starts_with("review_page") {
            assert_eq!(*ui, json!({ "visibility": ["app"] }));
        } else if ["audit_contacts", "find_duplicate_contacts", "plan_cleanup", "show_cleanup"].contains(&name) {
            assert_eq!(*ui, json!({ "resourceUri": URI }));
        } else {
            assert!(tool.get("_meta").is_none(), "{tool}");
        }
    }
    let page = chat.ask("resources/read", json!({ "uri": URI })).await["result"].clone();
    let content = &page["contents"][0];
    assert_eq!(content["mimeType"], "text/html;profile=mcp-app");
    assert_eq!(content["_meta"]["ui"]["csp"], json!({ "connectDomains": [], "resourceDomains": [] }));
    let text = content["text"].as_str().unwrap();
    assert!(text.contains("content-security-policy") && text.contains("default-src 'none'"));
    assert!(!text.contains(imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN));
    let resources = chat.ask("resources/list", json!({})).await.to_string();
    assert!(resources.contains(URI));

    // Other kinds of pages, and none.
    let other = json!({ "extensions": { "io.modelcontextprotocol/ui": { "mimeTypes": ["text/uri-list"] } } });
    for capabilities in [json!({}), other] {
        chat.capabilities = capabilities;
        let without = chat.ask("tools/list", json!({})).await;
        assert_eq!(without["result"]["cacheScope"], "public");
        assert!(
            !without.to_string().contains("review_page") && !without.to_string().contains("_meta\":{\"ui"),
            "{without}"
        );
        assert!(!chat.ask("resources/list", json!({})).await.to_string().contains(URI));
        assert!(chat.ask("resources/read", json!({ "uri": URI })).await["error"].is_object());
        let called = chat.ask("tools/call", json!({ "name": "review_page_read", "arguments": {} })).await;
        assert!(called["error"]["message"].as_str().unwrap().starts_with("No tool is named"), "{called}");
    }
}

#[tokio::test]
async fn an_older_client_over_http_says_it_in_its_address() {
    let chat = Chat::open(Selection::default()).await;
    let list = async |query: &str| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
        let url = chat.server.url(&format!("/mcp{query}"));
        let request = server::client().post(url).header("content-type", "application/json").body(body);
        request.header("accept", "application/json, text/event-stream").send().await.unwrap()
    };
    for (query, is_offered) in [("", false), ("?ui=false", false), ("?ui=true", true), ("?ui=1&read_only=true", true)] {
        let answer = server::json(list(query).await).await;
        assert_eq!(names(&answer).contains(&"review_page_read"), is_offered, "{query}");
    }
    for query in ["?ui=yes", "?ui=true&ui=true", "?ui="] {
        assert_eq!(list(query).await.status(), 400, "{query}");
    }
}

#[tokio::test]
async fn a_call_without_the_pages_key_gets_nothing() {
    let chat = Chat::open(Selection::default()).await;
    let key = chat.key().await;
    assert_eq!(key.len(), 64);
    let other = format!("{}0", &key[1..]);
    for (arguments, code) in [
        (json!({ "path": "duplicates" }), "argument"),
        (json!({ "path": "duplicates", "key": "" }), "session"),
        (json!({ "path": "duplicates", "key": other }), "session"),
        (json!({ "path": "duplicates", "key": 5 }), "argument"),
        (json!({ "path": "duplicates", "key": key, "more": 1 }), "argument"),
    ] {
        let (said, is_error) = chat.page("review_page_read", arguments).await;
        assert!(is_error && said["error"]["code"] == code, "{said}");
    }
    // The same page's address is of no use to somebody else's credential.
    let stranger = Harness::with(Wishes { contacts: 3, token: "acc_of-somebody-else", ..Wishes::default() }).await;
    assert_ne!(stranger.toolbox.gateway().credential_digest("review page in a host"), key);
}

#[tokio::test]
async fn a_path_leads_nowhere_else() {
    let chat = Chat::open(Selection::default()).await;
    let key = chat.key().await;
    for path in
        ["", "../mcp", "%2e%2e/x", "api/state", "contacts/../state", "//example.com/x", "a b\r\nc: d", "state?x#y"]
    {
        let (said, _) = chat.page("review_page_read", json!({ "key": key, "path": path })).await;
        assert!(said["error"].is_object() || said["place"].is_string(), "{path}: {said}");
    }
    // What reads is no way to write.
    let (said, is_error) = chat.page("review_page_read", json!({ "key": key, "path": "sync" })).await;
    assert!(is_error, "{said}");
}

#[tokio::test]
async fn a_plan_is_made_written_and_taken_back_and_each_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("audit.jsonl");
    let audit = Some(Audit::open(&file).unwrap().0);
    let chat = Chat::with(Wishes { contacts: 120, audit, ..Wishes::default() }).await;
    let (plan, is_error) = chat.write("plans", json!({ "fix": ["safe"] })).await;
    assert!(!is_error, "{plan}");
    let id = plan["plan"].as_str().unwrap();
    let upcoming = chat.read(&format!("plans/{id}"), "max_writes=3").await["upcoming"].clone();
    assert_eq!(upcoming["contacts"], 3);
    let apply =
        json!({ "fingerprint": plan["fingerprint"], "max_writes": 3, "contacts": 3, "fields": upcoming["fields"] });
    // Other numbers than those that were shown write nothing.
    let mut moved = apply.clone();
    moved["contacts"] = json!(4);
    let (said, is_error) = chat.write(&format!("plans/{id}/apply"), moved).await;
    assert!(is_error && said["error"]["code"] == "plan_moved", "{said}");
    let (said, is_error) = chat.write(&format!("plans/{id}/apply"), apply).await;
    assert!(!is_error, "{said}");
    assert_eq!(chat.job().await["report"]["written"], 3);
    let undoable = chat.write(&format!("plans/{id}/undoable"), json!({})).await.0;
    let mut undo = undoable;
    undo["fingerprint"] = plan["fingerprint"].clone();
    let (said, is_error) = chat.write(&format!("plans/{id}/undo"), undo).await;
    assert!(!is_error, "{said}");
    let report = chat.job().await["report"].clone();
    assert!(report["undone"].as_u64().unwrap() >= 3 && report["kept_count"] == 0, "{report}");
    let lines = std::fs::read_to_string(&file).unwrap();
    let count = |needle: &str| lines.lines().filter(|line| line.contains(needle)).count();
    assert!(count("review_page_write") >= 5, "{lines}");
    assert!(!lines.contains(&chat.key().await));
    assert!(chat.desk.arrivals().iter().filter(|arrival| arrival.method == "PUT").count() >= 6);
}

#[tokio::test]
async fn the_page_does_what_the_tools_may_and_nothing_else() {
    let chat = Chat::open(Selection { read_only: true, ..Selection::default() }).await;
    assert_eq!(chat.read("state", "").await["read_only"], true);
    let (plan, is_error) = chat.write("plans", json!({ "fix": ["safe"] })).await;
    assert!(!is_error, "{plan}");
    let id = plan["plan"].as_str().unwrap();
    for (path, code) in [("apply", "not_offered"), ("undo", "not_offered")] {
        let (said, is_error) = chat.write(&format!("plans/{id}/{path}"), json!({})).await;
        assert!(is_error && said["error"]["code"] == code, "{said}");
    }
    assert!(chat.desk.arrivals().iter().all(|arrival| arrival.method != "PUT"));

    let tools = ["audit_contacts", "find_duplicate_contacts", "plan_cleanup"].map(str::to_owned).to_vec();
    let chat = Chat::open(Selection { names: Some(tools), ..Selection::default() }).await;
    let key = chat.key().await;
    chat.read("duplicates", "").await;
    for path in ["history", "plans", "contacts", "contacts/con_x/comments"] {
        let (said, is_error) = chat.page("review_page_read", json!({ "key": key, "path": path })).await;
        assert!(is_error && said["error"]["code"] == "not_offered", "{path}: {said}");
    }
    assert_eq!(chat.read("state", "").await["read_only"], true);
    let (said, is_error) = chat.write("decide", json!({ "answers": [] })).await;
    assert!(is_error && said["error"]["code"] == "not_offered", "{said}");

    // A page that may only take back does write.
    let tools = ["plan_cleanup", "show_cleanup", "undo_cleanup"].map(str::to_owned).to_vec();
    let chat = Chat::open(Selection { names: Some(tools), ..Selection::default() }).await;
    assert_eq!(chat.read("state", "").await["read_only"], false);
}
