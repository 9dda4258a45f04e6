//! The data: reproducible from the seed, kept in a file, gone with memory; and what the people look like.

use std::collections::{HashMap, HashSet};

use imbrace_contacts_mcp::local_gateway::{Error, LocalGateway, Options, Population, StoreError};
use reqwest::Method;
use serde_json::{Value, json};

use super::{TestGateway, few};

async fn with_seed(seed: u64) -> TestGateway {
    let people = Population { contacts: 150, seed };
    TestGateway::start(Options { people, ..Options::default() }).await
}

async fn everything(desk: &TestGateway) -> String {
    let mut text = String::new();
    for route in ["contacts?limit=100", "contacts?limit=100&skip=100", "notifications?limit=100"] {
        text += &desk.request(Method::GET, route).send().await.unwrap().text().await.unwrap();
    }
    let first = desk.get("contacts?limit=1&skip=12").await["data"][0]["id"].as_str().unwrap().to_owned();
    let route = format!("contacts/{first}/conversations?channel_types=web&channel_types=line&channel_types=whatsapp");
    text + &desk.request(Method::GET, &route).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn the_same_seed_makes_the_same_people_byte_for_byte() {
    let (one, same, other) = (with_seed(7).await, with_seed(7).await, with_seed(8).await);
    let text = everything(&one).await;
    assert_eq!(text, everything(&same).await);
    assert_ne!(text, everything(&other).await);
}

#[tokio::test]
async fn a_file_keeps_edits_and_is_not_filled_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { data: Some(folder.path().join("contacts.sqlite")), ..few() };
    let route = "contacts/con_66d67483-8982-43d6-acbe-139568688add";
    let desk = TestGateway::start(options()).await;
    desk.request(Method::PUT, route).json(&json!({ "remark": "kept" })).send().await.unwrap();
    desk.request(Method::DELETE, "notifications/dismiss/all").send().await.unwrap();
    desk.gateway.stop().await;

    let people = Population { contacts: 500, seed: 1 };
    let desk = TestGateway::start(Options { people, ..options() }).await;
    assert_eq!(desk.get(route).await["remark"], "kept");
    assert_eq!(desk.get("contacts").await["count"], 10, "the file says who is there");
    assert_eq!(desk.get("notifications").await["count"], 0);
    assert_eq!(desk.get("contacts/_search?q=kept&type=text").await["count"], 1);
}

#[tokio::test]
async fn a_file_that_is_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "dear diary, this is no database at all".repeat(50)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = LocalGateway::start(Options { data: Some(path.clone()), ..few() }).await.unwrap_err();
    assert!(matches!(refused, Error::Data(StoreError::Open { .. } | StoreError::Foreign { .. })), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE precious (a); INSERT INTO precious VALUES (1);").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let refused = LocalGateway::start(Options { data: Some(path.clone()), ..few() }).await.unwrap_err();
    assert!(matches!(refused, Error::Data(StoreError::Foreign { .. })), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn two_gateways_may_open_one_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        data: Some(folder.path().join("contacts.sqlite")),
        people: Population { contacts: 60, ..Population::default() },
        ..Options::default()
    };
    let (one, other) = tokio::join!(TestGateway::start(options()), TestGateway::start(options()));
    assert_eq!(one.get("contacts").await["count"], 60);
    assert_eq!(one.get("contacts?limit=100").await, other.get("contacts?limit=100").await);
}

#[tokio::test]
async fn many_readers_and_a_writer_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = Some(folder.path().join("contacts.sqlite"));
    let desk = TestGateway::start(Options { data, ..few() }).await;
    let route = "contacts/con_66d67483-8982-43d6-acbe-139568688add";
    let calls = (0..40).map(|number| {
        let desk = &desk;
        async move {
            if number % 4 == 0 {
                let body = json!({ "remark": format!("r{number}") });
                desk.request(Method::PUT, route).json(&body).send().await.unwrap().status()
            } else {
                desk.request(Method::GET, "contacts").send().await.unwrap().status()
            }
        }
    });
    let statuses = futures::future::join_all(calls).await;
    assert!(statuses.iter().all(|status| status.is_success()), "{statuses:?}");
}

#[tokio::test]
async fn the_people_are_as_messy_as_real_lists() {
    let desk = TestGateway::with(1_000).await;
    let mut rows: Vec<Value> = Vec::new();
    for page in 0..10 {
        rows.extend(
            desk.get(&format!("contacts?limit=100&skip={}", page * 100)).await["data"].as_array().unwrap().clone(),
        );
    }
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let share = |keep: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| keep(row)).count();

    let channels: HashSet<String> = rows.iter().map(|row| text(row, "channel_type")).collect();
    assert_eq!(channels.len(), 7, "{channels:?}");
    let anonymous = share(&|row| text(row, "display_name").chars().nth(3) == Some('#'));
    assert!((250..450).contains(&anonymous), "about a third: {anonymous}");
    assert!(share(&|row| text(row, "display_name").chars().any(|c| ('\u{4e00}'..'\u{a000}').contains(&c))) > 30);
    assert!(share(&|row| text(row, "phone_number").starts_with("+")) > 10);
    assert!(share(&|row| text(row, "phone_number").chars().any(|c| ('０'..='９').contains(&c))) > 2);
    assert!(share(&|row| row["updated_at"].is_null()) > 500);

    for row in &rows {
        assert_eq!(row.as_object().unwrap().len(), 33);
        let email = text(row, "email").to_lowercase().replace(',', ".");
        let reserved = ["example.com", "example.net", "example.org", "example..com"];
        // A form that asks for an address gets `không có`, too.
        assert!(!email.contains('.') || reserved.iter().any(|domain| email.contains(domain)), "{email}");
    }
    let documented = &rows[9]["created_at"];
    assert!(rows[10..].iter().all(|row| row["created_at"].as_str() < documented.as_str()), "all others are older");

    // Habits of real lists that one person and one form would not make.
    for (habit, count) in [
        (
            "an extension",
            share(&|row| {
                ["ext", "máy lẻ", "内線", "分機", "ต่อ", "samb"]
                    .iter()
                    .any(|word| text(row, "phone_number").contains(word))
            }),
        ),
        (
            "two numbers",
            share(&|row| [" / ", ", ", "; "].iter().any(|between| text(row, "phone_number").contains(between))),
        ),
        (
            "a number from abroad",
            share(&|row| ["Europe/Stockholm", "Australia/Sydney"].contains(&text(row, "time_zone").as_str())),
        ),
        (
            "another script",
            share(&|row| text(row, "display_name").chars().any(|c| ('\u{370}'..'\u{970}').contains(&c))),
        ),
        (
            "an era",
            share(&|row| ["民國", "昭和", "平成", "tháng"].iter().any(|era| text(row, "birthday").contains(era))),
        ),
        ("a filler", share(&|row| ["không có", "無", "なし", "ไม่มี", "tiada"].contains(&text(row, "email").as_str()))),
    ] {
        assert!(count > 0, "nobody has {habit}");
    }
    let mut families: HashMap<(String, String), usize> = HashMap::new();
    for row in rows.iter().filter(|row| !text(row, "last_name").is_empty()) {
        *families.entry((text(row, "last_name"), text(row, "phone_number"))).or_default() += 1;
    }
    assert!(families.iter().any(|((_, number), count)| number.len() > 6 && *count > 1));

    // Someone who wrote in before has the same number behind another spelling or channel.
    let mut persons: HashMap<String, usize> = HashMap::new();
    for row in &rows {
        let digits: String = text(row, "phone_number").chars().filter(char::is_ascii_digit).collect();
        if let Some(tail) = digits.len().checked_sub(8).and_then(|start| digits.get(start..)) {
            *persons.entry(tail.to_owned()).or_default() += 1;
        }
    }
    assert!(persons.values().filter(|count| **count > 1).count() > 5);
}
