//! What a process leaves behind that ended in the middle of a write is found out by the next.

use imbrace_contacts_mcp::cleanup::{OpenGate, StepState, UndoRequest, Watch};
use serde_json::json;

use super::sync::state_file;
use super::{MEI, PlanReport, TestWorkspace};

/// The state as a process leaves it that dies between the intent and the outcome.
fn leave_open(bench: &TestWorkspace, plan: &PlanReport, seconds_ago: i64) {
    let document = bench.gateway.contact_json(MEI).unwrap().unwrap();
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds_ago);
    let db = rusqlite::Connection::open(state_file(bench)).unwrap();
    db.execute("UPDATE step SET state = 'unknown' WHERE plan = ?1", [&plan.id]).unwrap();
    let body = json!({"remark": "x"}).to_string();
    db.execute(
        "INSERT INTO journal (at, plan, contact, act, document, body, outcome) VALUES (?1, ?2, ?3, 'apply', ?4, ?5, '')",
        [at.to_string(), plan.id.clone(), MEI.to_owned(), document, body],
    )
    .unwrap();
}

#[tokio::test]
async fn a_write_that_was_done_is_found_done() {
    let bench = TestWorkspace::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    leave_open(&bench, &plan, 60);
    bench.edit(MEI, json!({"remark": "x"}));
    assert_eq!(bench.workspace.show(&plan.id).await.unwrap().counts.unknown, 1, "said before it is settled");
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.writes, report.remaining), (1, 0, 0), "{report:?}");
}

#[tokio::test]
async fn a_write_that_was_not_done_is_done_once() {
    let bench = TestWorkspace::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    leave_open(&bench, &plan, 0);
    let begun = std::time::Instant::now();
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.writes), (1, 1), "{report:?}");
    assert!(begun.elapsed() >= std::time::Duration::from_secs(1), "it might still have been under way");
    assert_eq!(bench.gateway.tallies().writes_to(MEI), 1);
}

#[tokio::test]
async fn a_write_that_was_sent_long_after_it_was_journalled_is_waited_for() {
    let bench = TestWorkspace::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    leave_open(&bench, &plan, 60);
    let late = async {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        bench.edit(MEI, json!({"remark": "x"}));
    };
    let (report, ()) = tokio::join!(bench.apply(&plan), late);
    assert_eq!((report.counts.applied, report.writes, report.remaining), (1, 0, 0), "{report:?}");
    assert_eq!(bench.gateway.tallies().writes_to(MEI), 0, "it was written once more");
}

#[tokio::test]
async fn a_field_that_holds_something_else_by_now_is_left_alone() {
    let bench = TestWorkspace::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    leave_open(&bench, &plan, 60);
    bench.edit(MEI, json!({"remark": "a colleague's"}));
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.skipped, report.writes), (1, 0), "{report:?}");
    let steps = bench.steps(&plan).await;
    assert!(matches!(&steps[0].state, StepState::Skipped(reason) if reason.contains("outcome got lost")));
    assert_eq!(bench.value(MEI, "remark"), "a colleague's");
}

#[tokio::test]
async fn undo_settles_what_is_open_before_it_takes_anything_back() {
    let bench = TestWorkspace::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    let before = bench.contacts();
    leave_open(&bench, &plan, 60);
    bench.edit(MEI, json!({"remark": "x"}));
    assert_eq!(bench.undo(&plan, false).await.undone, 1);
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn a_write_that_was_done_and_emptied_other_fields_stops_the_plan() {
    let bench = TestWorkspace::with(20).await;
    bench.edit(MEI, json!({"location": "Kowloon"}));
    let ids: Vec<String> = bench.ids(5).into_iter().filter(|id| id != MEI).collect();
    let mut changes = vec![(MEI, "remark", json!("x"))];
    changes.extend(super::remarks(&ids));
    let plan = bench.plan(&changes).await;
    let before = bench.contacts();
    leave_open(&bench, &plan, 60);
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    db.execute("UPDATE step SET state = 'pending' WHERE contact <> ?1", [MEI]).unwrap();
    bench.edit(MEI, json!({"remark": "x", "location": ""}));
    let report = bench.apply(&plan).await;
    assert!(report.writes == 0 && report.stopped.as_ref().unwrap().contains("also emptied location"), "{report:?}");
    assert_eq!(bench.undo(&plan, false).await.undone, 2);
    assert_eq!(bench.contacts(), before);
}

#[tokio::test]
async fn a_disk_that_is_full_after_the_write_forgets_nothing() {
    let bench = TestWorkspace::with(20).await;
    let ids = bench.ids(3);
    let plan = bench.plan(&super::remarks(&ids)).await;
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON journal WHEN NEW.intent IS NOT NULL
                BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    db.execute_batch(full).unwrap();
    let error = bench.try_apply(&plan).await.unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");
    assert_eq!(bench.gateway.tallies().writes.len(), 1, "nothing more is sent when its outcome cannot be kept");
    assert_eq!(bench.workspace.show(&plan.id).await.unwrap().counts.unknown, 1, "and that is known");
    db.execute_batch("DROP TRIGGER full").unwrap();
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.writes), (3, 2), "{report:?}");
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 1), "each once");
}

#[tokio::test]
async fn an_undo_that_was_killed_after_its_write_is_found_done() {
    let bench = TestWorkspace::with(20).await;
    let before = bench.contacts();
    let ids = bench.ids(3);
    let plan = bench.plan(&super::remarks(&ids)).await;
    bench.apply(&plan).await;
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    let killed = "CREATE TRIGGER killed BEFORE INSERT ON journal WHEN NEW.intent IS NOT NULL
                  BEGIN SELECT RAISE(ABORT, 'killed'); END";
    db.execute_batch(killed).unwrap();
    let request = UndoRequest { plan: plan.id.clone(), ..UndoRequest::default() };
    bench.workspace.undo(request, &OpenGate::UNPACED, &Watch::default()).await.unwrap_err();
    db.execute_batch("DROP TRIGGER killed").unwrap();
    let undo = bench.undo(&plan, false).await;
    assert_eq!((undo.undone, undo.writes, undo.kept.len()), (2, 2, 0), "{undo:?}");
    assert_eq!(bench.workspace.show(&plan.id).await.unwrap().counts.undone, 3);
    assert_eq!(bench.contacts(), before);
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 2), "there and back");
}
