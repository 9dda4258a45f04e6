//! The audit file: what it says of each call, what it never says, and how changes to it are found.

mod chain;
mod kills;
mod privacy;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use imbrace_contacts_mcp::audit::{Audit, Summary, Unverified, verify};
use serde_json::{Value, json};

use crate::harness::Harness;

/// A fresh local gateway, and every tool over it with an audit file.
pub async fn audited(path: &Path) -> Harness {
    let mut desk = Harness::new().await;
    let (audit, _) = Audit::open(path).unwrap();
    desk.toolbox = desk.toolbox.with_audit(audit, "test");
    desk
}

/// The file's lines as JSON.
pub fn lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The verdict on a file.
pub fn verdict(path: &Path) -> Result<Summary, Unverified> {
    verify(BufReader::new(File::open(path).unwrap()))
}

#[tokio::test]
async fn a_read_is_one_line_and_a_write_is_two() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let desk = audited(&path).await;
    let listed = desk.call("list_contacts", json!({"limit": 1})).await;
    let handle = listed.split_whitespace().find_map(|word| word.split(',').find(|part| part.starts_with("con_")));
    let contact = handle.unwrap();
    desk.call("update_contact", json!({"contact_id": contact, "set": {"remark": "vip"}})).await;
    desk.fail("get_contact", json!({"contact_id": "../x"})).await;
    drop(desk);
    let lines = lines(&path);
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["start", "outcome", "intent", "outcome", "outcome"]);
    let (read, intent, wrote, refused) = (&lines[1], &lines[2], &lines[3], &lines[4]);
    assert_eq!(
        (&read["tool"], &read["effect"], &read["outcome"]),
        (&json!("list_contacts"), &json!("read"), &json!("ok"))
    );
    assert_eq!((&wrote["call"], &wrote["outcome"]), (&intent["sequence"], &json!("ok")));
    assert_eq!((&read["environment"], &read["caller"]), (&json!("local"), &json!("test")));
    assert_eq!((&refused["outcome"], &refused["error"]), (&json!("error"), &json!("argument")));
    let id = intent["ids"][0].as_str().unwrap();
    assert!(id.len() == 40 && id.starts_with(contact), "a handle is recorded as its whole id: {id}");
    assert!(wrote["milliseconds"].is_u64() && wrote["answer"].as_str().unwrap().len() == 64);
    assert_eq!(verdict(&path).unwrap().intents, 1);
}

#[tokio::test]
async fn a_write_that_gets_no_answer_is_recorded_as_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let desk = audited(&path).await;
    desk.gateway.set_faults("upload_contact_file:503;mark_notifications_read:503".parse().unwrap());
    let ids = json!({"ids": ["not_00000000-0000-4000-8000-000000000001"]});
    desk.fail("mark_notifications_read", ids).await;
    let last = lines(&path).pop().unwrap();
    assert_eq!(last["outcome"], "unknown", "{last}");
    assert_eq!(verdict(&path).unwrap().unknown, 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_is_recorded_as_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let desk = audited(&path).await;
    desk.gateway.set_faults("*:latency,ms=20000".parse().unwrap());
    let update = desk.answer(
        "update_contact",
        json!({"contact_id": "con_00000000-0000-4000-8000-000000000001", "set": {"remark": "x"}}),
    );
    assert!(tokio::time::timeout(std::time::Duration::from_millis(300), update).await.is_err());
    let recorded = lines(&path);
    let (intent, last) = (&recorded[1], &recorded[2]);
    assert_eq!(
        (&intent["kind"], &last["outcome"], &last["call"]),
        (&json!("intent"), &json!("cancelled"), &intent["sequence"])
    );
}
