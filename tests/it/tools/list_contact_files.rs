//! Tool `list_contact_files`.

use insta::assert_snapshot;
use serde_json::json;

use super::{NOBODY, somebody_with, with_an_expired_token};
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn files_show_type_caption_and_day() {
    let desk = Harness::new().await;
    let (contact, answer) = somebody_with(&desk, "list_contact_files", 2).await;
    assert_snapshot!(answer);
    let arguments = json!({ "contact_id": contact, "fields": "url", "limit": 1 });
    let with_address = desk.call("list_contact_files", arguments).await;
    assert_snapshot!(with_address.replace(&desk.gateway.address().to_string(), "ADDRESS"));
}

#[tokio::test]
async fn an_unknown_column_is_refused() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail("list_contact_files", json!({ "contact_id": NOBODY, "fields": "size" })).await);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("list_contact_files", json!({ "contact_id": NOBODY })).await);
}
