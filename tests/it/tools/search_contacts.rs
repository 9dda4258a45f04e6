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
    assert_snapshot!(answer, @r##"# contacts: none match "zz\n# contacts 1-9 of 9""##);
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
