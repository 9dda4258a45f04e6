//! Search: marks, case and width do not matter; scripts without Latin letters work; the counts are honest.

use super::{Desk, ids};
use reqwest::Method;
use serde_json::{Value, json};

async fn search(desk: &Desk, text: &str) -> Value {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
    desk.get(&format!("contacts/_search?{query}&type=text&limit=100")).await
}

/// What a search by hand finds: rows of the whole list for which `matches` holds.
async fn by_hand(desk: &Desk, matches: impl Fn(&Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for page in 0.. {
        let rows = desk.get(&format!("contacts?limit=100&skip={}", page * 100)).await;
        let rows = rows["data"].as_array().unwrap();
        found.extend(rows.iter().filter(|row| matches(row)).map(|row| row["id"].as_str().unwrap().to_owned()));
        if rows.len() < 100 {
            return found;
        }
    }
    found
}

#[tokio::test]
async fn a_vietnamese_name_is_found_with_and_without_its_marks() {
    let desk = Desk::with(400).await;
    let expected = by_hand(&desk, |row| {
        ["display_name", "first_name", "last_name"].iter().any(|field| {
            let text = row[field].as_str().unwrap().to_lowercase();
            text.contains("nguyễn") || text.contains("nguyen")
        }) || row["email"].as_str().unwrap().to_lowercase().contains("nguyen")
    })
    .await;
    assert!(expected.len() > 5);
    for text in ["nguyen", "Nguyễn", "NGUYỄN", "ｎｇｕｙｅｎ"] {
        let page = search(&desk, text).await;
        assert_eq!(ids(&page), expected, "{text}: newest first");
        assert_eq!(page["count"], expected.len());
    }
}

#[tokio::test]
async fn one_or_two_chinese_characters_are_enough() {
    let desk = Desk::with(600).await;
    for text in ["陳", "美玲", "佐藤"] {
        let page = search(&desk, text).await;
        let rows = page["data"].as_array().unwrap();
        assert!(!rows.is_empty(), "{text}");
        for row in rows {
            let all = row.to_string();
            assert!(text.chars().all(|character| all.contains(character)), "{text}: {all}");
        }
    }
}

#[tokio::test]
async fn phones_and_signs_are_plain_text_and_nothing_is_a_wildcard() {
    let desk = Desk::with(300).await;
    let all = search(&desk, "").await;
    assert_eq!(all["count"], 300, "an empty text is the whole list");
    let page = desk.get("contacts?limit=100").await;
    let with_phone = page["data"].as_array().unwrap().iter().find(|row| row["phone_number"] != "").unwrap();
    let found = search(&desk, with_phone["phone_number"].as_str().unwrap()).await;
    assert!(ids(&found).contains(&with_phone["id"].as_str().unwrap().to_owned()));
    for text in ["%", "*nobody*", "\"", "a\" OR \"b", "nobody & co + #1", "𝕏"] {
        let none = search(&desk, text).await;
        assert_eq!(none["count"], none["data"].as_array().unwrap().len(), "{text}");
        assert!(none["count"].as_u64().unwrap() < 3, "{text}");
    }
    let none = search(&desk, "nobody has this name").await;
    let empty = json!({ "object_name": "list", "data": [], "nested": {}, "has_more": false, "count": 0, "total": 0 });
    assert_eq!(none, empty);
}

#[tokio::test]
async fn a_posted_search_is_the_same_search() {
    let desk = Desk::with(200).await;
    let body = json!({ "q": "nguyen", "limit": 2, "skip": 1 });
    let posted = desk.request(Method::POST, "contacts/_search").json(&body).send().await.unwrap();
    let asked = desk.get("contacts/_search?q=nguyen&type=text&limit=2&skip=1").await;
    assert_eq!(super::json(posted).await, asked);
    assert!(asked["count"].as_u64().unwrap() > 3);
    assert_eq!(asked["total"], 2);
    assert_eq!(asked["has_more"], true);
}
