//! Ids of nobody, of a deleted contact and of another organisation, given to every tool that takes an id.

use serde_json::{Value, json};

use super::MEI;
use crate::harness::{Harness, Wishes};

/// A whole id that no contact has, as one of another organisation is.
const NOBODY: &str = "con_00000000-0000-4000-8000-00000000dead";

/// A tool with arguments that name a contact, and what the answer says of one that nobody has; `true` where that is an error.
fn calls(id: &str) -> Vec<(&'static str, Value, bool, &'static str)> {
    let pair = format!("{id}:con_11111111-0000-4000-8000-000000000000");
    let change = json!({ "contact": id, "field": "remark", "value": "x" });
    let filter = format!("id = {id}");
    vec![
        ("get_contact", json!({ "contact_id": id }), true, "at the gateway"),
        ("get_contact_conversations", json!({ "contact_id": id }), true, "at the gateway"),
        ("list_contact_comments", json!({ "contact_id": id }), true, "at the gateway"),
        ("list_contact_comments", json!({ "contact_id": format!("{id},{MEI}") }), false, "no such contact: con_"),
        ("list_contact_files", json!({ "contact_id": id }), true, "at the gateway"),
        (
            "update_contact",
            json!({ "contact_id": id, "set": [{ "field": "remark", "value": "x" }] }),
            true,
            "Nothing was changed",
        ),
        ("find_duplicate_contacts", json!({ "contact_id": id }), true, "The list of contacts has no con_"),
        ("audit_contacts", json!({ "filter": filter }), false, "no contact matches id"),
        ("list_contacts", json!({ "filter": filter }), false, "no contact of 39 matches id"),
        ("plan_cleanup", json!({ "changes": [change] }), true, "there is no such contact"),
        ("plan_cleanup", json!({ "fix": "safe", "protect": id }), false, "matches nobody"),
        ("decide_duplicates", json!({ "answers": [{ "subject": pair, "verdict": "same" }] }), true, "There is no pair"),
    ]
}

#[tokio::test]
async fn no_tool_takes_an_id_of_nobody_for_a_contact_without_anything() {
    let desk = Harness::with(Wishes { contacts: 40, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    let gone = super::id_in(&desk.gateway.contacts_json().unwrap()[3]);
    assert!(desk.gateway.delete_contact(&gone).unwrap());
    for id in [NOBODY, &gone] {
        for (tool, arguments, is_error, said) in calls(id) {
            let answer = desk.answer(tool, arguments.clone()).await;
            assert_eq!(answer.is_error, is_error, "{tool} {arguments}: {}", answer.text);
            assert!(answer.text.contains(said), "{tool} {arguments}: {}", answer.text);
        }
    }
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET"), "a write was sent");
}
