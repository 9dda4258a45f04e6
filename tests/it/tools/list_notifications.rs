//! Tool `list_notifications`.

use insta::assert_snapshot;
use serde_json::json;

use super::with_an_expired_token;
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn notifications_say_their_kind_and_lead_to_their_conversation() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("list_notifications", json!({ "limit": 12 })).await);
}

#[tokio::test]
async fn one_type_is_asked_for_by_its_word() {
    let desk = Harness::new().await;
    assert_snapshot!(
        desk.call("list_notifications", json!({ "type": "Teams", "limit": 3, "fields": "leads_to,from" })).await
    );
    assert!(desk.arrivals()[0].target.contains("type=teams"));
}

#[tokio::test]
async fn the_conversation_of_a_notification_opens() {
    let desk = Harness::new().await;
    let listed = desk.call("list_notifications", json!({ "type": "conversations", "limit": 20 })).await;
    let row = listed.lines().find(|line| line.contains(",tcu_")).expect("a notification with a conversation");
    let seat = row.split(',').find(|cell| cell.starts_with("tcu_")).unwrap();
    desk.call("get_conversation_messages", json!({ "conversation_id": seat })).await;
}

#[tokio::test]
async fn when_all_is_dismissed_the_answer_says_none() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    desk.confirmed("dismiss_all_notifications", json!({ "type": "all" })).await;
    assert_snapshot!(desk.call("list_notifications", json!({})).await, @r"
    # notifications: none
    # unread: 0
    ");
}

#[tokio::test]
async fn an_unknown_type_is_refused() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail("list_notifications", json!({ "type": "spam" })).await);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("list_notifications", json!({})).await);
}
