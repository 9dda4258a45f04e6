//! What is sent again, and what a second "not found" means.

use imbrace_contacts_mcp::gateway::operations::{GetContact, ListContactFiles};
use imbrace_contacts_mcp::gateway::{GatewayError, RefusalKind};
use imbrace_contacts_mcp::model::Prefix;
use serde_json::json;

use super::samples::{contact, contact_id, dismiss, list_contacts, page, update, upload};
use super::vectors::refusal;
use crate::support::scripted::{Play, Scripted, json, typed};

#[tokio::test]
async fn a_read_survives_two_passing_failures_of_any_kind() {
    for failure in [
        Play::Close,
        json(503, ""),
        typed(502, "text/html", "<title>502 Bad Gateway</title>"),
        json(504, ""),
        json(408, ""),
    ] {
        let server = Scripted::playing([failure.clone(), failure, json(200, &page().to_string())]).await;
        assert_eq!(server.client().send(&list_contacts()).await.unwrap().rows.len(), 10);
        let ids: Vec<_> =
            server.seen().iter().map(|request| request.header("x-request-id").unwrap().to_owned()).collect();
        assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "one id for the whole call");
    }
}

#[tokio::test]
async fn a_refusal_that_will_not_change_is_not_repeated() {
    for status in [400, 401, 403, 404, 409, 413, 422, 500] {
        let server = Scripted::playing([json(status, r#"{"message":"no"}"#)]).await;
        server.client().send(&list_contacts()).await.unwrap_err();
        assert_eq!(server.seen().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_write_with_unknown_outcome_is_sent_once() {
    for failure in [Play::Close, json(502, ""), json(503, ""), json(429, "")] {
        let server = Scripted::playing([failure]).await;
        let client = server.client();
        client.send(&update(json!({ "remark": "x" }))).await.unwrap_err();
        client.send(&upload("a.png")).await.unwrap_err();
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_dismissal_that_was_lost_on_the_way_back_is_a_success() {
    let gone = json(404, r#"{"message":"Not Found"}"#);
    let server = Scripted::playing([Play::Close, gone.clone()]).await;
    server.client().send(&dismiss(&["not_a"])).await.unwrap();

    let server = Scripted::playing([gone]).await;
    let error = server.client().send(&dismiss(&["not_a"])).await.unwrap_err();
    assert_eq!(refusal(error).kind, RefusalKind::NotFound, "the first answer is taken at its word");
}

#[tokio::test]
async fn a_service_that_is_down_does_not_decide_the_prefix() {
    let server = Scripted::playing([typed(502, "text/html", "<title>502 Bad Gateway</title>")]).await;
    let client = server.probing_client(Prefix::Backend);
    let error = client.send(&list_contacts()).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused(_)));
    assert_eq!(client.prefix(), Prefix::Backend);
    assert!(server.targets().iter().all(|target| target.contains("/v1/backend/")));
}

#[tokio::test]
async fn a_proven_prefix_is_not_doubted_again() {
    let server = Scripted::answering(|index, _| match index {
        0 => json(200, &page().to_string()),
        _ => typed(404, "text/html", "<pre>Cannot GET /x</pre>"),
    })
    .await;
    let client = server.probing_client(Prefix::Backend);
    client.send(&list_contacts()).await.unwrap();
    client.send(&list_contacts()).await.unwrap_err();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn not_found_under_an_unproven_prefix_is_asked_under_the_other() {
    let server = Scripted::answering(|_, request| match request.target.starts_with("/channel-service/v1/") {
        true => json(200, &contact(1).to_string()),
        false => json(404, r#"{"message":"Not Found"}"#),
    })
    .await;
    let client = server.probing_client(Prefix::Backend);
    client.send(&GetContact { contact_id: contact_id() }).await.unwrap();
    assert_eq!(client.prefix(), Prefix::ChannelService);
}

#[tokio::test]
async fn an_object_that_neither_prefix_knows_is_not_found_and_decides_nothing() {
    let server = Scripted::playing([json(404, r#"{"message":"Not Found"}"#)]).await;
    let client = server.probing_client(Prefix::Backend);
    let error = client.send(&GetContact { contact_id: contact_id() }).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!((server.seen().len(), client.prefix()), (2, Prefix::Backend));
}

#[tokio::test]
async fn both_forms_are_tried_under_both_prefixes_and_the_winners_are_remembered() {
    let works = "/channel-service/v1/contacts/con_11111111-2222-4333-8444-555555555501/files";
    let server = Scripted::answering(move |_, request| match request.target == works {
        true => json(200, "[]"),
        false => typed(404, "text/html", "<pre>Cannot GET /x</pre>"),
    })
    .await;
    let client = server.probing_client(Prefix::Backend);
    let operation = ListContactFiles { contact_id: contact_id() };
    client.send(&operation).await.unwrap();
    assert_eq!(server.seen().len(), 4);
    client.send(&operation).await.unwrap();
    assert_eq!(server.targets()[4], format!("GET {works}"));
}

#[tokio::test]
async fn calls_run_at_the_same_time_on_one_client() {
    let server = Scripted::playing([json(200, &page().to_string())]).await;
    let client = std::sync::Arc::new(server.client());
    client.warm();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = std::sync::Arc::clone(&client);
            tokio::spawn(async move { client.send(&list_contacts()).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().rows.len(), 10);
    }
}
