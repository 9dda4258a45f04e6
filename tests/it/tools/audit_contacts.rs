//! Tool `audit_contacts`.

use insta::assert_snapshot;
use serde_json::json;

use super::with_an_expired_token;
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn every_kind_is_counted_and_the_next_call_is_named() {
    let desk = Harness::with(Wishes { contacts: 400, ..Wishes::default() }).await;
    assert_snapshot!(desk.call("audit_contacts", json!({})).await);
}

#[tokio::test]
async fn certain_kinds_come_with_examples() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    assert_snapshot!(desk.call("audit_contacts", json!({ "kinds": ["placeholder_name", "stale"] })).await);
}

#[tokio::test]
async fn the_snapshot_is_brought_up_to_date_first() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let before = desk.call("audit_contacts", json!({ "kinds": "email_case" })).await;
    let edit = json!({ "email": "MEI.CHAN@EXAMPLE.COM" });
    assert!(desk.gateway.edit_contact(super::MEI, edit.as_object().unwrap()).unwrap());
    let after = desk.call("audit_contacts", json!({ "kinds": "email_case" })).await;
    assert!(!before.contains("con_66d67483") && after.contains("con_66d67483"), "{before}\n{after}");
}

#[tokio::test]
async fn an_empty_organisation_is_no_error() {
    let desk = Harness::with(Wishes { contacts: 0, ..Wishes::default() }).await;
    assert_snapshot!(desk.call("audit_contacts", json!({})).await);
}

#[tokio::test]
async fn an_unknown_kind_is_refused_with_the_nearest_and_nothing_is_sent() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail("audit_contacts", json!({ "kinds": "email_cases" })).await, @r#"`kinds`: no finding is called "email_cases"; did you mean `email_case`?"#);
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refused_credential_is_said() {
    assert_snapshot!(with_an_expired_token("audit_contacts", json!({})).await, @r#"The gateway does not accept the credential (401: "Token expired"). The operator must set a new one; access tokens end after 30 days."#);
}

#[tokio::test]
async fn a_filter_narrows_what_is_counted_and_a_wrong_one_is_named() {
    let desk = Harness::with(Wishes { contacts: 400, ..Wishes::default() }).await;
    let all = desk.call("audit_contacts", json!({})).await;
    let web = desk.call("audit_contacts", json!({ "filter": "channel_type=web", "refresh": false })).await;
    let of = |text: &str| -> u64 {
        text.split(" contacts have one").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!((1..400).contains(&of(&web)) && of(&all) == 400, "{web}");
    let error = desk.fail("audit_contacts", json!({ "filter": "channel_typ=web" })).await;
    assert_snapshot!(error, @"`filter`: no field is called `channel_typ`; did you mean `channel`?");
}

#[tokio::test]
async fn the_snapshot_is_read_anew_or_not_at_all_as_asked() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let reads = async |refresh: Option<bool>| {
        desk.gateway.forget_requests();
        desk.call("audit_contacts", json!({ "refresh": refresh })).await;
        desk.arrivals().len()
    };
    assert_ne!(reads(Some(false)).await, 0, "there is no snapshot yet");
    assert_eq!(reads(Some(false)).await, 0);
    let gone = super::id_in(desk.gateway.contacts_json().unwrap().last().unwrap());
    assert!(desk.gateway.delete_contact(&gone).unwrap());
    reads(None).await;
    let recent = desk.call("audit_contacts", json!({ "refresh": false })).await;
    reads(Some(true)).await;
    let full = desk.call("audit_contacts", json!({ "refresh": false })).await;
    assert!(recent.contains("of 59 contacts"), "the count of the gateway shows that somebody is gone: {recent}");
    assert!(full.contains("of 59 contacts"), "{full}");
}
