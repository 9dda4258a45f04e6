//! Tool `dismiss_all_notifications`.

use imbrace_contacts_mcp::local_gateway::Faults;
use insta::assert_snapshot;
use serde_json::json;

use super::with_an_expired_token;
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn one_type_goes_and_the_others_stay() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.confirmed("dismiss_all_notifications", json!({ "type": "teams" })).await);
    assert!(desk.call("list_notifications", json!({ "type": "teams" })).await.starts_with("# notifications: none"));
    assert!(desk.call("list_notifications", json!({})).await.starts_with("# notifications 1-20 of"));
    let sent = desk.arrivals().iter().find(|arrival| arrival.method == "DELETE").cloned().unwrap();
    assert!(sent.target.ends_with("/notifications/dismiss/all?type=teams"), "{}", sent.target);
}

#[tokio::test]
async fn everything_goes_only_by_name() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.fail("dismiss_all_notifications", json!({})).await);
    assert_snapshot!(desk.fail("dismiss_all_notifications", json!({ "type": "" })).await);
    assert!(desk.arrivals().is_empty());
    assert_snapshot!(desk.confirmed("dismiss_all_notifications", json!({ "type": "all" })).await);
}

#[tokio::test]
async fn a_lost_answer_is_an_unknown_outcome_and_is_not_repeated() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    desk.gateway.set_faults("dismiss_all_notifications:reset_after".parse::<Faults>().unwrap());
    let preview = desk.call("dismiss_all_notifications", json!({ "type": "teams" })).await;
    let token = preview.rsplit_once("confirm=").unwrap().1;
    let text = desk.fail("dismiss_all_notifications", json!({ "type": "teams", "confirm": token })).await;
    assert!(text.contains("may or may not have been done"), "{text}");
    assert_eq!(desk.arrivals().iter().filter(|arrival| arrival.method == "DELETE").count(), 1);
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("dismiss_all_notifications", json!({ "type": "all" })).await);
}
