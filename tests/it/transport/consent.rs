//! A person is asked before everything of a kind is removed: in both eras of the protocol, by real clients and in raw
//! messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::transport::{http, stdio};
use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ProtocolVersion,
};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RequestContext};
use rmcp::{ClientHandler, ErrorData, RoleClient};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::desk::{self, Wire, modern, text};
use super::server;
use crate::harness::{Harness, Wishes};

const TOOL: &str = "dismiss_all_notifications";

async fn small() -> Harness {
    Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await
}

fn deletes(desk: &Harness) -> usize {
    desk.arrivals().iter().filter(|arrival| arrival.method == "DELETE").count()
}

/// A person at a client, who answers every question alike.
#[derive(Clone)]
struct Person {
    action: ElicitationAction,
    content: Option<Value>,
    asked: Arc<AtomicUsize>,
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let mut config = ClientConfig::default();
        config.capabilities = ClientCapabilities::builder().enable_elicitation().build();
        config
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let ElicitRequestParams::FormElicitationParams { message, .. } = request else { panic!("a form was expected") };
        assert!(message.starts_with("Dismiss all notifications: dismiss "), "{message}");
        let mut result = ElicitResult::new(self.action.clone());
        result.content = self.content.clone();
        Ok(result)
    }
}

/// What a real client gets whose person answers so; with how often that person was asked.
async fn answered(desk: &Harness, lifecycle: ClientLifecycleMode, person: &Person) -> (bool, String) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (reader, writer) = tokio::io::split(theirs);
    let server = Server::new(desk.toolbox.clone());
    tokio::spawn(stdio::serve_pair(server, reader, writer, CancellationToken::new()));
    let client = person.clone().serve_with_lifecycle(ours, lifecycle).await.unwrap();
    let arguments = json!({ "type": "teams" }).as_object().cloned().unwrap();
    let result = client.call_tool(CallToolRequestParams::new(TOOL).with_arguments(arguments)).await.unwrap();
    let shown = serde_json::to_value(&result).unwrap();
    (result.is_error == Some(true), shown["content"][0]["text"].as_str().unwrap().to_owned())
}

fn eras() -> [ClientLifecycleMode; 2] {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    [ClientLifecycleMode::Initialize, ClientLifecycleMode::Discover { preferred_versions }]
}

#[tokio::test]
async fn a_person_who_agrees_is_asked_once_and_it_is_done_once() {
    for era in eras() {
        let desk = small().await;
        let asked = Arc::default();
        let content = Some(json!({ "confirm": true }));
        let person = Person { action: ElicitationAction::Accept, content, asked: Arc::clone(&asked) };
        let (is_error, text) = answered(&desk, era.clone(), &person).await;
        assert!(!is_error && text.ends_with("teams notifications dismissed"), "{era:?}: {text}");
        assert_eq!((asked.load(Ordering::SeqCst), deletes(&desk)), (1, 1), "{era:?}");
    }
}

#[tokio::test]
async fn a_person_who_does_not_agree_is_obeyed() {
    for era in eras() {
        let no = Some(json!({ "confirm": false }));
        for (action, content, expected) in [
            (ElicitationAction::Decline, None, "Nothing was done: the user declined."),
            (ElicitationAction::Accept, no, "Nothing was done: the user declined."),
            (ElicitationAction::Cancel, None, "Nothing was done: the user closed the question without an answer."),
            (
                ElicitationAction::Accept,
                None,
                "Nothing was done: this call needs the user's confirmation, and the client gave no answer.",
            ),
        ] {
            let desk = small().await;
            let person = Person { action, content, asked: Arc::default() };
            assert_eq!(answered(&desk, era.clone(), &person).await, (true, expected.to_owned()), "{era:?}");
            assert_eq!(deletes(&desk), 0);
        }
    }
}

#[tokio::test]
async fn what_changes_while_a_person_thinks_is_asked_about_anew() {
    let desk = small().await;
    let mut wire = Wire::bare(Server::new(desk.toolbox.clone()));
    let mut hello = desk::initialize(desk::HANDSHAKE);
    hello["params"]["capabilities"] = json!({ "elicitation": {} });
    wire.ask(&hello).await;
    wire.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    wire.say(&desk::call(1, TOOL, json!({ "type": "teams" }))).await;
    let question = wire.hear().await;
    assert_eq!(question["method"], "elicitation/create");
    let schema = json!({ "type": "object", "required": ["confirm"],
        "properties": { "confirm": { "type": "boolean", "title": "Do it" } } });
    assert_eq!(question["params"]["requestedSchema"], schema);
    let newest =
        crate::tools::short_ids(&desk.call("list_notifications", json!({ "type": "teams", "limit": 1 })).await);
    desk.call("dismiss_notifications", json!({ "ids": newest })).await;
    desk.gateway.forget_requests();
    let yes = json!({ "action": "accept", "content": { "confirm": true } });
    let again = wire.ask(&json!({"jsonrpc": "2.0", "id": question["id"], "result": yes})).await;
    let message = again["params"]["message"].as_str().unwrap();
    assert!(message.starts_with("This has changed meanwhile. "), "{again}");
    assert_eq!(deletes(&desk), 0);
    let done = wire.ask(&json!({"jsonrpc": "2.0", "id": again["id"], "result": yes})).await;
    assert!(text(&done).ends_with("teams notifications dismissed"), "{done}");
    assert_eq!(deletes(&desk), 1);
}

/// A modern call whose client can show forms.
fn asking(id: i64, mut more: Value) -> Value {
    more["name"] = TOOL.into();
    more["arguments"] = json!({ "type": "teams" });
    let mut request = modern(id, "tools/call", more);
    request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": { "form": {} } });
    request
}

#[tokio::test]
async fn in_the_modern_era_the_state_is_sealed_and_holds_once() {
    let desk = small().await;
    let mut wire = Wire::bare(Server::new(desk.toolbox.clone()));
    let first = wire.ask(&asking(1, json!({}))).await;
    assert_eq!(first["result"]["resultType"], "input_required", "{first}");
    assert_eq!(first["result"]["inputRequests"]["confirm"]["method"], "elicitation/create");
    let state = first["result"]["requestState"].as_str().unwrap().to_owned();
    let yes = json!({ "confirm": { "action": "accept", "content": { "confirm": true } } });
    // Without an answer, and with a state of one's own making.
    let silent = wire.ask(&asking(2, json!({ "requestState": state }))).await;
    assert!(text(&silent).contains("gave no answer"), "{silent}");
    let forged = wire.ask(&asking(3, json!({ "requestState": "A".repeat(60), "inputResponses": yes }))).await;
    assert!(text(&forged).contains("none that this server gave out"), "{forged}");
    assert_eq!(deletes(&desk), 0);
    let repeat = json!({ "requestState": state, "inputResponses": yes });
    let done = wire.ask(&asking(4, repeat.clone())).await;
    assert!(text(&done).ends_with("teams notifications dismissed"), "{done}");
    let twice = wire.ask(&asking(5, repeat)).await;
    assert!(text(&twice).contains("has been used already"), "{twice}");
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn a_client_that_cannot_ask_gets_a_token_in_both_eras() {
    let desk = small().await;
    let mut wire = Wire::open(Server::new(desk.toolbox.clone())).await;
    let legacy = wire.call(1, TOOL, json!({ "type": "teams" })).await;
    let mut wire = Wire::bare(Server::new(desk.toolbox.clone()));
    let call = json!({ "name": TOOL, "arguments": { "type": "teams" } });
    let modern = wire.ask(&modern(1, "tools/call", call)).await;
    for preview in [&legacy, &modern] {
        assert!(text(preview).contains("confirm="), "{preview}");
        assert_eq!(preview["result"]["isError"], false);
    }
    assert_eq!(deletes(&desk), 0);
}

#[tokio::test]
async fn over_http_a_confirmation_belongs_to_whoever_authenticated() {
    let desk = small().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = Server::new(desk.toolbox.clone());
    let identity = server::asking_for("token-of-one-0000\ntoken-of-two-0000");
    let options = http::Options { identity, ..http::Options::default() };
    let serving = tokio::spawn(http::serve(listener, server, options, stop.clone()));
    let client = server::client();
    let call = async |who: &str, mut arguments: Value, token: Option<&str>| {
        if let Some(token) = token {
            arguments["confirm"] = token.into();
        }
        let request = client.post(format!("http://{address}/mcp")).bearer_auth(who).body(
            json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": TOOL, "arguments": arguments}})
            .to_string(),
        );
        let request = request.header("accept", "application/json, text/event-stream");
        let answer = request.header("content-type", "application/json").send().await.unwrap();
        text(&server::json(answer).await).to_owned()
    };
    let preview = call("token-of-one-0000", json!({ "type": "teams" }), None).await;
    let token = preview.rsplit_once("confirm=").unwrap().1;
    let stolen = call("token-of-two-0000", json!({ "type": "teams" }), Some(token)).await;
    assert!(stolen.contains("belongs to another call"), "{stolen}");
    assert_eq!(deletes(&desk), 0);
    let done = call("token-of-one-0000", json!({ "type": "teams" }), Some(token)).await;
    assert!(done.ends_with("teams notifications dismissed"), "{done}");
    stop.cancel();
    serving.await.unwrap().unwrap();
}
