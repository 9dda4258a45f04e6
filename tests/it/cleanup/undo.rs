//! What was applied can be taken back, and nobody's later edit with it.

use imbrace_contacts_mcp::cleanup::{CleanupError, OpenGate, StepFilter, StepState, UndoRequest, Watch};
use serde_json::{Value, json};

use super::{MEI, TestWorkspace, fields, remarks};

#[tokio::test]
async fn plan_apply_undo_leaves_every_contact_byte_for_byte() {
    let bench = TestWorkspace::with(300).await;
    bench.sync(false).await;
    let before = bench.contacts();
    let ids = bench.ids(40);
    let names = ["first_name", "last_name", "location", "gender", "birthday", "email", "avatar_url", "display_name"];
    let values = ["Ada", "Lam", "Kowloon", "f", "1990-01-01", "new@example.com", "https://example.com/a.png", "Ada L."];
    let mut changes: Vec<(&str, &str, Value)> = remarks(&ids);
    for (number, id) in ids.iter().enumerate() {
        changes.push((id, names[number % 8], json!(values[number % 8])));
    }
    let changes = changes.into_iter().filter(|(id, field, value)| bench.value(id, field) != *value).collect::<Vec<_>>();
    let plan = bench.plan(&changes).await;
    let applied = bench.apply_all(&plan).await;
    assert_eq!(applied.writes, 40, "{applied:?}");
    assert_ne!(bench.contacts(), before);
    let dry = bench.undo(&plan, true).await;
    assert!(dry.would >= plan.steps && dry.undone == 0 && dry.writes == 0 && dry.kept.is_empty(), "{dry:?}");
    let undo = bench.undo(&plan, false).await;
    assert_eq!((undo.undone, undo.remaining, undo.writes), (dry.would, 0, 40), "{undo:?}");
    assert!(undo.kept.is_empty(), "{undo:?}");
    assert_eq!(bench.contacts(), before);
    let again = bench.undo(&plan, false).await;
    assert_eq!((again.undone, again.writes), (0, 0), "once");
}

#[tokio::test]
async fn later_edits_stay() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(3);
    let mut changes = remarks(&ids);
    changes.push((&ids[0], "first_name", json!("Ada")));
    let plan = bench.plan(&changes).await;
    bench.apply(&plan).await;
    bench.edit(&ids[0], json!({"remark": "a colleague's", "display_name": "Ada the Second"}));
    bench.edit(&ids[1], json!({"remark": "another's"}));
    let undo = bench.undo(&plan, false).await;
    let kept: Vec<(&str, &str)> = undo.kept.iter().map(|step| (&*step.contact, &*step.field)).collect();
    assert!(kept.contains(&(&ids[0], "remark")) && kept.contains(&(&ids[1], "remark")), "{undo:?}");
    assert!(undo.kept.iter().all(|step| step.state == StepState::Kept("edited since".to_owned())));
    assert_eq!(bench.value(&ids[0], "remark"), "a colleague's");
    assert_eq!(bench.value(&ids[0], "display_name"), "Ada the Second", "not made anew from the old names");
    assert_eq!(bench.value(&ids[1], "remark"), "another's");
    assert_ne!(bench.value(&ids[0], "first_name"), "Ada");
    assert_ne!(bench.value(&ids[2], "remark"), "cleaned 2");
}

#[tokio::test]
async fn some_contacts_can_be_taken_back_alone() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(3);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.apply(&plan).await;
    let request = UndoRequest {
        plan: plan.id.clone(),
        only: StepFilter { contacts: vec![ids[1].clone()], ..StepFilter::default() },
        ..UndoRequest::default()
    };
    let undo = bench.workspace.undo(request, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert_eq!((undo.undone, undo.writes), (1, 1));
    assert_eq!(bench.value(&ids[0], "remark"), "cleaned 0");
    assert_ne!(bench.value(&ids[1], "remark"), "cleaned 1");
}

#[tokio::test]
async fn null_empty_and_absent_come_back_as_far_as_the_gateway_lets_them() {
    let bench = TestWorkspace::with(20).await;
    let made = |value: Value| bench.gateway.insert_contact(&fields(value)).unwrap();
    let (null, empty, absent) = (made(json!({"location": null})), made(json!({"location": ""})), made(json!({})));
    let before = bench.contacts();
    let changes: Vec<_> = [&null, &empty, &absent].map(|id| (id.as_str(), "location", json!("Kowloon"))).into();
    let plan = bench.plan(&changes).await;
    bench.apply(&plan).await;
    // The last written comes first; the one that was null is given the empty text when null is refused.
    bench.gateway.set_faults("update_contact:400,after=2,first=1".parse().unwrap());
    let undo = bench.undo(&plan, false).await;
    assert_eq!((undo.undone, undo.kept.len()), (3, 0), "{undo:?}");
    let after = bench.contacts();
    assert!(matches!(bench.value(&null, "location").as_str(), None | Some("")));
    assert_eq!(after[&empty], before[&empty]);
    assert!(matches!(bench.value(&absent, "location").as_str(), None | Some("")));
}

#[tokio::test]
async fn a_gateway_that_does_not_put_back_is_said() {
    let bench = TestWorkspace::with(50).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    bench.apply(&plan).await;
    bench.gateway.set_faults("update_contact:ignored,field=remark".parse().unwrap());
    let undo = bench.undo(&plan, false).await;
    assert_eq!((undo.undone, undo.kept.len()), (0, 1));
    assert_eq!(undo.kept[0].state, StepState::Kept("the gateway did not put the old value back".to_owned()));
    bench.gateway.set_faults(Default::default());
    assert_eq!(bench.undo(&plan, false).await.undone, 1, "it is tried again");
    let unknown = UndoRequest { plan: "plan_00000000".to_owned(), ..UndoRequest::default() };
    let error = bench.workspace.undo(unknown, &OpenGate::UNPACED, &Watch::default()).await.unwrap_err();
    assert!(matches!(error, CleanupError::UnknownPlan(_)));
}

#[tokio::test]
async fn a_shown_name_that_the_plan_left_alone_stays_when_its_parts_are_taken_back() {
    let bench = TestWorkspace::with(20).await;
    bench.edit(MEI, json!({"display_name": "James Smith", "first_name": "", "last_name": ""}));
    let before = bench.contacts();
    let plan = bench.plan(&[(MEI, "first_name", json!("James")), (MEI, "last_name", json!("Smith"))]).await;
    bench.apply(&plan).await;
    assert_eq!(bench.value(MEI, "display_name"), "James Smith");
    bench.undo(&plan, false).await;
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn a_gateway_that_ignores_is_left_alone_in_undo_too() {
    let bench = TestWorkspace::with(50).await;
    let ids = bench.ids(8);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.apply(&plan).await;
    bench.gateway.set_faults("update_contact:ignored,field=remark".parse().unwrap());
    let undo = bench.undo(&plan, false).await;
    assert_eq!((undo.writes, undo.kept.len()), (3, 3), "{undo:?}");
    assert!(undo.stopped.unwrap().contains("3 contacts in a row"));
    bench.gateway.set_faults(Default::default());
    assert_eq!(bench.undo(&plan, false).await.undone, 8);
}

#[tokio::test]
async fn a_field_that_is_refused_holds_up_none_of_the_others() {
    let bench = TestWorkspace::with(50).await;
    let before = bench.contacts();
    let plan = bench.plan(&[(MEI, "remark", json!("x")), (MEI, "location", json!("Kowloon"))]).await;
    bench.apply(&plan).await;
    bench.gateway.set_faults("update_contact:400,first=2".parse().unwrap());
    let undo = bench.undo(&plan, false).await;
    assert_eq!((undo.undone, undo.kept.len(), undo.remaining), (1, 1, 0), "{undo:?}");
    assert!(undo.kept[0].why().contains("the gateway refused it"), "{undo:?}");
    assert_eq!(bench.undo(&plan, false).await.undone, 1);
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn a_gateway_that_begins_to_empty_fields_is_stopped_and_mended() {
    let bench = TestWorkspace::with(50).await;
    let before = bench.contacts();
    let ids: Vec<String> = std::iter::once(MEI.to_owned()).chain(bench.ids(5)).collect();
    let plan = bench.plan(&remarks(&ids)).await;
    bench.apply(&plan).await;
    bench.gateway.set_faults("update_contact:clobbered,field=*".parse().unwrap());
    let undo = bench.undo(&plan, false).await;
    assert_eq!(undo.writes, 1, "{undo:?}");
    assert!(undo.stopped.unwrap().contains("also emptied"));
    let undo = bench.undo(&plan, false).await;
    assert!(undo.stopped.is_none() && undo.kept.is_empty(), "{undo:?}");
    assert_eq!(bench.contacts(), before);
}
