//! The contract's test vectors for reads and for the transport: T1-T4, T7-T10, T15-T18, T20-T22.

use std::time::{Duration, Instant};

use imbrace_contacts_mcp::gateway::operations::{GetContact, ListContactFiles, SearchContacts};
use imbrace_contacts_mcp::gateway::{GatewayError, Outcome, Refusal, RefusalKind};
use imbrace_contacts_mcp::model::{Contact, Page, Prefix};
use serde_json::json;

use super::samples::{comment, contact, contact_id, conversations, list_contacts, page, ten_contacts, update};
use crate::support::scripted::{Play, Scripted, TOKEN, json, typed, with_headers};

/// What a service behind a broken alias answers at its root.
const ROOT: &str = r#"{"service":"channel-service","status":"ok"}"#;
/// The gateway's own unknown path.
const CANNOT_GET: &str = "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot GET /v1/backend/contacts</pre></body></html>";

pub(crate) fn refusal(error: GatewayError) -> Refusal {
    match error {
        GatewayError::Refused(refusal) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn ids(page: &Page<Contact>) -> Vec<String> {
    page.rows.iter().map(|contact| contact.id().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn t01_count_is_the_grand_total_and_total_the_size_of_the_page() {
    let server = Scripted::playing([json(200, &page().to_string())]).await;
    let page = server.client().send(&list_contacts()).await.unwrap();
    assert_eq!(page.rows.len(), 10);
    assert_eq!(page.grand_total(0), Some(25));
    assert!(page.has_more(0));
}

#[tokio::test]
async fn t02_every_envelope_of_a_list_gives_the_same_rows() {
    let rows = ten_contacts();
    let envelopes = [
        json!({ "data": rows }),
        json!({ "data": { "data": rows } }),
        json!({ "data": { "items": rows } }),
        json!(rows),
        json!({ "items": rows }),
        json!({ "message": { "hits": rows } }),
    ];
    for envelope in envelopes {
        let server = Scripted::playing([json(200, &envelope.to_string())]).await;
        let page = server.client().send(&list_contacts()).await.unwrap();
        assert_eq!(ids(&page), rows.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn t03_a_root_page_instead_of_a_list_is_an_error_that_names_the_prefix() {
    let server = Scripted::playing([json(200, ROOT)]).await;
    let error = server.client().send(&list_contacts()).await.unwrap_err();
    assert!(matches!(error, GatewayError::WrongShape { .. }), "{error:?}");
    assert!(error.to_string().contains("channel-service/v1"), "{error}");
    assert_eq!(server.seen().len(), 1, "a fixed prefix is never probed");
}

#[tokio::test]
async fn t03_auto_tries_the_other_prefix_once_and_remembers_the_winner() {
    let server = Scripted::answering(|_, request| {
        let body =
            if request.target.starts_with("/channel-service/v1/") { page().to_string() } else { ROOT.to_owned() };
        json(200, &body)
    })
    .await;
    let client = server.probing_client(Prefix::Backend);
    assert_eq!(client.send(&list_contacts()).await.unwrap().rows.len(), 10);
    assert_eq!(client.prefix(), Prefix::ChannelService);
    client.send(&list_contacts()).await.unwrap();
    assert_eq!(
        server.targets(),
        [
            "GET /v1/backend/contacts?limit=10&skip=0",
            "GET /channel-service/v1/contacts?limit=10&skip=0",
            "GET /channel-service/v1/contacts?limit=10&skip=0",
        ]
    );
}

#[tokio::test]
async fn t03_when_neither_prefix_answers_with_a_list_the_first_error_stands() {
    let server = Scripted::playing([json(200, ROOT)]).await;
    let client = server.probing_client(Prefix::Backend);
    let error = client.send(&list_contacts()).await.unwrap_err();
    assert!(matches!(error, GatewayError::WrongShape { prefix: "v1/backend", .. }), "{error:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn t04_an_html_404_is_an_unknown_path_and_its_markup_is_not_shown() {
    let server = Scripted::playing([typed(404, "text/html", CANNOT_GET)]).await;
    let error = server.client().send(&list_contacts()).await.unwrap_err();
    assert!(error.to_string().contains("no route GET channel-service/v1/contacts"), "{error}");
    let refusal = refusal(error);
    assert_eq!((refusal.kind, refusal.is_unknown_route()), (RefusalKind::NotFound, true));
    assert_eq!(refusal.message, "Cannot GET /v1/backend/contacts");
}

#[tokio::test]
async fn t04_auto_takes_an_html_404_and_an_html_200_for_a_wrong_prefix() {
    for wrong in
        [typed(404, "text/html", CANNOT_GET), typed(200, "text/html", CANNOT_GET), typed(405, "text/plain", "")]
    {
        let server = Scripted::playing([wrong, json(200, &page().to_string())]).await;
        let client = server.probing_client(Prefix::Backend);
        client.send(&list_contacts()).await.unwrap();
        assert_eq!(client.prefix(), Prefix::ChannelService);
    }
}

#[tokio::test]
async fn t04_a_write_is_probed_only_when_nothing_can_have_happened() {
    let answer = json(200, &contact(1).to_string());
    let server = Scripted::playing([typed(404, "text/html", CANNOT_GET), answer.clone()]).await;
    server.probing_client(Prefix::Backend).send(&update(json!({ "remark": "x" }))).await.unwrap();
    assert_eq!(server.seen().len(), 2);

    let server = Scripted::playing([typed(200, "text/html", CANNOT_GET), answer]).await;
    let error = server.probing_client(Prefix::Backend).send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn t07_a_conversation_without_contact_and_teams_is_fine() {
    let body = json!({ "data": [{ "_id": "conv_1", "public_id": "tcu_1", "conversation": { "_id": "conv_1", "channel_type": "web" } }] });
    let server = Scripted::playing([json(200, &body.to_string())]).await;
    let page = server.client().send(&conversations(&["web"])).await.unwrap();
    let row = &page.rows[0];
    assert_eq!((row.id(), row.participant_id(), row.channel()), (Some("conv_1"), Some("tcu_1"), Some("web")));
    assert!(row.contact().is_none() && row.latest_message().is_none() && row.team_names().next().is_none());
}

#[tokio::test]
async fn t08_channel_types_are_repeated_never_joined() {
    let server = Scripted::playing([json(200, r#"{"data":[]}"#)]).await;
    server.client().send(&conversations(&["web", "whatsapp", "line"])).await.unwrap();
    let target = &server.seen()[0].target;
    assert!(target.ends_with("/conversations?channel_types=web&channel_types=whatsapp&channel_types=line"), "{target}");
    assert!(!target.contains(',') && !target.contains("%2C"));
}

#[tokio::test]
async fn t09_an_empty_list_where_one_comment_is_asked_for_is_not_found() {
    let server = Scripted::playing([json(200, r#"{"data":[]}"#)]).await;
    let error = server.client().send(&comment()).await.unwrap_err();
    assert!(matches!(error, GatewayError::Missing { .. }) && error.is_not_found(), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn t10_no_visible_file_is_an_empty_page_and_no_error() {
    let server = Scripted::playing([json(200, "[]")]).await;
    let page = server.client().send(&ListContactFiles { contact_id: contact_id() }).await.unwrap();
    assert_eq!((page.rows.len(), page.grand_total(0), page.has_more(0)), (0, None, false));
}

#[tokio::test]
async fn t15_refusals_have_their_kind_and_message_and_no_token() {
    let api_key = r#"{"error":"Unauthorized","message":"Invalid API key","request_id":"5f0f"}"#;
    let cases = [
        (
            401,
            r#"{"message":"Unauthorized - API key or Access Token required"}"#,
            RefusalKind::Auth,
            "Unauthorized - API key or Access Token required",
        ),
        (401, r#"{"message":"Unauthorized"}"#, RefusalKind::Auth, "Unauthorized"),
        (
            401,
            r#"{"message":"Unauthorized - Invalid token acc_00000000-0000-4000-8000-000000000001"}"#,
            RefusalKind::Auth,
            "Unauthorized - Invalid token [redacted]",
        ),
        (401, r#"{"message":"Unauthorized - Invalid JWT"}"#, RefusalKind::Auth, "Unauthorized - Invalid JWT"),
        (401, api_key, RefusalKind::Auth, "Invalid API key"),
        (
            500,
            r#"{"error":"Internal Server Error","message":"An error occurred during authentication","request_id":"5f0f"}"#,
            RefusalKind::Upstream,
            "An error occurred during authentication",
        ),
    ];
    for (status, body, kind, message) in cases {
        let server = Scripted::playing([json(status, body)]).await;
        let error = server.client().send(&list_contacts()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(TOKEN));
        let refusal = refusal(error);
        assert_eq!((refusal.kind, refusal.message.as_str()), (kind, message));
        assert_eq!(refusal.request_id, server.seen()[0].header("x-request-id").unwrap(), "ours, not the body's");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn t16_a_message_inside_a_message_is_found() {
    let server = Scripted::playing([json(500, r#"{"code":99999,"message":{"message":"boom"}}"#)]).await;
    let refusal = refusal(server.client().send(&list_contacts()).await.unwrap_err());
    assert_eq!((refusal.kind, refusal.message.as_str()), (RefusalKind::Upstream, "boom"));
}

#[tokio::test]
async fn t17_after_a_closed_socket_a_read_is_sent_again_and_an_update_is_not() {
    let server = Scripted::playing([Play::Close]).await;
    let error = server.client().send(&GetContact { contact_id: contact_id() }).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer from the gateway: connection closed before an answer");
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, true));
    assert_eq!(server.seen().len(), 3);

    let server = Scripted::playing([Play::Close]).await;
    let error = server.client().send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn t18_a_429_is_rate_limited_and_its_retry_after_is_waited_for() {
    let text = "Too many requests. Please try again later.";
    let server = Scripted::playing([typed(429, "text/plain", text)]).await;
    let refused = refusal(server.client().send(&list_contacts()).await.unwrap_err());
    assert_eq!((refused.kind, refused.message.as_str(), refused.retry_after), (RefusalKind::RateLimited, text, None));
    assert_eq!(server.seen().len(), 3);

    let limited = with_headers(429, &[("retry-after", "1")], text);
    let server = Scripted::playing([limited, json(200, &page().to_string())]).await;
    let started = Instant::now();
    server.client().send(&list_contacts()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));

    let server = Scripted::playing([with_headers(429, &[("retry-after", "3600")], text)]).await;
    let refused = refusal(server.client().send(&list_contacts()).await.unwrap_err());
    assert_eq!(refused.retry_after, Some(Duration::from_secs(3600)));
    assert_eq!(server.seen().len(), 1, "an hour is reported, not waited for");
}

#[tokio::test]
async fn t20_nulls_empties_unknown_words_and_numbers_as_strings_are_accepted() {
    let body = json!({
        "data": [{ "id": "con_1", "channel_type": "wecom", "updated_at": null, "last_seen": "", "loyalty": { "points": 3 } }],
        "count": "25", "total": "1", "has_more": true, "unread_count": "7"
    });
    let server = Scripted::playing([json(200, &body.to_string())]).await;
    let page = server.client().send(&list_contacts()).await.unwrap();
    assert_eq!((page.grand_total(0), page.unread_count), (Some(25), Some(7)));
    let contact = &page.rows[0];
    assert_eq!((contact.channel(), contact.last_seen()), (Some("wecom"), None));
    assert_eq!(contact.record().to_value(), body["data"][0], "nothing is lost");
}

#[tokio::test]
async fn t21_a_redirect_is_an_error_and_never_followed() {
    let elsewhere = Scripted::playing([json(200, &page().to_string())]).await;
    let location = format!("http://{}/channel-service/v1/contacts", elsewhere.address);
    for status in [301, 302, 303, 307, 308] {
        let server = Scripted::playing([with_headers(status, &[("location", &location)], "")]).await;
        let error = server.client().send(&list_contacts()).await.unwrap_err();
        assert!(matches!(error, GatewayError::Redirected { .. }), "{error:?}");
        assert_eq!((error.outcome(), error.is_retryable(), server.seen().len()), (Outcome::NotDone, false, 1));
    }
    assert!(elsewhere.seen().is_empty(), "the credential stayed with its host");
}

#[tokio::test]
async fn t22_the_search_text_is_encoded_once() {
    let server = Scripted::playing([json(200, r#"{"data":[]}"#)]).await;
    let query = "a&b+c#d 100% 陳/=?".to_owned();
    server.client().send(&SearchContacts { query: query.clone(), limit: 10, skip: 0, sort: None }).await.unwrap();
    let target = server.seen()[0].target.clone();
    assert!(target.contains("q=a%26b%2Bc%23d%20100%25%20%E9%99%B3%2F%3D%3F&type=text"), "{target}");
    let url = url::Url::parse(&format!("http://gateway.example{target}")).unwrap();
    assert_eq!(url.query_pairs().find(|(key, _)| key == "q").unwrap().1, query);
}
