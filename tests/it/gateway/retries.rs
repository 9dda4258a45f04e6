//! What is sent again, and what a second "not found" means.

use imbrace_contacts_mcp::gateway::{GatewayError, RefusalKind};
use serde_json::json;

use super::samples::{dismiss, list_contacts, page, update, upload};
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
        let ids: Vec<_> = server
            .seen()
            .iter()
            .map(|request| request.header("x-request-id").unwrap().to_owned())
            .collect();
        assert!(
            ids.len() == 3 && ids.iter().all(|id| *id == ids[0]),
            "one id for the whole call"
        );
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
    assert_eq!(
        refusal(error).kind,
        RefusalKind::NotFound,
        "the first answer is taken at its word"
    );
}

#[tokio::test]
async fn a_service_that_is_down_does_not_decide_the_prefix() {
    use imbrace_contacts_mcp::model::Prefix;
    let server = Scripted::playing([typed(502, "text/html", "<title>502 Bad Gateway</title>")]).await;
    let client = server.probing_client(Prefix::Backend);
    let error = client.send(&list_contacts()).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused(_)));
    assert_eq!(client.prefix(), Prefix::Backend);
    assert!(server.targets().iter().all(|target| target.contains("/v1/backend/")));
}

#[tokio::test]
async fn a_proven_prefix_is_not_doubted_again() {
    use imbrace_contacts_mcp::model::Prefix;
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
