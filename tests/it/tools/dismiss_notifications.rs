//! Tool `dismiss_notifications`.

use insta::assert_snapshot;
use serde_json::json;

use super::{short_ids, with_an_expired_token};
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn the_named_ones_are_dismissed_and_counted_once() {
    let desk = Harness::new().await;
    let listed = desk.call("list_notifications", json!({ "limit": 3 })).await;
    let ids = short_ids(&listed);
    let twice = [ids.clone(), ids].concat();
    assert_snapshot!(desk.call("dismiss_notifications", json!({ "ids": twice })).await);
    let last = desk.arrivals().last().cloned().unwrap();
    assert_eq!(last.method, "DELETE");
    let sent: Vec<String> = serde_json::from_slice(&last.body).unwrap();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|id| id.starts_with("not_") && id.len() == 40), "whole ids: {sent:?}");
    assert_snapshot!(desk.call("list_notifications", json!({ "limit": 3 })).await);
}

#[tokio::test]
async fn a_second_time_changes_nothing() {
    let desk = Harness::new().await;
    let ids = short_ids(&desk.call("list_notifications", json!({ "limit": 2 })).await);
    desk.call("dismiss_notifications", json!({ "ids": ids })).await;
    let before = desk.call("list_notifications", json!({})).await;
    desk.call("dismiss_notifications", json!({ "ids": ids })).await;
    assert_eq!(desk.call("list_notifications", json!({})).await, before);
}

#[tokio::test]
async fn no_ids_and_wrong_ids_are_refused_before_anything_is_sent() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let many: Vec<String> = (0..101).map(|number| format!("not_{number}")).collect();
    let mut said = Vec::new();
    for arguments in [json!({}), json!({ "ids": [] }), json!({ "ids": many }), json!({ "ids": ["con_1"] })] {
        said.push(desk.fail("dismiss_notifications", arguments).await);
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("dismiss_notifications", json!({ "ids": ["not_1"] })).await);
}
