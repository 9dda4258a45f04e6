//! Tool `plan_cleanup`.

use insta::assert_snapshot;
use serde_json::json;

use super::{MEI, NOBODY, planned};
use crate::harness::{Harness, Wishes};

/// Plan ids and fingerprints are random or hashes of random ids.
fn stable(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let word = word.trim_end_matches(':');
        if word.starts_with("plan_") || word.starts_with("plan=plan_") { "PLAN" } else { word }
    });
    let text = words.collect::<Vec<_>>().join(" ");
    text.split_once("fingerprint=").map_or(text.clone(), |(before, _)| format!("{before}fingerprint=FINGERPRINT"))
}

#[tokio::test]
async fn a_plan_shows_totals_examples_and_the_next_call_and_writes_nothing() {
    let desk = Harness::with(Wishes { contacts: 300, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    assert_snapshot!(stable(&desk.call("plan_cleanup", json!({ "fix": "safe" })).await));
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET"));
}

#[tokio::test]
async fn a_plan_that_was_made_is_shown_again() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = planned(&desk, json!({ "changes": { MEI: { "remark": "seen", "gender": "f" } } })).await;
    let shown = desk.call("plan_cleanup", json!({ "plan": plan["plan"] })).await;
    assert!(shown.contains(plan["fingerprint"].as_str().unwrap()), "{shown}");
}

#[tokio::test]
async fn protected_contacts_are_left_out_and_counted() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    desk.call("list_contacts", json!({})).await;
    let arguments = json!({ "changes": { MEI: { "remark": "x" } }, "protect": "con_66d67483" });
    assert_snapshot!(desk.fail("plan_cleanup", arguments).await, @"There is nothing to do; 1 left out: protected.");
}

#[tokio::test]
async fn bad_arguments_make_no_plan() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let mut said = Vec::new();
    for arguments in [
        json!({}),
        json!({ "fix": "email_cas" }),
        json!({ "fix": "safe", "filter": "whatsapp" }),
        json!({ "merge": "delete" }),
        json!({ "changes": { MEI: "x" } }),
        json!({ "changes": { MEI: { "nickname": "x" } } }),
        json!({ "changes": { "../../etc/passwd": { "remark": "x" } } }),
        json!({ "changes": { NOBODY: { "remark": "x" } } }),
        json!({ "plan": "plan_00000000" }),
    ] {
        said.push(desk.fail("plan_cleanup", arguments).await);
    }
    assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn a_value_is_set_in_every_contact_that_the_filter_means_and_in_nobody_without_one() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    desk.call("audit_contacts", json!({})).await;
    let set = json!([{ "field": "language", "value": "vi" }]);
    let filter = "channel_type=whatsapp";
    let meant = |desk: &Harness| {
        let contacts = desk.gateway.contacts_json().unwrap();
        let contacts = contacts.iter().map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
        contacts.filter(|contact| contact["channel_type"] == "whatsapp").collect::<Vec<_>>()
    };
    let changing = meant(&desk).iter().filter(|contact| contact["language"] != "vi").count();
    assert!(changing > 1, "the list has some to change");
    let plan = planned(&desk, json!({ "set": set, "filter": filter })).await;
    let done = desk.confirmed("apply_cleanup", plan.clone()).await;
    assert!(done.starts_with(&format!("{changing} contacts written")), "{done}");
    assert!(meant(&desk).iter().all(|contact| contact["language"] == "vi"));
    for (arguments, said) in [
        (json!({ "set": set }), "needs a `filter`"),
        (json!({ "set": set, "filter": "company=nowhere" }), "No contact of 60 matches"),
        (json!({ "set": [{ "field": "nickname", "value": "x" }], "filter": filter }), "nickname"),
        (json!({ "set": [{ "field": "email", "value": "a b" }], "filter": filter }), "must be one e-mail address"),
    ] {
        let refused = desk.fail("plan_cleanup", arguments).await;
        assert!(refused.contains(said), "{refused}");
    }
}
