//! The server's own credential in a gateway's data: it is taken out of everything that leaves, in every spelling.

use imbrace_contacts_mcp::context::Progress;
use imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN;
use imbrace_contacts_mcp::redact::{REDACTED, Secrets};
use imbrace_contacts_mcp::tools::catalog;
use serde_json::{Value, json};

use crate::arguments::{CONTACT, right};
use crate::harness::{Harness, Wishes};

/// A bearer token of the HTTP door.
const BEARER: &str = "bearer-5f1e0c77d2a94b8e";

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The spellings of a secret.
fn spellings(secret: &str) -> Vec<String> {
    let mut all =
        vec![secret.to_owned(), secret.to_uppercase(), percent(secret), hex(secret), hex(secret).to_uppercase()];
    all.extend(["", "x", "xy"].map(|before| base64(&format!("{before}{secret}yz"))));
    all.extend(secret.strip_prefix("acc_").map(str::to_owned));
    all
}

/// What must not be seen of a secret: any part that tells more than a few letters of it.
fn assert_clean(place: &str, text: &str) {
    let text = text.to_lowercase();
    for secret in [ACCESS_TOKEN, BEARER] {
        let parts =
            [secret.to_owned(), hex(secret)[8..32].to_owned(), percent(secret).to_lowercase()[18..48].to_owned()];
        let encoded =
            ["", "x", "xy"].map(|before| base64(&format!("{before}{secret}yz")).to_lowercase()[8..32].to_owned());
        for part in parts.iter().chain(&encoded) {
            assert!(!text.contains(part), "{place}: {part} in {text}");
        }
    }
    let bare = ACCESS_TOKEN.trim_start_matches("acc_");
    for (at, _) in text.match_indices(bare) {
        assert!(text[..at].ends_with('_') && !text[..at].ends_with("acc_"), "{place}: {text}");
    }
}

/// Every tool over a local gateway; the server has a bearer token, too.
async fn desk() -> Harness {
    let secrets = Secrets::default();
    secrets.add([BEARER]);
    Harness::with(Wishes { contacts: 10, secrets, ..Wishes::default() }).await
}

#[tokio::test]
async fn rows_receipts_errors_files_and_plans_never_repeat_it() {
    let desk = desk().await;
    for spelling in [ACCESS_TOKEN, BEARER].into_iter().flat_map(spellings) {
        let clip = "x".repeat(25) + &spelling;
        let set = json!({"remark": format!("my key is {spelling}, and {spelling}"), "company_name": spelling, "location": clip});
        let receipt = desk.call("update_contact", json!({"contact_id": CONTACT, "set": set})).await;
        assert_clean(&format!("receipt of {spelling}"), &receipt);
        assert!(receipt.contains(REDACTED), "{receipt}");
        // The old value is in the second receipt.
        let again = json!({"contact_id": CONTACT, "set": {"remark": "x"}});
        let plan = json!({"changes": {CONTACT: {"company_name": "Example", "location": spelling}}});
        for (tool, arguments) in [
            ("get_contact", json!({"contact_id": CONTACT, "fields": "*"})),
            ("list_contacts", json!({"fields": "*"})),
            ("search_contacts", json!({"query": "xxxxxxxxxx", "fields": "*"})),
            ("search_contacts", json!({"query": spelling, "fields": "*", "limit": 1})),
            ("get_contact", json!({"contact_id": spelling})),
            ("list_contacts", json!({"fields": spelling, spelling.as_str(): 1})),
            ("audit_contacts", json!({"refresh": true})),
            ("find_duplicate_contacts", json!({})),
            ("plan_cleanup", plan),
            ("update_contact", again),
        ] {
            let answer = desk.answer(tool, arguments.clone()).await;
            assert_clean(&format!("{tool} {arguments}"), &answer.text);
        }
        for file in desk.toolbox.files().await.unwrap() {
            assert_clean(&file.uri, &format!("{file:?}"));
            assert_clean(&file.uri, &desk.toolbox.file(&file.uri).await.unwrap());
        }
    }
}

#[tokio::test]
async fn structured_answers_never_repeat_it_and_no_tool_does_when_asked_rightly() {
    let desk = Harness::with(Wishes { contacts: 10, ..Wishes::default() }).await;
    let toolbox = desk.structured();
    for spelling in spellings(ACCESS_TOKEN) {
        let set = json!({"remark": spelling, "company_name": spelling, "display_name": format!("Ann {spelling}")});
        let call = async |tool: &str, arguments: Value| {
            let arguments = arguments.as_object().cloned().unwrap();
            toolbox.call(tool, arguments, Progress::default()).await.unwrap()
        };
        call("update_contact", json!({"contact_id": CONTACT, "set": set})).await;
        for entry in catalog().iter().filter(|entry| entry.name != "update_contact") {
            let mut arguments = right(entry.name);
            if entry.schema()["properties"].get("fields").is_some() {
                arguments["fields"] = json!("*");
            }
            let answer = call(entry.name, arguments).await;
            assert_clean(entry.name, &answer.text);
            assert_clean(entry.name, &answer.structured.unwrap_or_default().to_string());
        }
    }
}

#[tokio::test]
async fn answers_without_it_stay_as_they_are() {
    let desk = desk().await;
    for entry in catalog() {
        let answer = desk.answer(entry.name, right(entry.name)).await;
        assert!(!answer.text.contains(REDACTED), "{}: {}", entry.name, answer.text);
    }
}

#[tokio::test]
async fn progress_never_repeats_it() {
    let secrets = Secrets::default();
    secrets.add([BEARER]);
    let (progress, mut steps) = Progress::channel();
    progress.without(vec![secrets.redactor()]).report(1.0, None, format!("reading {BEARER}"));
    assert_eq!(steps.recv().await.unwrap().message, format!("reading {REDACTED}"));
}
