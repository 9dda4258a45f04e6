//! Tool `get_contact_comment`.

use insta::assert_snapshot;
use serde_json::json;

use super::{NOBODY, short_ids, somebody_with, with_an_expired_token};
use crate::harness::{Harness, Wishes};

const NO_COMMENT: &str = "cmc_00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn a_comment_comes_with_the_message_it_is_on() {
    let desk = Harness::new().await;
    let (contact, answer) = somebody_with(&desk, "list_contact_comments", 1).await;
    let arguments = json!({ "contact_id": contact, "comment_id": short_ids(&answer)[0] });
    assert_snapshot!(desk.call("get_contact_comment", arguments).await);
}

#[tokio::test]
async fn an_empty_answer_is_an_unknown_comment() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let arguments = json!({ "contact_id": NOBODY, "comment_id": NO_COMMENT });
    assert_snapshot!(desk.fail("get_contact_comment", arguments).await);
}

#[tokio::test]
async fn ids_of_another_kind_are_refused() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let arguments = json!({ "contact_id": NOBODY, "comment_id": NOBODY });
    assert_snapshot!(desk.fail("get_contact_comment", arguments).await);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    let arguments = json!({ "contact_id": NOBODY, "comment_id": NO_COMMENT });
    assert_snapshot!(with_an_expired_token("get_contact_comment", arguments).await);
}
