//! Conversations, messages, comments, files, uploads and notifications.

use std::collections::HashSet;

use imbrace_contacts_mcp::local_gateway::{LocalGateway, SECOND_ACCESS_TOKEN};
use imbrace_contacts_mcp::model::CHANNEL_TYPES;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{TestGateway, ids, json};

/// Every channel type as the query repeats it.
fn all_channels() -> String {
    CHANNEL_TYPES.map(|name| format!("channel_types={name}")).join("&")
}

/// Every contact's id, newest first.
async fn everyone(desk: &TestGateway) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let page = desk.get(&format!("contacts?limit=100&skip={}", all.len())).await;
        all.extend(ids(&page));
        if page["has_more"] == false {
            return all;
        }
    }
}

#[tokio::test]
async fn conversations_lead_to_their_messages() {
    let desk = TestGateway::with(120).await;
    let (mut statuses, mut kinds, mut rows) = (HashSet::new(), HashSet::new(), 0);
    for id in everyone(&desk).await {
        let list = desk.get(&format!("contacts/{id}/conversations?{}", all_channels())).await;
        assert_eq!(list.as_object().unwrap().len(), 1, "nothing but data");
        for row in list["data"].as_array().unwrap() {
            rows += 1;
            assert_eq!(row["_id"], row["conversation"]["_id"]);
            assert_eq!(row["contact"]["_id"], id);
            let seat = row["public_id"].as_str().unwrap();
            assert!(seat.starts_with("tcu_"));
            statuses.insert(row["conversation"]["status"].as_str().unwrap().to_owned());
            let route = format!("conversation_messages?type=team_conversation_id&q={seat}&limit=50&skip=0");
            let messages = desk.get(&route).await;
            let messages = messages["data"].as_array().unwrap();
            assert_eq!(messages[0]["id"], row["latest_message"]["_id"], "newest first");
            assert!(messages.iter().all(|message| message["conversation_id"] == row["_id"]));
            kinds.extend(messages.iter().map(|message| message["type"].as_str().unwrap().to_owned()));
        }
    }
    assert!(rows > 50);
    assert!(statuses.len() >= 6, "{statuses:?}");
    assert!(kinds.len() >= 8, "{kinds:?}");
}

#[tokio::test]
async fn conversations_need_channel_types_and_a_contact() {
    let desk = TestGateway::with(10).await;
    let id = "con_66d67483-8982-43d6-acbe-139568688add";
    let refused = desk.request(Method::GET, &format!("contacts/{id}/conversations")).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(json(refused).await["message"], "querystring must have required property 'channel_types'");
    let joined = desk.get(&format!("contacts/{id}/conversations?channel_types=web,whatsapp")).await;
    assert_eq!(joined, json!({ "data": [] }), "values are not split at commas");
    let route = "contacts/con_nobody/conversations?channel_types=web";
    let missing = desk.request(Method::GET, route).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::BAD_REQUEST, "as the document prints it");
    assert_eq!(json(missing).await, json!({ "message": "Not Found" }));
    let none = desk.get("conversation_messages?type=team_conversation_id&q=tcu_nobody").await;
    assert_eq!(none["count"], 0);
}

#[tokio::test]
async fn comments_and_files_are_found_from_their_contact() {
    let desk = TestGateway::with(150).await;
    let (mut comments, mut files) = (0, 0);
    for id in everyone(&desk).await {
        let list = desk.get(&format!("contacts/{id}/message_comments?{}&limit=50&skip=0", all_channels())).await;
        assert_eq!(list, desk.get(&format!("contacts/{id}/comments?limit=50")).await, "the older route");
        for message in list["items"].as_array().unwrap() {
            for comment in message["comments"].as_array().unwrap() {
                comments += 1;
                let one = desk.get(&format!("contacts/{id}/comment/{}", comment["_id"].as_str().unwrap())).await;
                assert_eq!(one, json!({ "data": [message] }));
            }
        }
        let list = desk.get(&format!("contact/{id}/files")).await;
        assert_eq!(list, desk.get(&format!("contacts/{id}/files")).await, "the plural path");
        let times: Vec<&str> = list.as_array().unwrap().iter().map(|row| row["created_at"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|left, right| left >= right), "newest first");
        files += times.len();
    }
    assert!(comments > 5 && files > 10, "{comments} {files}");
    assert_eq!(desk.get("contacts/con_nobody/comment/cmc_none").await, json!({ "data": [] }));
    assert_eq!(desk.get("contact/con_nobody/files").await, json!([]));
}

#[tokio::test]
async fn an_upload_is_served_back_to_anyone() {
    let desk = TestGateway::with(10).await;
    let content = vec![7_u8; 300_000];
    let part = Part::bytes(content.clone()).file_name("Price List.PDF").mime_str("application/pdf").unwrap();
    let form = Form::new().text("note", "no file").part("file", part);
    let answer = desk.request(Method::POST, "contacts/_fileupload").multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let url = json(answer).await["url"].as_str().unwrap().to_owned();
    let name = url.strip_prefix(&format!("{}/files/contact/org_imbrace/file_", desk.gateway.base_url())).unwrap();
    assert_eq!((name.len(), &name[26..]), (30, ".pdf"));
    let served = desk.client.get(&url).send().await.unwrap();
    assert_eq!(served.headers()["content-type"], "application/pdf");
    assert_eq!(served.bytes().await.unwrap(), content);
    let arrived = desk.gateway.requests();
    assert_eq!(arrived[0].body.len(), 256 << 10, "of a large body only the beginning is remembered");
    assert!(arrived[0].body_size > 300_000);
    let missing = desk.client.get(url.replace(".pdf", ".png")).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_upload_without_a_file_or_too_large_is_refused() {
    let limits = imbrace_contacts_mcp::local_gateway::Limits { body: 1_000, ..Default::default() };
    let desk = TestGateway::start(imbrace_contacts_mcp::local_gateway::Options { limits, ..super::few() }).await;
    let form = Form::new().text("note", "no file");
    let none = desk.request(Method::POST, "contacts/_fileupload").multipart(form).send().await.unwrap();
    assert_eq!(none.status(), StatusCode::BAD_REQUEST);
    assert_eq!(json(none).await, json!({ "code": 99999, "message": "No file uploaded" }));
    let form = Form::new().part("file", Part::bytes(vec![0; 5_000]).file_name("a"));
    let large = desk.request(Method::POST, "contacts/_fileupload").multipart(form).send().await.unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.text().await.unwrap().contains("<h1>413 Payload Too Large</h1>"));
}

async fn notifications(desk: &TestGateway, query: &str) -> Value {
    desk.get(&format!("notifications?limit=100&skip=0{query}")).await
}

#[tokio::test]
async fn notifications_are_read_and_dismissed_by_tab_and_id() {
    let desk = TestGateway::with(200).await;
    let all = notifications(&desk, "").await;
    let count = all["count"].as_u64().unwrap();
    assert!(count > 50 && all["unread_count"].as_u64().unwrap() > 40);
    let mut tabs = 0;
    for (tab, hundred) in [("assigns", 1), ("conversations", 2), ("teams", 3)] {
        let page = notifications(&desk, &format!("&type={tab}")).await;
        tabs += page["count"].as_u64().unwrap();
        let mut kinds = page["data"].as_array().unwrap().iter().map(|row| row["type"].as_u64().unwrap());
        assert!(kinds.all(|kind| kind / 100 == hundred), "{tab}");
    }
    assert_eq!(tabs, count);

    let unread: Vec<&Value> = all["data"].as_array().unwrap().iter().filter(|row| row["is_read"] == false).collect();
    let body = json!([unread[0]["id"], unread[1]["id"], "not_unknown"]);
    let read = desk.request(Method::PUT, "notifications/read").json(&body).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    let after = notifications(&desk, "").await;
    assert_eq!(after["count"], count);
    assert_eq!(after["unread_count"], all["unread_count"].as_u64().unwrap() - 2);

    for _ in 0..2 {
        let gone = desk.request(Method::DELETE, "notifications/dismiss").json(&body).send().await.unwrap();
        assert_eq!(gone.status(), StatusCode::OK, "the second time as well");
        assert_eq!(notifications(&desk, "").await["count"], count - 2);
    }
    let posted = json!({ "ids": [unread[2]["id"]] });
    desk.request(Method::POST, "notifications/dismiss").json(&posted).send().await.unwrap();
    assert_eq!(notifications(&desk, "").await["count"], count - 3);
    desk.request(Method::DELETE, "notifications/dismiss/all?type=conversations").send().await.unwrap();
    let left = notifications(&desk, "").await;
    assert!(left["count"].as_u64().unwrap() > 0);
    assert!(left["data"].as_array().unwrap().iter().all(|row| row["type"].as_u64().unwrap() / 100 != 2));
    desk.request(Method::POST, "notifications/dismiss/all").send().await.unwrap();
    let none = json!({ "data": [], "count": 0, "total": 0, "unread_count": 0, "has_more": false });
    assert_eq!(notifications(&desk, "").await, none);
}

#[tokio::test]
async fn an_empty_dismissal_removes_everything_of_this_user_only() {
    let desk = TestGateway::with(100).await;
    let others = || async {
        let request = desk.bare(Method::GET, &format!("{}/notifications", super::PREFIX));
        json(request.header("x-access-token", SECOND_ACCESS_TOKEN).send().await.unwrap()).await
    };
    let before = others().await;
    assert!(before["count"].as_u64().unwrap() > 5);
    desk.request(Method::DELETE, "notifications/dismiss").json(&json!([])).send().await.unwrap();
    assert_eq!(notifications(&desk, "").await["count"], 0);
    assert_eq!(others().await, before);
}

#[tokio::test]
async fn every_operation_of_the_catalog_has_a_route() {
    let served: HashSet<&str> = imbrace_contacts_mcp::local_gateway::routes().into_iter().collect();
    let wanted = imbrace_contacts_mcp::gateway::operations::catalog();
    assert_eq!(served, wanted.iter().map(|entry| entry.name).collect());
    let desk: LocalGateway = TestGateway::with(10).await.gateway;
    desk.stop().await;
}
