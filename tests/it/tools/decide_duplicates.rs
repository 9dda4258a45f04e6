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

#[tokio::test]
async fn decisions_carry_a_note_are_listed_and_taken_back() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let group = short_ids(&desk.call("find_duplicate_contacts", json!({})).await)[0].clone();
    let nothing = desk.call("find_duplicate_contacts", json!({ "tier": "decided" })).await;
    assert!(nothing.starts_with("# decisions: nothing was decided yet"), "{nothing}");
    let answers = json!([{ "subject": group, "verdict": "unsure", "note": "ask the branch" }]);
    let said = desk.call("decide_duplicates", json!({ "answers": answers })).await;
    assert!(said.starts_with("0 pairs settled, 1 unsure, "), "{said}");
    assert!(!desk.call("find_duplicate_contacts", json!({})).await.contains(&group));
    let listed = desk.call("find_duplicate_contacts", json!({ "tier": "decided" })).await;
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d %H").to_string();
    assert!(listed.contains(&today) || listed.contains("decided: 20"), "{listed}");
    assert!(listed.contains("unsure") && listed.contains("ask the branch"), "{listed}");
    assert!(listed.contains("Wai Ling Cheung") && listed.contains("same phone and e-mail"), "{listed}");
    let other = desk.call("find_duplicate_contacts", json!({ "tier": "decided", "pattern": "same" })).await;
    assert!(other.contains("no decision is like this") && other.contains("1 decision: unsure 1"), "{other}");
    let wrong = desk.fail("find_duplicate_contacts", json!({ "tier": "decided", "pattern": "maybe" })).await;
    assert!(wrong.contains("one of same, different, unsure"), "{wrong}");
    let answers = json!([{ "subject": "unsure", "verdict": "reopen" }]);
    let said = desk.call("decide_duplicates", json!({ "answers": answers })).await;
    assert!(said.starts_with("0 pairs settled, 1 taken back, "), "{said}");
    assert!(desk.call("find_duplicate_contacts", json!({})).await.contains(&group));
    let again = desk.fail("decide_duplicates", json!({ "answers": answers })).await;
    assert!(again.contains("here is no decision \"unsure\""), "{again}");
}

#[tokio::test]
async fn a_filled_in_spreadsheet_comes_back_as_a_text() {
    let desk = Harness::with(Wishes { contacts: 600, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    let asked = desk.call("find_duplicate_contacts", json!({ "tier": "questions", "csv": true, "limit": 2 })).await;
    assert!(asked.starts_with("# questions 1-2 of ") && asked.contains("\nfirst,second,why,"), "{asked}");
    // A column in front, as a person adds it; what is above the table may stay.
    let filled = |words: [&str; 2]| {
        let mut words = words.into_iter();
        let line = |line: &str| match line {
            line if line.starts_with('#') => line.to_owned(),
            line if line.starts_with("first,") => format!("decision,{line}"),
            line => format!("{},{line}", words.next().unwrap()),
        };
        asked.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    let said = desk.call("decide_duplicates", json!({ "csv": filled(["different", "unsure"]) })).await;
    assert!(said.starts_with("1 pair settled, 1 unsure, "), "{said}");
    let old = desk.fail("decide_duplicates", json!({ "csv": filled(["same", "same"]) })).await;
    assert!(old.contains("different was decided on ") && old.contains("force=true"), "{old}");
    let forced = desk.call("decide_duplicates", json!({ "csv": filled(["same", "same"]), "force": true })).await;
    assert!(forced.starts_with("2 pairs settled, "), "{forced}");
    let both = json!({ "csv": filled(["same", "same"]), "answers": "dup_1=same" });
    assert!(desk.fail("decide_duplicates", both).await.contains("not both"));
    assert!(desk.fail("decide_duplicates", json!({})).await.contains("`answers` or `csv` is required"));
    let wrong = desk.fail("decide_duplicates", json!({ "csv": filled(["perhaps", "same"]) })).await;
    assert!(wrong.contains("\"perhaps\" is no decision") && wrong.contains("Nothing was taken"), "{wrong}");
    let elsewhere = desk.fail("find_duplicate_contacts", json!({ "csv": true })).await;
    assert!(elsewhere.contains("tier=questions"), "{elsewhere}");
}
