//! The audit file: what it says of each call, what it never says, and how changes to it are found.

mod chain;
mod kills;
mod privacy;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use imbrace_contacts_mcp::audit::{Audit, Summary, Unverified, verify};
use imbrace_contacts_mcp::tools::Caller;
use imbrace_contacts_mcp::write_gate::Who;
use serde_json::{Value, json};

use crate::harness::{Harness, Wishes};

/// A fresh local gateway, and every tool over it with an audit file.
pub async fn audited(path: &Path) -> Harness {
    let (audit, _) = Audit::open(path).unwrap();
    Harness::with(Wishes { audit: Some(audit), ..Wishes::default() }).await
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
    // Its last line is written on another thread.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let recorded = lines(&path);
    let (intent, last) = (&recorded[1], &recorded[2]);
    assert_eq!(
        (&intent["kind"], &last["outcome"], &last["call"]),
        (&json!("intent"), &json!("cancelled"), &intent["sequence"])
    );
}

#[tokio::test]
async fn each_write_of_a_plan_is_recorded_before_it_is_sent_and_with_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let desk = audited(&path).await;
    let plan = crate::tools::plan_of_remarks(&desk, 3).await;
    desk.confirmed("apply_cleanup", plan.clone()).await;
    desk.confirmed("undo_cleanup", json!({ "plan": plan["plan"], "dry_run": false })).await;
    let recorded = lines(&path);
    for tool in ["apply_cleanup", "undo_cleanup"] {
        let is_write = |line: &&Value| line["tool"] == tool && line["ids"][0] == plan["plan"];
        let writes: Vec<&Value> = recorded.iter().filter(is_write).collect();
        let kinds: Vec<&str> = writes.iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["intent", "outcome"].repeat(3), "{tool}: one after the other");
        assert!(writes.iter().all(|line| line["ids"][1].as_str().unwrap().starts_with("con_")), "{writes:?}");
        assert!(writes.iter().all(|line| line["caller"] == "test"), "{writes:?}");
        assert!(writes.iter().filter(|line| line["kind"] == "outcome").all(|line| line["outcome"] == "ok"));
    }
    assert_eq!(verdict(&path).unwrap().unknown, 0);
}

#[tokio::test]
async fn the_caller_is_the_label_of_a_token_a_digest_of_a_subject_or_the_transport() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let desk = audited(&path).await;
    let subject = Who::OAuth("wai.ling.cheung@example.com".into());
    let callers =
        [Who::Token("support desk".into()), subject.clone(), subject, Who::OAuth("other".into()), Who::Transport];
    for who in callers {
        let caller = Caller { who, ..Caller::default() };
        let arguments = json!({ "limit": 1 }).as_object().cloned().unwrap();
        desk.toolbox.call_by(&caller, "list_contacts", arguments, Default::default()).await.unwrap();
    }
    let named: Vec<String> =
        lines(&path).iter().skip(1).map(|line| line["caller"].as_str().unwrap().to_owned()).collect();
    assert_eq!((named[0].as_str(), named[4].as_str()), ("token:support desk", "test"));
    assert!(named[1].starts_with("oauth:") && named[1].len() == "oauth:".len() + 16, "{named:?}");
    assert!(named[1] == named[2] && named[1] != named[3], "one subject, one digest: {named:?}");
    assert!(!std::fs::read_to_string(&path).unwrap().contains("example.com"));
}
