//! Care for what is kept: a copy that is verified and brought back, and contacts that are forgotten.

use std::time::Duration;

use imbrace_contacts_mcp::cleanup::duplicates::Verdict;
use imbrace_contacts_mcp::cleanup::{
    Answer, CleanupError, Decided, OpenGate, StateLocation, SyncRequest, UndoRequest, Watch, Workspace,
};
use serde_json::json;

use super::sync::state_file;
use super::{MEI, TestWorkspace, client, home, remarks};

/// A state with a snapshot, an applied plan with a journal, and a decision.
async fn worked() -> (TestWorkspace, super::PlanReport, String) {
    let bench = TestWorkspace::with(30).await;
    bench.sync(true).await;
    let other = bench.ids(5).into_iter().find(|id| id != MEI).unwrap();
    let plan = bench.plan(&[(MEI, "remark", json!("seen")), (&other, "remark", json!("seen, too"))]).await;
    bench.apply(&plan).await;
    let what = Decided::Pair(MEI.to_owned(), other.clone());
    bench.workspace.decide(vec![Answer::new(what, Verdict::Different)]).await.unwrap();
    (bench, plan, other)
}

/// Whether a text is anywhere in the files of the state.
fn is_kept(bench: &TestWorkspace, text: &str) -> bool {
    let files = std::fs::read_dir(state_file(bench).parent().unwrap()).unwrap();
    let holds = |path: std::path::PathBuf| {
        std::fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
    };
    files.map(|entry| entry.unwrap().path()).any(holds)
}

#[tokio::test]
async fn a_copy_brings_back_snapshot_plans_journal_and_decisions() {
    let (bench, plan, _) = worked().await;
    let copy = bench.directory.path().join("copy.sqlite");
    assert_eq!(bench.workspace.backup(&copy).await.unwrap(), 30);
    let before = bench.workspace.usage().await.unwrap().unwrap();
    assert_eq!((before.contacts, before.decisions, before.plans, before.journal), (30, 1, 1, 4), "{before:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = bench.workspace.backup(&copy).await.unwrap_err();
    assert!(matches!(&again, CleanupError::Copy { reason, .. } if reason.contains("not replaced")), "{again}");

    // A process that has the state open sees what another one brings back.
    let other = bench.another();
    other.forget(None).await.unwrap();
    assert!(bench.workspace.plans().await.unwrap().is_empty());
    assert_eq!(other.restore(&copy).await.unwrap(), 30);
    let after = bench.workspace.usage().await.unwrap().unwrap();
    assert_eq!((after.contacts, after.decisions, after.plans, after.journal), (30, 1, 1, 4), "{after:?}");
    assert_eq!(bench.workspace.show(&plan.id).await.unwrap().counts.applied, 2);
    assert_eq!(bench.undo(&plan, false).await.undone, 2, "the journal is whole");
    assert!(!state_file(&bench).with_extension("restoring").exists());
}

#[tokio::test]
async fn what_is_no_copy_of_this_organisation_changes_nothing() {
    let (bench, ..) = worked().await;
    let copy = bench.directory.path().join("copy.sqlite");
    bench.workspace.backup(&copy).await.unwrap();
    let elsewhere = StateLocation { place: "production, org_2".to_owned(), ..home(&bench.directory) };
    let stranger = Workspace::new(elsewhere, client(&bench.gateway));
    assert!(matches!(stranger.restore(&copy).await.unwrap_err(), CleanupError::OtherPlace));

    let mut bytes = std::fs::read(&copy).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0x55);
    let broken = bench.directory.path().join("broken.sqlite");
    std::fs::write(&broken, bytes).unwrap();
    let text = bench.directory.path().join("text.sqlite");
    std::fs::write(&text, "no database").unwrap();
    for file in [&broken, &text, &bench.directory.path().join("absent")] {
        let refused = bench.workspace.restore(file).await.unwrap_err();
        assert!(matches!(refused, CleanupError::Copy { .. }), "{}: {refused}", file.display());
        assert!(refused.to_string().contains("nothing was changed"), "{refused}");
    }
    rusqlite::Connection::open(&copy).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(bench.workspace.restore(&copy).await.unwrap_err(), CleanupError::Newer { found: 99, .. }));
    assert_eq!(bench.workspace.usage().await.unwrap().unwrap().contacts, 30);
}

#[tokio::test]
async fn a_contact_is_forgotten_and_the_others_stay() {
    let (bench, plan, other) = worked().await;
    let name = bench.value(MEI, "display_name").as_str().unwrap().to_owned();
    assert!(is_kept(&bench, MEI) && is_kept(&bench, &name));
    let forgotten = bench.workspace.forget(Some(MEI)).await.unwrap();
    assert_eq!(
        (forgotten.contacts, forgotten.decisions, forgotten.steps, forgotten.journal),
        (1, 1, 1, 2),
        "{forgotten:?}"
    );
    assert!(!is_kept(&bench, &name), "not even in pages that are free");
    let left = bench.workspace.show(&plan.id).await.unwrap();
    assert_eq!((left.counts.applied, left.fingerprint == plan.fingerprint), (1, false), "{left:?}");
    let steps = bench.steps(&plan).await;
    assert_eq!(steps.iter().map(|step| &step.contact).collect::<Vec<_>>(), [&other]);
    assert_eq!(bench.undo(&plan, false).await.undone, 1);
    assert_eq!(bench.value(MEI, "remark"), "seen", "nothing is changed at the gateway");
    bench.sync(true).await;
    assert_eq!(bench.workspace.usage().await.unwrap().unwrap().contacts, 30, "a sync brings it back");
}

#[tokio::test]
async fn of_all_nothing_is_kept_but_whose_state_it_was() {
    let (bench, _, other) = worked().await;
    bench.workspace.forget(None).await.unwrap();
    for text in [MEI, other.as_str(), "display_name", "seen, too"] {
        assert!(!is_kept(&bench, text), "{text}");
    }
    let usage = bench.workspace.usage().await.unwrap().unwrap();
    assert_eq!((usage.contacts, usage.decisions, usage.plans, usage.journal, usage.synced_at), (0, 0, 0, 0, None));
    assert_eq!(bench.sync(false).await.contacts, 30, "the next sync begins anew");
}

#[tokio::test]
async fn a_contact_whose_write_is_open_is_not_forgotten() {
    let (bench, plan, other) = worked().await;
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    db.execute("DELETE FROM journal WHERE intent IS NOT NULL AND contact = ?1", [MEI]).unwrap();
    for whom in [Some(MEI), None] {
        let refused = bench.workspace.forget(whom).await.unwrap_err();
        assert!(matches!(&refused, CleanupError::OpenWrite { plan: open } if *open == plan.id), "{refused}");
    }
    assert_eq!(bench.workspace.usage().await.unwrap().unwrap().contacts, 30);
    assert_eq!(bench.workspace.forget(Some(&other)).await.unwrap().contacts, 1);
}

#[tokio::test]
async fn plans_are_kept_as_long_as_the_operator_says_and_longer_while_they_matter() {
    let bench = TestWorkspace::with(60).await;
    bench.sync(false).await;
    let ids = bench.ids(3);
    let written = bench.plan(&remarks(&ids[..1])).await;
    bench.apply_all(&written).await;
    let waiting = bench.plan(&remarks(&ids[1..2])).await;
    let unknown = bench.plan(&remarks(&ids[2..])).await;
    let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
    // A process died before it knew what became of its write.
    db.execute(
        "INSERT INTO journal (at, plan, contact, act, document, body, outcome) VALUES ('2026-01-01T00:00:00Z', ?1, ?2, 'apply', '{}', '{}', '')",
        [&unknown.id, &ids[2]],
    )
    .unwrap();
    let plans = |workspace: Workspace| async move {
        let mut plans: Vec<String> = workspace.plans().await.unwrap().into_iter().map(|plan| plan.id).collect();
        plans.sort();
        plans
    };
    let sync = |kept: Option<Duration>| {
        let workspace = bench.another().with_plans_kept(kept);
        async move {
            let request = SyncRequest { requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
            workspace.sync(request, &Watch::default()).await.unwrap().plans_removed
        }
    };
    assert_eq!(sync(None).await, 0, "they are kept for good unless somebody says otherwise");
    assert_eq!(sync(Some(Duration::from_secs(3600))).await, 0, "all of them are younger");
    assert_eq!(sync(Some(Duration::MAX)).await, 0);
    assert_eq!(plans(bench.another()).await.len(), 3);
    assert_eq!(sync(Some(Duration::ZERO)).await, 2, "the written one and the one that waits");
    assert_eq!(plans(bench.another()).await, [unknown.id], "what nobody knows the end of stays");
    let undone = bench
        .workspace
        .undo(UndoRequest { plan: written.id, ..UndoRequest::default() }, &OpenGate::UNPACED, &Watch::default())
        .await;
    assert!(matches!(undone, Err(CleanupError::UnknownPlan(_))), "{undone:?}");
    let left: i64 = db
        .query_row("SELECT count(*) FROM journal WHERE plan IN (?1, ?2)", [&waiting.id, &waiting.id], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}
