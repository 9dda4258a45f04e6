//! Contacts of the snapshot that cannot be read: told with their number, never passed over.

use imbrace_contacts_mcp::cleanup::findings::Kind;
use imbrace_contacts_mcp::cleanup::{AuditRequest, DuplicatesRequest, Merge, PlanRequest};

use super::sync::state_file;
use super::{MEI, TestWorkspace, remarks, request};

/// Makes two contacts of the snapshot unreadable: one is broken off, the other is no text.
fn damage(bench: &TestWorkspace, kept: &str) -> Vec<String> {
    let db = rusqlite::Connection::open(state_file(bench)).unwrap();
    let ids: Vec<String> = bench.contacts().into_keys().filter(|id| id != kept).take(2).collect();
    let set = "UPDATE contact SET document = ?2, edition = edition + 1000 WHERE id = ?1";
    assert_eq!(db.execute(set, rusqlite::params![ids[0], "{\"id\":\"con_1\",\"disp"]).unwrap(), 1);
    assert_eq!(db.execute(set, rusqlite::params![ids[1], vec![0xff_u8, 0xfe]]).unwrap(), 1);
    ids
}

#[tokio::test]
async fn unreadable_contacts_are_counted_and_nothing_is_planned_over_them() {
    let bench = TestWorkspace::with(30).await;
    bench.sync(true).await;
    let ids = damage(&bench, MEI);
    let workspace = bench.another();
    let mut said = Vec::new();
    said.push(workspace.audit(AuditRequest::default()).await.unwrap_err().to_string());
    said.push(workspace.duplicates(DuplicatesRequest::default()).await.unwrap_err().to_string());
    let fix = PlanRequest { fix: Kind::ALL.to_vec(), ..PlanRequest::default() };
    said.push(workspace.plan(fix).await.unwrap_err().to_string());
    let merge = PlanRequest { merge: vec![Merge::Fill], ..PlanRequest::default() };
    said.push(workspace.plan(merge).await.unwrap_err().to_string());
    for text in said {
        assert!(text.starts_with("2 contacts of the snapshot cannot be read"), "{text}");
    }
    let listed = workspace.plan(request(&remarks(&ids[..1]))).await.unwrap_err().to_string();
    assert!(listed.starts_with("1 contact of the snapshot cannot be read"), "{listed}");

    // Reading every contact again mends it.
    bench.sync(true).await;
    assert_eq!(bench.another().audit(AuditRequest::default()).await.unwrap().contacts, 30);
}
