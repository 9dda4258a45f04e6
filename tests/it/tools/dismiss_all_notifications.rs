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
async fn a_lost_answer_is_settled_by_counting_and_never_repeated() {
    for faults in ["reset_after", "reset"] {
        let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
        desk.gateway.set_faults(format!("dismiss_all_notifications:{faults}").parse::<Faults>().unwrap());
        let preview = desk.call("dismiss_all_notifications", json!({ "type": "teams" })).await;
        let token = preview.rsplit_once("confirm=").unwrap().1;
        let arguments = json!({ "type": "teams", "confirm": token });
        let said = desk.answer("dismiss_all_notifications", arguments).await.text;
        assert_snapshot!(format!("after_{faults}"), said);
        let methods: Vec<String> = desk.arrivals().iter().map(|arrival| arrival.method.to_string()).collect();
        // The preview, the same again beside the token, the count, and what is left.
        assert_eq!(methods, ["GET", "GET", "GET", "DELETE", "GET"]);
    }
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("dismiss_all_notifications", json!({ "type": "all" })).await);
}
