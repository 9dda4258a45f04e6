//! The lossless form over everything the local gateway holds, page by page through the tools.

use std::sync::Arc;

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, Arrival};
use serde_json::{Map, Value, json};

use super::decoder;
use crate::harness::{Harness, Wishes};

/// The rows of the answer that the last request for the list got, not those that look into why it is empty, asked for once more without the tools.
async fn raw_rows(desk: &Harness, client: &reqwest::Client, tool: &str) -> Vec<Value> {
    let arrivals = desk.arrivals();
    let is_of_list = |arrival: &&Arc<Arrival>| tool != "list_contact_files" || arrival.target.ends_with("/files");
    let arrival: &Arc<Arrival> = arrivals.iter().rev().find(is_of_list).unwrap();
    let address = format!("{}{}", desk.gateway.base_url(), arrival.target);
    let body = client.get(address).header("x-access-token", ACCESS_TOKEN).send().await.unwrap();
    let body: Value = serde_json::from_slice(&body.bytes().await.unwrap()).unwrap();
    let rows = body.get("data").or_else(|| body.get("items")).unwrap_or(&body);
    rows.as_array().unwrap().clone()
}

/// Walks a list to its end and compares each page with what the gateway sent; the objects.
async fn walk(desk: &Harness, client: &reqwest::Client, tool: &str, arguments: &Value) -> Vec<Value> {
    let (mut seen, mut skip) = (Vec::new(), 0);
    loop {
        let mut arguments: Map<String, Value> = arguments.as_object().unwrap().clone();
        arguments.insert("fields".to_owned(), json!("*"));
        arguments.insert("skip".to_owned(), json!(skip));
        let text = desk.call(tool, Value::Object(arguments)).await;
        assert!(text.len() <= 9_500 && text.lines().count() <= 250);
        let decoded = decoder::list(&text);
        // Lists that the gateway gives whole are cut by the tool.
        let raw = raw_rows(desk, client, tool).await;
        let sends_all = !desk.arrivals().last().unwrap().target.contains("skip=");
        let raw = if sends_all { &raw[skip as usize..] } else { &raw[..] };
        assert_eq!(decoded.objects, raw[..decoded.objects.len()], "{tool} at {skip}");
        seen.extend(decoded.objects);
        let Some(next) = decoded.next else { return seen };
        assert!(next > skip, "{text}");
        assert_eq!(next, seen.len() as u64);
        skip = next;
    }
}

fn texts<'a>(rows: &'a [Value], name: &'a str) -> impl Iterator<Item = String> + 'a {
    rows.iter().filter_map(move |row| Some(row.get(name)?.as_str()?.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_object_of_the_local_gateway_comes_back_value_for_value() {
    let desk = Harness::with(Wishes { contacts: 1_500, ..Wishes::default() }).await;
    let client = crate::local_gateway::client();
    let contacts = walk(&desk, &client, "list_contacts", &json!({ "limit": 40 })).await;
    assert_eq!(contacts.len(), 1_500);
    let notifications = walk(&desk, &client, "list_notifications", &json!({ "limit": 40 })).await;
    assert!(notifications.len() > 20, "{}", notifications.len());
    let found = walk(&desk, &client, "search_contacts", &json!({ "query": "a", "limit": 40 })).await;
    assert!(!found.is_empty());

    let (mut conversations, mut messages, mut files) = (Vec::new(), 0, 0);
    for id in texts(&contacts, "id").take(120) {
        conversations.extend(walk(&desk, &client, "get_contact_conversations", &json!({ "contact_id": id })).await);
        files += walk(&desk, &client, "list_contact_files", &json!({ "contact_id": id, "limit": 100 })).await.len();
    }
    for seat in texts(&conversations, "public_id").take(60) {
        messages += walk(&desk, &client, "get_conversation_messages", &json!({ "conversation_id": seat, "limit": 50 }))
            .await
            .len();
    }
    println!(
        "value for value: {} contacts, {} conversations, {messages} messages, {} notifications, {files} files",
        contacts.len(),
        conversations.len(),
        notifications.len()
    );
    assert!(conversations.len() > 20 && messages > 60 && files > 5);
}

#[tokio::test]
async fn one_contact_comes_back_value_for_value() {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let client = crate::local_gateway::client();
    for contact in walk(&desk, &client, "list_contacts", &json!({ "limit": 30 })).await {
        let text = desk.call("get_contact", json!({ "contact_id": contact["id"], "fields": "*" })).await;
        assert_eq!(decoder::one(&text), contact);
    }
}

#[tokio::test]
async fn filled_contacts_cost_at_most_65_percent_of_raw_json() {
    let desk = Harness::with(Wishes { contacts: 1_500, ..Wishes::default() }).await;
    let client = crate::local_gateway::client();
    let contacts = walk(&desk, &client, "list_contacts", &json!({ "limit": 40 })).await;
    let is_set = |contact: &Value, name: &str| contact[name].as_str().is_some_and(|text| !text.is_empty());
    let is_filled =
        |contact: &&Value| ["phone_number", "email", "company_name"].iter().all(|name| is_set(contact, name));
    let filled: Vec<Value> = contacts.iter().filter(is_filled).take(12).cloned().collect();
    assert_eq!(filled.len(), 12);
    let counter = tiktoken_rs::o200k_base_singleton();
    let count = |text: &str| counter.encode_ordinary(text).len();
    let shown = super::lossless::shown(&filled);
    let (lossless, raw) = (count(&shown), count(&Value::from(filled).to_string()));
    let share = lossless * 100 / raw;
    println!("12 filled contacts: {lossless} tokens, raw {raw}, {share} %\n{shown}");
    assert!(share <= 65, "{share} %");
}
