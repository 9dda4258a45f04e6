//! Tool `get_contact`.

use insta::assert_snapshot;
use serde_json::json;

use super::{NOBODY, short_ids, with_an_expired_token};
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn a_filled_contact_is_a_card_without_its_empty_fields() {
    let desk = Harness::new().await;
    let found = desk.call("search_contacts", json!({ "query": "wong", "limit": 1 })).await;
    assert_snapshot!(desk.call("get_contact", json!({ "contact_id": short_ids(&found)[0] })).await);
}

#[tokio::test]
async fn a_visitor_is_a_short_card() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let id = "con_66d67483-8982-43d6-acbe-139568688add";
    assert_snapshot!(desk.call("get_contact", json!({ "contact_id": id })).await);
}

#[tokio::test]
async fn the_star_shows_every_field_as_json() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let id = "con_66d67483-8982-43d6-acbe-139568688add";
    assert_snapshot!(desk.call("get_contact", json!({ "contact_id": id, "fields": ["*"] })).await);
}

#[tokio::test]
async fn what_is_no_contact_id_never_reaches_a_path() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let mut said = Vec::new();
    for id in
        ["../x", "_export_csv", "con_../../x", "con_a/b", "con_%2e%2e", "con_", "not_1", "con_66d67483", "con_x y"]
    {
        said.push(format!("{id}\n  {}", desk.fail("get_contact", json!({ "contact_id": id })).await));
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_mistyped_handle_names_the_nearest_one() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    desk.call("list_contacts", json!({})).await;
    assert_snapshot!(desk.fail("get_contact", json!({ "contact_id": "con_66d67433" })).await);
}

#[tokio::test]
async fn an_unknown_contact_is_said_to_be_unknown() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail("get_contact", json!({ "contact_id": NOBODY })).await);
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("get_contact", json!({ "contact_id": NOBODY })).await);
}
