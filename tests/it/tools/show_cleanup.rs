//! Tool `show_cleanup`.

use serde_json::json;

use super::{MEI, plan_of_remarks, planned};
use crate::harness::{Harness, Wishes};

/// The rows of an answer without its head lines and the names of the columns.
fn rows(answer: &str) -> Vec<&str> {
    answer.lines().filter(|line| !line.starts_with('#')).skip(1).collect()
}

#[tokio::test]
async fn what_a_plan_wrote_is_one_call_and_so_is_what_is_left() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 30).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let show = |status: &str, skip: u64| json!({ "plan": plan["plan"], "status": status, "skip": skip });
    let written = desk.call("show_cleanup", show("written", 0)).await;
    assert_eq!(rows(&written).len(), 20, "{written}");
    assert!(written.contains("in 20 contacts; all of it: pending 10, written 20"), "{written}");
    assert!(rows(&written).iter().all(|row| row.contains("->")), "{written}");
    let second = desk.call("show_cleanup", show("pending", 7)).await;
    assert!(second.contains(" 8-10 of 10") && rows(&second).len() == 3, "{second}");
    assert_eq!(rows(&desk.call("show_cleanup", show("skipped", 0)).await).len(), 0);
    let counter = tiktoken_rs::o200k_base_singleton();
    let tokens = counter.encode_ordinary(&written).len();
    assert!(tokens <= 20 * 35, "{tokens} tokens for 20 steps: {written}");
}

#[tokio::test]
async fn steps_are_found_by_field_kind_and_contact_and_say_why_they_were_left() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let other = super::id_in(&desk.gateway.contacts_json().unwrap()[1]);
    let changes = json!({ MEI: { "remark": "ours", "location": "Kowloon" }, &other: { "remark": "ours" } });
    let plan = planned(&desk, json!({ "changes": changes })).await;
    let edit = json!({ "location": "Sha Tin" });
    assert!(desk.gateway.edit_contact(MEI, edit.as_object().unwrap()).unwrap());
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let show = async |more: serde_json::Value| {
        let mut arguments = json!({ "plan": plan["plan"] });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desk.call("show_cleanup", arguments).await
    };
    assert_eq!(rows(&show(json!({ "field": "remark" })).await).len(), 2);
    assert_eq!(rows(&show(json!({ "contact_id": MEI })).await).len(), 2);
    assert_eq!(rows(&show(json!({ "kind": "listed" })).await).len(), 3);
    let none = show(json!({ "kind": "name_upper" })).await;
    assert!(none.contains("no step matches"), "{none}");
    let conflict = show(json!({ "status": "conflict" })).await;
    assert!(conflict.contains("location") && conflict.contains("changed since the plan"), "{conflict}");
    let refused = desk.fail("show_cleanup", json!({ "plan": plan["plan"], "field": "telephone" })).await;
    assert!(refused.contains("is no field of a plan"), "{refused}");
    assert!(desk.fail("show_cleanup", json!({ "plan": "plan_00000000" })).await.contains("no plan"));
}

#[tokio::test]
async fn plans_are_listed_with_how_far_they_are() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_eq!(desk.call("show_cleanup", json!({})).await.lines().next(), Some("# plans: none"));
    let plan = plan_of_remarks(&desk, 3).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    plan_of_remarks(&desk, 4).await;
    let listed = desk.call("show_cleanup", json!({})).await;
    assert!(listed.starts_with("# plans 1-2 of 2"), "{listed}");
    assert!(listed.contains("applied 3") && listed.contains("to do "), "{listed}");
}
