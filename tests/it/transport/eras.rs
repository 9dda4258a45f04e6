//! Both eras of the protocol, all five versions, on one kind of connection.

use serde_json::json;

use super::desk::{self, MODERN, NOWHERE, Wire, modern, server, text};

#[tokio::test]
async fn every_version_with_a_handshake_is_agreed_to() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut wire = Wire::bare(server(NOWHERE));
        let answer = wire.ask(&desk::initialize(version)).await;
        assert_eq!(answer["result"]["protocolVersion"], version);
        assert_eq!(answer["result"]["serverInfo"]["name"], "imbrace-contacts-mcp");
        assert_eq!(answer["result"]["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(answer["result"]["capabilities"], json!({"tools": {}}));
        assert_eq!(text(&wire.call(1, "echo", json!({"text": version})).await), version);
    }
}

#[tokio::test]
async fn a_handshake_for_an_unknown_version_is_answered_with_the_newest_that_has_one() {
    for version in ["1999-01-01", "2099-01-01", MODERN] {
        let mut wire = Wire::bare(server(NOWHERE));
        assert_eq!(wire.ask(&desk::initialize(version)).await["result"]["protocolVersion"], desk::HANDSHAKE);
    }
}

#[tokio::test]
async fn the_modern_era_needs_no_handshake() {
    let mut wire = Wire::bare(server(NOWHERE));
    let discovered = wire.ask(&modern(1, "server/discover", json!({}))).await;
    let versions = discovered["result"]["supportedVersions"].as_array().unwrap();
    assert_eq!(versions.len(), 5, "{discovered}");
    let answer = wire.ask(&modern(2, "tools/call", json!({"name": "echo", "arguments": {"text": "hi"}}))).await;
    assert_eq!(text(&answer), "hi");
    assert_eq!(answer["result"]["resultType"], "complete");
}

#[tokio::test]
async fn a_modern_probe_may_be_followed_by_a_handshake() {
    let mut wire = Wire::bare(server(NOWHERE));
    wire.ask(&modern(1, "server/discover", json!({}))).await;
    assert_eq!(wire.ask(&desk::initialize("2025-06-18")).await["result"]["protocolVersion"], "2025-06-18");
    let answer = wire.call(3, "echo", json!({"text": "hi"})).await;
    assert!(answer["result"].get("resultType").is_none(), "{answer}");
}

#[tokio::test]
async fn an_unknown_modern_version_is_refused_with_the_known_ones() {
    let mut wire = Wire::bare(server(NOWHERE));
    let mut request = modern(1, "tools/list", json!({}));
    request["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    let answer = wire.ask(&request).await;
    assert_eq!(answer["error"]["code"], -32022, "{answer}");
    assert!(answer["error"]["data"].to_string().contains(MODERN), "{answer}");
}

#[tokio::test]
async fn the_list_is_fixed_and_fresh_for_an_hour_in_the_modern_era_only() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    let legacy = wire.ask(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})).await;
    let names: Vec<_> =
        legacy["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["echo", "ask_gateway", "panics", "panics_elsewhere", "counts", "waits", "sends", "removes"]);
    assert!(legacy["result"].get("ttlMs").is_none(), "{legacy}");

    let mut wire = Wire::bare(server(NOWHERE));
    let modern = wire.ask(&modern(1, "tools/list", json!({}))).await;
    assert_eq!(modern["result"]["ttlMs"], 3_600_000);
    assert_eq!(modern["result"]["cacheScope"], "public");
    assert_eq!(modern["result"]["tools"], legacy["result"]["tools"]);
}

#[tokio::test]
async fn hints_follow_from_the_effect() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    let list = wire.ask(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})).await;
    let hints = |name: &str| {
        let tools = list["result"]["tools"].as_array().unwrap();
        tools.iter().find(|tool| tool["name"] == name).unwrap()["annotations"].clone()
    };
    let expected = |read: bool, destroy: bool, again: bool| json!({"readOnlyHint": read, "destructiveHint": destroy, "idempotentHint": again, "openWorldHint": true});
    assert_eq!(hints("echo"), expected(true, false, true));
    assert_eq!(hints("sends"), expected(false, false, false));
    assert_eq!(hints("removes"), expected(false, true, true));
}

#[tokio::test]
async fn what_is_not_offered_is_refused_and_not_answered_with_an_empty_list() {
    let mut wire = Wire::open(server(NOWHERE)).await;
    for method in ["prompts/list", "resources/list", "resources/templates/list", "no/such/method"] {
        let answer = wire.ask(&json!({"jsonrpc": "2.0", "id": method, "method": method})).await;
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(-32601), &json!(method)), "{answer}");
    }
}
