//! Tool `decide_duplicates`.

use insta::assert_snapshot;
use serde_json::json;

use super::find_duplicate_contacts::desk;
use super::short_ids;
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn a_group_that_is_two_people_is_no_group_any_more() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let group = short_ids(&desk.call("find_duplicate_contacts", json!({})).await)[0].clone();
    assert!(group.starts_with("dup_"), "{group}");
    let said = desk.call("decide_duplicates", json!({ "answers": format!("{group}=different") })).await;
    assert!(said.starts_with("1 pair settled"), "{said}");
    let left = desk.call("find_duplicate_contacts", json!({})).await;
    assert!(!left.contains(&group), "{left}");
    assert_eq!(desk.arrivals().iter().filter(|arrival| arrival.method != "GET").count(), 0, "decisions stay here");
}

#[tokio::test]
async fn one_answer_settles_a_pattern() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let questions = desk.call("find_duplicate_contacts", json!({ "tier": "questions" })).await;
    let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(questions.as_bytes());
    let pattern = rows.records().next().expect("a question").unwrap()[0].to_owned();
    let said = desk.confirmed("decide_duplicates", json!({ "answers": format!("{pattern}=same") })).await;
    assert!(said.contains("0 questions left\nlist as of "), "{said}");
    let groups = desk.call("find_duplicate_contacts", json!({})).await;
    assert!(groups.contains(" 1-2 of 2") || groups.contains("2 sure groups"), "{groups}");
}

#[tokio::test]
async fn what_is_no_answer_is_refused_and_none_is_taken() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let before = desk.call("find_duplicate_contacts", json!({})).await;
    let mut said = Vec::new();
    for answers in ["dup_00000000=same", "con_1=same", "hello", "a=maybe", "con_00000001 con_00000002=same"] {
        let group = short_ids(&before)[0].clone();
        said.push(desk.fail("decide_duplicates", json!({ "answers": format!("{group}=different; {answers}") })).await);
    }
    assert_snapshot!(said.join("\n"));
    assert_eq!(desk.call("find_duplicate_contacts", json!({})).await, before);
}

#[tokio::test]
async fn what_is_no_answer_is_quoted_at_the_price_of_an_error_in_any_script() {
    let desk = desk().await;
    let counter = tiktoken_rs::o200k_base_singleton();
    for letter in ["ዂ", "ბ", "語", "x"] {
        let said = desk.fail("decide_duplicates", json!({ "answers": letter.repeat(500) })).await;
        assert!(counter.encode_ordinary(&said).len() <= 100, "{said}");
        assert!(said.ends_with("Nothing was taken."), "{said}");
    }
}

#[tokio::test]
async fn an_answer_about_more_pairs_than_it_names_asks_first_and_keeps_nothing_until_then() {
    let desk = Harness::with(Wishes { contacts: 2_000, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    let questions = desk.call("find_duplicate_contacts", json!({ "tier": "questions", "limit": 40 })).await;
    let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(questions.as_bytes());
    // The second contact of a pattern's example repeats what is said of the pattern.
    let patterns: Vec<String> =
        rows.records().map(|row| row.unwrap()[0].to_owned()).filter(|pattern| pattern != "=").collect();
    let answers = json!({ "answers": patterns.iter().map(|pattern| format!("{pattern}=different")).collect::<Vec<_>>().join(";") });
    let asked = desk.call("decide_duplicates", answers.clone()).await;
    assert!(asked.contains("This call would keep") && asked.contains("confirm="), "{asked}");
    let unchanged = desk.call("find_duplicate_contacts", json!({ "tier": "questions", "limit": 40 })).await;
    assert_eq!(unchanged, questions);
    assert!(desk.confirmed("decide_duplicates", answers).await.contains("pairs settled"));
}
