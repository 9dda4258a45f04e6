//! Equal reads in flight are one request.

use std::time::Duration;

use futures::future::join_all;
use imbrace_contacts_mcp::gateway::operations::{GetContact, ListContacts};
use imbrace_contacts_mcp::gateway::{Client, Credential};
use serde_json::json;

use super::samples::{contact, contact_id, list_contacts, page, update};
use crate::harness::Harness;
use crate::support::scripted::{Play, Scripted, TOKEN, json};

/// A gateway whose answers take a moment, so that calls meet.
async fn slow() -> (Harness, Client) {
    let desk = Harness::new().await;
    desk.gateway.set_faults("*:latency,ms=200".parse().unwrap());
    let settings = imbrace_contacts_mcp::gateway::Settings {
        base_url: desk.gateway.base_url().parse().unwrap(),
        prefix: imbrace_contacts_mcp::model::PrefixChoice::Fixed(imbrace_contacts_mcp::model::Prefix::ChannelService),
        credential: Credential::parse(imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN.into(), None).unwrap(),
        deadlines: Default::default(),
    };
    (desk, Client::new(settings).unwrap())
}

#[tokio::test]
async fn a_hundred_equal_reads_are_one_request_and_all_get_its_answer() {
    let (desk, client) = slow().await;
    let operation = list_contacts();
    let answers = join_all((0..100).map(|_| client.send(&operation))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().rows.len() == 10));
    assert_eq!(desk.arrivals().len(), 1);
    client.send(&operation).await.unwrap();
    assert_eq!(desk.arrivals().len(), 2, "an answer is not kept");
}

#[tokio::test]
async fn other_values_and_other_credentials_are_other_requests() {
    let (desk, client) = slow().await;
    let other = client.with_credential(Credential::parse(TOKEN.into(), None).unwrap());
    let operation = list_contacts();
    let second = ListContacts { skip: 10, ..list_contacts() };
    let calls = [client.send(&operation), client.send(&second), other.send(&operation)];
    join_all(calls).await;
    assert_eq!(desk.arrivals().len(), 3);
}

#[tokio::test]
async fn errors_are_shared_too() {
    let server = Scripted::playing([json(404, r#"{"message":"Not Found"}"#)]).await;
    let client = server.client();
    let operation = GetContact { contact_id: contact_id() };
    let answers = join_all((0..50).map(|_| client.send(&operation))).await;
    assert_eq!(server.seen().len(), 1);
    let ids: Vec<String> = answers.iter().map(|answer| answer.as_ref().unwrap_err().request_id().to_owned()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the id of the one request");
}

#[tokio::test]
async fn writes_are_never_shared() {
    let server = Scripted::playing([json(200, &contact(1).to_string())]).await;
    let client = server.client();
    let operation = update(json!({ "remark": "x" }));
    join_all((0..10).map(|_| client.send(&operation))).await;
    assert_eq!(server.seen().len(), 10);
}

#[tokio::test]
async fn a_read_after_a_write_does_not_share_one_from_before_it() {
    let server = Scripted::answering(|index, _| match index {
        0 => Play::Hang,
        1 => json(200, &contact(1).to_string()),
        _ => json(200, &page().to_string()),
    })
    .await;
    let client = server.client();
    let reader = client.clone();
    let before = tokio::spawn(async move { reader.send(&list_contacts()).await });
    while server.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client.send(&update(json!({ "remark": "x" }))).await.unwrap();
    assert_eq!(client.send(&list_contacts()).await.unwrap().rows.len(), 10);
    assert!(!before.is_finished());
    before.abort();
}
