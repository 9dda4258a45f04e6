//! Tool `get_contact_conversations`.

use insta::assert_snapshot;
use serde_json::json;

use super::{NOBODY, somebody_with};
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn conversations_show_status_team_and_latest_words() {
    let desk = Harness::new().await;
    let (_, answer) = somebody_with(&desk, "get_contact_conversations", 2).await;
    assert_snapshot!(answer);
}

#[tokio::test]
async fn all_channel_types_are_asked_for_unless_some_are_named() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let id = "con_66d67483-8982-43d6-acbe-139568688add";
    desk.call("get_contact_conversations", json!({ "contact_id": id })).await;
    desk.call("get_contact_conversations", json!({ "contact_id": id, "channel_types": "web, LINE" })).await;
    let queries: Vec<String> =
        desk.arrivals().iter().map(|arrival| arrival.target.split('?').nth(1).unwrap().to_owned()).collect();
    assert_eq!(queries[0].matches("channel_types=").count(), 7);
    assert_eq!(queries[1], "channel_types=web&channel_types=line");
}

#[tokio::test]
async fn nobody_wrote_here_yet() {
    let desk = Harness::new().await;
    let mut answer = String::new();
    for skip in 10..60 {
        let page = desk.call("list_contacts", json!({ "limit": 1, "skip": skip })).await;
        let contact = page.lines().last().and_then(|line| line.split(',').next()).unwrap().to_owned();
        answer = desk.call("get_contact_conversations", json!({ "contact_id": contact })).await;
        if answer.lines().count() == 1 {
            break;
        }
    }
    assert_snapshot!(answer, @"# conversations: none on these channels");
}

#[tokio::test]
async fn an_unknown_channel_type_is_refused_before_anything_is_sent() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let arguments = json!({ "contact_id": NOBODY, "channel_types": ["web", "sms"] });
    assert_snapshot!(desk.fail("get_contact_conversations", arguments).await);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn the_gateways_400_not_found_is_an_unknown_contact() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail("get_contact_conversations", json!({ "contact_id": NOBODY })).await);
}
