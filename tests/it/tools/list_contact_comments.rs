//! Tool `list_contact_comments`.

use insta::assert_snapshot;
use serde_json::json;

use super::{NOBODY, somebody_with, with_an_expired_token};
use crate::harness::{Harness, Wishes};

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
    let answer = desk.call("list_contact_comments", json!({ "contact_id": NOBODY })).await;
    assert_snapshot!(answer, @"# comments on messages: none");
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
