//! A plan is applied once, contact by contact, and says what became of each step.

use imbrace_contacts_mcp::cleanup::findings::{Fixability, Kind};
use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, AuditRequest, CleanupError, OpenGate, PlanRequest, StepState, Watch,
};
use imbrace_contacts_mcp::local_gateway::{Options, Population};
use imbrace_contacts_mcp::model::UPDATABLE_FIELDS;
use serde_json::{Value, json};

use super::{MEI, TestWorkspace, fields, remarks};

#[tokio::test]
async fn the_first_call_writes_twenty_and_the_next_the_rest() {
    let bench = TestWorkspace::with(100).await;
    bench.sync(false).await;
    let ids = bench.ids(50);
    let plan = bench.plan(&remarks(&ids)).await;
    let others = bench.contacts();
    bench.gateway.forget_requests();
    let first = bench.apply(&plan).await;
    assert_eq!((first.writes, first.remaining, first.counts.applied), (20, 30, 20), "{first:?}");
    assert!(first.stopped.as_ref().unwrap().contains("20 contacts were written"), "{first:?}");
    let rest = bench.apply(&plan).await;
    assert_eq!((rest.writes, rest.remaining, rest.counts.applied, rest.stopped), (30, 0, 50, None));
    let tallies = bench.gateway.tallies();
    assert!(tallies.writes.len() == 50 && tallies.writes.values().all(|writes| *writes == 1), "each once");
    let requests: u64 = tallies.requests.values().sum();
    assert!(requests <= 105, "2.1 requests a changed contact: {requests}");
    assert_eq!(requests, first.requests + rest.requests);
    let after = bench.contacts();
    assert!(others.iter().all(|(id, document)| ids.contains(id) || after[id] == *document), "nobody else was touched");
    assert_eq!(bench.sync(false).await.changed, 0, "the snapshot knows what was written");
}

#[tokio::test]
async fn all_steps_of_a_contact_go_in_one_update() {
    let bench = TestWorkspace::with(20).await;
    let changes = [(MEI, "remark", json!("x")), (MEI, "location", json!("Kowloon")), (MEI, "gender", json!("m"))];
    let plan = bench.plan(&changes).await;
    let report = bench.apply(&plan).await;
    assert_eq!((report.writes, report.requests, report.counts.applied), (1, 2, 3), "{report:?}");
}

#[tokio::test]
async fn what_a_person_changed_since_the_plan_is_not_overwritten() {
    let bench = TestWorkspace::with(100).await;
    bench.sync(false).await;
    let ids = bench.ids(4);
    let mut changes = remarks(&ids);
    changes.push((&ids[0], "location", json!("Kowloon")));
    let plan = bench.plan(&changes).await;
    bench.edit(&ids[0], json!({"remark": "a colleague's"}));
    bench.edit(&ids[1], json!({"location": "elsewhere"}));
    bench.gateway.delete_contact(&ids[2]).unwrap();
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.counts.skipped, report.writes), (3, 2, 3), "{report:?}");
    let steps = bench.steps(&plan).await;
    assert_eq!(steps[0].state, StepState::Skipped("changed since the plan".to_owned()));
    assert_eq!(steps[2].state, StepState::Skipped("the contact is gone".to_owned()));
    assert_eq!(bench.value(&ids[0], "remark"), "a colleague's");
    assert_eq!(bench.value(&ids[0], "location"), "Kowloon");
    assert_eq!(bench.value(&ids[1], "location"), "elsewhere");
}

#[tokio::test]
async fn a_gateway_that_ignores_is_noticed_and_left_alone() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(8);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.gateway.set_faults("update_contact:ignored,field=remark".parse().unwrap());
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.ignored, report.counts.pending, report.writes), (3, 5, 3), "{report:?}");
    assert!(report.stopped.unwrap().contains("ignored 3 updates of remark in a row"));
}

#[tokio::test]
async fn a_gateway_that_ignores_one_field_of_two_is_noticed_as_well() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(8);
    let mut changes = remarks(&ids);
    changes.extend(ids.iter().map(|id| (id.as_str(), "location", json!("Kowloon"))));
    let plan = bench.plan(&changes).await;
    bench.gateway.set_faults("update_contact:ignored,field=location".parse().unwrap());
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.ignored, report.counts.applied, report.writes), (3, 3, 3), "{report:?}");
    assert!(report.stopped.unwrap().contains("ignored 3 updates of location in a row"));
}

#[tokio::test]
async fn what_the_gateway_makes_of_a_value_is_kept_and_can_be_taken_back() {
    let bench = TestWorkspace::with(100).await;
    let before = bench.contacts();
    let plan = bench.plan(&[(MEI, "email", json!("Mei.Wong@Example.COM"))]).await;
    bench.gateway.set_faults("update_contact:normalized,field=email,as=lower".parse().unwrap());
    bench.apply(&plan).await;
    let steps = bench.steps(&plan).await;
    assert_eq!(steps[0].state, StepState::Normalised(json!("mei.wong@example.com")));
    bench.gateway.set_faults(Default::default());
    assert_eq!(bench.undo(&plan, false).await.undone, 1);
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn a_gateway_that_replaces_the_whole_object_is_stopped_at_once_and_mended() {
    let bench = TestWorkspace::with(100).await;
    let before = bench.contacts();
    let ids: Vec<String> = std::iter::once(MEI.to_owned()).chain(bench.ids(5)).collect();
    let plan = bench.plan(&remarks(&ids)).await;
    bench.gateway.set_faults("update_contact:clobbered,field=*".parse().unwrap());
    let report = bench.apply(&plan).await;
    assert_eq!(report.writes, 1, "{report:?}");
    let said = report.stopped.unwrap();
    assert!(said.contains("also emptied") && said.contains("display_name") && said.contains(MEI), "{said}");
    let again = bench.apply(&plan).await;
    assert_eq!((again.writes, again.remaining), (0, 5), "{again:?}");
    assert!(again.stopped.unwrap().contains("undo this plan"), "a plan that has cost something is not gone on with");
    let undo = bench.undo(&plan, false).await;
    assert!(undo.undone > 1 && undo.kept.is_empty(), "{undo:?}");
    assert_eq!(bench.contacts(), before, "what was lost is back");
}

#[tokio::test]
async fn a_gateway_that_takes_an_update_for_the_whole_contact_is_seen_by_what_is_missing() {
    for faults in ["update_contact:replaced", "update_contact:replaced;update_contact:reset_after,first=1"] {
        let bench = TestWorkspace::with(100).await;
        bench.gateway.edit_contact(MEI, &fields(json!({"location": "Kowloon", "title": "Dr"}))).unwrap();
        let ids: Vec<String> = std::iter::once(MEI.to_owned()).chain(bench.ids(5)).collect();
        let before: Vec<Value> = ids.iter().map(|id| settable(&bench, id)).collect();
        let plan = bench.plan(&remarks(&ids)).await;
        bench.gateway.set_faults(faults.parse().unwrap());
        let report = bench.apply(&plan).await;
        assert_eq!(report.writes, 1, "{report:?}");
        let said = report.stopped.unwrap();
        assert!(said.contains("also emptied") && said.contains("location") && said.contains(MEI), "{said}");
        // It goes on like that while the plan is taken back.
        let undo = bench.undo(&plan, false).await;
        assert!(undo.undone > 2 && undo.kept.is_empty() && undo.stopped.is_none(), "{undo:?}");
        let after: Vec<Value> = ids.iter().map(|id| settable(&bench, id)).collect();
        assert_eq!(after, before, "what can be set is back");
    }
}

/// What a contact holds of what an update can set.
fn settable(bench: &TestWorkspace, id: &str) -> Value {
    let held = UPDATABLE_FIELDS.iter().map(|field| ((*field).to_owned(), bench.value(id, field)));
    Value::Object(held.filter(|(_, value)| !value.is_null() && value != "").collect())
}

#[tokio::test]
async fn what_somebody_saves_at_the_same_moment_is_nobodys_to_take_back() {
    let bench = TestWorkspace::with(2).await;
    let ids = bench.ids(2);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.gateway.set_crowd("edit=2,every=1,on=update_contact,times=1".parse().unwrap());
    let report = bench.apply(&plan).await;
    let said = report.stopped.as_deref().unwrap();
    assert!(said.contains("by the gateway or by somebody") && report.writes == 1, "{report:?}");
    let other = |id: &String| {
        let mut held = settable(&bench, id);
        held.as_object_mut().unwrap().remove("remark");
        held
    };
    let theirs: Vec<Value> = ids.iter().map(other).collect();
    bench.gateway.set_crowd(Default::default());
    assert_eq!(bench.apply(&plan).await.remaining, 0, "it can be gone on with");
    let undo = bench.undo(&plan, false).await;
    assert_eq!((undo.undone, undo.kept.len()), (2, 0), "{undo:?}");
    assert_eq!(ids.iter().map(other).collect::<Vec<_>>(), theirs);
}

#[tokio::test]
async fn a_lost_answer_is_read_back_and_nothing_is_sent_twice() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(6);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.gateway.set_faults("update_contact:reset_after=1".parse().unwrap());
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.counts.unknown), (6, 0), "{report:?}");
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 1));
}

#[tokio::test]
async fn an_outcome_that_nobody_knows_is_said_and_settled_later() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(3);
    let plan = bench.plan(&remarks(&ids)).await;
    // The first read passes; then the update is done without an answer, and no read says so.
    let faults = "update_contact:reset_after,first=1;get_contact:503,after=1";
    bench.gateway.set_faults(faults.parse().unwrap());
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.unknown, report.counts.pending), (1, 2), "{report:?}");
    assert!(report.stopped.unwrap().contains("the gateway"), "said");
    bench.gateway.set_faults(Default::default());
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.unknown, report.counts.applied), (0, 3), "{report:?}");
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 1));
}

#[tokio::test]
async fn refusals_of_one_contact_pass_it_over_and_those_of_all_stop() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(3);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.gateway.set_faults("update_contact:400,first=1".parse().unwrap());
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.counts.skipped), (2, 1), "{report:?}");
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    bench.gateway.set_faults("update_contact:403".parse().unwrap());
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.pending, report.remaining, report.writes), (1, 1, 0), "{report:?}");
    assert!(report.stopped.unwrap().contains("403"));
}

#[tokio::test]
async fn a_call_keeps_to_its_writes_its_time_and_to_who_cancels_it() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(10);
    let plan = bench.plan(&remarks(&ids)).await;
    let request = ApplyRequest {
        plan: plan.id.clone(),
        fingerprint: plan.fingerprint.clone(),
        max_writes: Some(3),
        max_seconds: None,
    };
    let report = bench.workspace.apply(request.clone(), &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert_eq!((report.writes, report.remaining), (3, 7));
    let none = ApplyRequest { max_seconds: Some(0), max_writes: None, ..request.clone() };
    let report = bench.workspace.apply(none, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert_eq!(
        (report.writes, report.stopped.as_deref()),
        (0, Some("the time of this call is over; go on with the same call"))
    );
    let watch = Watch::default();
    let cancel = watch.cancel.clone();
    let watch = Watch {
        progress: Box::new(move |done, _, _| {
            if done == 2 {
                cancel.cancel()
            }
        }),
        ..watch
    };
    let report =
        bench.workspace.apply(ApplyRequest { max_writes: None, ..request }, &OpenGate::UNPACED, &watch).await.unwrap();
    assert_eq!((report.writes, report.remaining, report.stopped.as_deref()), (2, 5, Some("cancelled")));
}

#[tokio::test]
async fn a_first_call_that_wrote_little_leaves_the_rest_of_the_twenty_for_the_next() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(40);
    let plan = bench.plan(&remarks(&ids)).await;
    let (id, fingerprint) = (plan.id.clone(), plan.fingerprint.clone());
    let some = ApplyRequest { plan: id, fingerprint, max_writes: None, max_seconds: Some(0) };
    assert_eq!(bench.workspace.apply(some, &OpenGate::UNPACED, &Watch::default()).await.unwrap().writes, 0);
    let (second, third) = (bench.apply(&plan).await, bench.apply(&plan).await);
    assert!(second.writes == 20 && third.remaining == 0, "{second:?} {third:?}");
}

#[tokio::test]
async fn two_never_apply_at_once() {
    let bench = TestWorkspace::with(100).await;
    let ids = bench.ids(10);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.gateway.set_faults("*:latency,ms=20".parse().unwrap());
    let request =
        || ApplyRequest { plan: plan.id.clone(), fingerprint: plan.fingerprint.clone(), ..ApplyRequest::default() };
    let (watch, another) = (Watch::default(), bench.another());
    let (first, second) = tokio::join!(
        bench.workspace.apply(request(), &OpenGate::UNPACED, &watch),
        another.apply(request(), &OpenGate::UNPACED, &watch)
    );
    let busy = |result: &Result<_, CleanupError>| matches!(result, Err(CleanupError::AtWork(_) | CleanupError::Busy));
    assert!(busy(&first) ^ busy(&second), "{first:?} {second:?}");
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 1));
}

#[tokio::test]
async fn an_apply_and_an_undo_keep_the_rate_that_they_begin_with() {
    let bench = TestWorkspace::with(60).await;
    let plan = bench.plan(&remarks(&bench.ids(20))).await;
    // Fifty a second is as fast as quick answers make it: a read and a write of 20 contacts.
    let gate = OpenGate { requests_per_second: Some(50.0) };
    let least = std::time::Duration::from_secs_f64(39.0 / 50.0);
    let request = ApplyRequest { plan: plan.id.clone(), fingerprint: plan.fingerprint.clone(), ..Default::default() };
    let began = std::time::Instant::now();
    let report = bench.workspace.apply(request, &gate, &Watch::default()).await.unwrap();
    assert_eq!((report.written, report.requests), (20, 40));
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
    let began = std::time::Instant::now();
    let request = imbrace_contacts_mcp::cleanup::UndoRequest { plan: plan.id.clone(), ..Default::default() };
    assert_eq!(bench.workspace.undo(request, &gate, &Watch::default()).await.unwrap().undone, 20);
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
    // What a plan says of its minutes is the rate that an apply begins with.
    assert_eq!((plan.requests, plan.minutes()), (40, 1));
    assert_eq!(imbrace_contacts_mcp::cleanup::PlanReport { requests: 1_230, ..plan }.minutes(), 5);
}

#[tokio::test]
async fn a_cleanup_never_lowers_the_score_and_leaves_nothing_safe_for_the_next() {
    for seed in [1, 20_251_015, 4_711] {
        let people = Population { contacts: 400, seed };
        let bench = TestWorkspace::start(Options { people, ..Options::default() }).await;
        bench.sync(false).await;
        let before = bench.workspace.audit(AuditRequest::default()).await.unwrap();
        let is_safe = |kind: &Kind| kind.fixability() == Fixability::Safe;
        let request = PlanRequest { fix: Kind::ALL.into_iter().filter(is_safe).collect(), ..PlanRequest::default() };
        let plan = bench.workspace.plan(request.clone()).await.unwrap();
        let applied = bench.apply_all(&plan).await;
        assert!(applied.writes > 40 && applied.counts.applied == applied.counts.total(), "seed {seed}: {applied:?}");
        bench.sync(true).await;
        let after = bench.workspace.audit(AuditRequest::default()).await.unwrap();
        assert!(after.affected < before.affected && after.score() >= before.score(), "seed {seed}");
        // No contact has a kind of finding that it did not have, so nothing that was written is a new fault.
        for kind in &after.kinds {
            let earlier = before.kinds.iter().find(|found| found.kind == kind.kind).map_or(0, |found| found.count);
            assert!(kind.count <= earlier, "seed {seed}: {:?} {} after {earlier}", kind.kind, kind.count);
        }
        let again = bench.workspace.plan(request).await;
        assert!(again.is_err() || again.as_ref().is_ok_and(|plan| plan.counts.total() == 0), "seed {seed}: {again:?}");
    }
}
