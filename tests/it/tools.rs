//! One file a tool: its whole answer, its empty answer, a bad argument, a refusal of the gateway.

mod apply_cleanup;
mod audit_contacts;
mod check_contact;
mod decide_duplicates;
mod dismiss_all_notifications;
mod dismiss_notifications;
mod find_duplicate_contacts;
mod foreign_ids;
mod get_contact;
mod get_contact_comment;
mod get_contact_conversations;
mod get_conversation_messages;
mod linked;
mod list_contact_comments;
mod list_contact_files;
mod list_contacts;
mod list_notifications;
mod mark_notifications_read;
mod plan_cleanup;
mod search_contacts;
mod several;
mod show_cleanup;
mod undo_cleanup;
mod unreadable_rows;
mod update_contact;
mod upload_contact_file;
mod wrong_answers;

use imbrace_contacts_mcp::local_gateway::{EXPIRED_ACCESS_TOKEN, Faults};
use serde_json::{Value, json};

use crate::harness::{Harness, Wishes};

/// A contact id of the right form that nobody has.
pub const NOBODY: &str = "con_00000000-0000-4000-8000-000000000000";

/// The handles in the first column of an answer's rows.
pub fn short_ids(answer: &str) -> Vec<String> {
    let rows = answer.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
}

/// The first contact, newest first, for whom a tool has at least so many rows; with the tool's answer.
pub async fn somebody_with(desk: &Harness, tool: &str, rows: usize) -> (String, String) {
    for skip in (10..290).step_by(40) {
        let page = desk.call("list_contacts", json!({ "limit": 40, "skip": skip })).await;
        for contact in short_ids(&page) {
            let answer = desk.call(tool, json!({ "contact_id": contact })).await;
            if short_ids(&answer).len() >= rows {
                desk.gateway.forget_requests();
                return (contact, answer);
            }
        }
    }
    panic!("nobody has {rows} rows of {tool}");
}

/// One of the document's contacts, which every population has.
pub const MEI: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// Plans something; the arguments that apply the plan.
pub async fn planned(desk: &Harness, arguments: Value) -> Value {
    let text = desk.call("plan_cleanup", arguments).await;
    let next = text.rsplit_once("next: apply_cleanup plan=").unwrap_or_else(|| panic!("no plan: {text}")).1;
    let (plan, fingerprint) = next.split_once(" fingerprint=").unwrap();
    json!({ "plan": plan, "fingerprint": fingerprint })
}

/// A plan that sets one field of so many contacts.
pub async fn plan_of_remarks(desk: &Harness, contacts: usize) -> Value {
    let ids: Vec<String> =
        desk.gateway.contacts_json().unwrap().iter().take(contacts).map(|json| id_in(json)).collect();
    let changes: serde_json::Map<String, Value> = ids.into_iter().map(|id| (id, json!({"remark": "seen"}))).collect();
    planned(desk, json!({ "changes": changes })).await
}

fn id_in(document: &str) -> String {
    serde_json::from_str::<Value>(document).unwrap()["id"].as_str().unwrap().to_owned()
}

/// What a tool says when the gateway does not accept the credential.
pub async fn with_an_expired_token(tool: &str, arguments: Value) -> String {
    let wishes = Wishes { contacts: 12, token: EXPIRED_ACCESS_TOKEN, ..Wishes::default() };
    Harness::with(wishes).await.fail(tool, arguments).await
}

/// What a tool says when the gateway fails in a certain way at every request.
pub async fn with_faults(faults: &str, tool: &str, arguments: Value) -> String {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    desk.gateway.set_faults(faults.parse::<Faults>().unwrap());
    let text = desk.fail(tool, arguments).await;
    // The request id is new in every call.
    let id = request_id(&text);
    text.replace(&id, "REQUEST")
}

/// The request id in an error's text, if there is one.
fn request_id(text: &str) -> String {
    let is_id = |word: &&str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| !word.is_empty()).find(is_id).unwrap_or("no request id").to_owned()
}
