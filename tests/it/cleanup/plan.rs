//! What gets into a plan, what does not, and how it is known again.

use imbrace_contacts_mcp::cleanup::findings::Kind;
use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, AuditRequest, CleanupError, Filter, OpenGate, PlanRequest, StepState, Watch,
};
use serde_json::json;

use super::sync::state_file;
use super::{MEI, TestWorkspace, remarks, request};

#[tokio::test]
async fn listed_changes_are_frozen_with_what_stood_there() {
    let bench = TestWorkspace::with(50).await;
    bench.sync(false).await;
    let remark = bench.value(MEI, "remark");
    let plan = bench.plan(&[(MEI, "remark", json!("Called back")), (MEI, "location", json!("Kowloon"))]).await;
    assert_eq!((plan.steps, plan.contacts, plan.requests, plan.counts.pending), (2, 1, 2, 2), "{plan:?}");
    assert!(plan.id.starts_with("plan_") && plan.id.len() == 13 && plan.fingerprint.len() == 16, "{plan:?}");
    let first = &bench.steps(&plan).await[0];
    assert_eq!((&first.before, &first.after, &first.state), (&remark, &json!("Called back"), &StepState::Pending));
    assert_eq!(bench.workspace.show(&plan.id).await.unwrap(), plan);
    assert_eq!(bench.another().plans().await.unwrap(), std::slice::from_ref(&plan), "it is on the disk");
    let again = bench.plan(&[(MEI, "remark", json!("Called back")), (MEI, "location", json!("Kowloon"))]).await;
    assert_eq!(again.fingerprint, plan.fingerprint, "the same steps at the same place");
    assert_eq!(bench.gateway.tallies().requests_of("update_contact"), 0);
}

#[tokio::test]
async fn a_change_that_cannot_be_sent_makes_no_plan() {
    let bench = TestWorkspace::with(50).await;
    bench.sync(false).await;
    let cases = [
        (MEI, "created_at", json!("2020-01-01"), "read-only"),
        (MEI, "phone", json!("1"), "use area_code and phone_number"),
        (MEI, "email", json!("a b@c"), "one e-mail address"),
        ("con_nobody", "remark", json!("x"), "no such contact"),
        ("org_1", "remark", json!("x"), "con_"),
    ];
    for (contact, field, value, reason) in cases {
        let error = bench.workspace.plan(request(&[(contact, field, value)])).await.unwrap_err();
        assert!(matches!(error, CleanupError::Change { .. }) && error.to_string().contains(reason), "{error}");
    }
    let twice = request(&[(MEI, "remark", json!("x")), (MEI, "remark", json!("y"))]);
    assert!(bench.workspace.plan(twice).await.unwrap_err().to_string().contains("listed twice"));
    assert!(bench.workspace.plans().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_protected_or_already_so_is_left_out_and_counted() {
    let bench = TestWorkspace::with(50).await;
    bench.sync(false).await;
    let ids = bench.ids(3);
    let mut changes = remarks(&ids);
    changes.push((&ids[0], "email", bench.value(&ids[0], "email")));
    let wanted = PlanRequest { protect: vec![ids[1].clone()], ..request(&changes) };
    let plan = bench.workspace.plan(wanted).await.unwrap();
    assert_eq!((plan.steps, plan.contacts), (2, 2));
    assert_eq!(plan.left_out, [("it holds that already".to_owned(), 1), ("protected".to_owned(), 1)]);
    let nothing = PlanRequest { protect: ids.clone(), ..request(&remarks(&ids)) };
    let error = bench.workspace.plan(nothing).await.unwrap_err();
    assert_eq!(error.to_string(), "there is nothing to do; 3 left out: protected");
}

#[tokio::test]
async fn the_first_id_of_nobody_ends_a_plan_and_the_gateway_is_not_asked_for_the_others() {
    let bench = TestWorkspace::with(20).await;
    bench.sync(false).await;
    bench.gateway.forget_requests();
    let nobody: Vec<String> =
        (0..1_000).map(|number| format!("con_{number:08x}-0000-4000-8000-000000000000")).collect();
    let error = bench.workspace.plan(request(&remarks(&nobody))).await.unwrap_err();
    assert!(error.to_string().contains("no such contact"), "{error}");
    assert_eq!(bench.gateway.tallies().requests_of("get_contact"), 1);
}

#[tokio::test]
async fn contacts_outside_the_snapshot_are_asked_for() {
    let bench = TestWorkspace::with(50).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    assert_eq!(bench.apply(&plan).await.counts.applied, 1);
}

#[tokio::test]
async fn an_altered_plan_and_another_fingerprint_write_nothing() {
    let bench = TestWorkspace::with(50).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    let wrong = ApplyRequest { plan: plan.id.clone(), fingerprint: "0".repeat(16), ..ApplyRequest::default() };
    let error = bench.workspace.apply(wrong, &OpenGate::UNPACED, &Watch::default()).await.unwrap_err();
    assert!(matches!(error, CleanupError::Fingerprint), "{error}");
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    db.execute("UPDATE step SET after = '\"y\"'", []).unwrap();
    let error = bench.try_apply(&plan).await.unwrap_err();
    assert!(matches!(error, CleanupError::Altered), "{error}");
    let unknown = ApplyRequest { plan: "plan_00000000".to_owned(), ..ApplyRequest::default() };
    let error = bench.workspace.apply(unknown, &OpenGate::UNPACED, &Watch::default()).await.unwrap_err();
    assert!(matches!(error, CleanupError::UnknownPlan(_)), "{error}");
    assert!(bench.gateway.tallies().writes.is_empty());
}

#[tokio::test]
async fn a_plan_without_a_snapshot_says_to_sync() {
    let bench = TestWorkspace::with(20).await;
    let merge = PlanRequest { merge: vec![imbrace_contacts_mcp::cleanup::Merge::Link], ..PlanRequest::default() };
    assert!(matches!(bench.workspace.plan(merge).await.unwrap_err(), CleanupError::NoSnapshot));
    let empty = bench.workspace.plan(PlanRequest::default()).await.unwrap_err();
    assert!(matches!(empty, CleanupError::NothingToDo(_)));
}

#[tokio::test]
async fn a_filter_says_which_contacts_are_looked_at_and_planned() {
    let bench = TestWorkspace::with(400).await;
    bench.sync(false).await;
    let all = bench.workspace.audit(AuditRequest::default()).await.unwrap();
    let mut contacts = 0;
    for channel in ["web", "whatsapp", "facebook", "instagram", "email", "wechat", "line"] {
        let filter = Filter::parse(&format!("channel_type={channel}")).unwrap();
        let some = bench.workspace.audit(AuditRequest { filter, ..AuditRequest::default() }).await.unwrap();
        contacts += some.contacts;
    }
    assert_eq!((contacts, all.contacts), (400, 400));
    let filter = Filter::parse("channel_type=whatsapp").unwrap();
    let fix = vec![Kind::PhoneForm, Kind::PhoneSplit];
    let plan = bench.workspace.plan(PlanRequest { fix, filter, ..PlanRequest::default() }).await.unwrap();
    for step in bench.steps(&plan).await {
        assert_eq!(bench.value(&step.contact, "channel_type"), "whatsapp", "{step:?}");
    }
    let filter = Filter::parse("channel_type=nowhere").unwrap();
    let error = bench.workspace.plan(PlanRequest { filter, ..request(&remarks(&bench.ids(2))) }).await.unwrap_err();
    assert_eq!(error.to_string(), "there is nothing to do; 2 left out: outside the filter");
}
