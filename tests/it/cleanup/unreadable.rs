//! A list with values that cannot be read: the others are kept, the rest is counted, and nothing is written over what stands for them.

use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, AuditRequest, OpenGate, StateLocation, StepState, SyncRequest, Watch, Workspace,
};
use serde_json::json;

use super::request;
use crate::support::scripted::{self, Scripted, Seen};

/// The number of a query's argument.
fn argument(seen: &Seen, name: &str) -> Option<usize> {
    let (_, query) = seen.target.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// A gateway with nine contacts, one row that is null, and one contact whose remark is broken.
async fn gateway() -> Scripted {
    let rows: Vec<String> = (0..10)
        .map(|number| match number {
            3 => "null".to_owned(),
            5 => format!(r#"{{"id":"{}","display_name":"Ann","remark":"half \ud800 "}}"#, id(number)),
            _ => format!(r#"{{"id":"{}","display_name":"Bea {number}","remark":"x"}}"#, id(number)),
        })
        .collect();
    Scripted::answering(move |_, seen| {
        if let Some(number) = (0..10).find(|number| seen.target.contains(&id(*number))) {
            return scripted::json(200, &rows[number]);
        }
        let (skip, limit) = (argument(seen, "skip").unwrap_or(0), argument(seen, "limit").unwrap_or(10).min(3));
        let page: Vec<&str> = rows.iter().skip(skip).take(limit).map(String::as_str).collect();
        let more = skip + page.len() < rows.len();
        let (total, page) = (page.len(), page.join(","));
        scripted::json(200, &format!(r#"{{"data":[{page}],"count":10,"total":{total},"has_more":{more}}}"#))
    })
    .await
}

fn id(number: usize) -> String {
    format!("con_00000000-0000-4000-8000-{number:012}")
}

#[tokio::test]
async fn a_row_without_an_id_is_counted_and_a_broken_field_is_never_written() {
    let server = gateway().await;
    let directory = tempfile::tempdir().unwrap();
    let home =
        StateLocation { directory: directory.path().to_owned(), place: "local".to_owned(), tenant: String::new() };
    let workspace = Workspace::new(home, server.client());
    let fast = || SyncRequest { requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
    for _ in 0..2 {
        let report = workspace.sync(fast(), &Watch::default()).await.unwrap();
        assert_eq!((report.contacts, report.nameless, report.complete), (9, 1, true), "{report:?}");
    }
    assert_eq!(workspace.audit(AuditRequest::default()).await.unwrap().contacts, 9);
    let changes = [(&*id(5), "remark", json!("half")), (&*id(5), "title", json!("Ms"))];
    let plan = workspace.plan(request(&changes)).await.unwrap();
    let apply = ApplyRequest {
        plan: plan.id.clone(),
        fingerprint: plan.fingerprint.clone(),
        max_writes: None,
        max_seconds: None,
    };
    workspace.apply(apply, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    let steps = workspace.steps(&plan.id).await.unwrap();
    let remark = steps.iter().find(|step| step.field == "remark").unwrap();
    assert_eq!(remark.state, StepState::Skipped("the field cannot be read whole".to_owned()));
    let writes: Vec<String> = server.seen().iter().filter(|seen| seen.method == "PUT").map(Seen::text).collect();
    assert!(!writes.is_empty() && writes.iter().all(|body| !body.contains("remark")), "{writes:?}");
}
