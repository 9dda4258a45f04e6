//! Tool `list_contact_comments`.

use imbrace_contacts_mcp::tools::Output;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{NOBODY, somebody_with, with_an_expired_token};
use crate::harness::{Harness, Wishes};
use crate::support::scripted::{self, Scripted};

#[tokio::test]
async fn comments_show_author_text_and_labels() {
    let desk = Harness::new().await;
    let (contact, answer) = somebody_with(&desk, "list_contact_comments", 2).await;
    assert_snapshot!(answer);
    let arguments = json!({ "contact_id": contact, "fields": ["message"] });
    assert_snapshot!(desk.call("list_contact_comments", arguments).await);
}

#[tokio::test]
async fn nobody_commented() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let mut answers = Vec::new();
    for contact in desk.gateway.contacts_json().unwrap() {
        answers.push(desk.call("list_contact_comments", json!({ "contact_id": super::id_in(&contact) })).await);
    }
    assert!(answers.iter().any(|answer| answer == "# comments on messages: none"), "{answers:?}");
    // The gateway says the same of an id that no contact has.
    let answer = desk.fail("list_contact_comments", json!({ "contact_id": NOBODY })).await;
    assert_snapshot!(answer, @"No con_00000000 at the gateway. Use search_contacts to find the right id.");
}

#[tokio::test]
async fn an_id_is_required() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail("list_contact_comments", json!({})).await);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("list_contact_comments", json!({ "contact_id": NOBODY })).await);
}

/// A page of two messages, the first with so many comments.
async fn with_comments(count: usize) -> (Scripted, imbrace_contacts_mcp::tools::Toolbox) {
    let comment = |number| json!({ "_id": format!("cmc_{number}"), "content": format!("{number} {}", "word ".repeat(100)), "from": { "display_name": "Agent" } });
    let comments: Vec<Value> = (0..count).map(comment).collect();
    let messages = json!([{ "_id": "msg_1", "comments": comments }, { "_id": "msg_2", "comments": [comment(9_999)] }]);
    let body = json!({ "items": messages, "count": 2, "total": 2, "has_more": false }).to_string();
    crate::render::hostile::toolbox(scripted::json(200, &body), Output::Text).await
}

#[tokio::test]
async fn a_message_that_is_cut_is_shown_again_and_one_too_long_for_an_answer_says_so() {
    let arguments = json!({ "contact_id": NOBODY }).as_object().cloned().unwrap();
    let (_server, toolbox) = with_comments(100).await;
    let answer = toolbox.call("list_contact_comments", arguments.clone(), Default::default()).await.unwrap();
    let head = answer.text.lines().next().unwrap();
    assert_eq!(head, "# comments on messages 1-1 of 2; next: skip=1; the first has more than one answer holds");
    let (_server, toolbox) = with_comments(2).await;
    let answer = toolbox.call("list_contact_comments", arguments, Default::default()).await.unwrap();
    assert_eq!(answer.text.lines().next(), Some("# comments on messages 1-2 of 2"));
}
