//! What each operation puts on the wire: one snapshot an operation.

use std::fmt::Write as _;

use imbrace_contacts_mcp::gateway::operations::{
    self, DismissAllNotifications, ExportContacts, GetContact, GetConversationMessages, ListContactComments,
    ListContactFiles, ListContacts, ListNotifications, MarkNotificationsRead, SearchContacts,
};
use imbrace_contacts_mcp::gateway::{Credential, Operation, Settings};
use imbrace_contacts_mcp::model::{CHANNEL_TYPES, NotificationTab};
use insta::assert_snapshot;
use serde_json::json;

use super::samples::{comment, contact, contact_id, conversations, dismiss, update, upload};
use crate::support::scripted::{Scripted, Seen, TOKEN, json};

/// An answer that every operation can read.
fn fits_all() -> String {
    json!({ "data": [contact(1)], "url": "https://files.example/1.png" }).to_string()
}

/// The request that an operation sends, without what differs from run to run.
async fn wire<O: Operation>(operation: O) -> String {
    let server = Scripted::playing([json(200, &fits_all())]).await;
    server.client().send(&operation).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    shown(&seen[0])
}

fn shown(request: &Seen) -> String {
    let boundary = request.header("content-type").and_then(|text| text.split_once("boundary=")).map(|(_, text)| text);
    let id = request.header("x-request-id").unwrap();
    assert!(id.len() == 16 && id.chars().all(|sign| sign.is_ascii_hexdigit()), "{id}");
    let mut text = format!("{} {}\n", request.method, request.target);
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
        let value = match name.as_str() {
            "x-request-id" => "<id>",
            "x-access-token" if value == TOKEN => "<token>",
            "user-agent" => value.split('/').next().unwrap(),
            "content-length" if boundary.is_some() => "<length>",
            _ => value,
        };
        writeln!(text, "{name}: {value}").unwrap();
    }
    write!(text, "\n{}", request.text()).unwrap();
    boundary.map_or(text.clone(), |boundary| text.replace(boundary, "<boundary>")).replace('\r', "")
}

#[tokio::test]
async fn list_contacts() {
    assert_snapshot!(wire(ListContacts { limit: 10, skip: 20, sort: Some("-created_at".into()) }).await);
}

#[tokio::test]
async fn export_contacts() {
    let answer =
        crate::support::scripted::typed(200, "text/csv; charset=utf-8", "id,display_name\r\ncon_1,Mei Chan\r\n");
    let server = Scripted::playing([answer]).await;
    let export = server.client().send(&ExportContacts { sort: Some("-created_at".into()) }).await.unwrap();
    assert_eq!(export.rows().collect::<Vec<_>>(), [["con_1", "Mei Chan"]]);
    assert_snapshot!(shown(&server.seen()[0]));
}

#[tokio::test]
async fn search_contacts() {
    assert_snapshot!(wire(SearchContacts { query: "mei chan".into(), limit: 10, skip: 0, sort: None }).await);
}

#[tokio::test]
async fn get_contact() {
    assert_snapshot!(wire(GetContact { contact_id: contact_id() }).await);
}

#[tokio::test]
async fn get_contact_conversations() {
    assert_snapshot!(wire(conversations(&CHANNEL_TYPES)).await);
}

#[tokio::test]
async fn get_conversation_messages() {
    assert_snapshot!(
        wire(GetConversationMessages { participant_id: "tcu_demo1".parse().unwrap(), limit: 50, skip: 0 }).await
    );
}

#[tokio::test]
async fn update_contact() {
    assert_snapshot!(wire(update(json!({ "phone_number": "55500101", "avatar_url": null }))).await);
}

#[tokio::test]
async fn list_contact_comments() {
    let channel_types = vec!["web".to_owned(), "line".to_owned()];
    assert_snapshot!(wire(ListContactComments { contact_id: contact_id(), channel_types, limit: 15, skip: 0 }).await);
}

#[tokio::test]
async fn get_contact_comment() {
    assert_snapshot!(wire(comment()).await);
}

#[tokio::test]
async fn list_contact_files() {
    assert_snapshot!(wire(ListContactFiles { contact_id: contact_id() }).await);
}

#[tokio::test]
async fn upload_contact_file() {
    assert_snapshot!(wire(upload("../photo \"1\".png")).await);
}

#[tokio::test]
async fn list_notifications() {
    assert_snapshot!(wire(ListNotifications { tab: Some(NotificationTab::Assigns), limit: 20, skip: 0 }).await);
}

#[tokio::test]
async fn mark_notifications_read() {
    assert_snapshot!(wire(MarkNotificationsRead { ids: vec!["not_a".parse().unwrap()] }).await);
}

#[tokio::test]
async fn dismiss_notifications() {
    assert_snapshot!(wire(dismiss(&["not_a", "not_b"])).await);
}

#[tokio::test]
async fn dismiss_all_notifications() {
    assert_snapshot!(wire(DismissAllNotifications { tab: Some(NotificationTab::Conversations) }).await);
}

#[test]
fn every_operation_has_its_snapshot() {
    for entry in operations::catalog() {
        let file =
            format!("{}/tests/it/gateway/snapshots/it__gateway__wire__{}.snap", env!("CARGO_MANIFEST_DIR"), entry.name);
        assert!(std::path::Path::new(&file).exists(), "operation `{}` has no wire snapshot", entry.name);
    }
}

#[tokio::test]
async fn each_credential_goes_into_its_own_headers_and_no_other() {
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1X2RlbW8xIn0.c2ln";
    let bearer = format!("Bearer {jwt}");
    let key = "api_00000000-0000-4000-8000-000000000002";
    let cases = [
        (TOKEN, vec![("x-access-token", TOKEN)]),
        (key, vec![("x-api-key", key)]),
        (jwt, vec![("authorization", bearer.as_str()), ("x-organization-id", "org_demo")]),
    ];
    for (text, expected) in cases {
        let server = Scripted::playing([json(200, "[]")]).await;
        let credential = Credential::parse(text.into(), Some("org_demo")).unwrap();
        let client = imbrace_contacts_mcp::gateway::Client::new(Settings { credential, ..server.settings() }).unwrap();
        client.send(&super::samples::list_contacts()).await.unwrap();
        let names = ["x-access-token", "x-api-key", "authorization", "x-organization-id"];
        let seen = server.seen();
        let sent: Vec<_> = names.into_iter().filter_map(|name| Some((name, seen[0].header(name)?))).collect();
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn a_self_hosted_path_stands_before_the_prefix() {
    let server = Scripted::playing([json(200, "[]")]).await;
    let base_url = format!("http://{}/api/", server.address).parse().unwrap();
    let client = imbrace_contacts_mcp::gateway::Client::new(Settings { base_url, ..server.settings() }).unwrap();
    client.send(&super::samples::list_contacts()).await.unwrap();
    assert_eq!(server.targets(), ["GET /api/channel-service/v1/contacts?limit=10&skip=0"]);
}
