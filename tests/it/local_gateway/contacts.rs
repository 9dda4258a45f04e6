//! Contacts: the document's ten, paging, sort keys, search, change.

use std::collections::HashSet;

use imbrace_contacts_mcp::local_gateway::{AbovePage, Limits, Options, Population};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{TestGateway, ids, json};

const DOCUMENT: &str = include_str!("../../../crates/local-gateway/src/people/document.jsonl");

#[tokio::test]
async fn the_documents_ten_contacts_come_first_as_they_stand() {
    let desk = TestGateway::with(40).await;
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
    let desk = TestGateway::with(137).await;
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
async fn sort_keys_sort_and_a_minus_turns_them_round() {
    let desk = TestGateway::with(90).await;
    for key in ["created_at", "first_name", "last_name", "email", "updated_at"] {
        for (sort, descending) in [(key.to_owned(), false), (format!("-{key}"), true)] {
            let page = desk.get(&format!("contacts?limit=90&sort={sort}")).await;
            let rows = page["data"].as_array().unwrap();
            // Unset moments come before all others, as in the gateway's own database.
            let mut values: Vec<&str> = rows.iter().map(|row| row[key].as_str().unwrap_or_default()).collect();
            if descending {
                values.reverse();
            }
            assert!(values.is_sorted(), "{sort}: {values:?}");
        }
    }
}

#[tokio::test]
async fn a_contact_is_found_by_its_id_and_unknown_ones_are_404() {
    let desk = TestGateway::with(10).await;
    let contact = desk.get("contacts/con_66d67483-8982-43d6-acbe-139568688add").await;
    assert_eq!(contact["display_name"], "UNK#DO1695");
    let missing = desk.request(Method::GET, "contacts/con_nobody").send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(json(missing).await, json!({ "code": 40004, "message": "Contact not found" }));
}

#[tokio::test]
async fn an_update_merges_and_answers_with_the_whole_contact() {
    let desk = TestGateway::with(10).await;
    let route = "contacts/con_66d67483-8982-43d6-acbe-139568688add";
    let before = desk.get(route).await;
    let body = json!({
        "first_name": "Mei", "last_name": "Wong", "gender": "f", "phone_number": "55500101", "remark": "line\n\"two\"",
        "avatar_url": null, "id": "con_other", "nonsense": 1, "last_seen": "never",
    });
    let answer = desk.request(Method::PUT, route).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let mut answer = json(answer).await;
    assert_eq!(answer.as_object_mut().unwrap().remove("action").unwrap(), "bu.contact_updated");
    assert_eq!(answer, desk.get(route).await);
    assert!(answer["updated_at"].as_str().unwrap().ends_with('Z'));
    for (field, value) in answer.as_object().unwrap() {
        match field.as_str() {
            "first_name" => assert_eq!(value, "Mei"),
            "last_name" => assert_eq!(value, "Wong"),
            "display_name" => assert_eq!(value, "Mei Wong"),
            "gender" => assert_eq!(value, "Female"),
            "phone_number" => assert_eq!(value, "55500101"),
            "remark" => assert_eq!(value, "line\n\"two\""),
            "updated_at" => {}
            "avatar_url" => assert!(value.is_null(), "cleared as it was asked to"),
            _ => assert_eq!(value, &before[field], "{field} stays"),
        }
    }
    let found = desk.get("contacts/_search?q=mei%20wong&type=text").await;
    assert_eq!(found["count"], 1, "the search index follows");
    assert_eq!(desk.get("contacts/_search?q=DO1695&type=text").await["count"], 0, "and forgets");
}

#[tokio::test]
async fn bad_updates_and_bad_windows_are_refused() {
    let desk = TestGateway::with(10).await;
    let missing =
        desk.request(Method::PUT, "contacts/con_nobody").json(&json!({ "remark": "x" })).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let route = "contacts/con_66d67483-8982-43d6-acbe-139568688add";
    for body in ["", "{", "[]", "3"] {
        let request = desk.request(Method::PUT, route).header("content-type", "application/json").body(body);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST, "{body}");
    }
    for query in ["limit=0", "limit=-1", "limit=many", "skip=-1"] {
        let refused = desk.request(Method::GET, &format!("contacts?{query}")).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(json(refused).await["code"], "FST_ERR_VALIDATION");
    }
    assert_eq!(desk.get("contacts?limit=1000000000").await["total"], 10, "a large limit is lowered");
    assert_eq!(desk.get("contacts?limit=5&skip=1000000000000").await["total"], 0);
}

#[tokio::test]
async fn the_largest_limit_is_lowered_or_refused_as_it_was_set_up() {
    let with = |above_page| Limits { page: 25, above_page, ..Limits::default() };
    let people = Population { contacts: 60, ..Population::default() };
    let options = |above_page| Options { people, limits: with(above_page), ..Options::default() };
    let desk = TestGateway::start(options(AbovePage::Lower)).await;
    assert_eq!(desk.get("contacts?limit=1000").await["total"], 25);
    let desk = TestGateway::start(options(AbovePage::Refuse)).await;
    assert_eq!(desk.get("contacts?limit=25").await["total"], 25);
    for route in ["contacts?limit=26", "contacts/_search?q=a&type=text&limit=26", "notifications?limit=26"] {
        let refused = desk.request(Method::GET, route).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{route}");
        assert_eq!(json(refused).await["message"], "querystring/limit must be <= 25");
    }
    let posted = desk.request(Method::POST, "contacts/_search").json(&json!({ "q": "a", "limit": 26 }));
    assert_eq!(posted.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn equal_keys_are_in_the_order_of_ids() {
    let desk = TestGateway::with(120).await;
    for (sort, ascending) in [("email", true), ("-first_name", false), ("updated_at", true), ("-display_name", false)] {
        let key = sort.trim_start_matches('-');
        let mut rows = Vec::new();
        for skip in [0, 60] {
            let page = desk.get(&format!("contacts?limit=60&skip={skip}&sort={sort}")).await;
            let pair = |row: &Value| (row[key].as_str().map(str::to_owned), row["id"].as_str().unwrap().to_owned());
            rows.extend(page["data"].as_array().unwrap().iter().map(pair).collect::<Vec<_>>());
        }
        if !ascending {
            rows.reverse();
        }
        assert!(rows.is_sorted(), "{sort}");
    }
}

#[tokio::test]
async fn unknown_paths_get_the_page_that_express_prints() {
    let desk = TestGateway::with(10).await;
    for (method, path) in [(Method::GET, "v1/contacts"), (Method::POST, "v1/backend/contacts"), (Method::GET, "a<b")] {
        let answer = desk.bare(method.clone(), path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("<pre>Cannot {method} /{}</pre>", path.replace('<', "%3C"))), "{page}");
    }
}
