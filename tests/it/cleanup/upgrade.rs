//! State files of version 0.1, in the tables that it made: they open, and what it planned, applied, linked and decided still holds.

use imbrace_contacts_mcp::cleanup::duplicates::Verdict;
use imbrace_contacts_mcp::cleanup::{Answer, AuditRequest, Decided, DecisionsRequest, Merge};
use serde_json::json;

use super::merge::{merged, pair};
use super::sync::state_file;
use super::{TestWorkspace, remarks};

/// The tables of 0.1 as it was last built, version 2 of the file. The first builds made version 1, without `evidence`.
const TABLES_OF_0_1: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE contact (id TEXT PRIMARY KEY, created_at TEXT, updated_at TEXT, edition INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX contact_edition ON contact (edition);
CREATE INDEX contact_updated_at ON contact (updated_at);
CREATE INDEX contact_created_at ON contact (created_at);
CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE gone (id TEXT PRIMARY KEY, edition INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE decision (first TEXT, second TEXT, verdict TEXT NOT NULL, at TEXT NOT NULL, evidence TEXT, PRIMARY KEY (first, second)) WITHOUT ROWID;
CREATE TABLE plan (id TEXT PRIMARY KEY, made_at TEXT NOT NULL, fingerprint TEXT NOT NULL, left_out TEXT NOT NULL, calls INTEGER NOT NULL DEFAULT 0);
CREATE TABLE step (plan TEXT, number INTEGER, planned INTEGER NOT NULL, contact TEXT NOT NULL, field TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (plan, number)) WITHOUT ROWID;
CREATE INDEX step_state ON step (plan, state, number);
CREATE INDEX step_contact ON step (plan, contact);
CREATE TABLE link (plan TEXT, cluster TEXT, contact TEXT, active INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (plan, cluster, contact)) WITHOUT ROWID;
CREATE INDEX link_contact ON link (contact);
CREATE TABLE journal (number INTEGER PRIMARY KEY AUTOINCREMENT, intent INTEGER, at TEXT NOT NULL, plan TEXT NOT NULL, contact TEXT NOT NULL,
  act TEXT NOT NULL, document TEXT NOT NULL, body TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE UNIQUE INDEX journal_intent ON journal (intent) WHERE intent IS NOT NULL;
";

/// Puts what the state holds into a file of 0.1, which takes the state's place.
fn as_of_0_1(bench: &TestWorkspace, version: i64) {
    let state = state_file(bench);
    let old = state.with_extension("old");
    {
        let db = rusqlite::Connection::open(&old).unwrap();
        let (tables, evidence) = if version == 1 {
            (TABLES_OF_0_1.replace(" evidence TEXT,", ""), "")
        } else {
            (TABLES_OF_0_1.to_owned(), ", evidence")
        };
        db.execute_batch(&tables).unwrap();
        db.execute("ATTACH ?1 AS new", [state.to_str().unwrap()]).unwrap();
        let copied = [
            ("meta", "name, value".to_owned(), " WHERE name IN ('place', 'tenant', 'edition', 'synced_at')"),
            ("contact", "id, created_at, updated_at, edition, document".to_owned(), ""),
            ("seen", "id".to_owned(), ""),
            ("gone", "id, edition".to_owned(), ""),
            ("decision", format!("first, second, verdict, at{evidence}"), ""),
            ("plan", "id, made_at, fingerprint, left_out".to_owned(), ""),
            ("step", "plan, number, planned, contact, field, before, after, state, detail".to_owned(), ""),
            ("link", "plan, cluster, contact, active".to_owned(), ""),
            ("journal", "number, intent, at, plan, contact, act, document, body, outcome".to_owned(), ""),
        ];
        for (table, columns, of) in copied {
            db.execute_batch(&format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}{of}"))
                .unwrap();
        }
        db.execute_batch(&format!("DETACH new; PRAGMA user_version = {version}")).unwrap();
    }
    for beside in ["sqlite-wal", "sqlite-shm"] {
        let _ = std::fs::remove_file(state.with_extension(beside));
    }
    std::fs::rename(old, state).unwrap();
}

#[tokio::test]
async fn a_state_of_0_1_opens_and_its_plans_are_applied_and_undone() {
    for version in [1, 2] {
        let (bench, ids) = pair(json!({}), json!({ "odooContactID": "77" })).await;
        let before = bench.contacts();
        let links = merged(&bench, Merge::Link, &[]).await;
        bench.apply(&links).await;
        let changed = bench.ids(6);
        let (done, open) = changed.split_at(3);
        let done = bench.plan(&remarks(done)).await;
        bench.apply_all(&done).await;
        let open = bench.plan(&remarks(open)).await;
        let what = Decided::Pair(ids[1].clone(), ids[2].clone());
        bench.workspace.decide(vec![Answer::new(what, Verdict::Different)]).await.unwrap();
        let written = bench.contacts();
        assert_ne!(written, before);
        as_of_0_1(&bench, version);

        // As a process of this version finds it.
        let bench = TestWorkspace { workspace: bench.another(), ..bench };
        let report = bench.workspace.audit(AuditRequest::default()).await.unwrap();
        assert_eq!(report.contacts, before.len() as u64, "version {version}");
        assert_eq!(bench.workspace.linked(&ids[0]).await.unwrap(), [ids[1].clone()]);
        assert_eq!(bench.workspace.decisions(DecisionsRequest::default()).await.unwrap().total, 1);
        let shown = bench.workspace.show(&done.id).await.unwrap();
        assert_eq!((&shown.fingerprint, shown.counts.applied), (&done.fingerprint, 3), "{shown:?}");

        let synced = bench.sync(false).await;
        assert!(synced.complete && synced.contacts == before.len() as u64, "{synced:?}");
        assert_eq!(bench.apply_all(&open).await.writes, 3, "a plan that was made before is applied");
        for plan in [&open, &done] {
            let undone = bench.undo(plan, false).await;
            assert_eq!((undone.undone, undone.writes, undone.remaining), (3, 3, 0), "{undone:?}");
        }
        assert_eq!(bench.undo(&links, false).await.remaining, 0);
        assert!(bench.workspace.linked(&ids[0]).await.unwrap().is_empty());
        assert_eq!(bench.contacts(), before, "version {version}");
    }
}

#[tokio::test]
async fn a_write_that_0_1_left_open_is_looked_up() {
    let bench = TestWorkspace::with(20).await;
    bench.sync(false).await;
    let ids = bench.ids(2);
    let plan = bench.plan(&remarks(&ids)).await;
    let before = bench.contacts();
    bench.apply_all(&plan).await;
    // Killed after it had sent the second write, and before it had noted the answer.
    {
        let db = rusqlite::Connection::open(state_file(&bench)).unwrap();
        db.execute_batch(&format!(
            "DELETE FROM journal WHERE intent IS NOT NULL AND contact = '{0}';
             UPDATE step SET state = 'unknown' WHERE contact = '{0}'",
            ids[1]
        ))
        .unwrap();
    }
    as_of_0_1(&bench, 2);
    let bench = TestWorkspace { workspace: bench.another(), ..bench };
    let applied = bench.apply(&plan).await;
    assert_eq!((applied.writes, applied.remaining), (0, 0), "{applied:?}");
    let shown = bench.workspace.show(&plan.id).await.unwrap();
    assert_eq!((shown.counts.applied, shown.counts.unknown), (2, 0), "{shown:?}");
    assert_eq!(bench.undo(&plan, false).await.undone, 2);
    assert_eq!(bench.contacts(), before);
}
