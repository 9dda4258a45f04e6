//! Arguments as models write them: what can be meant is accepted, the rest is refused before anything is sent.

use imbrace_contacts_mcp::tools::{Entry, catalog};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::harness::{Harness, Wishes};

const CONTACT: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// A call of each tool that is right.
fn right(tool: &str) -> Value {
    match tool {
        "search_contacts" => json!({ "query": "ann" }),
        "get_contact" | "get_contact_conversations" | "list_contact_comments" | "list_contact_files" => {
            json!({ "contact_id": CONTACT })
        }
        "get_contact_comment" => json!({ "contact_id": CONTACT, "comment_id": "cmc_1" }),
        "get_conversation_messages" => json!({ "conversation_id": "tcu_1" }),
        "update_contact" => json!({ "contact_id": CONTACT, "set": { "first_name": "Ann" } }),
        "upload_contact_file" => json!({ "path": "/nowhere/photo.png" }),
        "mark_notifications_read" | "dismiss_notifications" => json!({ "ids": ["not_1"] }),
        "dismiss_all_notifications" => json!({ "type": "teams" }),
        _ => json!({}),
    }
}

fn with(tool: &str, name: &str, value: Value) -> Value {
    let mut arguments = right(tool);
    arguments[name] = value;
    arguments
}

fn properties(entry: &Entry) -> Map<String, Value> {
    entry.schema["properties"].as_object().unwrap().clone()
}

fn required(entry: &Entry) -> Vec<String> {
    let names = entry.schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Calls that cannot be meant, for every tool: what is wrong, the arguments, and a word that the answer must have.
fn mistakes() -> Vec<(&'static str, Value, &'static str)> {
    let mut mistakes = Vec::new();
    for entry in catalog() {
        let tool = entry.name;
        let mut say = |arguments: Value, word: &'static str| mistakes.push((tool, arguments, word));
        say(with(tool, "colour", json!("red")), "No argument `colour`");
        say(with(tool, "colour\n# contacts", json!(1)), "No argument `colour # contacts`");
        say(with(tool, &"x".repeat(100_000), json!(1)), "No argument `xxxx");
        for name in required(&entry) {
            let mut arguments = right(tool);
            arguments.as_object_mut().unwrap().remove(&name);
            say(arguments, "is missing");
            say(with(tool, &name, Value::Null), "is missing");
        }
        for (name, property) in properties(&entry) {
            let wrong: Vec<Value> = match property["type"].as_str().unwrap() {
                "integer" => vec![
                    json!(-1),
                    json!(1e10),
                    json!(2.5),
                    json!("five"),
                    json!("NaN"),
                    json!("1e400"),
                    json!(u64::MAX),
                    json!(true),
                    json!({}),
                    json!([5]),
                    json!(""),
                ],
                "object" => {
                    vec![json!("text"), json!(5), json!([]), json!("[1]"), json!({}), json!({ "nose": "long" })]
                }
                "array" => vec![json!([{}]), json!([[{}]]), json!(vec!["not_1"; 101]), json!({}), json!(true)],
                _ if property.get("enum").is_some() => vec![json!("everything"), json!(1), json!({}), json!(true)],
                _ => vec![json!({}), json!(true), json!([{}]), json!([1, 2])],
            };
            for value in wrong {
                say(with(tool, &name, value), "");
            }
            match name.as_str() {
                "limit" => [json!(0), json!(101), json!("0")]
                    .into_iter()
                    .for_each(|it| say(with(tool, "limit", it), "(1-100)")),
                "fields" => say(with(tool, "fields", json!("nose,phone")), "no column \"nose\""),
                "ids" => [json!([]), json!(""), json!("con_1"), json!(["not_1", "x y"])]
                    .into_iter()
                    .for_each(|it| say(with(tool, "ids", it), "`ids`")),
                "channel_types" => say(with(tool, "channel_types", json!("web,fax")), "\"fax\""),
                "sort" => say(with(tool, "sort", json!("age")), "one of created_at"),
                "contact_id" | "comment_id" | "conversation_id" => {
                    for bad in [
                        "x",
                        "not_1",
                        "con_../../x",
                        "con_a b",
                        "con_12345678",
                        "tcu_abcdef01",
                        "",
                        "  ",
                        "con_",
                        "66d67483",
                    ] {
                        say(with(tool, &name, json!(bad)), "");
                    }
                    say(with(tool, &name, json!("x".repeat(100_000))), "");
                }
                "query" => [json!(""), json!("  "), json!("x".repeat(201))]
                    .into_iter()
                    .for_each(|it| say(with(tool, "query", it), "`query`")),
                _ => {}
            }
        }
    }
    mistakes
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_in_60_tokens_and_nothing_is_sent() {
    let desk = Harness::with(Wishes { contacts: 10, ..Wishes::default() }).await;
    let counter = tiktoken_rs::o200k_base_singleton();
    let mut complaints = Vec::new();
    for (tool, arguments, word) in mistakes() {
        let shown: String = format!("{tool} {arguments}").chars().take(160).collect();
        let answer = desk.answer(tool, arguments).await;
        let tokens = counter.encode_ordinary(&answer.text).len();
        if !answer.is_error || !desk.arrivals().is_empty() {
            complaints.push(format!("{shown}: was sent or accepted: {}", answer.text));
            desk.gateway.forget_requests();
        } else if tokens > 60 {
            complaints.push(format!("{shown}: {tokens} tokens: {}", answer.text));
        } else if !answer.text.contains(word) || answer.text.contains('\n') {
            complaints.push(format!("{shown}: {}", answer.text));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
