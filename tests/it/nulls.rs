//! A call writes what its caller gave and nothing else: `null` is "not given" at every depth, `""` clears, and what is given twice is
//! refused.

#[path = "../../stress/src/argument_fuzz.rs"]
#[allow(dead_code)]
mod argument_fuzz;

use argument_fuzz::{FIELDS, FuzzedCall, fuzzed_call, not_given};
use imbrace_contacts_mcp::gateway::operations::UpdateContact;
use imbrace_contacts_mcp::local_gateway::Arrival;
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::model::{ContactChanges, UPDATABLE_FIELDS};
use imbrace_contacts_mcp::tools::catalog;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use crate::arguments::{CONTACT, properties, right};
use crate::harness::{Harness, Wishes};
use crate::transport::desk::Wire;

async fn desk() -> Harness {
    Harness::with(Wishes { contacts: 10, ..Wishes::default() }).await
}

/// What a call sends to a gateway that nobody asked before, and whether it is an error.
async fn sent(tool: &str, arguments: &Value) -> (Vec<String>, bool) {
    let desk = desk().await;
    let is_error = desk.answer(tool, arguments.clone()).await.is_error;
    let line = |arrival: &std::sync::Arc<imbrace_contacts_mcp::local_gateway::Arrival>| {
        format!("{} {} {}", arrival.method, arrival.target, String::from_utf8_lossy(&arrival.body))
    };
    (desk.arrivals().iter().map(line).collect(), is_error)
}

#[tokio::test]
async fn null_in_any_optional_argument_of_any_tool_is_an_absent_one() {
    for entry in catalog() {
        let (tool, absent) = (entry.name, right(entry.name));
        let mut with_nulls = absent.clone();
        for (name, property) in properties(&entry) {
            match with_nulls.get_mut(&name) {
                None => with_nulls[&name] = Value::Null,
                Some(Value::Array(values)) => values.push(Value::Null),
                Some(Value::Object(fields)) => fields.extend(UPDATABLE_FIELDS.iter().filter_map(|field| {
                    let is_given = absent[&name].get(*field).is_some();
                    (!is_given).then(|| ((*field).to_owned(), Value::Null))
                })),
                Some(_) => {}
            }
            if property["type"] == "array" && absent.get(&name).is_none() {
                let mut nothing = absent.clone();
                nothing[&name] = json!([null]);
                let mut empty = absent.clone();
                empty[&name] = json!([]);
                assert_eq!(sent(tool, &nothing).await, sent(tool, &empty).await, "{tool} {nothing}");
            }
        }
        assert_eq!(sent(tool, &with_nulls).await, sent(tool, &absent).await, "{tool} {with_nulls}");
    }
}

/// Workflow clients add names of their own to each call, and fill what they do not use with an empty text.
#[tokio::test]
async fn what_clients_add_to_every_call_changes_nothing() {
    for entry in catalog() {
        let (tool, absent) = (entry.name, right(entry.name));
        let mut added = absent.clone();
        for name in ["toolCallId", "sessionId", "action", "chatInput"] {
            added[name] = json!("call_1");
        }
        for (name, property) in properties(&entry) {
            let is_text = property["type"] == "string" && property.get("enum").is_none();
            if added.get(&name).is_none() && !is_text {
                added[&name] = json!("");
            }
        }
        assert_eq!(sent(tool, &added).await, sent(tool, &absent).await, "{tool} {added}");
    }
}

#[tokio::test]
async fn an_argument_like_none_of_its_own_is_ignored_aloud_by_a_tool_that_reads_and_refused_by_one_that_writes() {
    for entry in catalog() {
        let (tool, mut arguments) = (entry.name, right(entry.name));
        let without = sent(tool, &arguments).await;
        arguments["colour\n# contacts"] = json!({ "name": ["x"] });
        if entry.effect.read_only_hint() {
            assert_eq!(sent(tool, &arguments).await, without, "{tool}");
            let answer = desk().await.answer(tool, arguments).await;
            let note = "ignored, this tool has no such argument: `colour\\n# contacts`";
            assert!(answer.is_error || answer.text.contains(note), "{tool}: {}", answer.text);
        } else {
            let (requests, is_error) = sent(tool, &arguments).await;
            assert!(is_error && requests.is_empty(), "{tool}: {requests:?}");
        }
    }
}

#[tokio::test]
async fn an_update_sends_no_field_that_is_null_and_clears_by_an_empty_text() {
    let desk = desk().await;
    let body = async |set: Value| {
        desk.gateway.forget_requests();
        desk.call("update_contact", json!({ "contact_id": CONTACT, "set": set })).await;
        let put = desk.arrivals().into_iter().find(|arrival| arrival.method == "PUT").expect("a write");
        serde_json::from_slice::<Value>(&put.body).unwrap()
    };
    assert_eq!(body(json!({ "remark": "x", "email": null })).await, json!({ "remark": "x" }));
    for field in UPDATABLE_FIELDS.iter().filter(|field| **field != "remark") {
        assert_eq!(body(json!({ "remark": "x", *field: null })).await, json!({ "remark": "x" }), "{field}");
        // Names cannot be cleared; what is cleared by `null` on the wire is cleared by `""` here.
        let cleared = match *field {
            "first_name" | "last_name" => continue,
            "avatar_url" | "birthday" => Value::Null,
            _ => json!(""),
        };
        assert_eq!(body(json!({ *field: "" })).await, json!({ *field: cleared }));
    }
    desk.gateway.forget_requests();
    let all: Map<String, Value> = UPDATABLE_FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    let refused = desk.fail("update_contact", json!({ "contact_id": CONTACT, "set": all })).await;
    assert!(refused.contains("name at least one field to set"), "{refused}");
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_plan_changes_no_field_that_is_null() {
    let desk = desk().await;
    let other = "con_00000000-0000-4000-8000-000000000000";
    let nulls: Map<String, Value> =
        UPDATABLE_FIELDS.iter().filter(|field| **field != "remark").map(|f| ((*f).to_owned(), Value::Null)).collect();
    let mut fields = nulls.clone();
    fields.insert("remark".to_owned(), json!("seen"));
    let text = desk.call("plan_cleanup", json!({ "changes": { CONTACT: fields, other: null } })).await;
    assert!(text.contains("1 change of 1 contact") && text.contains("fields: remark 1"), "{text}");
    let refused = desk.fail("plan_cleanup", json!({ "changes": { CONTACT: nulls } })).await;
    assert!(refused.contains("name a field of con_"), "{refused}");
    let refused = desk.fail("plan_cleanup", json!({ "changes": { other: null } })).await;
    assert!(refused.contains("is needed"), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_written_is_what_the_caller_gave(kinds in proptest::collection::vec(0..4, FIELDS.len())) {
        let value = |kind, field: &str, right: &str| match kind {
            1 => Some(Value::Null),
            // Names cannot be cleared.
            2 if !field.ends_with("t_name") => Some(json!("")),
            2 | 3 => Some(json!(right)),
            _ => None,
        };
        let fields = FIELDS.iter().zip(kinds);
        let given: Map<String, Value> = fields
            .filter_map(|((field, right), kind)| Some(((*field).to_owned(), value(kind, field, right)?)))
            .collect();
        let wanted: Vec<&String> = given.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect();
        match ContactChanges::check(given.clone()) {
            Ok(changes) => {
                let operation = UpdateContact { contact_id: CONTACT.parse().unwrap(), changes: changes.to_json() };
                prop_assert_eq!(operation.changes.keys().collect::<Vec<_>>(), wanted);
            }
            Err(error) => prop_assert!(wanted.is_empty(), "{}", error),
        }
    }
}

#[tokio::test]
async fn no_random_call_of_any_tool_writes_what_it_was_not_given() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let mut wire = Wire::open(Server::new(desk.toolbox.clone())).await;
    let listed = wire.ask(&json!({ "jsonrpc": "2.0", "id": "tools", "method": "tools/list" })).await;
    let definitions = listed["result"]["tools"].as_array().unwrap().clone();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (mut writes, mut repeated) = (0, 0);
    for number in 0..1_500 {
        let call = fuzzed_call(&mut random, &definitions[number % definitions.len()]);
        let FuzzedCall { tool, arguments, is_repeated, .. } = &call;
        desk.gateway.forget_requests();
        let head = format!(r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":"#);
        wire.say_raw(format!("{head}{{\"name\":\"{tool}\",\"arguments\":{arguments}}}}}\n").as_bytes()).await;
        assert_eq!(wire.hear().await["id"], number, "{tool} {arguments}");
        let requests = desk.arrivals();
        // An earlier call may have begun to bring the snapshot up to date, which goes on beside this one.
        let is_of_snapshot = |request: &Arrival| tool != "list_contacts" && request.target.contains("/contacts?");
        let is_sent = requests.iter().any(|request| !is_of_snapshot(request));
        assert!(!is_repeated || !is_sent, "{tool} {arguments} was sent: {requests:?}");
        for request in requests.iter().filter(|request| request.method != "GET") {
            assert_eq!(not_given(&call, &request.body), Vec::<String>::new(), "{tool} {arguments}");
            writes += 1;
        }
        repeated += usize::from(*is_repeated);
    }
    assert!(writes > 20 && repeated > 20, "{writes} writes, {repeated} repeated");
}

#[test]
fn set_and_changes_are_lists_of_objects_with_fields_of_a_closed_set() {
    for (tool, argument, keys) in [
        ("update_contact", "set", vec!["field", "value"]),
        ("plan_cleanup", "changes", vec!["contact", "field", "value"]),
    ] {
        let entry = catalog().into_iter().find(|entry| entry.name == tool).unwrap();
        let schema = properties(&entry)[argument].clone();
        assert_eq!((&schema["type"], &schema["items"]["type"]), (&json!("array"), &json!("object")), "{schema}");
        let mut required: Vec<&str> =
            schema["items"]["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        required.sort_unstable();
        assert_eq!(required, keys);
        assert_eq!(schema["items"]["properties"]["field"]["enum"], json!(UPDATABLE_FIELDS));
    }
}

#[tokio::test]
async fn a_list_an_object_and_their_json_as_a_text_mean_the_same() {
    let list = json!([{ "field": "remark", "value": "x" }, null, { "field": "email", "value": null },
        { "value": null, "field": null }, { "field": "phone_number", "value": 5550101 }]);
    let object = json!({ "remark": "x", "email": null, "phone_number": 5550101 });
    let plain = json!({ "contact_id": CONTACT, "set": { "remark": "x", "phone_number": "5550101" } });
    let expected = sent("update_contact", &plain).await;
    assert!(!expected.1 && expected.0[1].starts_with("PUT"), "{expected:?}");
    for set in [json!(list.to_string()), json!(object.to_string()), list, object] {
        assert_eq!(sent("update_contact", &json!({ "contact_id": CONTACT, "set": set })).await, expected, "{set}");
    }
    let item = |field: &str, value: &str| json!({ "contact": CONTACT, "field": field, "value": value });
    let list =
        json!([item("remark", "x"), item("title", "Dr"), { "contact": CONTACT, "field": "email", "value": null }]);
    let object = json!({ CONTACT: { "remark": "x", "title": "Dr", "email": null } });
    for changes in [json!(list.to_string()), json!(object.to_string()), list, object] {
        let text = desk().await.call("plan_cleanup", json!({ "changes": changes })).await;
        assert!(text.contains("2 changes of 1 contact"), "{changes}: {text}");
        assert!(text.contains("fields: remark 1, title 1"), "{changes}: {text}");
    }
}

#[tokio::test]
async fn what_is_given_twice_or_has_another_form_is_refused_and_nothing_is_sent() {
    let desk = desk().await;
    let short = "con_66d67483";
    desk.call("list_contacts", json!({})).await;
    desk.gateway.forget_requests();
    let remark = |value: &str| json!({ "field": "remark", "value": value });
    let mut said = Vec::new();
    for set in [
        json!([remark("x"), remark("x")]),
        json!([remark("x"), { "field": " remark ", "value": "" }]),
        json!(r#"{"remark":"x","remark":"y"}"#),
        json!(r#"[{"field":"remark","value":"x","value":"y"}]"#),
        json!([{ "remark": "x" }]),
        json!([{ "field": "remark", "value": "x", "old": "y" }]),
        json!([{ "value": "x" }]),
        json!(["remark"]),
        json!("remark=x"),
    ] {
        said.push(desk.fail("update_contact", json!({ "contact_id": CONTACT, "set": set })).await);
    }
    for changes in [
        json!([{ "contact": CONTACT, "field": "remark", "value": "x" }, { "contact": short, "field": "remark", "value": "y" }]),
        json!({ CONTACT: { "remark": "x" }, short: { "remark": "y" } }),
        json!([{ "contact": CONTACT, "value": "x" }]),
        json!([{ "field": "remark", "value": "x" }]),
    ] {
        said.push(desk.fail("plan_cleanup", json!({ "changes": changes })).await);
    }
    insta::assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn values_that_no_standard_has_are_refused_before_anything_is_sent() {
    let desk = desk().await;
    for (field, wrong) in [
        ("gender", "x"),
        ("gender", "femal"),
        ("time_zone", "Asia/Hanoi"),
        ("time_zone", "GMT+7"),
        ("language", "english"),
        ("language", "en_US"),
        ("language", "jp"),
        ("birthday", "1990-02-31"),
        ("birthday", "1990-13-01"),
        ("birthday", "31/12/1990"),
    ] {
        let set = json!([{ "field": field, "value": wrong }]);
        let said = desk.fail("update_contact", json!({ "contact_id": CONTACT, "set": set })).await;
        assert!(said.contains(&format!("`{field}` must be")), "{field}={wrong}: {said}");
        let changes = json!([{ "contact": CONTACT, "field": field, "value": wrong }]);
        let said = desk.fail("plan_cleanup", json!({ "changes": changes })).await;
        assert!(said.contains(&format!("`{field}` must be")), "{field}={wrong}: {said}");
    }
    assert!(desk.arrivals().iter().all(|arrival| arrival.method == "GET"));
    for (field, right, sent) in [
        ("gender", "Female", "f"),
        ("time_zone", "asia/hong_kong", "Asia/Hong_Kong"),
        ("language", "zh_tw", "zh_tw"),
        ("language", "zh_cn", "zh_cn"),
        ("language", "cn", "cn"),
        ("language", "zh-Hant-HK", "zh-Hant-HK"),
        ("birthday", "2000-02-29", "2000-02-29"),
    ] {
        desk.gateway.forget_requests();
        desk.call("update_contact", json!({ "contact_id": CONTACT, "set": { field: right } })).await;
        let put = desk.arrivals().into_iter().find(|arrival| arrival.method == "PUT").expect("a write");
        assert_eq!(serde_json::from_slice::<Value>(&put.body).unwrap(), json!({ field: sent }));
    }
}
