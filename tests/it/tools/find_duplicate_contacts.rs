//! Tool `find_duplicate_contacts`.

use insta::assert_snapshot;
use serde_json::json;

use super::MEI;
use crate::harness::{Harness, Wishes};

/// A desk on which two contacts are surely one person, and two may be.
pub async fn desk() -> Harness {
    let desk = Harness::with(Wishes { contacts: 40, ..Wishes::default() }).await;
    let ids: Vec<String> =
        desk.gateway.contacts_json().unwrap().iter().take(4).map(|json| super::id_in(json)).collect();
    for (id, name, email, phone) in [
        (&ids[0], "Wai Ling Cheung", "wai.ling.cheung@example.com", "61234567"),
        (&ids[1], "Wai Ling Cheung", "wai.ling.cheung@example.com", "61234567"),
        (&ids[2], "Alice", "", "61234599"),
        (&ids[3], "王詩雅", "", "61234599"),
    ] {
        let fields = json!({
            "display_name": name, "first_name": "", "last_name": "", "email": email, "area_code": "852",
            "phone_number": phone, "birthday": if email.is_empty() { "" } else { "1988-02-11" },
        });
        assert!(desk.gateway.edit_contact(id, fields.as_object().unwrap()).unwrap());
    }
    desk
}

#[tokio::test]
async fn sure_groups_are_listed_with_the_survivor_first() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    assert_snapshot!(desk.call("find_duplicate_contacts", json!({})).await);
}

#[tokio::test]
async fn questions_come_by_pattern() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    assert_snapshot!(desk.call("find_duplicate_contacts", json!({ "tier": "questions" })).await);
}

#[tokio::test]
async fn an_unknown_pattern_names_those_that_are_open() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    for csv in [false, true] {
        let asked = json!({ "tier": "questions", "pattern": "phone+moon", "csv": csv });
        let answer = desk.call("find_duplicate_contacts", asked).await;
        let said = "no question or group has the pattern \"phone+moon\"; open are phone";
        assert!(answer.contains(said), "{answer}");
    }
}

#[tokio::test]
async fn nobody_is_a_duplicate_of_one_who_is_alone() {
    let desk = Harness::with(Wishes { contacts: 1, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    assert_snapshot!(desk.call("find_duplicate_contacts", json!({ "contact_id": MEI })).await);
}

#[tokio::test]
async fn without_a_snapshot_the_contacts_are_read_first() {
    let desk = desk().await;
    let found = desk.call("find_duplicate_contacts", json!({})).await;
    assert!(found.contains("of 40 contacts"), "{found}");
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET"));
}

/// The rows of an answer, by column.
fn rows(answer: &str) -> Vec<std::collections::HashMap<String, String>> {
    // Empty cells at the end of a row are left out.
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(answer.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| {
        let cell = |(at, column): (usize, &str)| (column.to_owned(), row.get(at).unwrap_or_default().to_owned());
        columns.iter().enumerate().map(cell).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[tokio::test]
async fn both_contacts_of_a_question_are_shown_with_their_values() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let questions = desk.call("find_duplicate_contacts", json!({ "tier": "questions" })).await;
    let pattern = rows(&questions)[0]["pattern"].clone();
    let answer = desk.call("find_duplicate_contacts", json!({ "pattern": pattern })).await;
    for answer in [questions, answer] {
        let rows = rows(&answer);
        let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str()).collect();
        assert_eq!(names, ["Alice", "王詩雅"], "{answer}");
        assert!(rows[0]["phone"].contains("61234599") && rows[1]["phone"] == "=", "{answer}");
    }
}

#[tokio::test]
async fn totals_are_people_and_entries_and_every_member_says_what_differs() {
    let desk = desk().await;
    let ids: Vec<String> =
        desk.gateway.contacts_json().unwrap().iter().take(2).map(|json| super::id_in(json)).collect();
    assert!(desk.gateway.edit_contact(&ids[1], json!({ "company_name": "Acme" }).as_object().unwrap()).unwrap());
    desk.call("audit_contacts", json!({})).await;
    let answer = desk.call("find_duplicate_contacts", json!({ "contact_id": ids[1] })).await;
    assert!(answer.contains("1 person behind 2 entries sure"), "{answer}");
    let rows = rows(&answer);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().any(|row| row["differs"].contains("company=Acme")), "{answer}");
    assert!(rows[0]["why"].contains("same phone and e-mail; same name; keep "), "{answer}");
}

#[tokio::test]
async fn a_number_of_different_people_is_shown_and_they_are_kept_apart_by_it() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let shared = json!({ "tier": "shared" });
    let before = desk.call("find_duplicate_contacts", shared.clone()).await;
    let found = rows(&before);
    let first = found.iter().position(|row| row["shared"] == "+85261234599").expect("the number of two people");
    assert_eq!((found[first]["settled"].as_str(), found[first]["by"].as_str()), ("question", "2 people"), "{before}");
    assert_eq!((found[first]["name"].as_str(), found[first + 1]["name"].as_str()), ("Alice", "王詩雅"));
    assert!(!found.iter().any(|row| row["shared"].contains("wai.ling")), "one person shares nothing: {before}");
    let said = desk.confirmed("decide_duplicates", json!({ "answers": "+852 6123-4599=different" })).await;
    assert!(said.starts_with("1 pair settled"), "{said}");
    let after = desk.call("find_duplicate_contacts", shared).await;
    let row = rows(&after).into_iter().find(|row| row["shared"] == "+85261234599").unwrap();
    assert_eq!(row["settled"], "decided", "{after}");
    let only =
        async |filter: &str| desk.call("find_duplicate_contacts", json!({ "tier": "shared", "filter": filter })).await;
    let alices = only("name = Alice").await;
    assert!(alices.contains("1 value of different people") && alices.contains("+85261234599"), "{alices}");
    assert!(only("name = Nobody").await.contains("no contact matches name = Nobody"));
    let nobody = "con_00000000-0000-4000-8000-000000000000";
    for tier in ["sure", "questions", "shared"] {
        let said = desk.fail("find_duplicate_contacts", json!({ "tier": tier, "contact_id": nobody })).await;
        assert!(said.contains("The list of contacts has no con_"), "{tier}: {said}");
    }
    let of_nobody = desk.fail("decide_duplicates", json!({ "answers": "+85299999999=different" })).await;
    assert!(of_nobody.contains("no shared phone number or mailbox"), "{of_nobody}");
    let pattern = desk.fail("find_duplicate_contacts", json!({ "tier": "shared", "pattern": "clan" })).await;
    assert!(pattern.contains("family, people, switchboard, role mailbox"), "{pattern}");
}
