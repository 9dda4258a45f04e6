//! A credential that was refused is not tried again for a while.

use imbrace_contacts_mcp::gateway::operations::{GetContact, ListContactFiles};
use imbrace_contacts_mcp::gateway::{Client, Credential, Settings};
use serde_json::json;

use super::samples::{contact_id, list_contacts, update};
use crate::support::scripted::{Scripted, TOKEN, json};

#[tokio::test]
async fn after_a_401_no_call_reaches_the_gateway_and_all_get_its_words() {
    let server = Scripted::playing([json(401, r#"{"message":"Token expired"}"#)]).await;
    let client = server.client();
    let first = client.send(&list_contacts()).await.unwrap_err();
    let second = client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert_eq!(first.to_string(), second.to_string());
    assert_eq!(first.request_id(), second.request_id(), "the id of the request that was refused");
    assert_eq!(server.seen().len(), 1);
    let other = client.with_credential(Credential::parse(TOKEN.into(), None).unwrap());
    other.send(&list_contacts()).await.unwrap_err();
    assert_eq!(server.seen().len(), 2, "a changed credential is tried");
}

#[tokio::test]
async fn a_403_is_about_one_operation() {
    let server = Scripted::playing([json(403, r#"{"message":"Write permission required"}"#)]).await;
    let client = server.client();
    for _ in 0..3 {
        client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    }
    assert_eq!(server.seen().len(), 1);
    client.send(&list_contacts()).await.unwrap_err();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_401_to_an_api_key_is_about_one_operation() {
    let server = Scripted::playing([json(401, "{}")]).await;
    let key = Credential::parse("api_00000000-0000-4000-8000-000000000001".into(), None).unwrap();
    let client = Client::new(Settings { credential: key, ..server.settings() }).unwrap();
    let files = ListContactFiles { contact_id: contact_id() };
    client.send(&files).await.unwrap_err();
    client.send(&files).await.unwrap_err();
    client.send(&GetContact { contact_id: contact_id() }).await.unwrap_err();
    assert_eq!(server.seen().len(), 2);
}
