//! Resource updates: who subscribed is told when a sync or a watch changed the findings, in either era of the protocol.

use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::transport::http::Options;
use serde_json::{Value, json};

use super::desk::{Wire, modern};
use super::server::{self, TestServer};
use crate::harness::{Harness, Wishes};
use crate::tools::MEI;

const FINDINGS: &str = "contacts://findings.csv";

async fn desk() -> Harness {
    let desk = Harness::with(Wishes { contacts: 30, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    desk
}

/// Somebody edits a contact, and a sync of whatever process reads it.
async fn change(desk: &Harness, email: &str) {
    let fields = json!({ "email": email });
    assert!(desk.gateway.edit_contact(MEI, fields.as_object().unwrap()).unwrap());
    desk.call("audit_contacts", json!({ "refresh": true })).await;
}

fn request(id: i64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[tokio::test]
async fn an_older_client_that_subscribed_is_told_of_updates_until_it_unsubscribes() {
    let desk = desk().await;
    let mut wire = Wire::open(Server::new(desk.toolbox.clone())).await;
    assert_eq!(wire.ask(&request(1, "resources/subscribe", json!({ "uri": FINDINGS }))).await["result"], json!({}));
    change(&desk, "mei@gmial.com").await;
    let told = wire.hear().await;
    assert_eq!(
        (&told["method"], &told["params"]["uri"]),
        (&json!("notifications/resources/updated"), &json!(FINDINGS))
    );
    assert_eq!(wire.ask(&request(2, "resources/unsubscribe", json!({ "uri": FINDINGS }))).await["result"], json!({}));
    change(&desk, "mei@hotmial.com").await;
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert_eq!(wire.ask(&request(3, "ping", json!({}))).await["id"], 3, "nothing was told in between");
}

#[tokio::test]
async fn an_older_client_that_asked_for_the_list_is_told_that_it_changed() {
    let desk = desk().await;
    let mut wire = Wire::open(Server::new(desk.toolbox.clone())).await;
    wire.ask(&request(1, "resources/list", json!({}))).await;
    change(&desk, "mei@gmial.com").await;
    assert_eq!(wire.hear().await["method"], "notifications/resources/list_changed");
}

#[tokio::test]
async fn a_client_of_2026_07_28_listens() {
    let desk = desk().await;
    let mut wire = Wire::bare(Server::new(desk.toolbox.clone()));
    let wanted = json!({ "notifications": { "resourcesListChanged": true, "resourceSubscriptions": [FINDINGS, "contacts://plan/x.csv"] } });
    let acknowledged = wire.ask(&modern(1, "subscriptions/listen", wanted)).await;
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(acknowledged["params"]["notifications"]["resourceSubscriptions"], json!([FINDINGS]), "{acknowledged}");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    change(&desk, "mei@gmial.com").await;
    let told = [wire.hear().await, wire.hear().await];
    assert_eq!(
        (&told[0]["method"], &told[0]["params"]["uri"]),
        (&json!("notifications/resources/updated"), &json!(FINDINGS))
    );
    assert_eq!(told[1]["method"], "notifications/resources/list_changed");
}

#[tokio::test]
async fn what_never_changes_and_where_nothing_can_be_told_is_refused() {
    let desk = desk().await;
    let mut wire = Wire::open(Server::new(desk.toolbox.clone())).await;
    for uri in ["contacts://plan/plan_00000000.csv", "file:///etc/passwd"] {
        let refused = wire.ask(&request(1, "resources/subscribe", json!({ "uri": uri }))).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    let over_http = TestServer::of(Server::new(desk.toolbox.clone()), Options::default()).await;
    // It was not offered there.
    let hello = |id| {
        let client = json!({ "name": "test", "version": "1" });
        request(id, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client }))
    };
    let offered = over_http.ask(&hello(1)).await["result"]["capabilities"]["resources"].clone();
    assert_eq!(offered, json!({}), "over Streamable HTTP");
    let offered = wire.ask(&hello(2)).await["result"]["capabilities"]["resources"].clone();
    assert_eq!(offered, json!({ "listChanged": true, "subscribe": true }), "over a connection");
    let message = request(1, "resources/subscribe", json!({ "uri": FINDINGS }));
    let refused = server::json(over_http.post(message.to_string()).send().await.unwrap()).await;
    assert_eq!(refused["error"]["code"], -32601, "{refused}");
}
