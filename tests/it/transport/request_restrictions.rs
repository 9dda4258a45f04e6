//! Requests over HTTP that ask for less than the operator offers, and never get more.

use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::tools::{Confirm, Selection};
use imbrace_contacts_mcp::transport::http::Options;
use insta::assert_snapshot;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::desk::{self, call, modern, text};
use super::server::{self, TestServer};
use super::sse::Stream;
use crate::harness::{Harness, Wishes};

const READ_ONLY: &str = "x-imbrace-read-only";
const TOOLS: &str = "x-imbrace-tools";
const CONFIRM: &str = "x-imbrace-confirm";

/// The document's first contact, which every population has.
const CONTACT: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// A server whose operator chose so.
async fn open(selection: Selection) -> (Harness, TestServer) {
    let desk = Harness::with(Wishes { contacts: 60, selection, ..Wishes::default() }).await;
    let server = TestServer::of(Server::new(desk.toolbox.clone()), Options { sse: true, ..Options::default() }).await;
    (desk, server)
}

async fn ask(server: &TestServer, headers: &[(&str, &str)], message: &Value) -> Value {
    let request =
        headers.iter().fold(server.post(message.to_string()), |request, (name, value)| request.header(*name, *value));
    server::json(request.send().await.unwrap()).await
}

fn list() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
}

fn names(listed: &Value) -> Vec<&str> {
    listed["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

/// The listed tools that write nothing at the gateway: those that read, and the one that stores a decision.
fn reading(listed: &Value) -> Vec<&str> {
    let tools = listed["result"]["tools"].as_array().unwrap().iter();
    tools
        .filter(|tool| tool["annotations"]["readOnlyHint"] == true || tool["name"] == "decide_duplicates")
        .map(|tool| tool["name"].as_str().unwrap())
        .collect()
}

fn writes(desk: &Harness) -> usize {
    desk.arrivals().iter().filter(|arrival| arrival.method != "GET").count()
}

#[tokio::test]
async fn a_request_can_ask_for_tools_that_only_read() {
    let (desk, server) = open(Selection { confirm: Confirm::Never, ..Selection::default() }).await;
    let whole = ask(&server, &[], &list()).await;
    let narrowed = ask(&server, &[(READ_ONLY, "true")], &list()).await;
    assert_eq!(names(&narrowed), reading(&whole));
    assert!(names(&narrowed).len() < names(&whole).len());
    let all = call(2, "dismiss_all_notifications", json!({"type": "all"}));
    let refused = ask(&server, &[(READ_ONLY, "1")], &all).await;
    assert_snapshot!(text(&refused), @"Nothing was done: `dismiss_all_notifications` is not offered, because the request asks for tools that only read.");
    assert_eq!(writes(&desk), 0);
    // The next request is not bound by it.
    let done = ask(&server, &[(READ_ONLY, "false")], &all).await;
    assert!(text(&done).ends_with("notifications dismissed"), "{done}");
}

#[tokio::test]
async fn a_request_can_ask_for_certain_tools() {
    let operators = ["get_contact", "list_contacts", "update_contact"].map(str::to_owned);
    let (desk, server) = open(Selection { names: Some(operators.into()), ..Selection::default() }).await;
    let wanted = [(TOOLS, "search_contacts, list_contacts,,update_contact")];
    assert_eq!(names(&ask(&server, &wanted, &list()).await), ["list_contacts", "update_contact"]);
    let both = [wanted[0], (READ_ONLY, "true")];
    assert_eq!(names(&ask(&server, &both, &list()).await), ["list_contacts"]);
    let operators = ask(&server, &wanted, &call(2, "search_contacts", json!({"query": "ann"}))).await;
    assert!(text(&operators).contains("the operator chose other tools"), "{operators}");
    let own = ask(&server, &wanted, &call(3, "get_contact", json!({"contact_id": "con_1"}))).await;
    assert_snapshot!(text(&own), @"Nothing was done: `get_contact` is not offered, because the request asks for other tools only.");
    assert_eq!(desk.arrivals().len(), 0);
    assert!(
        text(&ask(&server, &wanted, &call(4, "list_contacts", json!({"limit": 1}))).await).starts_with("# contacts")
    );
}

#[tokio::test]
async fn a_request_can_ask_for_more_confirmations_and_never_for_fewer() {
    let (desk, server) = open(Selection { confirm: Confirm::Never, ..Selection::default() }).await;
    let remark = |token: Option<&str>| {
        let mut arguments = json!({"contact_id": CONTACT, "set": {"remark": "called"}});
        if let Some(token) = token {
            arguments["confirm"] = token.into();
        }
        call(2, "update_contact", arguments)
    };
    let strict = [(CONFIRM, "all")];
    let listed = ask(&server, &strict, &list()).await;
    let confirming = |tool: &&Value| tool["inputSchema"]["properties"].get("confirm").is_some();
    assert_eq!(listed["result"]["tools"].as_array().unwrap().iter().filter(confirming).count(), 8);
    let preview = ask(&server, &strict, &remark(None)).await;
    assert_eq!(writes(&desk), 0, "{preview}");
    let token = text(&preview).rsplit_once("confirm=").unwrap().1.to_owned();
    let done = ask(&server, &strict, &remark(Some(&token))).await;
    assert!(text(&done).starts_with("updated"), "{done}");
    assert_eq!(writes(&desk), 1);

    let (desk, server) = open(Selection { confirm: Confirm::All, ..Selection::default() }).await;
    for looser in ["never", "destructive"] {
        let preview = ask(&server, &[(CONFIRM, looser)], &remark(None)).await;
        assert!(text(&preview).contains("confirm="), "{looser}: {preview}");
    }
    assert_eq!(writes(&desk), 0);
}

#[tokio::test]
async fn nothing_in_a_request_loosens_a_read_only_server() {
    let (desk, server) = open(Selection { read_only: true, ..Selection::default() }).await;
    let loose = [(READ_ONLY, "false"), (TOOLS, "mark_notifications_read,get_contact"), (CONFIRM, "never")];
    assert_eq!(names(&ask(&server, &loose, &list()).await), ["get_contact"]);
    let refused = ask(&server, &loose, &call(1, "mark_notifications_read", json!({"ids": ["not_1"]}))).await;
    assert!(text(&refused).contains("this server is read-only"), "{refused}");
    assert_eq!(desk.arrivals().len(), 0);
}

#[tokio::test]
async fn a_wish_that_cannot_be_read_is_refused_and_not_passed_over() {
    let (desk, server) = open(Selection::default()).await;
    for (name, value) in [(READ_ONLY, "yes please"), (READ_ONLY, ""), (TOOLS, " , "), (CONFIRM, "sometimes")] {
        let answer = server.post(list().to_string()).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{name}: {value}");
        assert!(answer.text().await.unwrap().contains(name));
    }
    let twice = server.post(list().to_string()).header(TOOLS, "get_contact").header(TOOLS, "list_contacts");
    assert_eq!(twice.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    let misspelt = [(TOOLS, "get_contact,list_contact")];
    let listed = ask(&server, &misspelt, &list()).await;
    assert_eq!(listed["error"]["code"], -32602, "{listed}");
    assert!(listed["error"]["message"].as_str().unwrap().contains("no tool is named `list_contact`"));
    let called = ask(&server, &misspelt, &call(1, "get_contact", json!({"contact_id": "con_1"}))).await;
    assert!(text(&called).starts_with("Nothing was done: in `x-imbrace-tools`, no tool is named"), "{called}");
    assert_eq!(desk.arrivals().len(), 0);
}

#[tokio::test]
async fn a_narrowed_list_is_its_callers_alone_and_other_requests_share_the_rest() {
    let (_desk, server) = open(Selection::default()).await;
    let ask = async |headers: &[(&str, &str)], message: &Value| {
        let request =
            headers.iter().fold(server.modern(message), |request, (name, value)| request.header(*name, *value));
        server::json(request.send().await.unwrap()).await
    };
    let list = modern(1, "tools/list", json!({}));
    assert_eq!(ask(&[], &list).await["result"]["cacheScope"], "public");
    assert_eq!(ask(&[(READ_ONLY, "true")], &list).await["result"]["cacheScope"], "private");
    assert_eq!(ask(&[(READ_ONLY, "false")], &list).await["result"]["cacheScope"], "public");
    // A handle that a narrowed request was shown is good in a plain one, because both are the same caller's.
    let params = json!({"name": "list_contacts", "arguments": {"limit": 1}});
    let shown = ask(&[(READ_ONLY, "true")], &modern(2, "tools/call", params)).await;
    let handle = crate::tools::short_ids(text(&shown))[0].clone();
    let params = json!({"name": "get_contact", "arguments": {"contact_id": handle}});
    let card = ask(&[], &modern(3, "tools/call", params)).await;
    assert_eq!(card["result"]["isError"], false, "{card}");
}

#[tokio::test]
async fn a_session_over_sse_keeps_its_bounds_and_each_message_may_add_to_them() {
    let (desk, server) = open(Selection { confirm: Confirm::Never, ..Selection::default() }).await;
    let mut stream = Stream::of(server.get("/sse").header(TOOLS, "get_contact,mark_notifications_read"), &server).await;
    stream.ask(&desk::initialize("2024-11-05")).await;
    assert_eq!(names(&stream.ask(&list()).await), ["get_contact", "mark_notifications_read"]);
    let narrower = stream.send(&list(), &[(READ_ONLY, "true"), (TOOLS, "list_contacts,get_contact")]).await;
    assert_eq!(narrower.status(), 202);
    assert_eq!(names(&stream.hear().await), ["get_contact"]);
    let refused = stream.ask(&call(2, "dismiss_all_notifications", json!({"type": "all"}))).await;
    assert!(text(&refused).contains("the request asks for other tools only"), "{refused}");
    assert_eq!(desk.arrivals().len(), 0);
}
