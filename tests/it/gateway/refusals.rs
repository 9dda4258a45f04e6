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
async fn a_credential_that_is_renewed_is_tried_at_once_and_in_every_clone() {
    let renewed = "acc_00000000-0000-4000-8000-000000000002";
    let server = Scripted::answering(move |_, seen| match seen.header("x-access-token") {
        Some(token) if token == renewed => json(200, r#"{"data":[],"count":0}"#),
        _ => json(401, r#"{"message":"Token expired"}"#),
    });
    let server = server.await;
    let next = std::sync::Arc::new(std::sync::Mutex::new(None));
    let look = std::sync::Arc::clone(&next);
    let client = server.client().renewed_by(move || std::future::ready(look.lock().unwrap().take()));
    let clone = client.clone();
    client.send(&list_contacts()).await.unwrap_err();
    clone.send(&list_contacts()).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
    *next.lock().unwrap() = Some(Credential::parse(renewed.into(), None).unwrap());
    client.send(&list_contacts()).await.unwrap();
    clone.send(&list_contacts()).await.unwrap();
    assert_eq!(server.seen().len(), 3);
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
async fn a_403_about_licence_or_organisation_is_about_every_operation() {
    for body in [
        r#"{"error":"License required","message":"Licence expired","code":"LICENSE_INVALID"}"#,
        r#"{"message":"Forbidden - organization mismatch","details":{"expected":"a","received":"b"}}"#,
    ] {
        let server = Scripted::playing([json(403, body)]).await;
        let client = server.client();
        client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
        client.send(&list_contacts()).await.unwrap_err();
        assert_eq!(server.seen().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_right_that_one_route_lacks_takes_nothing_from_the_others() {
    // A scoped API key (contract, 7.1): what it may not do is refused once, and all else goes on.
    let forbidden = json(403, r#"{"error":"Forbidden","message":"Write permission required for contact"}"#);
    let list = json(200, r#"{"data":[],"count":0}"#);
    let server =
        Scripted::answering(move |_, seen| if seen.method == "PUT" { forbidden.clone() } else { list.clone() });
    let server = server.await;
    let client = server.client();
    for _ in 0..20 {
        client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
        client.send(&list_contacts()).await.unwrap();
    }
    let refused = server.targets().iter().filter(|target| target.starts_with("PUT")).count();
    // With the whole credential at rest it would be 20 reads that fail, for one request less.
    assert_eq!((refused, server.seen().len()), (1, 21));
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
