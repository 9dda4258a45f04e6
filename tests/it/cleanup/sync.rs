//! The snapshot holds what the gateway holds, however it moves meanwhile.

use std::collections::BTreeSet;

use imbrace_contacts_mcp::cleanup::duplicates::Verdict;
use imbrace_contacts_mcp::cleanup::{
    Answer, AuditRequest, CleanupError, Decided, StateLocation, SyncReport, SyncRequest, Watch, Workspace,
};
use imbrace_contacts_mcp::local_gateway::{AbovePage, Limits, Options, Population};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{TestWorkspace, client, home};

/// What the snapshot holds, read from its file.
fn snapshot(bench: &TestWorkspace) -> BTreeSet<String> {
    let file = state_file(bench);
    let db = rusqlite::Connection::open(file).unwrap();
    let mut select = db.prepare("SELECT document FROM contact").unwrap();
    select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

pub fn state_file(bench: &TestWorkspace) -> std::path::PathBuf {
    let entries = std::fs::read_dir(home(&bench.directory).directory).unwrap();
    let file = |path: &std::path::PathBuf| path.extension().is_some_and(|ending| ending == "sqlite");
    entries.map(|entry| entry.unwrap().path()).find(file).unwrap()
}

fn gateway(bench: &TestWorkspace) -> BTreeSet<String> {
    bench.gateway.contacts_json().unwrap().into_iter().collect()
}

#[tokio::test]
async fn a_first_sync_takes_every_contact_as_it_stands() {
    let bench = TestWorkspace::with(1_000).await;
    let report = bench.sync(false).await;
    assert_eq!((report.contacts, report.added, report.gone, report.complete), (1_000, 1_000, 0, true), "{report:?}");
    assert!(report.requests <= 16, "{report:?}");
    assert_eq!(report.requests, bench.gateway.tallies().requests_of("list_contacts"));
    assert_eq!(snapshot(&bench), gateway(&bench), "byte for byte");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = state_file(&bench);
        assert_eq!((mode(file.parent().unwrap()), mode(&file)), (0o700, 0o600));
    }
}

#[tokio::test]
async fn later_syncs_read_only_what_is_new() {
    let bench = TestWorkspace::with(1_000).await;
    bench.sync(false).await;
    let ids = bench.ids(30);
    ids.iter().for_each(|id| bench.edit(id, json!({"remark": "called back"})));
    bench.gateway.insert_contacts(5).unwrap();
    let report = bench.sync(false).await;
    assert_eq!((report.contacts, report.added, report.changed), (1_005, 5, 30), "{report:?}");
    assert!(report.requests <= 3, "{report:?}");
    assert_eq!(snapshot(&bench), gateway(&bench));
    let quiet = bench.sync(false).await;
    assert_eq!((quiet.added, quiet.changed, quiet.complete), (0, 0, true));
}

/// A watch that cancels after so many pages.
fn pages(count: u64) -> Watch {
    let watch = Watch::default();
    let cancel = watch.cancel.clone();
    let left = std::sync::atomic::AtomicU64::new(count);
    let progress = move |_, _: Option<u64>, _: &str| {
        if left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) <= 1 {
            cancel.cancel();
        }
    };
    Watch { progress: Box::new(progress), ..watch }
}

fn quick(full: bool) -> SyncRequest {
    SyncRequest { full, requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() }
}

#[tokio::test]
async fn edits_that_an_interrupted_sync_did_not_reach_are_read_by_the_next() {
    for stop in ["cancelled", "failed"] {
        let bench = TestWorkspace::with(1_000).await;
        bench.sync(false).await;
        bench.ids(250).iter().for_each(|id| bench.edit(id, json!({"remark": "called back"})));
        if stop == "cancelled" {
            let report = bench.workspace.sync(quick(false), &pages(1)).await.unwrap();
            assert!(!report.complete && report.changed == 100, "{report:?}");
        } else {
            // The first page and the look at the other end of the list are answered; everything after them fails.
            bench.gateway.set_faults("list_contacts:500,after=2".parse().unwrap());
            bench.workspace.sync(quick(false), &Watch::default()).await.unwrap_err();
            bench.gateway.set_faults(Default::default());
        }
        let report = bench.another().sync(quick(false), &Watch::default()).await.unwrap();
        assert!(report.complete, "{report:?}");
        assert_eq!(snapshot(&bench), gateway(&bench), "{stop}");
    }
}

#[tokio::test]
async fn a_moment_to_come_hides_no_later_edit() {
    let bench = TestWorkspace::with(200).await;
    let ids = bench.ids(3);
    bench.edit(&ids[0], json!({"remark": "of a clock that runs ahead", "updated_at": "2999-01-01T00:00:00.000Z"}));
    bench.sync(false).await;
    bench.edit(&ids[1], json!({"remark": "called back"}));
    assert!(bench.sync(false).await.complete);
    bench.edit(&ids[2], json!({"remark": "called back"}));
    assert!(bench.sync(false).await.complete);
    assert_eq!(snapshot(&bench), gateway(&bench));
}

#[tokio::test]
async fn who_is_gone_is_noticed_by_the_count() {
    let bench = TestWorkspace::with(300).await;
    bench.sync(false).await;
    bench.gateway.delete_contact(&bench.ids(9)[8]).unwrap();
    let report = bench.sync(false).await;
    assert_eq!((report.gone, report.complete), (1, true), "{report:?}");
    assert_eq!(snapshot(&bench), gateway(&bench));
}

/// Whatever stops a sync and whoever works meanwhile: after one more sync in peace the snapshot is what the gateway has.
#[tokio::test]
async fn after_a_sync_in_peace_nothing_is_stale() {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_128);
    for run in 0..40 {
        let limits = Limits { page: random.random_range(2..12), ..Limits::default() };
        let people = Population { contacts: random.random_range(1..80), seed: run };
        let bench = TestWorkspace::start(Options { limits, people, ..Options::default() }).await;
        for _ in 0..random.random_range(1..6) {
            let (insert, edit, delete) =
                (random.random_range(0..3), random.random_range(0..6), random.random_range(0..2));
            let every = random.random_range(1..4);
            let crowd = format!("insert={insert},edit={edit},delete={delete},every={every},times=20,seed={run}");
            bench.gateway.set_crowd(crowd.parse().unwrap());
            let watch = if random.random() { pages(random.random_range(1..9)) } else { Watch::default() };
            if random.random_ratio(1, 4) {
                let fault = format!("list_contacts:500,after={}", random.random_range(0..9));
                bench.gateway.set_faults(fault.parse().unwrap());
            }
            // Any end of it: complete, stopped, failed. Another process each time.
            let _ = bench.another().sync(quick(random.random_ratio(1, 8)), &watch).await;
            bench.gateway.set_faults(Default::default());
        }
        bench.gateway.set_crowd(Default::default());
        // One to go on with what was stopped, one in peace. A process that another test forks at this moment holds the lock's
        // file open until it becomes another program, so the lock may be busy for a moment.
        for _ in 0..2 {
            loop {
                match bench.another().sync(quick(false), &Watch::default()).await {
                    Ok(report) if report.complete => break,
                    Ok(_) | Err(CleanupError::AtWork(_) | CleanupError::Busy) => tokio::task::yield_now().await,
                    Err(error) => panic!("run {run}: {error}"),
                }
            }
        }
        assert_eq!(snapshot(&bench), gateway(&bench), "run {run}");
    }
}

#[tokio::test]
async fn a_full_sync_shows_who_is_gone() {
    let bench = TestWorkspace::with(400).await;
    bench.sync(false).await;
    for id in bench.ids(7) {
        bench.gateway.delete_contact(&id).unwrap();
    }
    let report = bench.sync(true).await;
    assert_eq!((report.contacts, report.gone, report.complete), (393, 7, true), "{report:?}");
    assert_eq!(snapshot(&bench), gateway(&bench));
}

#[tokio::test]
async fn many_who_are_gone_are_found_also_where_the_list_never_rests() {
    let bench = TestWorkspace::with(900).await;
    bench.sync(false).await;
    let gone: Vec<String> = bench.ids(250);
    gone.iter().for_each(|id| assert!(bench.gateway.delete_contact(id).unwrap()));
    bench.gateway.set_crowd("delete=2,every=1,on=list_contacts".parse().unwrap());
    let (mut told, mut calls) = (0, 0);
    loop {
        let watch = Watch::default();
        let cancel = watch.cancel.clone();
        // Not all can be asked for in one call.
        let stop = move |done, _: Option<u64>, what: &str| {
            if done == 100 && what.starts_with("asking") {
                cancel.cancel()
            }
        };
        let request =
            SyncRequest { full: calls == 0, requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
        let report = bench.another().sync(request, &Watch { progress: Box::new(stop), ..watch }).await.unwrap();
        (told, calls) = (told + report.gone, calls + 1);
        if report.complete {
            break;
        }
        assert!(calls < 10, "it goes on where it was: {report:?}");
    }
    assert!(told >= 250 && calls >= 3, "{told} gone in {calls} calls");
    let kept = snapshot(&bench);
    assert!(!gone.iter().any(|id| kept.iter().any(|document| document.contains(id.as_str()))));
}

#[tokio::test]
async fn rows_that_move_during_a_crawl_are_found_again() {
    let bench = TestWorkspace::with(2_000).await;
    bench.gateway.set_crowd("insert=30,edit=40,delete=30,every=1,times=20,on=list_contacts".parse().unwrap());
    let report = bench.sync(false).await;
    assert!(report.complete, "{report:?}");
    bench.sync(false).await;
    assert_eq!(snapshot(&bench), gateway(&bench), "600 came, 600 went, 800 were edited");
}

#[tokio::test]
async fn a_crawl_that_is_stopped_goes_on_where_it_was() {
    let bench = TestWorkspace::with(1_500).await;
    let mut sum = SyncReport::default();
    let mut calls = 0;
    loop {
        let watch = Watch::default();
        let cancel = watch.cancel.clone();
        let watch = Watch {
            progress: Box::new(move |done, _, _| {
                if done % 3 == 0 {
                    cancel.cancel()
                }
            }),
            ..watch
        };
        let request = SyncRequest { requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
        let report = bench.another().sync(request, &watch).await.unwrap();
        (sum.added, sum.requests, calls) = (sum.added + report.added, sum.requests + report.requests, calls + 1);
        if report.complete {
            break;
        }
    }
    assert!(calls > 1 && sum.added == 1_500 && sum.requests < 100, "{calls} calls, {sum:?}");
    assert_eq!(snapshot(&bench), gateway(&bench));
}

#[tokio::test]
async fn smaller_pages_are_taken_as_they_come() {
    for above_page in [AbovePage::Lower, AbovePage::Refuse] {
        let limits = Limits { page: 30, above_page, ..Limits::default() };
        let people = Population { contacts: 200, ..Population::default() };
        let bench = TestWorkspace::start(Options { limits, people, ..Options::default() }).await;
        let report = bench.sync(false).await;
        assert!(report.complete, "{report:?}");
        assert_eq!(snapshot(&bench), gateway(&bench), "{above_page:?}");
        let ids = bench.ids(70);
        ids.iter().for_each(|id| bench.edit(id, json!({"remark": "x"})));
        let report = bench.sync(false).await;
        assert_eq!(report.changed, 70, "{above_page:?}");
    }
}

/// More new contacts than a page holds, none of which was edited: one of the older ones was edited last.
async fn bench_with_an_edit() -> TestWorkspace {
    let bench = TestWorkspace::with(100).await;
    bench.gateway.insert_contacts(200).unwrap();
    bench.edit(&oldest(&bench)[50], json!({"remark": "called back"}));
    bench
}

/// The ids, the oldest contact first.
fn oldest(bench: &TestWorkspace) -> Vec<String> {
    let rows = gateway(bench).into_iter().map(|document| serde_json::from_str::<Value>(&document).unwrap());
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| row["created_at"].to_string());
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_edit_is_read_also_where_the_gateway_does_not_sort_by_edits() {
    for fault in ["sort_ignored", "sort_refused", "sort_ignored,field=*", "sort_refused,field=*"] {
        let bench = bench_with_an_edit().await;
        bench.gateway.set_faults(format!("list_contacts:{fault}").parse().unwrap());
        let first = bench.sync(false).await;
        assert!(first.complete && first.unsorted && first.requests <= 12, "{fault}: {first:?}");
        assert_eq!(snapshot(&bench), gateway(&bench), "{fault}");
        bench.edit(&oldest(&bench)[0], json!({"remark": "moved"}));
        bench.gateway.insert_contacts(2).unwrap();
        let second = bench.sync(false).await;
        assert!(second.complete && second.unsorted && second.requests <= 16, "{fault}: {second:?}");
        assert_eq!((second.added, second.changed), (2, 1), "{fault}: {second:?}");
        assert_eq!(snapshot(&bench), gateway(&bench), "{fault}");
    }
}

#[tokio::test]
async fn a_list_that_only_looks_sorted_by_edits_is_not_believed() {
    let bench = bench_with_an_edit().await;
    bench.gateway.set_faults("list_contacts:sort_ignored".parse().unwrap());
    // The newest contact holds the newest edit: by when they were made it comes first, too.
    let ids = oldest(&bench);
    bench.edit(&ids[299], json!({"remark": "new"}));
    bench.sync(false).await;
    bench.edit(&ids[0], json!({"remark": "moved"}));
    let report = bench.sync(false).await;
    assert_eq!((report.changed, report.unsorted), (1, true), "{report:?}");
    assert_eq!(snapshot(&bench), gateway(&bench));
}

#[tokio::test]
async fn a_watermark_that_is_gone_makes_a_sync_read_everything_once() {
    let bench = bench_with_an_edit().await;
    bench.sync(false).await;
    let ids = oldest(&bench);
    bench.gateway.delete_contact(&ids[50]).unwrap();
    let report = bench.sync(false).await;
    assert_eq!((report.gone, report.unsorted, report.complete), (1, false, true), "{report:?}");
    let quiet = bench.sync(false).await;
    // The 200 newest are of the same minute, which clocks may disagree about, so their two pages are read again.
    assert!(quiet.requests <= 5, "{quiet:?}");
}

#[tokio::test]
async fn an_order_that_is_refused_costs_no_rows_of_a_page() {
    let limits = Limits { page: 30, above_page: AbovePage::Refuse, ..Limits::default() };
    let people = Population { contacts: 200, ..Population::default() };
    let bench = TestWorkspace::start(Options { limits, people, ..Options::default() }).await;
    bench.gateway.set_faults("list_contacts:sort_refused,field=*".parse().unwrap());
    let report = bench.sync(false).await;
    assert!(report.complete && report.requests <= 20, "pages of 25 rows: {report:?}");
    assert_eq!(snapshot(&bench), gateway(&bench));
}

#[tokio::test]
async fn nobody_and_one_person_are_organisations_too() {
    for people in [0, 1] {
        let bench = TestWorkspace::with(300).await;
        let keep = bench.ids(people);
        for id in bench.contacts().into_keys().filter(|id| !keep.contains(id)) {
            bench.gateway.delete_contact(&id).unwrap();
        }
        let report = bench.sync(false).await;
        assert_eq!((report.contacts, report.complete), (people as u64, true));
        let audit = bench.workspace.audit(AuditRequest::default()).await.unwrap();
        assert_eq!(audit.contacts, people as u64);
        assert!(bench.sync(true).await.complete);
    }
}

#[tokio::test]
async fn nothing_is_said_of_contacts_that_were_not_read() {
    let bench = TestWorkspace::with(20).await;
    let error = bench.workspace.audit(AuditRequest::default()).await.unwrap_err();
    assert!(matches!(error, CleanupError::NoSnapshot), "{error}");
    assert!(bench.workspace.linked("con_1").await.unwrap().is_empty());
    assert!(bench.workspace.plans().await.unwrap().is_empty());
}

#[tokio::test]
async fn five_requests_a_second_to_begin_with() {
    let bench = TestWorkspace::with(300).await;
    let begun = std::time::Instant::now();
    let report = bench.workspace.sync(SyncRequest::default(), &Watch::default()).await.unwrap();
    // Not more than six after the first five answers.
    let least = std::time::Duration::from_millis(166) * u32::try_from(report.requests - 1).unwrap();
    assert!(begun.elapsed() >= least, "{report:?}");
}

#[tokio::test]
async fn a_state_that_cannot_be_used_is_said_and_left_alone() {
    let bench = TestWorkspace::with(20).await;
    bench.sync(false).await;
    let file = state_file(&bench);
    let version = |version: i64| {
        let db = rusqlite::Connection::open(&file).unwrap();
        db.pragma_update(None, "user_version", version).unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    };
    version(99);
    let error = bench.another().plans().await.unwrap_err();
    assert!(matches!(error, CleanupError::Newer { found: 99, known: 7 }), "{error}");
    version(6);
    assert!(bench.another().plans().await.unwrap().is_empty());
    // Another place whose file was put in the place of this one's.
    let elsewhere = StateLocation { place: "production, org_2".to_owned(), ..home(&bench.directory) };
    let other = Workspace::new(elsewhere, client(&bench.gateway));
    assert!(matches!(other.audit(AuditRequest::default()).await.unwrap_err(), CleanupError::NoSnapshot));
    std::fs::write(&file, b"this is no database, whatever its name says").unwrap();
    let error = bench.another().plans().await.unwrap_err();
    assert!(
        matches!(&error, CleanupError::Damaged { file: named, .. } if *named == file.display().to_string()),
        "{error}"
    );
    let kept = std::fs::read(&file).unwrap();
    assert_eq!(kept, b"this is no database, whatever its name says");
}

#[tokio::test]
async fn a_state_of_another_place_is_not_taken_for_ours() {
    let bench = TestWorkspace::with(20).await;
    bench.sync(false).await;
    let file = state_file(&bench);
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute("UPDATE meta SET value = 'production, org_2' WHERE name = 'place'", []).unwrap();
    let error = bench.another().plans().await.unwrap_err();
    assert!(matches!(error, CleanupError::OtherPlace), "{error}");
}

#[tokio::test]
async fn a_contact_is_never_lost_for_its_shape() {
    let bench = TestWorkspace::with(20).await;
    let odd = json!({"phone_number": "", "gender": null, "weird": {"a": [1, 2.5, "x"]}, "remark": "\u{0} ☎ \"q\""});
    let id = bench.gateway.insert_contact(&super::fields(odd)).unwrap();
    bench.sync(false).await;
    let kept: Vec<Value> = snapshot(&bench).iter().map(|document| serde_json::from_str(document).unwrap()).collect();
    let of = |rows: &[Value]| rows.iter().find(|row| row["id"] == *id).cloned().unwrap();
    let there: Vec<Value> = gateway(&bench).iter().map(|document| serde_json::from_str(document).unwrap()).collect();
    assert_eq!(of(&kept), of(&there));
}

#[tokio::test]
async fn a_state_of_the_first_version_is_taken_over() {
    let bench = TestWorkspace::with(20).await;
    bench.sync(false).await;
    {
        let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
        db.execute_batch(
            "DROP TABLE lease; ALTER TABLE decision DROP COLUMN evidence; ALTER TABLE decision DROP COLUMN note;
             ALTER TABLE step DROP COLUMN kind; ALTER TABLE step DROP COLUMN cluster; ALTER TABLE plan DROP COLUMN agreed; ALTER TABLE step DROP COLUMN other;
             ALTER TABLE step DROP COLUMN origin; ALTER TABLE plan ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
             PRAGMA user_version = 1;",
        )
        .unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    }
    let ids = bench.ids(2);
    let what = Decided::Pair(ids[0].clone(), ids[1].clone());
    let answer = Answer::new(what, Verdict::Different);
    assert_eq!(bench.another().decide(vec![answer]).await.unwrap().settled, 1);
    let report = bench.another().audit(AuditRequest::default()).await.unwrap();
    assert_eq!(report.contacts, 20, "nothing is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_syncs_are_interrupted_and_clocks_disagree_the_last_one_leaves_nothing_stale() {
    for run in 0..12_u64 {
        let mut rng = ChaCha8Rng::seed_from_u64(run);
        let above_page = if rng.random() { AbovePage::Lower } else { AbovePage::Refuse };
        let bench = TestWorkspace::start(Options {
            people: Population { contacts: rng.random_range(0..60), seed: run },
            limits: Limits { page: rng.random_range(1..12), above_page, ..Limits::default() },
            ..Options::default()
        })
        .await;
        let clock = [0, 0, 7_200_000, -7_200_000][rng.random_range(0..4)];
        let (skew, tick) = ([0, 2_000][rng.random_range(0..2)], [0, 50, 1_000][rng.random_range(0..3)]);
        for call in 0..3 {
            let crowd = format!(
                "insert={},edit={},delete={},every={},times=8,clock={clock},skew={skew},tick={tick},seed={}",
                rng.random_range(0..3),
                rng.random_range(0..6),
                rng.random_range(0..2),
                rng.random_range(1..4),
                run * 8 + call
            );
            bench.gateway.set_crowd(crowd.parse().unwrap());
            bench.gateway.act_crowd().unwrap();
            let (after, full) = (rng.random_range(0..12), rng.random_ratio(1, 6));
            let workspace = bench.another();
            match rng.random_range(0..4) {
                0 => drop(workspace.sync(quick(full), &pages(after)).await),
                1 => {
                    bench.gateway.set_faults(format!("list_contacts:403,after={after}").parse().unwrap());
                    drop(workspace.sync(quick(full), &Watch::default()).await);
                    bench.gateway.set_faults("".parse().unwrap());
                }
                // Dropped, as by a kill.
                2 => {
                    let kill = std::time::Duration::from_millis(after);
                    drop(tokio::time::timeout(kill, workspace.sync(quick(full), &Watch::default())).await);
                }
                _ => drop(workspace.sync(quick(full), &Watch::default()).await),
            }
        }
        bench.gateway.set_crowd(Default::default());
        let mut calls = 0;
        while !bench.another().sync(quick(false), &Watch::default()).await.unwrap().complete {
            calls += 1;
            assert!(calls < 6, "run {run}: it never completes");
        }
        assert_eq!(snapshot(&bench), gateway(&bench), "run {run}: clock {clock}, skew {skew}, tick {tick}");
    }
}
