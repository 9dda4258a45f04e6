//! Tool `find_duplicate_contacts`.

use insta::assert_snapshot;
use serde_json::json;

use super::MEI;
use crate::harness::{Harness, Wishes};

/// A desk on which two contacts are surely one person, and two may be.
pub async fn desk() -> Harness {
    let desk = Harness::with(Wishes { contacts: 40, ..Wishes::default() }).await;
    let ids: Vec<String> =
        desk.gateway.contacts_json().unwrap().iter().take(4).map(|json| super::id_in(json)).collect();
    for (id, name, email, phone) in [
        (&ids[0], "Wai Ling Cheung", "wai.ling.cheung@example.com", "61234567"),
        (&ids[1], "Wai Ling Cheung", "wai.ling.cheung@example.com", "61234567"),
        (&ids[2], "Alice", "", "61234599"),
        (&ids[3], "王詩雅", "", "61234599"),
    ] {
        let fields = json!({
            "display_name": name, "first_name": "", "last_name": "", "email": email, "area_code": "852",
            "phone_number": phone, "birthday": if email.is_empty() { "" } else { "1988-02-11" },
        });
        assert!(desk.gateway.edit_contact(id, fields.as_object().unwrap()).unwrap());
    }
    desk
}

#[tokio::test]
async fn sure_groups_are_listed_with_the_survivor_first() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    assert_snapshot!(desk.call("find_duplicate_contacts", json!({})).await);
}

#[tokio::test]
async fn questions_come_by_pattern() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    assert_snapshot!(desk.call("find_duplicate_contacts", json!({ "tier": "questions" })).await);
}

#[tokio::test]
async fn nobody_is_a_duplicate_of_one_who_is_alone() {
    let desk = Harness::with(Wishes { contacts: 1, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    assert_snapshot!(desk.call("find_duplicate_contacts", json!({ "contact_id": MEI })).await);
}

#[tokio::test]
async fn without_a_snapshot_the_contacts_are_read_first() {
    let desk = desk().await;
    let found = desk.call("find_duplicate_contacts", json!({})).await;
    assert!(found.contains("of 40 contacts"), "{found}");
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET"));
}
