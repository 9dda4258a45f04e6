//! Tool `get_conversation_messages`.

use insta::assert_snapshot;
use serde_json::json;

use super::{short_ids, somebody_with};
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn every_kind_of_message_is_one_line() {
    let desk = Harness::new().await;
    let mut seen = Vec::new();
    for skip in (10..290).step_by(40) {
        let page = desk.call("list_contacts", json!({ "limit": 40, "skip": skip })).await;
        for contact in short_ids(&page) {
            let conversations = desk.call("get_contact_conversations", json!({ "contact_id": contact })).await;
            for conversation in short_ids(&conversations) {
                let arguments = json!({ "conversation_id": conversation, "fields": "id" });
                let answer = desk.call("get_conversation_messages", arguments).await;
                seen.extend(answer.lines().filter(|line| !line.starts_with('#')).map(str::to_owned));
            }
        }
    }
    let kinds =
        ["text", "quick_reply", "response", "image", "audio", "video", "pdf", "file", "whatsapp.template", "location"];
    let mut examples = Vec::new();
    for kind in kinds {
        let example =
            seen.iter().find(|line| line.contains(&format!(",{kind},")) || line.ends_with(&format!(",{kind}")));
        examples.push(format!("{kind}: {}", example.map_or("(none)", String::as_str)));
    }
    assert_snapshot!(examples.join("\n"));
}

#[tokio::test]
async fn a_conversation_reads_newest_first() {
    let desk = Harness::new().await;
    let (_, conversations) = somebody_with(&desk, "get_contact_conversations", 2).await;
    let conversation = &short_ids(&conversations)[0];
    assert_snapshot!(desk.call("get_conversation_messages", json!({ "conversation_id": conversation })).await);
}

#[tokio::test]
async fn a_conversations_own_id_is_refused_with_the_place_of_the_right_one() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let id = "conv_00000000-0000-4000-8000-000000000000";
    assert_snapshot!(desk.fail("get_conversation_messages", json!({ "conversation_id": id })).await);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn an_unknown_conversation_has_no_messages() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let id = "tcu_00000000-0000-4000-8000-000000000000";
    let answer = desk.call("get_conversation_messages", json!({ "conversation_id": id })).await;
    assert_snapshot!(answer, @"# messages: none");
}
