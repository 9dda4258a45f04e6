//! One process at a time: it is seen, and told to stop, from any other; when it ends in whatever way, the next goes on.

use std::time::{Duration, Instant};

use imbrace_contacts_mcp::cleanup::{
    ApplyReport, ApplyRequest, CleanupError, OpenGate, PlanReport, SyncRequest, UndoRequest, Watch, Work, Workspace,
};

use super::sync::state_file;
use super::{TestWorkspace, remarks};

fn request(plan: &PlanReport) -> ApplyRequest {
    ApplyRequest { plan: plan.id.clone(), fingerprint: plan.fingerprint.clone(), ..ApplyRequest::default() }
}

async fn applied(workspace: &Workspace, plan: &PlanReport) -> Result<ApplyReport, CleanupError> {
    workspace.apply(request(plan), &OpenGate::UNPACED, &Watch::default()).await
}

/// Waits until a process is seen at work by another.
async fn seen(another: &Workspace, work: Work) -> imbrace_contacts_mcp::cleanup::AtWork {
    for _ in 0..500 {
        // For a moment after the lock was taken the row is still that of the work before.
        if let Some(at_work) = another.at_work().await.unwrap().filter(|at_work| at_work.work == work) {
            return at_work;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody is at work");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_is_watched_and_stopped_at_another_process_and_goes_on_there() {
    let bench = TestWorkspace::with(100).await;
    let plan = bench.plan(&remarks(&bench.ids(20))).await;
    bench.gateway.set_faults("*:latency,ms=60".parse().unwrap());
    let another = bench.another();
    assert_eq!(another.at_work().await.unwrap(), None);
    let (first, told) = tokio::join!(applied(&bench.workspace, &plan), async {
        let at_work = seen(&another, Work::Apply).await;
        assert_eq!((at_work.work, at_work.plan.as_deref()), (Work::Apply, Some(plan.id.as_str())));
        let refused = applied(&another, &plan).await.unwrap_err();
        assert!(matches!(&refused, CleanupError::AtWork(found) if found.work == Work::Apply), "{refused}");
        assert!(refused.to_string().contains(&format!("apply of {} since ", plan.id)), "{refused}");
        another.cancel().await.unwrap()
    });
    let first = first.unwrap();
    assert!(told.is_some_and(|told| told.left.is_some_and(|left| left > 0)));
    assert_eq!(first.stopped.as_deref(), Some("cancelled"), "{first:?}");
    assert!(first.remaining > 0, "{first:?}");
    assert_eq!((another.at_work().await.unwrap(), another.cancel().await.unwrap()), (None, None));
    bench.gateway.set_faults("".parse().unwrap());
    // The stop was for that apply, not for the next.
    let rest = applied(&another, &plan).await.unwrap();
    assert_eq!(rest.remaining, 0, "{rest:?}");
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_sync_and_an_undo_are_stopped_at_another_process() {
    let bench = TestWorkspace::with(300).await;
    bench.gateway.set_faults("*:latency,ms=30".parse().unwrap());
    let another = bench.another();
    let slow = SyncRequest { full: true, max_seconds: None, requests_per_second: Some(4.0), overlap: None };
    let watch = Watch::default();
    let (synced, _) = tokio::join!(bench.workspace.sync(slow, &watch), async {
        seen(&another, Work::Sync).await;
        another.cancel().await.unwrap()
    });
    assert!(!synced.unwrap().complete);
    bench.gateway.set_faults("".parse().unwrap());
    let fast = SyncRequest { full: false, max_seconds: None, requests_per_second: Some(f64::INFINITY), overlap: None };
    assert!(another.sync(fast, &Watch::default()).await.unwrap().complete, "it goes on at the other process");

    let plan = bench.plan(&remarks(&bench.ids(20))).await;
    assert_eq!(applied(&bench.workspace, &plan).await.unwrap().remaining, 0);
    bench.gateway.set_faults("*:latency,ms=60".parse().unwrap());
    let undo = || UndoRequest { plan: plan.id.clone(), ..UndoRequest::default() };
    let watch = Watch::default();
    let (undone, _) = tokio::join!(bench.workspace.undo(undo(), &OpenGate::UNPACED, &watch), async {
        seen(&another, Work::Undo).await;
        another.cancel().await.unwrap()
    });
    assert_eq!(undone.unwrap().stopped.as_deref(), Some("cancelled"));
    bench.gateway.set_faults("".parse().unwrap());
    another.undo(undo(), &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 2), "once to and once back");
}

/// A process that holds the lock and counts no more, as a paused one.
struct Paused(std::fs::File);

impl Paused {
    fn hold(bench: &TestWorkspace) -> Self {
        let file = std::fs::File::options().write(true).open(state_file(bench).with_extension("lock")).unwrap();
        file.try_lock().unwrap();
        Self(file)
    }
}

#[tokio::test]
async fn a_holder_that_counts_no_more_is_taken_over_within_ten_seconds_and_the_next_waits_for_the_new_one() {
    let bench = TestWorkspace::with(60).await;
    let plan = bench.plan(&remarks(&bench.ids(20))).await;
    bench.sync(true).await;
    let paused = Paused::hold(&bench);
    let began = Instant::now();
    let another = bench.another();
    bench.gateway.set_faults("*:latency,ms=40".parse().unwrap());
    let (report, third) = tokio::join!(applied(&another, &plan), async {
        while bench.gateway.tallies().writes.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let taken_over = began.elapsed();
        // It has no lock on the file, and is at work all the same.
        (taken_over, applied(&bench.workspace, &plan).await)
    });
    assert_eq!(report.unwrap().remaining, 0);
    assert!(third.0 >= Duration::from_secs(6) && third.0 < Duration::from_secs(10), "{:?}", third.0);
    assert!(matches!(third.1, Err(CleanupError::AtWork(_))), "{:?}", third.1);
    drop(paused.0);
    // Who had taken over has ended, so that nobody waits.
    let began = Instant::now();
    assert_eq!(applied(&bench.workspace, &plan).await.unwrap().remaining, 0);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(bench.gateway.tallies().writes.values().all(|writes| *writes == 1));
}

/// A clock that is set means nothing to a lease; the moment that it names is for people only.
#[tokio::test]
async fn a_lease_is_free_when_its_holder_has_ended_whatever_the_clock_says() {
    let bench = TestWorkspace::with(30).await;
    bench.sync(true).await;
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    for since in ["1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        db.execute("UPDATE lease SET since = ?1", [since]).unwrap();
        let began = Instant::now();
        bench.sync(true).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}
