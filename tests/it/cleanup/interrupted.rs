//! What a process leaves behind that ended in the middle of a write is found out by the next.

use imbrace_contacts_mcp::cleanup::StepState;
use serde_json::json;

use super::sync::state_file;
use super::{Bench, MEI, PlanReport};

/// The state as a process leaves it that dies between the intent and the outcome.
fn leave_open(bench: &Bench, plan: &PlanReport, seconds_ago: i64) {
    let document = bench.gateway.contact_json(MEI).unwrap().unwrap();
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds_ago);
    let db = rusqlite::Connection::open(state_file(bench)).unwrap();
    db.execute("UPDATE plan SET calls = 1", []).unwrap();
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
    let bench = Bench::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    leave_open(&bench, &plan, 60);
    bench.edit(MEI, json!({"remark": "x"}));
    assert_eq!(bench.workspace.show(&plan.id).await.unwrap().counts.unknown, 1, "said before it is settled");
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.writes, report.remaining), (1, 0, 0), "{report:?}");
}

#[tokio::test]
async fn a_write_that_was_not_done_is_done_once() {
    let bench = Bench::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    leave_open(&bench, &plan, 0);
    let begun = std::time::Instant::now();
    let report = bench.apply(&plan).await;
    assert_eq!((report.counts.applied, report.writes), (1, 1), "{report:?}");
    assert!(begun.elapsed() >= std::time::Duration::from_secs(1), "it might still have been under way");
    assert_eq!(bench.gateway.tallies().writes_to(MEI), 1);
}

#[tokio::test]
async fn a_field_that_holds_something_else_by_now_is_left_alone() {
    let bench = Bench::with(20).await;
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
    let bench = Bench::with(20).await;
    let plan = bench.plan(&[(MEI, "remark", json!("x"))]).await;
    let before = bench.contacts();
    leave_open(&bench, &plan, 60);
    bench.edit(MEI, json!({"remark": "x"}));
    assert_eq!(bench.undo(&plan, false).await.undone, 1);
    assert_eq!(bench.contacts(), before);
}
