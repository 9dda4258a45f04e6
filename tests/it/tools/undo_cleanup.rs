//! Tool `undo_cleanup`.

use imbrace_contacts_mcp::context::Progress;
use imbrace_contacts_mcp::tools::{Confirm, Selection};
use serde_json::{Value, json};

use super::{MEI, plan_of_remarks, planned};
use crate::harness::{Harness, Wishes};

/// Every contact as the gateway has it, save the time of its last change.
fn contacts(desk: &Harness) -> Vec<Value> {
    let documents = desk.gateway.contacts_json().unwrap();
    let mut contacts: Vec<Value> = documents.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    contacts.iter_mut().for_each(|contact| {
        contact.as_object_mut().unwrap().remove("updated_at");
    });
    contacts
}

#[tokio::test]
async fn a_round_trip_leaves_every_contact_as_it_was() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let before = contacts(&desk);
    let plan = plan_of_remarks(&desk, 15).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    assert_ne!(contacts(&desk), before);
    let undone = desk.confirmed("undo_cleanup", json!({ "plan": plan["plan"], "dry_run": false })).await;
    assert_eq!(undone, "15 fields put back in 15 contacts");
    assert_eq!(contacts(&desk), before);
}

#[tokio::test]
async fn it_only_looks_unless_told_otherwise() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 4).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    desk.gateway.forget_requests();
    let said = desk.call("undo_cleanup", json!({ "plan": plan["plan"] })).await;
    assert_eq!(said, "nothing written: 4 fields can be put back with dry_run=false");
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET"));
}

#[tokio::test]
async fn what_people_edited_since_is_left_and_named() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = planned(&desk, json!({ "changes": { MEI: { "remark": "ours", "location": "Kowloon" } } })).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let edit = json!({ "remark": "a colleague's" });
    assert!(desk.gateway.edit_contact(MEI, edit.as_object().unwrap()).unwrap());
    let said = desk.confirmed("undo_cleanup", json!({ "plan": plan["plan"], "dry_run": false })).await;
    assert!(said.contains("1 field left (con_66d67483 remark): edited since"), "{said}");
    let contact = desk.gateway.contact_json(MEI).unwrap().unwrap();
    assert!(contact.contains("a colleague's") && !contact.contains("Kowloon"), "{contact}");
}

#[tokio::test]
async fn a_list_of_nobody_does_not_mean_everybody() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 4).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let written = contacts(&desk);
    for name in ["contacts", "field", "kind", "group"] {
        for nobody in [json!([]), json!([""]), json!([null]), json!(","), json!(" , ")] {
            let arguments = json!({ "plan": plan["plan"], "dry_run": false, name: nobody });
            let said = desk.fail("undo_cleanup", arguments).await;
            assert!(said.starts_with(&format!("`{name}`")), "{name}={nobody}: {said}");
        }
    }
    assert_eq!(contacts(&desk), written);
    let shown = desk.fail("show_cleanup", json!({ "plan": plan["plan"], "field": "," })).await;
    assert!(shown.contains("`field` names nothing"), "{shown}");
    let protected = desk.fail("plan_cleanup", json!({ "fix": "safe", "protect": "," })).await;
    assert!(protected.contains("`protect` names nothing"), "{protected}");
    // Clients fill in an empty text for what they do not use.
    let all = desk.call("undo_cleanup", json!({ "plan": plan["plan"], "contacts": "", "field": "" })).await;
    assert_eq!(all, "nothing written: 4 fields can be put back with dry_run=false");
}

#[tokio::test]
async fn certain_contacts_can_be_undone_alone() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 4).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let first = super::id_in(&desk.gateway.contacts_json().unwrap()[0]);
    let arguments = json!({ "plan": plan["plan"], "contacts": first, "dry_run": false });
    assert_eq!(desk.confirmed("undo_cleanup", arguments).await, "1 field put back in 1 contact");
}

#[tokio::test]
async fn an_unknown_plan_and_a_path_for_an_id_are_refused() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 1).await;
    assert!(desk.fail("undo_cleanup", json!({ "plan": "plan_00000000" })).await.contains("no plan"));
    let hostile = json!({ "plan": plan["plan"], "contacts": "../../x", "dry_run": false });
    assert!(desk.fail("undo_cleanup", hostile).await.starts_with("`contacts`"));
}

#[tokio::test]
async fn progress_is_told_and_a_call_that_nobody_waits_for_leaves_nothing_unsaid() {
    let selection = Selection { confirm: Confirm::Never, ..Selection::default() };
    let desk = Harness::with(Wishes { contacts: 60, selection, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 20).await;
    desk.gateway.set_faults("*:latency,ms=10".parse().unwrap());
    let arguments = |value: &Value| value.as_object().cloned().unwrap();
    let (progress, mut steps) = Progress::channel();
    let applying = desk.toolbox.call("apply_cleanup", arguments(&plan), progress);
    let third = async {
        while let Some(step) = steps.recv().await {
            assert_eq!(step.total, Some(20.0));
            if step.done >= 3.0 {
                return;
            }
        }
    };
    tokio::select! {
        _ = applying => panic!("it was to be left"),
        () = third => {}
    }
    desk.gateway.set_faults(Default::default());
    let rest = desk.call("apply_cleanup", plan.clone()).await;
    assert!(rest.contains("applied 20"), "{rest}");
    let writes = desk.gateway.tallies().writes;
    assert!(writes.len() == 20 && writes.values().all(|writes| *writes == 1), "each once: {writes:?}");
    let (progress, mut steps) = Progress::channel();
    let undo = json!({ "plan": plan["plan"], "dry_run": false });
    desk.toolbox.call("undo_cleanup", arguments(&undo), progress).await.unwrap();
    let mut done = Vec::new();
    while let Ok(step) = steps.try_recv() {
        done.push(step.done);
    }
    assert!(done.is_sorted() && done.last() == Some(&20.0), "{done:?}");
}

#[tokio::test]
async fn nothing_is_put_back_before_it_is_confirmed() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 15).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let written = contacts(&desk);
    let undo = json!({ "plan": plan["plan"], "dry_run": false });
    let preview = desk.call("undo_cleanup", undo.clone()).await;
    assert!(preview.contains("put back 15 fields of 15 contacts by") && preview.contains("confirm="), "{preview}");
    assert_eq!(contacts(&desk), written);
    assert_eq!(desk.confirmed("undo_cleanup", undo.clone()).await, "15 fields put back in 15 contacts");
    let nothing = desk.call("undo_cleanup", undo).await;
    assert_eq!(nothing, "nothing to put back; steps that are meant: undone 15");
}

#[tokio::test]
async fn certain_fields_and_kinds_are_undone_alone_and_what_is_no_field_is_refused() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = planned(&desk, json!({ "changes": { MEI: { "remark": "ours", "location": "Kowloon" } } })).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let undo = |more: Value| {
        let mut arguments = json!({ "plan": plan["plan"], "dry_run": false });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let dry = desk.call("undo_cleanup", json!({ "plan": plan["plan"], "field": "remark" })).await;
    assert!(dry.contains("1 field can be put back"), "{dry}");
    let pending = desk.call("undo_cleanup", undo(json!({ "status": "pending" }))).await;
    assert_eq!(pending, "nothing to put back; steps that are meant: none");
    let done = desk.confirmed("undo_cleanup", undo(json!({ "field": "remark" }))).await;
    assert_eq!(done, "1 field put back in 1 contact");
    let contact = desk.gateway.contact_json(MEI).unwrap().unwrap();
    assert!(contact.contains("Kowloon") && !contact.contains("ours"), "{contact}");
    let rest = desk.confirmed("undo_cleanup", undo(json!({ "kind": "listed" }))).await;
    assert_eq!(rest, "1 field put back in 1 contact");
}

#[tokio::test]
async fn a_plan_is_thrown_away_unless_it_wrote_what_can_be_undone() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let written = plan_of_remarks(&desk, 2).await;
    desk.confirmed("apply_cleanup", written.clone()).await;
    let discard = |plan: &Value| json!({ "plan": plan["plan"], "discard": true });
    let kept = desk.fail("undo_cleanup", discard(&written)).await;
    assert!(kept.contains("can still be undone"), "{kept}");
    desk.confirmed("undo_cleanup", json!({ "plan": written["plan"], "dry_run": false })).await;
    assert!(desk.call("undo_cleanup", discard(&written)).await.ends_with("thrown away"));
    assert!(desk.fail("undo_cleanup", discard(&written)).await.contains("no plan"));
    assert_eq!(desk.call("show_cleanup", json!({})).await.lines().next(), Some("# plans: none"));
}

#[tokio::test]
async fn what_a_page_shows_is_taken_back_in_one_call() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 30).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let before = contacts(&desk);
    let page = |more: Value| {
        let mut arguments = json!({ "plan": plan["plan"], "status": "written", "skip": 5, "limit": 7 });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let shown = desk.call("show_cleanup", page(json!({}))).await;
    let dry = desk.call("undo_cleanup", page(json!({}))).await;
    assert_eq!(dry, "nothing written: 7 fields can be put back with dry_run=false");
    assert_eq!(contacts(&desk), before);
    let done = desk.confirmed("undo_cleanup", page(json!({ "dry_run": false }))).await;
    assert_eq!(done, "7 fields put back in 7 contacts");
    let undone = desk.call("show_cleanup", json!({ "plan": plan["plan"], "status": "undone" })).await;
    let ids = |answer: &str| -> Vec<String> {
        let rows = answer.lines().filter(|line| line.starts_with("con_"));
        rows.map(|row| row.split(',').next().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&shown).len(), ids(&shown)), (7, ids(&undone)));
    // The whole plan, a page at a time, whatever is on it: what was written is put back and nothing else is touched.
    for skip in [0, 10, 20] {
        let arguments = json!({ "plan": plan["plan"], "skip": skip, "limit": 10, "dry_run": false });
        let answer = desk.answer("undo_cleanup", arguments.clone()).await;
        if answer.text.contains("confirm=") {
            desk.confirmed("undo_cleanup", arguments).await;
        }
    }
    let rest = desk.call("show_cleanup", json!({ "plan": plan["plan"] })).await;
    assert!(rest.contains("all of it: pending 10, undone 20"), "{rest}");
}
