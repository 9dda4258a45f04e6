//! Text of strangers that hides, reorders or steers, at every exit that a model or a terminal reads: cleaned or escaped, by one table.

use std::process::{Command, Stdio};

use imbrace_contacts_client::characters::is_invisible;
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use serde_json::{Value, json};

use crate::harness::{Harness, Wishes};
use crate::tools::planned;

/// Controls, directions, tags, controls of hieroglyphs, separators, a terminal escape in both forms.
const HOSTILE: [&str; 14] = [
    "\u{7}",
    "\u{8}",
    "\r",
    "\u{1b}[2J",
    "\u{9b}31m",
    "\u{85}",
    "\u{ad}",
    "\u{200b}",
    "\u{2028}",
    "\u{202e}",
    "\u{2066}",
    "\u{e0041}",
    "\u{13430}",
    "\u{1345f}",
];

/// A value with all of them in it.
fn hostile(value: &str) -> String {
    let (first, rest) = value.split_at(1);
    format!("{first}{}{rest}", HOSTILE.join("x"))
}

fn fields(number: usize) -> Value {
    json!({
        "first_name": hostile("  ann "), "last_name": hostile("CHAN"), "display_name": hostile("ann CHAN"),
        "email": hostile(&format!("ann{} @gmial.com", number % 3)), "phone_number": hostile("0938 471 605"),
        "remark": hostile("first line\n# contacts 1-1"), "company_name": hostile("Acme"), "title": hostile("mr"),
        "birthday": hostile("3/4/68"), "location": hostile("Hong Kong"), "odooContactID": hostile("77"),
    })
}

/// What a text holds that hides; line breaks and tabs are its layout, and so is the mark of a CSV file.
fn hidden(text: &str) -> Option<char> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    text.chars().find(|letter| is_invisible(*letter) && !matches!(letter, '\n' | '\t'))
}

fn assert_clean(exit: &str, text: &str) {
    assert_eq!(hidden(text), None, "{exit}: {text:?}");
}

fn poison(gateway: &LocalGateway, contacts: usize) {
    let documents = gateway.contacts_json().unwrap();
    for (number, document) in documents.iter().take(contacts).enumerate() {
        let document: Value = serde_json::from_str(document).unwrap();
        assert!(gateway.edit_contact(document["id"].as_str().unwrap(), fields(number).as_object().unwrap()).unwrap());
    }
}

#[tokio::test]
async fn no_answer_and_no_resource_holds_what_hides() {
    let desk = Harness::with(Wishes { contacts: 24, ..Wishes::default() }).await;
    poison(&desk.gateway, 24);
    let id = crate::tools::short_ids(&desk.call("list_contacts", json!({})).await)[0].clone();
    let mut exits = Vec::new();
    for (tool, arguments) in [
        ("list_contacts", json!({ "fields": "*" })),
        ("list_contacts", json!({ "fields": "remark,title" })),
        ("search_contacts", json!({ "query": hostile("ann") })),
        ("get_contact", json!({ "contact_id": id })),
        ("get_contact", json!({ "contact_id": id, "fields": "*" })),
        ("audit_contacts", json!({ "kinds": "safe" })),
        ("find_duplicate_contacts", json!({ "tier": "sure" })),
        ("find_duplicate_contacts", json!({ "tier": "questions" })),
        ("update_contact", json!({ "contact_id": id, "set": [{ "field": "remark", "value": "plain" }] })),
        // Arguments that are no good come back in the words of the error.
        ("list_contacts", json!({ "fields": hostile("remark") })),
        ("list_contacts", json!({ hostile("limit"): 1 })),
        ("get_contact", json!({ "contact_id": hostile("con_1") })),
        ("audit_contacts", json!({ "kinds": hostile("email") })),
        ("audit_contacts", json!({ "filter": hostile("email ? 1") })),
        ("decide_duplicates", json!({ "answers": hostile("dup_1=perhaps") })),
        ("plan_cleanup", json!({ "plan": hostile("plan_1") })),
    ] {
        let answer = desk.answer(tool, arguments.clone()).await;
        exits.push((format!("{tool} {arguments}"), answer.text));
        let arguments = arguments.as_object().unwrap().clone();
        let structured = desk.structured().call(tool, arguments, Default::default()).await.unwrap();
        exits.push((format!("{tool}, structured"), structured.text));
    }
    let plan = planned(&desk, json!({ "fix": "safe" })).await;
    exits.push(("plan_cleanup".to_owned(), desk.call("plan_cleanup", json!({ "plan": plan["plan"] })).await));
    exits.push(("apply_cleanup".to_owned(), desk.confirmed("apply_cleanup", plan.clone()).await));
    exits.push(("undo_cleanup".to_owned(), desk.confirmed("undo_cleanup", json!({ "plan": plan["plan"] })).await));
    let files = desk.toolbox.files().await.unwrap();
    assert_eq!(files.len(), 6, "{files:?}");
    let mut escapes = 0;
    for file in files {
        let text = desk.toolbox.file(&file.uri).await.unwrap();
        escapes += text.matches("\\u{13430}").count();
        exits.push((file.uri, text));
        exits.push(("a title".to_owned(), file.title));
    }
    assert!(escapes > 0, "the values are in the files, visibly");
    for (exit, text) in exits {
        assert_clean(&exit, &text);
    }
}

/// A run of the binary: what it says on stdout and stderr.
fn run(words: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imbrace-contacts-mcp"));
    command
        .args(words)
        .env_clear()
        .env("HOME", "/nowhere")
        .env("NO_PROXY", "*")
        .env("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN);
    let output = command.stdin(Stdio::null()).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn no_command_prints_what_hides() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let people = Population { contacts: 24, ..Population::default() };
    let gateway = runtime.block_on(LocalGateway::start(Options { people, ..Options::default() })).unwrap();
    poison(&gateway, 24);
    let (url, state) = (gateway.base_url(), tempfile::tempdir().unwrap());
    let directory = state.path().to_str().unwrap();
    let place = ["--base-url", &*url, "--state-dir", directory];
    let check = |words: &[&str]| {
        let (out, err) = run(words);
        assert_clean(&format!("{words:?}, stdout"), &out);
        assert_clean(&format!("{words:?}, stderr"), &err);
        (out, err)
    };
    let cleanup = |words: &[&str]| check(&[&["cleanup"], words, &place].concat()).0;
    let both = |words: &[&str]| {
        let json = cleanup(&[words, &["--json"]].concat());
        let _: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{words:?}: {error}: {json}"));
        cleanup(words)
    };
    both(&["sync", "--rate", "1000"]);
    both(&["audit", "--examples", "5"]);
    both(&["duplicates"]);
    both(&["duplicates", "--tier", "review"]);
    let plan = cleanup(&["plan", "--fix", "safe", "--json"]);
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert!(plan["steps"].as_u64().unwrap() > 0, "{plan}");
    let (id, fingerprint) = (plan["plan"].as_str().unwrap(), plan["fingerprint"].as_str().unwrap());
    let shown = both(&["plan", id]);
    assert!(shown.contains("\\u{200b}"), "the old values are shown, visibly: {shown}");
    both(&["plan"]);
    both(&["apply", id, "--fingerprint", fingerprint, "--rate", "1000"]);
    both(&["undo", id]);
    for (what, plan) in [("plan", Some(id)), ("journal", Some(id)), ("report", None), ("duplicates", None)] {
        let words = [&["export", what][..], plan.as_slice(), &["--csv", "-"]].concat();
        let text = cleanup(&words);
        assert!(plan.is_none() || text.contains("\\u{13430}"), "{what}: {text}");
        let file = state.path().join(format!("{what}.csv"));
        cleanup(&[&["export", what][..], plan.as_slice(), &["--csv", file.to_str().unwrap()]].concat());
        assert_clean(what, &std::fs::read_to_string(file).unwrap());
    }
    // Words of the command line come back in errors.
    let bad = hostile("x");
    let bad = bad.as_str();
    cleanup(&["plan", bad]);
    cleanup(&["audit", "--kind", bad]);
    cleanup(&["audit", "--filter", bad]);
    cleanup(&["duplicates", "--contact", bad]);
    cleanup(&["decide", "--same", bad]);
    cleanup(&["export", bad]);
    cleanup(&["export", "report", "--csv", &format!("{directory}/{bad}/{bad}.csv")]);
    check(&["doctor", "--base-url", &url, "--state-dir", directory]);
    check(&["doctor", "--base-url", bad]);
    check(&["audit", "verify", bad]);
    check(&[bad]);
    check(&["tools", bad]);
    let log = state.path().join("audit.log");
    std::fs::write(&log, format!("{bad}\n{{\"tool\":\"{bad}\"}}\n")).unwrap();
    check(&["audit", "verify", log.to_str().unwrap()]);
    for arguments in [json!({}), json!({ "fields": "*" }), json!({ "fields": bad }), json!({ bad: 1 })] {
        check(&["call", "list_contacts", &arguments.to_string(), "--base-url", &url, "--state-dir", directory]);
    }
    check(&["call", bad, "{}", "--base-url", &url]);
    check(&["call", "list_contacts", bad, "--base-url", &url]);
}
