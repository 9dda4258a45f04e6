//! Tool `update_contact`.

use imbrace_contacts_mcp::local_gateway::Faults;
use imbrace_contacts_mcp::model::Environment;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{NOBODY, with_an_expired_token};
use crate::harness::{Harness, Wishes};

const VISITOR: &str = "con_66d67483-8982-43d6-acbe-139568688add";

fn change(fields: Value) -> Value {
    json!({ "contact_id": VISITOR, "set": fields })
}

async fn small() -> Harness {
    Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await
}

#[tokio::test]
async fn the_receipt_names_every_field_with_its_old_and_new_value() {
    let desk = small().await;
    let fields = json!({ "first_name": "Mei", "last_name": "Chan", "gender": "f", "email": "mei@example.com" });
    assert_snapshot!(desk.call("update_contact", change(fields)).await);
    let again = json!({ "email": "mei.chan@example.com", "gender": "Female" });
    assert_snapshot!(desk.call("update_contact", change(again)).await);
}

#[tokio::test]
async fn a_phone_number_is_brought_to_digits_and_a_plus_is_refused() {
    let desk = small().await;
    let fields = json!({ "area_code": "+852", "phone_number": "5550 01-01" });
    assert_snapshot!(desk.call("update_contact", change(fields)).await);
    let fields = json!({ "phone_number": "+85255500101" });
    assert_snapshot!(desk.fail("update_contact", change(fields)).await);
}

#[tokio::test]
async fn what_the_gateway_ignored_or_changed_is_said() {
    let desk = small().await;
    desk.gateway.set_faults("update_contact:ignored,field=remark".parse::<Faults>().unwrap());
    let fields = json!({ "remark": "call back", "email": "mei@example.com" });
    assert_snapshot!(desk.call("update_contact", change(fields)).await);
    desk.gateway.set_faults("update_contact:normalized,field=email".parse::<Faults>().unwrap());
    assert_snapshot!(desk.call("update_contact", change(json!({ "email": "Mei.Chan@Example.COM" }))).await);
}

#[tokio::test]
async fn outside_the_local_environment_the_receipt_says_where() {
    let desk = Harness::with(Wishes { contacts: 12, environment: Environment::Product, ..Wishes::default() }).await;
    assert_snapshot!(desk.call("update_contact", change(json!({ "remark": "x" }))).await);
}

#[tokio::test]
async fn wrong_fields_are_refused_before_anything_is_sent() {
    let desk = small().await;
    let mut said = Vec::new();
    for fields in [
        json!({}),
        json!({ "name": "Mei" }),
        json!({ "phone": "1" }),
        json!({ "id": "con_1" }),
        json!({ "shoe_size": "38" }),
        json!({ "email": "not an address" }),
        json!({ "first_name": "" }),
        json!({ "gender": "x" }),
        json!({ "avatar_url": "http://example.com/a.png" }),
        json!({ "email": ["a@example.com"] }),
        json!({ "remark": "x".repeat(5_001) }),
    ] {
        let shown: String = fields.to_string().chars().take(40).collect();
        said.push(format!("{shown}\n  {}", desk.fail("update_contact", change(fields)).await));
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn fields_written_as_a_json_text_are_read() {
    let desk = small().await;
    let arguments = json!({ "contact_id": VISITOR, "set": "{\"remark\":\"vip\"}" });
    assert_snapshot!(desk.call("update_contact", arguments).await);
}

#[tokio::test]
async fn one_update_is_one_read_and_one_write() {
    let desk = small().await;
    desk.call("update_contact", change(json!({ "remark": "vip" }))).await;
    let sent: Vec<String> = desk.arrivals().iter().map(|arrival| arrival.method.to_string()).collect();
    assert_eq!(sent, ["GET", "PUT"]);
    assert_eq!(desk.arrivals()[1].body, r#"{"remark":"vip"}"#);
}

#[tokio::test]
async fn an_unknown_contact_is_not_written() {
    let desk = small().await;
    let arguments = json!({ "contact_id": NOBODY, "set": { "remark": "x" } });
    assert_snapshot!(desk.fail("update_contact", arguments).await);
    assert_eq!(desk.arrivals().len(), 1);
}

/// What is said of an update under faults, and the methods that reached the gateway.
async fn under(faults: &str) -> (String, Vec<String>) {
    let desk = small().await;
    desk.gateway.set_faults(faults.parse::<Faults>().unwrap());
    let said = desk.answer("update_contact", change(json!({ "remark": "x" }))).await.text;
    (said, desk.arrivals().iter().map(|arrival| arrival.method.to_string()).collect())
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_reading_again_and_the_update_is_not_repeated() {
    for faults in ["update_contact:reset_after", "update_contact:truncated", "update_contact:empty"] {
        let (said, sent) = under(faults).await;
        assert_eq!(said, "updated con_66d67483, verified after a lost answer\nremark: (empty) -> \"x\"", "{faults}");
        assert_eq!(sent, ["GET", "PUT", "GET"], "{faults}");
    }
}

#[tokio::test]
async fn an_update_that_left_the_old_values_is_repeated_once() {
    for faults in ["update_contact:reset,first=1", "update_contact:503,first=1", "update_contact:html,first=1"] {
        let (said, sent) = under(faults).await;
        assert_eq!(said, "updated con_66d67483\nremark: (empty) -> \"x\"", "{faults}");
        assert_eq!(sent, ["GET", "PUT", "GET", "PUT"], "{faults}");
    }
    let (said, sent) = under("update_contact:reset").await;
    assert_snapshot!(said);
    assert_eq!(sent, ["GET", "PUT", "GET", "PUT", "GET"]);
}

#[tokio::test]
async fn an_update_that_may_still_be_under_way_is_not_repeated() {
    let (said, sent) = under("update_contact:504").await;
    assert_snapshot!(said);
    assert_eq!(sent, ["GET", "PUT", "GET"]);
}

#[tokio::test]
async fn what_is_there_is_said_when_it_is_something_else() {
    let desk = small().await;
    desk.gateway
        .set_faults("update_contact:reset_after;update_contact:ignored,field=remark".parse::<Faults>().unwrap());
    let fields = json!({ "remark": "x", "email": "mei@example.com" });
    assert_snapshot!(desk.fail("update_contact", change(fields)).await);
    desk.gateway.set_faults("update_contact:reset_after;get_contact:404,after=1".parse::<Faults>().unwrap());
    let said = desk.fail("update_contact", change(json!({ "title": "Dr" }))).await;
    assert!(said.starts_with("No answer from the gateway (connection reset"), "{said}");
    assert!(said.ends_with("Outcome unknown: it may have been done, so read again before repeating."), "{said}");
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("update_contact", change(json!({ "remark": "x" }))).await);
}
