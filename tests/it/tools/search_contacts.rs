//! Tool `search_contacts`.

use insta::assert_snapshot;
use serde_json::json;

use super::with_an_expired_token;
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn matches_come_as_rows_with_an_honest_count() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("search_contacts", json!({ "query": "nguyen", "limit": 5 })).await);
}

#[tokio::test]
async fn no_match_says_what_was_looked_for() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let answer = desk.call("search_contacts", json!({ "query": "zz\n# contacts 1-9 of 9" })).await;
    assert_snapshot!(answer, @r##"
    # contacts: none match "zz\n# contacts 1-9 of 9"
    # asked the gateway alone, which may miss other spellings; a filter of list_contacts reads the list
    "##);
}

#[tokio::test]
async fn every_sign_of_the_query_arrives_as_it_was_written() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    desk.call("search_contacts", json!({ "query": " a&b+c#d 陳 " })).await;
    let arrivals = desk.arrivals();
    let target = format!("http://gateway.test{}", arrivals[0].target);
    let url: url::Url = target.parse().unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert!(pairs.contains(&("q".to_owned(), "a&b+c#d 陳".to_owned())), "{pairs:?}");
    assert!(pairs.contains(&("type".to_owned(), "text".to_owned())), "{pairs:?}");
}

#[tokio::test]
async fn a_query_is_required_and_bounded() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let mut said = Vec::new();
    for arguments in [json!({}), json!({ "query": "   " }), json!({ "query": "x".repeat(201) }), json!({ "q": "x" })] {
        said.push(desk.fail("search_contacts", arguments).await);
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("search_contacts", json!({ "query": "x" })).await);
}

/// A desk with a contact that is written in its own way.
async fn with_lan() -> Harness {
    let desk = Harness::with(Wishes { contacts: 40, ..Wishes::default() }).await;
    let lan = json!({
        "display_name": "Nguyễn Thị Lan", "first_name": "", "last_name": "", "area_code": "84", "phone_number": "0938 471 605",
        "email": "lan@merlin.example", "remark": "calls back", "company_name": "Merlin",
    });
    assert!(desk.gateway.edit_contact(super::MEI, lan.as_object().unwrap()).unwrap());
    desk
}

#[tokio::test]
async fn with_a_snapshot_a_person_is_found_whatever_the_form() {
    let desk = with_lan().await;
    desk.call("list_contacts", json!({ "count_by": "channel" })).await;
    for (query, field) in [
        ("lan nguyen thi", "name"),
        ("+84 938-471-605", "phone"),
        ("84938471605", "phone"),
        ("938471605", "phone"),
        ("LAN@merlin.example", "email"),
        ("merlin", "email"),
        ("con_66d67483", "id"),
    ] {
        let found = desk.call("search_contacts", json!({ "query": query })).await;
        let row = found.lines().find(|line| line.starts_with("con_66d67483"));
        assert!(row.is_some_and(|row| row.split(',').any(|cell| cell == field)), "{query}: {found}");
        assert!(found.starts_with("# contacts 1-1 of 1\n# list as of NOW"), "{query}: {found}");
    }
    assert_snapshot!(desk.call("search_contacts", json!({ "query": "Nguyen Thi Lan", "fields": "remark" })).await);
}

#[tokio::test]
async fn without_a_snapshot_the_gateway_is_asked_in_the_usual_spellings() {
    let desk = with_lan().await;
    let asked = async |query: &str| {
        desk.gateway.forget_requests();
        let answer = desk.call("search_contacts", json!({ "query": query })).await;
        let mut spellings = Vec::new();
        for arrival in desk.arrivals() {
            let url: url::Url = format!("http://gateway.test{}", arrival.target).parse().unwrap();
            spellings.extend(url.query_pairs().find(|(name, _)| name == "q").map(|(_, text)| text.into_owned()));
        }
        spellings.sort();
        (answer, spellings)
    };
    let (_, spellings) = asked("+84 938 471 605").await;
    assert_eq!(spellings, ["+84 938 471 605", "+84938471605", "0938471605", "84938471605", "938471605"]);
    let (found, spellings) = asked("NGUYỄN THỊ").await;
    assert_eq!(spellings, ["NGUYỄN THỊ", "nguyen thi"]);
    assert!(found.contains("con_66d67483") && !found.contains("list as of"), "{found}");
    let (_, spellings) = asked("plain words").await;
    assert_eq!(spellings, ["plain words"]);
}

#[tokio::test]
async fn what_gateway_and_snapshot_both_find_is_one_row_and_pages_reach_every_row_once() {
    let desk = Harness::new().await;
    let alone = desk.call("search_contacts", json!({ "query": "a", "limit": 100 })).await;
    let total = |text: &str| -> u64 {
        text.lines().next().and_then(|head| head.split(" of ").nth(1)?.split(';').next()?.parse().ok()).unwrap()
    };
    desk.call("list_contacts", json!({ "count_by": "channel" })).await;
    // Somebody is new since, and somebody was edited.
    let newcomer = json!({ "display_name": "Zzyzx Alba" });
    assert!(desk.gateway.edit_contact(super::MEI, newcomer.as_object().unwrap()).unwrap());
    let found = desk.call("search_contacts", json!({ "query": "zzyzx" })).await;
    assert!(found.contains("con_66d67483") && found.contains("Zzyzx Alba"), "{found}");
    let (mut seen, mut skip) = (Vec::new(), Some(0));
    let mut together = 0;
    while let Some(from) = skip {
        let page = desk.call("search_contacts", json!({ "query": "a", "limit": 60, "skip": from })).await;
        together = total(&page);
        seen.extend(super::short_ids(&page).into_iter().filter(|id| page.contains(&format!("\n{id},"))));
        let head = page.lines().next().unwrap();
        skip = head.split("skip=").nth(1).map(|next| next.split(';').next().unwrap().parse().unwrap());
    }
    let distinct: std::collections::HashSet<&String> = seen.iter().collect();
    assert_eq!((seen.len() as u64, distinct.len() as u64), (together, together));
    assert!(together >= total(&alone) && together <= 300, "{together} and {}", total(&alone));
}
