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
    let none = show(json!({ "kind": "listed", "status": "undone" })).await;
    assert!(none.contains("no step matches"), "{none}");
    let conflict = show(json!({ "status": "conflict" })).await;
    assert!(conflict.contains("location") && conflict.contains("changed since the plan"), "{conflict}");
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

#[tokio::test]
async fn what_a_plan_does_not_have_is_an_error_that_names_what_it_has() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = planned(&desk, json!({ "changes": { MEI: { "remark": "ours", "phone_number": "61234567" } } })).await;
    let other = super::id_in(&desk.gateway.contacts_json().unwrap()[1]);
    let counter = tiktoken_rs::o200k_base_singleton();
    let id = plan["plan"].as_str().unwrap();
    for (name, value, said) in [
        ("field", "remrk", format!("The plan {id} has no field `remrk`; did you mean `remark`?")),
        ("field", "phne", format!("The plan {id} has no field `phne`; did you mean `phone`?")),
        ("field", "email", format!("The plan {id} has no field `email`; it has phone_number, remark.")),
        ("kind", "list", format!("The plan {id} has no kind `list`; did you mean `listed`?")),
        ("kind", "fill", format!("The plan {id} has no kind `fill`; it has listed.")),
        ("group", "dup_00000000", format!("The plan {id} has no group `dup_00000000`; it has none.")),
        ("contact", &other, format!("The plan {id} has no contact `{other}`.")),
    ] {
        for tool in ["show_cleanup", "undo_cleanup"] {
            let name = match (name, tool) {
                ("contact", "show_cleanup") => "contact_id",
                ("contact", _) => "contacts",
                (name, _) => name,
            };
            let answer = desk.fail(tool, json!({ "plan": id, name: value })).await;
            assert_eq!(answer.to_lowercase(), said.to_lowercase(), "{tool} {name}={value}");
            assert!(counter.encode_ordinary(&answer).len() <= 80, "{answer}");
            if tool == "undo_cleanup" {
                let writing = desk.fail(tool, json!({ "plan": id, name: value, "dry_run": false })).await;
                assert_eq!(writing, answer);
            }
        }
    }
    assert!(
        desk.fail("show_cleanup", json!({ "plan": id, "status": "writen" })).await.contains("one of pending, written")
    );
    assert_eq!(rows(&desk.call("show_cleanup", json!({ "plan": id, "field": "phone" })).await).len(), 1);
    for alone in [json!({ "status": "written" }), json!({ "field": "remark" }), json!({ "contact_id": MEI })] {
        assert!(desk.fail("show_cleanup", alone).await.starts_with("`plan` is missing"));
    }
    let partly = desk.fail("undo_cleanup", json!({ "plan": id, "discard": true, "field": "remark" })).await;
    assert!(partly.contains("whole plan"), "{partly}");
    assert_eq!(rows(&desk.call("show_cleanup", json!({ "plan": id })).await).len(), 2, "it is still there");
}
