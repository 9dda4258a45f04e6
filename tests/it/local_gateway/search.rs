//! Search: marks, case and width do not matter; scripts without Latin letters work; the counts are honest.

use imbrace_contacts_mcp::local_gateway::Options;
use reqwest::Method;
use serde_json::{Value, json};

use super::{TestGateway, ids};

async fn search(desk: &TestGateway, text: &str) -> Value {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
    desk.get(&format!("contacts/_search?{query}&type=text&limit=100")).await
}

/// What a search by hand finds: rows of the whole list for which `matches` holds.
async fn by_hand(desk: &TestGateway, matches: impl Fn(&Value) -> bool) -> Vec<String> {
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
    let desk = TestGateway::with(400).await;
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
    let desk = TestGateway::with(600).await;
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
    let desk = TestGateway::with(300).await;
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

/// Everyone whose shown name contains a text, in an order: what pages of a search must add up to.
async fn named(desk: &TestGateway, text: &str, key: &str) -> Vec<String> {
    let mut rows: Vec<(Option<String>, String)> = Vec::new();
    for contact in desk.gateway.contacts_json().unwrap() {
        let contact: Value = serde_json::from_str(&contact).unwrap();
        if ["display_name", "email", "remark", "first_name", "last_name"]
            .iter()
            .any(|field| contact[field].as_str().unwrap_or_default().to_lowercase().contains(text))
        {
            let id = contact["id"].as_str().unwrap().to_owned();
            rows.push((contact[key].as_str().map(str::to_owned), id));
        }
    }
    rows.sort();
    rows.into_iter().map(|(_, id)| id).collect()
}

#[tokio::test]
async fn what_thousands_contain_is_counted_and_paged_like_what_few_contain() {
    let desk = TestGateway::with(9_000).await;
    // In turn: thousands by their length, thousands in two letters, dozens, nobody; the texts have no marks to fold.
    for (text, least) in [("example", 2_001), ("@", 2_001), ("unk#a", 20), ("zqx", 0)] {
        for key in ["created_at", "updated_at", "email"] {
            let expected = named(&desk, text, key).await;
            assert!(expected.len() >= least, "{text}: {}", expected.len());
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
            let count = expected.len();
            for skip in [0, 3, count / 2, count.saturating_sub(5), count, count + 10] {
                let route = format!("contacts/_search?{query}&type=text&limit=7&skip={skip}");
                let page = desk.get(&format!("{route}&sort={key}")).await;
                let wanted: Vec<_> = expected.iter().skip(skip).take(7).cloned().collect();
                assert_eq!((ids(&page), &page["count"]), (wanted, &json!(count)), "{text} by {key} from {skip}");
                let page = desk.get(&format!("{route}&sort=-{key}")).await;
                let wanted: Vec<_> = expected.iter().rev().skip(skip).take(7).cloned().collect();
                assert_eq!((ids(&page), &page["count"]), (wanted, &json!(count)), "{text} by -{key} from {skip}");
            }
        }
    }
}

#[tokio::test]
async fn short_and_long_texts_follow_every_change_at_once() {
    let desk = TestGateway::with(300).await;
    let count = async |text: &str| search(&desk, text).await["count"].as_u64().unwrap();
    assert_eq!((count("鷲").await, count("wxq").await), (0, 0));
    let fields = |value: Value| value.as_object().unwrap().clone();
    for number in 0..40 {
        let id = format!("con_{number}");
        desk.gateway.insert_contact(&fields(json!({ "id": id, "display_name": "鷲尾 wxq" }))).unwrap();
    }
    assert_eq!((count("鷲").await, count("wxq").await), (40, 40));
    for number in 0..30 {
        let change = fields(json!({ "display_name": if number < 10 { "wxq" } else { "nobody" } }));
        desk.gateway.edit_contact(&format!("con_{number}"), &change).unwrap();
    }
    assert_eq!((count("鷲").await, count("wxq").await), (10, 20));
    for number in 35..40 {
        desk.gateway.delete_contact(&format!("con_{number}")).unwrap();
    }
    assert_eq!((count("鷲").await, count("wxq").await), (5, 15));
    // A row number that was given again finds its new text, not the old one.
    desk.gateway.insert_contact(&fields(json!({ "display_name": "鷹" }))).unwrap();
    assert_eq!((count("鷲").await, count("鷹").await), (5, 1));
}

#[tokio::test]
async fn changes_by_another_process_on_the_same_file_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { data: Some(folder.path().join("people.db")), ..super::few() };
    let (here, there) = (TestGateway::start(options()).await, TestGateway::start(options()).await);
    assert_eq!(search(&here, "鷲").await["count"], 0);
    let contact = json!({ "display_name": "鷲" }).as_object().unwrap().clone();
    there.gateway.insert_contact(&contact).unwrap();
    assert_eq!((&search(&here, "鷲").await["count"], &here.get("contacts").await["count"]), (&json!(1), &json!(11)));
}

#[tokio::test]
async fn a_posted_search_is_the_same_search() {
    let desk = TestGateway::with(400).await;
    let body = json!({ "q": "nguyen", "limit": 2, "skip": 1 });
    let posted = desk.request(Method::POST, "contacts/_search").json(&body).send().await.unwrap();
    let asked = desk.get("contacts/_search?q=nguyen&type=text&limit=2&skip=1").await;
    assert_eq!(super::json(posted).await, asked);
    assert!(asked["count"].as_u64().unwrap() > 3);
    assert_eq!(asked["total"], 2);
    assert_eq!(asked["has_more"], true);
}
