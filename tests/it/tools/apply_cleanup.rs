//! Tool `apply_cleanup`.

use imbrace_contacts_mcp::model::Environment;
use imbrace_contacts_mcp::tools::{Confirm, Selection};
use serde_json::{Value, json};

use super::{MEI, plan_of_remarks, planned};
use crate::harness::{Harness, Wishes};

fn writes(desk: &Harness) -> usize {
    desk.arrivals().iter().filter(|arrival| arrival.method != "GET").count()
}

#[tokio::test]
async fn nothing_is_written_before_it_is_confirmed() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 30).await;
    let preview = desk.call("apply_cleanup", plan.clone()).await;
    assert!(
        preview.contains("write 20 contacts (20 fields) of 30") && preview.contains(" in local; 10 stay for later."),
        "{preview}"
    );
    assert_eq!(writes(&desk), 0);
    let done = desk.confirmed("apply_cleanup", plan.clone()).await;
    assert!(done.starts_with("20 contacts written"), "{done}");
    let again = desk.call("apply_cleanup", plan.clone()).await;
    assert!(again.contains("confirm="), "the rest is agreed to apart from the trial: {again}");
    let rest = desk.confirmed("apply_cleanup", plan.clone()).await;
    assert!(rest.starts_with("10 contacts written") && rest.contains("applied 30"), "{rest}");
    let nothing = desk.call("apply_cleanup", plan).await;
    assert!(nothing.starts_with("0 contacts written"), "nothing left to agree to: {nothing}");
    assert_eq!(writes(&desk), 30);
}

/// A plan that sets two fields of so many contacts; their ids.
async fn plan_of_two_fields(desk: &Harness, contacts: usize) -> (Value, Vec<String>) {
    let ids: Vec<String> =
        desk.gateway.contacts_json().unwrap().iter().take(contacts).map(|json| super::id_in(json)).collect();
    let fields = json!({ "remark": "seen", "location": "Kowloon" });
    let changes: serde_json::Map<String, Value> = ids.iter().map(|id| (id.clone(), fields.clone())).collect();
    (planned(desk, json!({ "changes": changes })).await, ids)
}

#[tokio::test]
async fn the_rest_is_agreed_to_apart_however_many_fields_a_contact_has() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let (plan, ids) = plan_of_two_fields(&desk, 40).await;
    // Contacts that the trial passes over count for nothing.
    let edit = json!({ "remark": "a colleague's", "location": "Sham Shui Po" });
    for id in &ids[..5] {
        assert!(desk.gateway.edit_contact(id, edit.as_object().unwrap()).unwrap());
    }
    let done = desk.confirmed("apply_cleanup", plan.clone()).await;
    assert!(done.starts_with("20 contacts written") && done.contains("skipped 10"), "{done}");
    let again = desk.call("apply_cleanup", plan.clone()).await;
    assert!(
        again.contains("confirm=") && again.contains("write 15 contacts (") && again.contains(" fields) of 15 by"),
        "{again}"
    );
    assert_eq!(writes(&desk), 20);
    let rest = desk.confirmed("apply_cleanup", plan).await;
    assert!(rest.starts_with("15 contacts written"), "{rest}");
}

#[tokio::test]
async fn a_plan_that_was_agreed_to_as_a_whole_goes_on_without_another_question() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let plan = plan_of_remarks(&desk, 40).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    let mut some = plan.clone();
    some["max_writes"] = 5.into();
    desk.confirmed("apply_cleanup", some).await;
    let rest = desk.call("apply_cleanup", plan).await;
    assert!(rest.starts_with("15 contacts written"), "{rest}");
}

#[tokio::test]
async fn a_wrong_fingerprint_and_an_unknown_plan_write_nothing() {
    for confirm in [Confirm::Never, Confirm::Destructive] {
        let selection = Selection { confirm, ..Selection::default() };
        let desk = Harness::with(Wishes { contacts: 12, selection, ..Wishes::default() }).await;
        let plan = plan_of_remarks(&desk, 3).await;
        let wrong = json!({ "plan": plan["plan"], "fingerprint": "0000000000000000" });
        assert!(desk.fail("apply_cleanup", wrong).await.contains("fingerprint"), "{confirm:?}");
        let unknown = json!({ "plan": "plan_00000000", "fingerprint": plan["fingerprint"] });
        assert!(desk.fail("apply_cleanup", unknown).await.contains("no plan"), "{confirm:?}");
        assert_eq!(writes(&desk), 0);
    }
}

#[tokio::test]
async fn the_receipt_names_environment_and_organisation() {
    let desk = Harness::with(Wishes { contacts: 12, environment: Environment::Sandbox, ..Wishes::default() }).await;
    let done = desk.confirmed("apply_cleanup", plan_of_remarks(&desk, 1).await).await;
    assert!(done.lines().next().unwrap().contains(" in sandbox, org_"), "{done}");
}

#[tokio::test]
async fn what_a_person_edited_since_the_plan_stays() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let plan = planned(&desk, json!({ "changes": { MEI: { "remark": "ours" } } })).await;
    let edit: Value = json!({ "remark": "a colleague's" });
    assert!(desk.gateway.edit_contact(MEI, edit.as_object().unwrap()).unwrap());
    let done = desk.confirmed("apply_cleanup", plan).await;
    assert!(done.starts_with("0 contacts written") && done.contains("skipped 1"), "{done}");
    assert!(desk.gateway.contact_json(MEI).unwrap().unwrap().contains("a colleague's"));
}

#[tokio::test]
async fn a_call_ends_after_the_seconds_it_was_given_and_the_next_goes_on() {
    let selection = Selection { confirm: Confirm::Never, ..Selection::default() };
    let desk = Harness::with(Wishes { contacts: 60, selection, ..Wishes::default() }).await;
    let mut plan = plan_of_remarks(&desk, 20).await;
    desk.gateway.set_faults("*:latency,ms=400".parse().unwrap());
    plan["max_seconds"] = 1.into();
    let begun = desk.call("apply_cleanup", plan.clone()).await;
    assert!(begun.contains("contacts to do: call again"), "{begun}");
    desk.gateway.set_faults(imbrace_contacts_mcp::local_gateway::Faults::default());
    plan["max_seconds"] = 40.into();
    let ended = desk.call("apply_cleanup", plan).await;
    assert!(ended.contains("all of it: applied 20"), "{ended}");
}

#[tokio::test]
async fn a_given_number_is_what_is_written_and_what_the_question_names() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let (mut plan, _) = plan_of_two_fields(&desk, 40).await;
    plan["max_writes"] = 30.into();
    let first = desk.call("apply_cleanup", plan.clone()).await;
    assert!(first.contains("write 30 contacts (") && first.contains(" fields) of 40 by plan_"), "{first}");
    assert!(first.contains("; 10 stay for later."), "{first}");
    assert!(desk.confirmed("apply_cleanup", plan.clone()).await.starts_with("30 contacts written"));
    assert_eq!(writes(&desk), 30);
    plan["max_writes"] = 4.into();
    let rest = desk.call("apply_cleanup", plan.clone()).await;
    assert!(
        rest.contains("write 4 contacts (") && rest.contains(" fields) of 10 by"),
        "one more question for the rest: {rest}"
    );
    assert!(rest.contains("; 6 stay for calls that do not ask again."), "{rest}");
    assert!(desk.confirmed("apply_cleanup", plan.clone()).await.starts_with("4 contacts written"));
    plan.as_object_mut().unwrap().remove("max_writes");
    assert!(desk.call("apply_cleanup", plan).await.starts_with("6 contacts written"), "no third question");
}
