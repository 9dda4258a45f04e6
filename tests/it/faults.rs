//! Everything that a gateway can do wrong, to every tool: each cell is answered in its time, in few words, and says
//! whether anything was changed.

mod ways;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use imbrace_contacts_mcp::cleanup::{ApplyRequest, Change, OpenGate, PlanRequest, StateLocation, Watch, Workspace};
use imbrace_contacts_mcp::context::uploads::{LARGEST_UPLOAD, Uploads};
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::gateway::{Client, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::model::Environment;
use imbrace_contacts_mcp::tools::{self, Confirm, Limits, Selection, ToolOutput, Toolbox};
use serde_json::{Value, json};

use crate::support::scripted::{Play, Scripted, json};
use ways::Way;

/// The longest that an error may be, in tokens.
const MOST_TOKENS: usize = 60;
/// A cell that takes this long is not answered: many times its deadlines, because many cells run at once.
const FAR_TOO_LONG: Duration = Duration::from_secs(20);

/// When a way to fail is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// At every request.
    Always,
    /// At requests that are no GET, so that a write gets as far as writing.
    Writing,
}

/// One way to fail, one tool.
struct Cell {
    way: &'static Way,
    tool: &'static str,
    is_read: bool,
    when: When,
}

fn deadlines() -> Deadlines {
    let milliseconds = Duration::from_millis;
    Deadlines {
        connect: milliseconds(400),
        first_byte: milliseconds(400),
        attempt: milliseconds(500),
        call: milliseconds(1_000),
        upload: milliseconds(700),
    }
}

fn arguments(tool: &str) -> Value {
    let contact = "con_11111111-2222-4333-8444-555555555501";
    match tool {
        "search_contacts" => json!({ "query": "mei" }),
        "update_contact" => json!({ "contact_id": contact, "set": { "remark": "x", "title": "Dr" } }),
        "get_conversation_messages" => json!({ "conversation_id": "tcu_11111111-2222-4333-8444-555555555501" }),
        "get_contact_comment" => {
            json!({ "contact_id": contact, "comment_id": "cmc_11111111-2222-4333-8444-555555555901" })
        }
        "upload_contact_file" => json!({ "path": "a.png" }),
        "mark_notifications_read" | "dismiss_notifications" => json!({ "ids": ["not_1", "not_2"] }),
        "dismiss_all_notifications" => json!({ "type": "teams" }),
        "list_contacts" | "list_notifications" => json!({}),
        "audit_contacts" | "find_duplicate_contacts" => json!({}),
        "decide_duplicates" => json!({ "answers": "dup_00000000=same" }),
        "plan_cleanup" => json!({ "changes": { contact: { "remark": "seen" } } }),
        // Of a plan that is not there; what there is needs no gateway.
        "show_cleanup" => json!({ "plan": "plan_00000000" }),
        _ => json!({ "contact_id": contact }),
    }
}

/// What a read answers when it is not to fail.
fn healthy(target: &str, remark: &str) -> Play {
    if target.contains("/notifications") {
        return json(200, r#"{"data":[{"id":"not_1"}],"count":3,"total":1,"unread_count":0,"has_more":true}"#);
    }
    let contact = json!({
        "id": "con_11111111-2222-4333-8444-555555555501", "display_name": "Mei", "remark": remark, "title": "",
        "updated_at": "2026-01-01T00:00:00.000Z",
    });
    json(200, &contact.to_string())
}

/// Plans one remark, and applies it where that is what is to be undone; the arguments of the call.
async fn plan(workspace: &Workspace, is_applied: bool) -> Value {
    let contact = "con_11111111-2222-4333-8444-555555555501".to_owned();
    let change = Change { contact, field: "remark".to_owned(), value: "seen".into() };
    let plan = workspace.plan(PlanRequest { changes: vec![change], ..PlanRequest::default() }).await.unwrap();
    if !is_applied {
        return json!({ "plan": plan.id, "fingerprint": plan.fingerprint });
    }
    let request = ApplyRequest { plan: plan.id.clone(), fingerprint: plan.fingerprint, ..ApplyRequest::default() };
    let applied = workspace.apply(request, &OpenGate::UNPACED, &Watch::default()).await.unwrap();
    assert_eq!(applied.counts.applied, 1, "{applied:?}");
    json!({ "plan": plan.id, "dry_run": false })
}

/// Calls the tool; its answer, how often it wrote, the remark that the contact has now, and how long it took.
async fn ask(cell: &Cell) -> (ToolOutput, usize, String, Duration) {
    let (play, when) = (cell.way.play.clone(), cell.when);
    // What a plan needs is made before anything fails: a plan, and for its undo that it was applied.
    let prepared = Arc::new(AtomicBool::new(!matches!(cell.tool, "apply_cleanup" | "undo_cleanup")));
    let (is_prepared, remark) = (Arc::clone(&prepared), Arc::<Mutex<String>>::default());
    let held = Arc::clone(&remark);
    let server = Scripted::answering(move |_, request| {
        let is_read = request.method == "GET";
        let mut held = held.lock().unwrap();
        match (when, is_prepared.load(Ordering::SeqCst)) {
            (_, false) if !is_read => {
                // What is written before anything fails is taken; later nothing is.
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                body["remark"].as_str().unwrap().clone_into(&mut held);
                healthy(&request.target, &held)
            }
            (_, false) => healthy(&request.target, &held),
            (When::Writing, true) if is_read => healthy(&request.target, &held),
            (When::Always | When::Writing, true) => play.clone(),
        }
    })
    .await;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.png"), b"\x89PNG\r\n\x1a\nnot much of a picture").unwrap();
    let client = Client::new(Settings { deadlines: deadlines(), ..server.settings() }).unwrap();
    let home =
        StateLocation { directory: directory.path().join("state"), place: "local".to_owned(), tenant: String::new() };
    let mut arguments = arguments(cell.tool);
    if !prepared.load(Ordering::SeqCst) {
        // With the deadlines of every day: a busy machine may need longer than the short ones allow.
        let preparing = Workspace::new(home.clone(), Client::new(server.settings()).unwrap());
        arguments = plan(&preparing, cell.tool == "undo_cleanup").await;
        prepared.store(true, Ordering::SeqCst);
    }
    let workspace = Workspace::new(home, client.clone());
    let before = server.seen().len();
    let context = Context::new(ContextParts {
        gateway: client,
        place: GatewayTarget { environment: Environment::Local, host: server.address.to_string(), organization: None },
        short_ids: ShortIds::new(IdStyle::Short),
        uploads: Uploads::open(&[directory.path().to_owned()], LARGEST_UPLOAD).unwrap(),
    })
    .with_cleanup(Some(workspace));
    let confirm = if cell.tool == "apply_cleanup" { Confirm::Never } else { Confirm::default() };
    let toolbox = Toolbox::new(context, &Selection { confirm, ..Selection::default() }, Limits::default()).unwrap();
    let arguments = arguments.as_object().cloned().unwrap();
    let begun = Instant::now();
    let answering = toolbox.call(cell.tool, arguments, Progress::default());
    let answered = tokio::time::timeout(FAR_TOO_LONG, answering).await;
    let answered = answered.unwrap_or_else(|_| panic!("{} never answers {}", cell.tool, cell.way.name)).unwrap();
    let writes = server.seen().iter().skip(before).filter(|request| request.method != "GET").count();
    let remark = remark.lock().unwrap().clone();
    (answered, writes, remark, begun.elapsed())
}

/// What is wrong with a cell, and how long it took.
async fn judged(cell: &Cell, tokens: impl Fn(&str) -> usize) -> (Option<String>, Duration) {
    let (answered, writes, remark, took) = ask(cell).await;
    (complaint(cell, &answered, writes, &remark, tokens), took)
}

/// What is wrong with the receipt of a plan, whose failures are no errors but part of what it tells: `remark` is what the
/// gateway has.
fn false_claim(tool: &str, text: &str, remark: &str) -> Option<&'static str> {
    let before = |words: &str| text.split_once(words)?.0.rsplit(' ').next()?.parse::<u64>().ok();
    let after = |words: &str| {
        let rest = text.split_once(words)?.1;
        rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    let is_applying = tool == "apply_cleanup";
    let done = if is_applying {
        before(" contacts written")?.max(after("applied ").unwrap_or(0))
    } else {
        before(" fields put back")?
    };
    let is_done = (remark == "seen") == is_applying;
    let told_why = ["stopped: ", "skipped ", "ignored by the gateway ", "outcome unknown ", " fields left ("];
    if done > u64::from(is_done) {
        Some("says that more was written than the gateway has")
    } else if !is_done && !told_why.iter().any(|words| text.contains(words)) {
        Some("does not say that it was not done")
    } else {
        None
    }
}

/// What is wrong with a cell.
fn complaint(
    cell: &Cell,
    answered: &ToolOutput,
    writes: usize,
    remark: &str,
    tokens: impl Fn(&str) -> usize,
) -> Option<String> {
    let text = &answered.text;
    let says_whether = ["nothing was", "outcome unknown", "probably done"];
    let lower = text.to_lowercase();
    // Of a gateway that shows another contact in place of the right one nobody can tell the truth.
    let is_misled = cell.way.has_rows && cell.when == When::Always;
    let wrong = if matches!(cell.tool, "apply_cleanup" | "undo_cleanup") && !answered.is_error && !is_misled {
        false_claim(cell.tool, text, remark)
    } else if !answered.is_error {
        // A write is done when the gateway says so in any way; a read needs what it asked for.
        (cell.is_read && !cell.way.has_rows).then_some("a success without data")
    } else if tokens(text) > MOST_TOKENS {
        Some("too long")
    } else if !cell.is_read && !says_whether.iter().any(|words| lower.contains(words)) {
        Some("does not say whether anything was changed")
    } else {
        None
    };
    // An upload never leaves twice. The others may: in another form after "unknown here", an update after reading the old
    // values, ids because twice is once.
    let wrong = wrong.or((cell.tool == "upload_contact_file" && writes > 1).then_some("sent more than once"));
    let all_again = cell.tool == "dismiss_all_notifications" && writes > 1 && !cell.way.is_undone;
    let wrong = wrong.or(all_again.then_some("sent more than once"))?;
    Some(format!("{} / {} / {:?}: {wrong} ({} tokens): {text}", cell.tool, cell.way.name, cell.when, tokens(text)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_tool_is_answered_briefly_and_says_what_was_changed() {
    let ways: &'static [Way] = Box::leak(ways::all().into_boxed_slice());
    assert!(ways.len() >= 38, "{}", ways.len());
    let mut cells = Vec::new();
    for way in ways {
        for entry in tools::catalog() {
            let is_read = entry.effect.is_read_only();
            cells.push(Cell { way, tool: entry.name, is_read, when: When::Always });
            let reads_first = ["update_contact", "dismiss_all_notifications", "apply_cleanup", "undo_cleanup"];
            if reads_first.contains(&entry.name) {
                cells.push(Cell { way, tool: entry.name, is_read, when: When::Writing });
            }
        }
    }
    let encoding = tiktoken_rs::o200k_base().unwrap();
    let tokens = |text: &str| encoding.encode_with_special_tokens(text).len();
    let asked = stream::iter(&cells).map(|cell| judged(cell, tokens)).buffer_unordered(24);
    let (complaints, took): (Vec<_>, Vec<_>) = asked.unzip().await;
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    println!(
        "faults: {} ways to fail, {} cells, 0 unanswered, {} wrong, slowest {:.2} s (a call's deadline here: {:.2} s)",
        ways.len(),
        cells.len(),
        complaints.len(),
        took.into_iter().max().unwrap_or_default().as_secs_f64(),
        deadlines().call.as_secs_f64()
    );
    assert!(complaints.is_empty(), "{} of {} cells:\n{}", complaints.len(), cells.len(), complaints.join("\n"));
}
