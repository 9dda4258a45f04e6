//! The contract's test vectors for writes: T5, T6, T11-T14, T19.

use imbrace_contacts_mcp::gateway::operations::{
    DismissAllNotifications, ListContactComments, MarkNotificationsRead, SearchContacts,
};
use imbrace_contacts_mcp::gateway::{GatewayError, Outcome, RefusalKind};
use imbrace_contacts_mcp::model::NotificationTab;
use serde_json::json;

use super::samples::{contact, contact_id, dismiss, update, upload};
use super::vectors::refusal;
use crate::support::scripted::{Scripted, json, typed};

#[tokio::test]
async fn t05_an_update_answers_with_the_contact_without_its_event_name() {
    let mut bare = contact(1);
    bare["action"] = "bu.contact_updated".into();
    for body in [bare.clone(), json!({ "data": bare }), json!({ "data": { "data": bare } })] {
        let server = Scripted::playing([json(200, &body.to_string())]).await;
        let answered = server.client().send(&update(json!({ "remark": "x" }))).await.unwrap();
        assert_eq!(answered.record().to_value(), contact(1));
    }
}

#[tokio::test]
async fn t06_an_ignored_field_shows_in_the_answered_contact() {
    let server = Scripted::playing([json(200, &contact(1).to_string())]).await;
    let operation = update(json!({ "email": "mei@example.com", "remark": "vip" }));
    let answered = server.client().send(&operation).await.unwrap();
    let ignored: Vec<_> =
        operation.changes.iter().filter(|(name, value)| answered.record().raw(name) != Some(value)).collect();
    assert_eq!(ignored, [(&"remark".to_owned(), &json!("vip"))]);
}

#[tokio::test]
async fn t11_dismiss_is_a_delete_with_a_bare_array_its_type_and_its_length() {
    let server = Scripted::playing([json(200, "{}")]).await;
    server.client().send(&dismiss(&["not_a", "not_b"])).await.unwrap();
    let request = &server.seen()[0];
    assert_eq!(request.method, "DELETE");
    assert_eq!(request.text(), r#"["not_a","not_b"]"#);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("content-length"), Some("17"));
    assert_eq!(request.header("transfer-encoding"), None);
}

#[tokio::test]
async fn t12_a_dropped_delete_body_is_answered_by_one_post_that_is_remembered() {
    let server = Scripted::answering(|_, request| json(if request.method == "POST" { 200 } else { 400 }, "")).await;
    let client = server.client();
    client.send(&dismiss(&["not_a"])).await.unwrap();
    client.send(&dismiss(&["not_b"])).await.unwrap();
    let seen = server.seen();
    let calls: Vec<_> = seen.iter().map(|request| (request.method.as_str(), request.text())).collect();
    assert_eq!(
        calls,
        [
            ("DELETE", r#"["not_a"]"#.to_owned()),
            ("POST", r#"{"ids":["not_a"]}"#.to_owned()),
            ("POST", r#"{"ids":["not_b"]}"#.to_owned()),
        ]
    );
}

#[tokio::test]
async fn t12_dismiss_all_falls_back_to_post_with_its_type() {
    let server = Scripted::answering(|_, request| json(if request.method == "POST" { 200 } else { 405 }, "")).await;
    server.client().send(&DismissAllNotifications { tab: Some(NotificationTab::Teams) }).await.unwrap();
    let route = "/channel-service/v1/notifications/dismiss/all?type=teams";
    assert_eq!(server.targets(), [format!("DELETE {route}"), format!("POST {route}")]);
}

#[tokio::test]
async fn t12_a_remembered_form_that_stops_working_gives_way_to_the_documented_one() {
    let server = Scripted::answering(|index, request| match (index, request.method.as_str()) {
        (0, "DELETE") => json(400, ""),
        (1, "POST") | (_, "DELETE") => json(200, ""),
        _ => typed(404, "text/html", "<pre>Cannot POST /x</pre>"),
    })
    .await;
    let client = server.client();
    for _ in 0..3 {
        client.send(&dismiss(&["not_a"])).await.unwrap();
    }
    let methods: Vec<_> = server.seen().into_iter().map(|request| request.method).collect();
    assert_eq!(methods, ["DELETE", "POST", "POST", "DELETE", "DELETE"]);
}

#[tokio::test]
async fn t13_an_empty_list_of_ids_is_refused_here_and_nothing_is_sent() {
    let server = Scripted::playing([json(200, "{}")]).await;
    let client = server.client();
    let errors = [
        client.send(&dismiss(&[])).await.unwrap_err(),
        client.send(&MarkNotificationsRead { ids: Vec::new() }).await.unwrap_err(),
        client.send(&update(json!({}))).await.unwrap_err(),
        client.send(&dismiss(&["not_a"; 101])).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, GatewayError::NotSent { .. }), "{error:?}");
        assert_eq!(error.outcome(), Outcome::NotDone);
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn t14_an_empty_success_is_a_success_for_read_and_dismiss() {
    for body in ["", "{}", r#"{"success":true}"#, r#"{"message":"done"}"#, "OK", "null"] {
        let server = Scripted::playing([json(200, body)]).await;
        let client = server.client();
        client.send(&dismiss(&["not_a"])).await.unwrap();
        client.send(&MarkNotificationsRead { ids: vec!["not_a".parse().unwrap()] }).await.unwrap();
        client.send(&DismissAllNotifications { tab: None }).await.unwrap();
    }
}

#[tokio::test]
async fn t14_a_success_that_says_no_is_no_success() {
    let server =
        Scripted::playing([json(200, r#"{"success":false,"error":{"message":"Token expired","code":40001}}"#)]).await;
    let refusal = refusal(server.client().send(&dismiss(&["not_a"])).await.unwrap_err());
    assert_eq!((refusal.kind, refusal.message.as_str()), (RefusalKind::Auth, "Token expired"));
}

#[tokio::test]
async fn t19_an_upload_is_one_part_named_file_with_its_file_name() {
    let server = Scripted::playing([json(200, r#"{"url":"https://files.example/contact/org_demo/file_1.png"}"#)]).await;
    let answered = server.client().send(&upload("名刺 1.png")).await.unwrap();
    assert_eq!(answered.url, "https://files.example/contact/org_demo/file_1.png");
    let request = &server.seen()[0];
    assert!(request.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    assert_eq!(request.header("content-length").unwrap(), request.body.len().to_string());
    let text = request.text();
    assert_eq!(text.matches("content-disposition").count() + text.matches("Content-Disposition").count(), 1);
    assert!(text.contains("name=\"file\"; filename=\"名刺 1.png\""), "{text}");
    assert!(text.contains("image/png") && text.contains("PNG synthetic"));
}

#[tokio::test]
async fn t19_an_upload_that_is_too_large_or_without_a_file_is_named() {
    let page = "<html><head><title>413 Request Entity Too Large</title></head><body>nginx</body></html>";
    let cases = [
        (typed(413, "text/html", page), RefusalKind::TooLarge, "413 Request Entity Too Large"),
        (json(400, r#"{"code":99999,"message":"No file uploaded"}"#), RefusalKind::Invalid, "No file uploaded"),
        (json(500, r#"{"code":99999,"message":"Service Unavailable"}"#), RefusalKind::Upstream, "Service Unavailable"),
        (json(503, ""), RefusalKind::Upstream, "Service Unavailable"),
    ];
    for (play, kind, message) in cases {
        let server = Scripted::playing([play]).await;
        let refusal = refusal(server.client().send(&upload("a.png")).await.unwrap_err());
        assert_eq!((refusal.kind, refusal.message.as_str()), (kind, message));
        assert_eq!(server.seen().len(), 1, "an upload is never sent twice");
    }
}

#[tokio::test]
async fn t12_the_reads_with_a_second_form_fall_back_to_it() {
    let unknown = typed(404, "text/html", "<pre>Cannot GET /x</pre>");
    let server = Scripted::playing([unknown, json(200, "[]")]).await;
    let channel_types = vec!["web".to_owned()];
    let comments = ListContactComments { contact_id: contact_id(), channel_types, limit: 15, skip: 0 };
    server.client().send(&comments).await.unwrap();
    let query = "?channel_types=web&skip=0&limit=15&sort=updated_at&order=desc";
    assert!(server.targets()[1].ends_with(&format!("/comments{query}")), "{:?}", server.targets());

    let server = Scripted::playing([json(405, ""), json(200, "[]")]).await;
    let search = SearchContacts { query: "mei".to_owned(), limit: 10, skip: 0, sort: None };
    server.client().send(&search).await.unwrap();
    let seen = server.seen();
    assert_eq!((seen[1].method.as_str(), seen[1].target.as_str()), ("POST", "/channel-service/v1/contacts/_search"));
    let body: serde_json::Value = serde_json::from_slice(&seen[1].body).unwrap();
    assert_eq!(body, json!({ "q": "mei", "limit": 10, "skip": 0 }));
}
