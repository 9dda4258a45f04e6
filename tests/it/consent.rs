//! Consent: what is removed is previewed first, and a confirmation holds once, for one caller, one call, one preview.

mod model;

use std::sync::Arc;
use std::time::Duration;

use imbrace_contacts_mcp::context::Progress;
use imbrace_contacts_mcp::model::Environment;
use imbrace_contacts_mcp::tools::{CallOutcome, Caller, Confirm, Consent, Limits, Output, Selection, Toolbox};
use imbrace_contacts_store::{SqliteStore, Store};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Harness, Wishes};

const TOOL: &str = "dismiss_all_notifications";

/// A desk whose operator chose so.
async fn desk(confirm: Confirm) -> Harness {
    let selection = Selection { confirm, ..Selection::default() };
    Harness::with(Wishes { selection, ..Wishes::default() }).await
}

/// The token of a preview.
fn token(preview: &str) -> String {
    preview.rsplit_once("confirm=").unwrap_or_else(|| panic!("no token in {preview}")).1.to_owned()
}

/// A preview without its token, which is new every time.
fn shown(preview: &str) -> String {
    preview.replace(&token(preview), "TOKEN")
}

/// How often the gateway was told to remove something.
fn deletes(desk: &Harness) -> usize {
    desk.arrivals().iter().filter(|arrival| arrival.method == "DELETE").count()
}

async fn said(desk: &Harness, caller: Caller, tool: &str, arguments: Value) -> CallOutcome {
    let arguments = arguments.as_object().cloned().unwrap();
    desk.toolbox.call_by(&caller, tool, arguments, Progress::default()).await.unwrap()
}

#[tokio::test]
async fn a_preview_counts_by_type_and_nothing_is_done() {
    let desk = Harness::new().await;
    assert_snapshot!(shown(&desk.call(TOOL, json!({ "type": "all" })).await));
    assert_snapshot!(shown(&desk.call(TOOL, json!({ "type": "teams" })).await));
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET" && arrival.target.contains("limit=1&")));
    let elsewhere = Harness::with(Wishes { environment: Environment::Demo, ..Wishes::default() }).await;
    assert_snapshot!(shown(&elsewhere.call(TOOL, json!({ "type": "teams" })).await));
}

#[tokio::test]
async fn the_confirmed_call_does_it_and_names_environment_and_organisation() {
    let desk = Harness::with(Wishes { environment: Environment::Demo, ..Wishes::default() }).await;
    assert_snapshot!(desk.confirmed(TOOL, json!({ "type": "teams" })).await);
    assert_eq!(deletes(&desk), 1);
    assert_snapshot!(desk.call(TOOL, json!({ "type": "teams" })).await);
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_concurrent_uses_of_one_confirmation_remove_once() {
    let desk = Harness::new().await;
    let token = token(&desk.call(TOOL, json!({ "type": "all" })).await);
    desk.gateway.forget_requests();
    let arguments = json!({ "type": "all", "confirm": token }).as_object().cloned().unwrap();
    let uses = (0..50).map(|_| {
        let (toolbox, arguments) = (desk.toolbox.clone(), arguments.clone());
        tokio::spawn(async move { toolbox.call(TOOL, arguments, Progress::default()).await.unwrap() })
    });
    let answers: Vec<_> = futures::future::try_join_all(uses).await.unwrap();
    assert_eq!(answers.iter().filter(|answer| !answer.is_error).count(), 1);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.is_error).map(|answer| answer.text.as_str()).collect();
    assert!(refused.iter().all(|text| text.contains("has been used already")), "{refused:?}");
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn a_confirmation_that_does_not_hold_says_why_and_reaches_nobody() {
    let desk = Harness::new().await;
    let token = token(&desk.call(TOOL, json!({ "type": "teams" })).await);
    desk.gateway.forget_requests();
    let altered = format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { 'B' } else { 'A' });
    assert_snapshot!(desk.fail(TOOL, json!({ "type": "teams", "confirm": altered })).await);
    for guess in ["yes", "true", "", " ", "AAAA", "ä", &token[1..]] {
        let text = desk.answer(TOOL, json!({ "type": "teams", "confirm": guess })).await.text;
        assert!(text.starts_with("Nothing was done"), "{guess:?}: {text}");
    }
    assert_snapshot!(desk.fail(TOOL, json!({ "type": "assigns", "confirm": token })).await);
    let other = Caller { key: b"another".to_vec(), ..Caller::default() };
    let arguments = json!({ "type": "teams", "confirm": token });
    assert!(said(&desk, other, TOOL, arguments.clone()).await.answered.text.contains("belongs to another call"));
    // A token for a model is none for a person who was asked, and the other way round.
    let agreed = Caller { consent: Consent::Agreed(token.clone()), ..Caller::default() };
    let answer = said(&desk, agreed, TOOL, json!({ "type": "teams" })).await.answered;
    assert!(answer.text.contains("belongs to another call"), "{}", answer.text);
    assert_eq!(deletes(&desk), 0);
    desk.call(TOOL, arguments.clone()).await;
    assert_snapshot!(desk.fail(TOOL, arguments).await);
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn a_confirmation_expires() {
    let limits = Limits { confirmation: Duration::from_millis(1), ..Limits::default() };
    let desk = Harness::with(Wishes { limits, ..Wishes::default() }).await;
    let token = token(&desk.call(TOOL, json!({ "type": "teams" })).await);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_snapshot!(desk.fail(TOOL, json!({ "type": "teams", "confirm": token })).await);
    assert_eq!(deletes(&desk), 0);
}

#[tokio::test]
async fn another_process_takes_no_confirmation_of_ours() {
    let (ours, theirs) = (Harness::new().await, Harness::new().await);
    let token = token(&ours.call(TOOL, json!({ "type": "teams" })).await);
    let text = theirs.fail(TOOL, json!({ "type": "teams", "confirm": token })).await;
    assert!(text.contains("is none that this server gave out"), "{text}");
}

#[tokio::test]
async fn what_changed_since_the_preview_is_shown_anew_and_not_done() {
    let desk = Harness::new().await;
    let first = desk.call(TOOL, json!({ "type": "teams" })).await;
    let listed = desk.call("list_notifications", json!({ "type": "teams", "limit": 1 })).await;
    let newest = crate::tools::short_ids(&listed);
    desk.call("dismiss_notifications", json!({ "ids": newest })).await;
    desk.gateway.forget_requests();
    let second = desk.call(TOOL, json!({ "type": "teams", "confirm": token(&first) })).await;
    assert_snapshot!(shown(&second));
    assert_eq!(deletes(&desk), 0);
    assert!(desk.fail(TOOL, json!({ "type": "teams", "confirm": token(&first) })).await.contains("used already"));
    desk.call(TOOL, json!({ "type": "teams", "confirm": token(&second) })).await;
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn a_preview_that_cannot_be_made_says_so_and_nothing_is_done() {
    let desk = Harness::new().await;
    desk.gateway.set_faults("list_notifications:403".parse().unwrap());
    let text = desk.fail(TOOL, json!({ "type": "all" })).await;
    assert!(text.contains("may not do this"), "{text}");
    assert_eq!(deletes(&desk), 0);
}

#[tokio::test]
async fn a_structured_preview_is_one_of_lines_and_keeps_the_token() {
    let desk = Harness::with(Wishes { output: Output::Structured, ..Wishes::default() }).await;
    let preview = desk.answer(TOOL, json!({ "type": "teams" })).await;
    let lines = preview.structured.unwrap();
    let last = lines["lines"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
    let done = desk.answer(TOOL, json!({ "type": "teams", "confirm": token(&last) })).await;
    assert!(!done.is_error && done.structured.is_some(), "{}", done.text);
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn all_means_every_write_and_never_means_none() {
    let contact = "con_66d67483-8982-43d6-acbe-139568688add";
    let update = json!({ "contact_id": contact, "set": { "remark": "seen" } });
    let all = desk(Confirm::All).await;
    assert_snapshot!(shown(&all.call("update_contact", update.clone()).await));
    assert!(all.arrivals().is_empty());
    assert!(all.confirmed("update_contact", update.clone()).await.starts_with("updated con_66d67483"));
    all.call("list_contacts", json!({ "limit": 1 })).await;
    let ids = crate::tools::short_ids(&all.call("list_notifications", json!({ "limit": 2 })).await);
    for tool in ["mark_notifications_read", "dismiss_notifications"] {
        let preview = all.call(tool, json!({ "ids": ids })).await;
        assert!(preview.starts_with("Nothing was done yet"), "{preview}");
    }
    let destructive = desk(Confirm::Destructive).await;
    destructive.call("update_contact", update.clone()).await;
    // Named one by one: who wrote the ids has said which.
    let ids = crate::tools::short_ids(&destructive.call("list_notifications", json!({ "limit": 2 })).await);
    assert_eq!(destructive.call("dismiss_notifications", json!({ "ids": ids })).await, "2 notifications dismissed");
    let never = desk(Confirm::Never).await;
    assert!(never.call(TOOL, json!({ "type": "teams" })).await.ends_with("teams notifications dismissed"));
    assert_eq!(deletes(&never), 1);
}

#[tokio::test]
async fn nothing_in_a_request_loosens_what_the_operator_chose() {
    let desk = desk(Confirm::All).await;
    for words in [json!({ "confirm": "never" }), json!({ "confirm": true }), json!({ "yes": true })] {
        let mut arguments = words.as_object().cloned().unwrap();
        arguments.insert("type".to_owned(), "all".into());
        desk.fail(TOOL, Value::Object(arguments)).await;
    }
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_tool_that_is_not_offered_is_refused_with_the_reason() {
    let read_only = Selection { read_only: true, ..Selection::default() };
    let desk = Harness::with(Wishes { contacts: 12, selection: read_only, ..Wishes::default() }).await;
    assert_snapshot!(desk.fail(TOOL, json!({ "type": "all" })).await);
    assert_snapshot!(desk.fail("update_contact", json!({})).await);
    let few = Selection { names: Some(vec!["get_contact".to_owned()]), ..Selection::default() };
    let chosen = Harness::with(Wishes { contacts: 12, selection: few, ..Wishes::default() }).await;
    assert_snapshot!(chosen.fail("list_contacts", json!({})).await);
    assert!(desk.arrivals().is_empty() && chosen.arrivals().is_empty());
}

#[tokio::test]
async fn who_can_be_asked_gets_a_question_and_no_token_in_the_text() {
    let desk = Harness::new().await;
    let person = || Caller { consent: Consent::ByPerson, ..Caller::default() };
    let asked = said(&desk, person(), TOOL, json!({ "type": "teams" })).await.question.unwrap();
    assert_snapshot!(asked.for_person());
    assert!(!asked.for_person().contains(asked.token()));
    // The model of such a client cannot confirm by itself.
    let arguments = json!({ "type": "teams", "confirm": token(&desk.call(TOOL, json!({ "type": "teams" })).await) });
    assert!(said(&desk, person(), TOOL, arguments).await.answered.text.contains("belongs to another call"));
    let agreed = Caller { consent: Consent::Agreed(asked.token().to_owned()), ..Caller::default() };
    assert!(!said(&desk, agreed, TOOL, json!({ "type": "teams" })).await.answered.is_error);
    assert_eq!(deletes(&desk), 1);
}

#[tokio::test]
async fn a_caller_may_do_so_many_writes_a_day_and_previews_are_none() {
    let desk = Harness::with(Wishes { contacts: 30, ..Wishes::default() }).await;
    let toolbox =
        Toolbox::builder(desk.context.clone()).max_writes_per_day(std::num::NonZeroU64::new(3)).build().unwrap();
    let call = async |tool: &str, arguments: serde_json::Value| {
        let arguments = arguments.as_object().cloned().unwrap();
        toolbox.call(tool, arguments, Progress::default()).await.unwrap()
    };
    let remark = json!({ "contact_id": crate::arguments::CONTACT, "set": { "remark": "seen" } });
    let puts = || desk.arrivals().iter().filter(|arrival| arrival.method == "PUT").count();
    // Neither a preview nor what is refused counts.
    for _ in 0..5 {
        assert!(call("dismiss_all_notifications", json!({ "type": "teams" })).await.text.contains("confirm="));
        assert!(call("update_contact", json!({ "contact_id": crate::arguments::CONTACT, "set": {} })).await.is_error);
    }
    assert!(!call("update_contact", remark.clone()).await.is_error);
    // A plan stops where the day ends.
    let plan = crate::tools::plan_of_remarks(&desk, 5).await;
    let asked = call("apply_cleanup", plan.clone()).await.text;
    let mut confirmed = plan;
    confirmed["confirm"] = asked.rsplit_once("confirm=").expect("a preview").1.into();
    let applied = call("apply_cleanup", confirmed).await.text;
    assert!(applied.contains("as many writes today as --max-writes-per-day=3 allows"), "{applied}");
    assert_eq!(puts(), 3);
    let refused = call("update_contact", remark).await;
    assert!(
        refused.is_error && refused.text.contains("Nothing was done") && refused.text.contains("00:00 UTC"),
        "{}",
        refused.text
    );
    assert_eq!(puts(), 3);
    assert!(!call("list_contacts", json!({})).await.is_error, "reads go on");
}

#[tokio::test]
async fn processes_over_one_store_count_the_writes_of_a_day_together_and_none_goes_uncounted() {
    let desk = Harness::with(Wishes { contacts: 30, ..Wishes::default() }).await;
    let directory = tempfile::tempdir().unwrap();
    let process = || {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::new(directory.path()));
        let builder = Toolbox::builder(desk.context.clone()).store(Some(store));
        builder.max_writes_per_day(std::num::NonZeroU64::new(3)).build().unwrap()
    };
    let write = async |toolbox: &Toolbox, number: usize| {
        let remark = json!({ "contact_id": crate::arguments::CONTACT, "set": { "remark": format!("seen {number}") } });
        toolbox.call("update_contact", remark.as_object().cloned().unwrap(), Progress::default()).await.unwrap()
    };
    let puts = || desk.arrivals().iter().filter(|arrival| arrival.method == "PUT").count();
    let [one, another] = [process(), process()];
    for (number, toolbox) in [&one, &another, &one].into_iter().enumerate() {
        assert!(!write(toolbox, number).await.is_error);
    }
    // The fourth is refused by each of them, and by one that was started anew.
    for toolbox in [&one, &another, &process()] {
        let refused = write(toolbox, 4).await;
        assert!(refused.is_error && refused.text.contains("--max-writes-per-day=3"), "{}", refused.text);
    }
    assert_eq!(puts(), 3);
    // A store that cannot count lets nothing through, and says so.
    let blocked = tempfile::tempdir().unwrap();
    std::fs::create_dir(blocked.path().join("shared.sqlite")).unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::new(blocked.path()));
    let builder = Toolbox::builder(desk.context.clone()).store(Some(store));
    let toolbox = builder.max_writes_per_day(std::num::NonZeroU64::new(3)).build().unwrap();
    let refused = write(&toolbox, 5).await;
    assert!(
        refused.is_error && refused.text.contains("Nothing was done: the state file that counts"),
        "{}",
        refused.text
    );
    assert_eq!(puts(), 3);
}
