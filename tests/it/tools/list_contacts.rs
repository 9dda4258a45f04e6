//! Tool `list_contacts`.

use insta::assert_snapshot;
use serde_json::json;

use super::{short_ids, with_an_expired_token, with_faults};
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn the_documents_ten_come_back_as_a_short_table() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("list_contacts", json!({ "limit": 10 })).await);
}

#[tokio::test]
async fn a_mixed_page_shows_the_fullest_columns_first() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("list_contacts", json!({ "limit": 25, "skip": 10 })).await);
}

#[tokio::test]
async fn added_columns_stand_behind_the_default_ones() {
    let desk = Harness::new().await;
    let answer = desk.call("list_contacts", json!({ "limit": 5, "skip": 10, "fields": ["remark", "created"] })).await;
    assert_snapshot!(answer);
}

#[tokio::test]
async fn the_star_shows_every_field() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("list_contacts", json!({ "limit": 4, "skip": 10, "fields": "*" })).await);
}

#[tokio::test]
async fn sorting_reaches_the_gateway_and_newest_first_is_the_default() {
    let desk = Harness::new().await;
    desk.call("list_contacts", json!({})).await;
    desk.call("list_contacts", json!({ "sort": "email", "limit": "5" })).await;
    let targets: Vec<String> = desk.arrivals().iter().map(|arrival| arrival.target.clone()).collect();
    assert_eq!(
        targets,
        [
            "/channel-service/v1/contacts?limit=20&skip=0&sort=-created_at",
            "/channel-service/v1/contacts?limit=5&skip=0&sort=email",
        ]
    );
}

#[tokio::test]
async fn following_next_reaches_every_contact_once() {
    let desk = Harness::with(Wishes { contacts: 137, ..Wishes::default() }).await;
    let (mut seen, mut skip) = (Vec::new(), 0);
    loop {
        let page = desk.call("list_contacts", json!({ "limit": 50, "skip": skip })).await;
        seen.extend(short_ids(&page));
        match page.lines().next().and_then(|head| head.split("skip=").nth(1)) {
            Some(next) => skip = next.parse().unwrap(),
            None => break,
        }
    }
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (137, 137));
}

#[tokio::test]
async fn past_the_end_the_answer_says_so() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.call("list_contacts", json!({ "skip": 500 })).await, @"# contacts: none at skip=500 of 12");
}

#[tokio::test]
async fn bad_arguments_are_refused_before_anything_is_sent() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let mut said = Vec::new();
    for arguments in [
        json!({ "limit": 0 }),
        json!({ "limit": -1 }),
        json!({ "limit": 1_000_000_000 }),
        json!({ "limit": "many" }),
        json!({ "skip": -5 }),
        json!({ "limti": 5 }),
        json!({ "sort": "phone_number" }),
        json!({ "fields": "phnoe_number" }),
    ] {
        said.push(format!("{arguments}\n  {}", desk.fail("list_contacts", arguments.clone()).await));
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("list_contacts", json!({})).await);
}

#[tokio::test]
async fn every_failure_of_the_gateway_has_its_own_words() {
    let mut said = Vec::new();
    for fault in ["*:500", "*:429,retry_after=30", "*:reset", "*:html", "*:root", "*:truncated", "*:redirect", "*:403"]
    {
        said.push(format!("{fault}\n  {}", with_faults(fault, "list_contacts", json!({})).await));
    }
    assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn a_stopped_gateway_reads_well() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let address = desk.gateway.address().to_string();
    let toolbox = desk.toolbox.clone();
    desk.gateway.stop().await;
    let answer = toolbox.call("list_contacts", serde_json::Map::new(), Default::default()).await.unwrap();
    assert!(answer.is_error);
    assert_snapshot!(answer.text.replace(&address, "ADDRESS"));
}
