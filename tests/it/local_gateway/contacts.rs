//! Contacts: the document's ten, paging, sort keys, search, change.

use std::collections::HashSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Desk, ids, json};

const DOCUMENT: &str = include_str!("../../../src/local_gateway/people/document.jsonl");

#[tokio::test]
async fn the_documents_ten_contacts_come_first_as_they_stand() {
    let desk = Desk::with(40).await;
    for prefix in ["channel-service/v1", "v1/backend"] {
        let path = format!("{prefix}/contacts?limit=10&skip=0&sort=-created_at");
        let request = desk.bare(Method::GET, &path).header("x-access-token", super::ACCESS_TOKEN);
        let text = request.send().await.unwrap().text().await.unwrap();
        let rows: Vec<&str> = DOCUMENT.lines().collect();
        let expected = format!(
            r#"{{"object_name":"list","data":[{}],"nested":{{}},"has_more":true,"count":40,"total":10}}"#,
            rows.join(",")
        );
        assert_eq!(text, expected, "byte for byte, key order included");
    }
}

#[tokio::test]
async fn walking_the_pages_meets_every_contact_once() {
    let desk = Desk::with(137).await;
    for sort in ["-created_at", "first_name", "-last_name", "email", "-updated_at", "undefined"] {
        let mut seen = Vec::new();
        loop {
            let page = desk.get(&format!("contacts?limit=25&skip={}&sort={sort}", seen.len())).await;
            assert_eq!(page["count"], 137);
            assert_eq!(page["total"], page["data"].as_array().unwrap().len());
            seen.extend(ids(&page));
            assert_eq!(page["has_more"], Value::Bool(seen.len() < 137));
            if seen.len() >= 137 {
                break;
            }
        }
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 137, "sort={sort}");
    }
}

#[tokio::test]
async fn a_contact_is_found_by_its_id_and_unknown_ones_are_404() {
    let desk = Desk::with(10).await;
    let contact = desk.get("contacts/con_66d67483-8982-43d6-acbe-139568688add").await;
    assert_eq!(contact["display_name"], "UNK#DO1695");
    let missing = desk.request(Method::GET, "contacts/con_nobody").send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(json(missing).await, json!({ "code": 40004, "message": "Contact not found" }));
}
