//! Arguments as models write them: what can be meant is accepted, the rest is refused before anything is sent.

use imbrace_contacts_mcp::tools::{Entry, catalog};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::harness::{Harness, Wishes};

pub const CONTACT: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// A call of each tool that is right.
pub fn right(tool: &str) -> Value {
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

pub fn properties(entry: &Entry) -> Map<String, Value> {
    entry.schema()["properties"].as_object().unwrap().clone()
}

fn required(entry: &Entry) -> Vec<String> {
    let names = entry.schema().get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Calls that cannot be meant, for every tool: what is wrong, the arguments, and a word that the answer must have.
fn mistakes() -> Vec<(&'static str, Value, &'static str)> {
    let mut mistakes = Vec::new();
    for entry in catalog() {
        let tool = entry.name;
        let mut say = |arguments: Value, word: &'static str| mistakes.push((tool, arguments, word));
        if !entry.effect.read_only_hint() {
            say(with(tool, "colour", json!("red")), "No argument `colour`");
            say(with(tool, "colour\n# contacts", json!(1)), "No argument `colour\\n# contacts`");
            say(with(tool, &"x".repeat(100_000), json!(1)), "No argument `xxxx");
        }
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
                ],
                "object" => {
                    vec![json!("text"), json!(5), json!([]), json!("[1]"), json!({}), json!({ "nose": "long" })]
                }
                "boolean" => vec![json!("perhaps"), json!(2), json!({}), json!([true])],
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
                "filter" => ["web", "nose=long", "email~", "=x"]
                    .into_iter()
                    .for_each(|it| say(with(tool, "filter", json!(it)), "`filter`")),
                "channel_types" => say(with(tool, "channel_types", json!("web,fax")), "\"fax\""),
                "sort" => say(with(tool, "sort", json!("age")), "no field is called `age`"),
                "count_by" => ["age", "name:month", "created_at:week"]
                    .into_iter()
                    .for_each(|it| say(with(tool, "count_by", json!(it)), "`count_by`")),
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
        } else if tokens > if answer.text.contains("there are id name") { 160 } else { 60 } {
            // Where no name is like the written one, all of them are listed.
            complaints.push(format!("{shown}: {tokens} tokens: {}", answer.text));
        } else if !answer.text.contains(word) || answer.text.contains('\n') {
            complaints.push(format!("{shown}: {}", answer.text));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What a call sent to the gateway.
async fn sent(desk: &Harness, tool: &str, arguments: Value) -> Vec<String> {
    desk.gateway.forget_requests();
    let answer = desk.answer(tool, arguments.clone()).await;
    assert!(!answer.is_error, "{tool} {arguments}: {}", answer.text);
    let line = |arrival: &std::sync::Arc<imbrace_contacts_mcp::local_gateway::Arrival>| {
        format!("{} {} {}", arrival.method, arrival.target, String::from_utf8_lossy(&arrival.body))
    };
    desk.arrivals().iter().map(line).collect()
}

#[tokio::test]
async fn what_can_be_meant_one_way_is_accepted() {
    let desk = Harness::with(Wishes { contacts: 40, ..Wishes::default() }).await;
    desk.call("list_notifications", json!({})).await;
    for (tool, strict, lenient) in [
        (
            "list_contacts",
            json!({ "limit": 5 }),
            vec![
                json!({ "limit": "5" }),
                json!({ "limit": 5.0 }),
                json!({ "limit": " 5 " }),
                json!({ "limit": "5.0" }),
            ],
        ),
        (
            "list_contacts",
            json!({}),
            vec![
                json!({ "limit": null, "skip": null, "sort": null, "fields": null }),
                json!({ "sort": "", "fields": "" }),
                json!({ "skip": "0" }),
                json!({ "fields": [] }),
            ],
        ),
        (
            "list_contacts",
            json!({ "sort": "-email" }),
            vec![json!({ "sort": " -email " }), json!({ "sort": ["-email"] })],
        ),
        (
            "search_contacts",
            json!({ "query": "85255" }),
            vec![json!({ "query": 85255 }), json!({ "query": " 85255 " })],
        ),
        (
            "list_notifications",
            json!({ "type": "teams" }),
            vec![json!({ "type": "TEAMS" }), json!({ "type": " Teams " })],
        ),
        (
            "get_contact_conversations",
            json!({ "contact_id": CONTACT, "channel_types": ["web", "line"] }),
            vec![
                json!({ "contact_id": "con_66d67483", "channel_types": "web,line" }),
                json!({ "contact_id": " con_66d67483 ", "channel_types": "[\"web\", \"line\"]" }),
                json!({ "contact_id": [CONTACT], "channel_types": ["WEB", " Line "] }),
            ],
        ),
        (
            "get_contact_conversations",
            json!({ "contact_id": CONTACT, "channel_types": ["web"] }),
            vec![json!({ "contact_id": CONTACT, "channel_types": "web" })],
        ),
        (
            "update_contact",
            json!({ "contact_id": CONTACT, "set": { "first_name": "Ann" } }),
            vec![json!({ "contact_id": CONTACT, "set": "{\"first_name\": \"Ann\"}" })],
        ),
    ] {
        desk.call("list_contacts", json!({})).await;
        let expected = sent(&desk, tool, strict).await;
        assert!(!expected.is_empty());
        for arguments in lenient {
            assert_eq!(sent(&desk, tool, arguments.clone()).await, expected, "{tool} {arguments}");
        }
    }
}

#[tokio::test]
async fn columns_may_be_named_in_every_way() {
    let desk = Harness::with(Wishes { contacts: 40, ..Wishes::default() }).await;
    let expected = desk.call("list_contacts", json!({ "fields": "first_name,gender" })).await;
    assert!(expected.contains("first_name"), "{expected}");
    for fields in [
        json!("first_name, gender"),
        json!(["first_name", "gender"]),
        json!("first_name gender"),
        json!("[\"first_name\",\"gender\"]"),
        json!("id,first_name,gender,gender,name"),
    ] {
        assert_eq!(desk.call("list_contacts", json!({ "fields": fields })).await, expected);
    }
    let all = desk.call("list_contacts", json!({ "fields": "*" })).await;
    assert_eq!(desk.call("list_contacts", json!({ "fields": ["*"] })).await, all);
    assert_eq!(desk.call("list_contacts", json!({ "fields": "name,*" })).await, all);
}

#[tokio::test]
async fn a_slip_in_a_name_is_answered_with_what_was_meant() {
    let desk = Harness::with(Wishes { contacts: 10, ..Wishes::default() }).await;
    for (tool, arguments, answer) in [
        (
            "list_contacts",
            json!({ "limits": 5 }),
            "No argument `limits` (did you mean `limit`?). Arguments: count_by, fields, filter, limit, skip, sort.",
        ),
        (
            "get_contact",
            json!({ "contactId": CONTACT }),
            "No argument `contactId` (did you mean `contact_id`?). Arguments: contact_id, fields.",
        ),
        (
            "list_contacts",
            json!({ "fields": "fisrt_name" }),
            "`fields`: no column \"fisrt_name\" (did you mean `first_name`?). Columns: first_name last_name instagram_id birthday time_zone board_item_id created language … (* = all).",
        ),
        ("get_contact", json!({}), "`contact_id` is missing: con_ id; several by commas, or dup_ group."),
        ("list_contacts", json!({ "limit": 0 }), "`limit` must be a whole number (1-100), not 0."),
        (
            "list_notifications",
            json!({ "type": "crm" }),
            "`type` must be one of conversations, assigns, teams, not \"crm\".",
        ),
    ] {
        assert_eq!(desk.fail(tool, arguments).await, answer);
    }
}

/// Any JSON, small.
fn values() -> impl Strategy<Value = Value> {
    let odd = vec![
        "",
        "*",
        "5",
        "0",
        "-1",
        "1e9",
        "null",
        "[]",
        "{}",
        "[1]",
        "{\"first_name\":\"x\"}",
        "con_66d67483",
        CONTACT,
        "tcu_1",
        "name",
        "\u{202E}",
        "a,b",
        "web",
        "all",
        "-email",
        "\u{0}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3i64..130).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(odd).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(vec!["first_name", "email", "x"]), inner), 0..3)
                .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// A tool, and random values for some of its arguments; sometimes one that it does not have.
fn calls() -> impl Strategy<Value = (&'static str, Map<String, Value>)> {
    let tools: Vec<(&'static str, Vec<String>)> =
        catalog().iter().map(|entry| (entry.name, properties(entry).keys().cloned().collect())).collect();
    proptest::sample::select(tools).prop_flat_map(|(tool, names)| {
        let count = names.len();
        let values = proptest::collection::vec(proptest::option::weighted(0.7, values()), count);
        let unknown = proptest::option::weighted(0.05, (any::<String>(), values_once()));
        (values, unknown).prop_map(move |(values, unknown)| {
            let known = names.iter().cloned().zip(values).filter_map(|(name, value)| Some((name, value?)));
            (tool, known.chain(unknown).collect())
        })
    })
}

fn values_once() -> impl Strategy<Value = Value> {
    any::<bool>().prop_map(Value::from)
}

#[test]
fn random_arguments_never_cause_a_panic_a_long_error_or_an_answer_beyond_the_budget() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let desk = runtime.block_on(Harness::with(Wishes { contacts: 20, ..Wishes::default() }));
    let counter = tiktoken_rs::o200k_base_singleton();
    let config = ProptestConfig { cases: 1_200, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&calls(), |(tool, arguments)| {
        desk.gateway.forget_requests();
        // What the snapshot and the plans say needs no gateway; an audit may be told not to ask it either.
        let refresh = arguments.get("refresh").cloned();
        let is_told_not_to = refresh.is_some_and(|value| value == json!(false) || value == json!("false"));
        let is_local = matches!(
            tool,
            "find_duplicate_contacts"
                | "decide_duplicates"
                | "plan_cleanup"
                | "show_cleanup"
                | "undo_cleanup"
                | "check_contact"
        ) || tool == "audit_contacts" && is_told_not_to;
        let answer = runtime.block_on(desk.answer(tool, Value::Object(arguments)));
        prop_assert!(!answer.text.contains("inside the server"), "{}", answer.text);
        prop_assert!(answer.text.len() <= 9_500 && answer.text.lines().count() <= 250);
        if answer.is_error {
            // The letters are of scripts that no tokenizer knows; 60 is for what is written somewhere.
            prop_assert!(counter.encode_ordinary(&answer.text).len() <= 100, "{}", answer.text);
            // An error is either about the arguments, and then nothing was sent, or the gateway's.
            let is_the_gateways = answer.text.contains("gateway");
            prop_assert!(is_the_gateways || desk.arrivals().is_empty(), "{}", answer.text);
        } else {
            prop_assert!(is_local || !desk.arrivals().is_empty());
        }
        Ok(())
    });
    outcome.unwrap();
}
