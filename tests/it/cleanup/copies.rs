//! A state that was copied, and bulk writes that are paused.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, CleanupError, Gate, OpenGate, Permit, StateLocation, UndoRequest, Watch, Workspace, Write,
    WriteRefused,
};

use super::{TestWorkspace, client, home, remarks};

/// A copy of the state as it is now, as a backup is one.
fn copy(bench: &TestWorkspace, to: &tempfile::TempDir) -> Workspace {
    let target = home(to);
    std::fs::create_dir_all(&target.directory).unwrap();
    for entry in std::fs::read_dir(home(&bench.directory).directory).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, target.directory.join(path.file_name().unwrap())).unwrap();
    }
    Workspace::new(target, client(&bench.gateway))
}

fn puts(bench: &TestWorkspace) -> usize {
    bench.gateway.requests().iter().filter(|request| request.method == "PUT").count()
}

#[tokio::test]
async fn an_older_backup_recognises_what_another_copy_has_written() {
    let bench = TestWorkspace::with(30).await;
    let before = bench.contacts();
    bench.sync(true).await;
    let plan = bench.plan(&remarks(&bench.ids(12))).await;
    let backup = tempfile::tempdir().unwrap();
    let copied = copy(&bench, &backup);
    bench.apply_all(&plan).await;
    // Somebody changed one of them since.
    bench.edit(&bench.ids(1)[0], serde_json::json!({ "remark": "by hand" }));
    bench.gateway.forget_requests();

    let request = ApplyRequest {
        plan: plan.id.clone(),
        fingerprint: plan.fingerprint.clone(),
        max_writes: None,
        max_seconds: None,
    };
    let report = copied.apply(request, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert_eq!((report.found_done, report.written, report.writes, report.remaining), (11, 0, 0, 0), "{report:?}");
    assert_eq!((report.counts.applied, report.counts.skipped), (11, 1), "{report:?}");
    assert_eq!(puts(&bench), 0, "nothing is written twice");

    let request = UndoRequest { plan: plan.id.clone(), ..UndoRequest::default() };
    let undone = copied.undo(request, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert_eq!(undone.undone, 11, "{undone:?}");
    let mut expected = before;
    let edited = bench.ids(1)[0].clone();
    expected.insert(edited.clone(), bench.contacts()[&edited].clone());
    assert_eq!(bench.contacts(), expected);
}

/// Pauses bulk writes from another process once so many writes have begun.
struct PausingGate {
    other: Workspace,
    begun: AtomicU64,
    after: u64,
}

impl Gate for PausingGate {
    fn requests_per_second(&self) -> Option<f64> {
        Some(f64::INFINITY)
    }

    fn check(&self) -> Result<(), WriteRefused> {
        Ok(())
    }

    fn begin(&self, write: Write) -> BoxFuture<'_, Result<Permit, WriteRefused>> {
        Box::pin(async move {
            if self.begun.fetch_add(1, Ordering::SeqCst) + 1 == self.after {
                self.other.pause().await.unwrap();
            }
            OpenGate::UNPACED.begin(write).await
        })
    }
}

#[tokio::test]
async fn a_pause_ends_what_is_under_way_before_its_next_contact_and_refuses_what_begins() {
    let bench = TestWorkspace::with(30).await;
    bench.sync(true).await;
    let plan = bench.plan(&remarks(&bench.ids(10))).await;
    let gate = PausingGate { other: bench.another(), begun: AtomicU64::new(0), after: 3 };
    let request = || ApplyRequest {
        plan: plan.id.clone(),
        fingerprint: plan.fingerprint.clone(),
        max_writes: None,
        max_seconds: None,
    };
    let report = bench.workspace.apply(request(), &gate, &Watch::default()).await.unwrap();
    assert_eq!((report.written, report.remaining, puts(&bench)), (3, 7, 3), "{report:?}");
    let stopped = report.stopped.unwrap();
    assert!(stopped.starts_with("bulk writes are paused here since ") && stopped.contains("state resume"), "{stopped}");

    let undo = || UndoRequest { plan: plan.id.clone(), ..UndoRequest::default() };
    let refused = bench.workspace.apply(request(), &OpenGate::UNPACED, &Watch::default()).await.unwrap_err();
    assert!(matches!(refused, CleanupError::Paused { .. }), "{refused}");
    let refused = bench.workspace.undo(undo(), &OpenGate::UNPACED, &Watch::default()).await.unwrap_err();
    assert!(matches!(refused, CleanupError::Paused { .. }), "{refused}");
    assert_eq!(puts(&bench), 3);
    // Looking is allowed, and so is planning.
    let (dry, watch) = (UndoRequest { dry_run: true, ..undo() }, Watch::default());
    assert_eq!(bench.workspace.undo(dry, &OpenGate::UNPACED, &watch).await.unwrap().would, 3);

    assert!(bench.another().resume().await.unwrap().is_some());
    assert_eq!(bench.apply_all(&plan).await.remaining, 0);
    assert_eq!(puts(&bench), 10);
}

#[tokio::test]
async fn a_pause_holds_for_one_organisation() {
    let bench = TestWorkspace::with(12).await;
    bench.sync(true).await;
    bench.workspace.pause().await.unwrap();
    let since = bench.another().paused().await.unwrap();
    assert_eq!(bench.workspace.pause().await.unwrap(), since.unwrap(), "a second pause begins nothing");
    let other = Workspace::new(
        StateLocation { place: "local, other".to_owned(), ..home(&bench.directory) },
        client(&bench.gateway),
    );
    assert_eq!(other.paused().await.unwrap(), None);
    assert_eq!(other.other_places().await, ["local, test"]);
    assert!(bench.workspace.other_places().await.is_empty());
}

#[tokio::test]
async fn short_ids_are_found_in_the_snapshot_and_never_guessed() {
    let bench = TestWorkspace::with(30).await;
    bench.sync(true).await;
    let id = bench.ids(1)[0].clone();
    assert_eq!(bench.workspace.whole_id(&id[..12]).await.unwrap(), id);
    assert_eq!(bench.workspace.whole_id(&format!(" {} ", &id[..14])).await.unwrap(), id);
    assert_eq!(bench.workspace.whole_id(&id).await.unwrap(), id);
    // Too short, of nobody, or no id at all: it stays as it is, and whoever takes it refuses it.
    for word in [&id[..9], "con_ffffffff", "dup_00000000", "@example.com", "con_%"] {
        assert_eq!(bench.workspace.whole_id(word).await.unwrap(), word);
    }
}
