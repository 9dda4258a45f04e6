//! Tool `check_contact`.

use insta::assert_snapshot;
use serde_json::json;

use super::with_an_expired_token;
use crate::harness::{Harness, Wishes};

async fn desk() -> Harness {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let fields = json!({
        "display_name": "Mei Ling Example", "first_name": "Mei Ling", "last_name": "Example", "birthday": "1990-04-03",
        "email": "mei.ling@example.com", "area_code": "852", "phone_number": "55500101"
    });
    assert!(desk.gateway.edit_contact(super::MEI, fields.as_object().unwrap()).unwrap());
    desk
}

/// The answer without the age of the list.
async fn said(desk: &Harness, contact: serde_json::Value) -> String {
    let answer = desk.call("check_contact", json!({ "contact": contact })).await;
    let lines: Vec<&str> = answer.lines().filter(|line| !line.contains("list as of ")).collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_duplicate_is_named_with_the_reason_and_what_is_wrong_with_the_correction() {
    let desk = desk().await;
    let contact = json!({
        "name": "example mei ling", "phone": "+852 5550 0101", "email": "Mei.Ling@Example.com", "birthday": "3 April 1990",
    });
    let before = desk.gateway.contacts_json().unwrap();
    assert_snapshot!(said(&desk, contact).await);
    assert_eq!(desk.gateway.contacts_json().unwrap(), before);
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET"), "nothing is written");
}

#[tokio::test]
async fn somebody_new_without_a_fault_is_said_to_be_so() {
    let desk = desk().await;
    let contact = json!({ "name": "Zebulon Quist", "email": "zebulon@example.org" });
    assert_snapshot!(said(&desk, contact).await);
}

#[tokio::test]
async fn other_arguments_are_refused_before_anything_is_sent() {
    let desk = desk().await;
    for (contact, expected) in [
        (json!({ "emial": "a@example.com" }), "no field is called `emial`; did you mean `email`?"),
        (json!({ "phone": "1", "phone_number": "2" }), "`phone_number` is given twice"),
        (json!({ "name": " " }), "the contact has no value"),
        (json!({}), "the contact has no value"),
        (json!({ "name": ["a"] }), "must be a text"),
        (json!([{ "name": "a" }]), "`contact` must be an object"),
    ] {
        let error = desk.fail("check_contact", json!({ "contact": contact })).await;
        assert!(error.to_lowercase().contains(&expected.to_lowercase()), "{contact}: {error}");
    }
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn an_empty_organisation_and_a_refused_credential_are_said() {
    let desk = Harness::with(Wishes { contacts: 0, ..Wishes::default() }).await;
    assert!(said(&desk, json!({ "name": "Mei" })).await.starts_with("no duplicate among 0 contacts"));
    let refused = with_an_expired_token("check_contact", json!({ "contact": { "name": "Mei" } })).await;
    assert!(refused.starts_with("The gateway does not accept the credential"), "{refused}");
}
