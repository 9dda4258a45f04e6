//! `null` is "not given" in every argument at every depth, and `""` clears: looped over the catalog.

use imbrace_contacts_mcp::gateway::operations::UpdateContact;
use imbrace_contacts_mcp::model::{ContactChanges, UPDATABLE_FIELDS};
use imbrace_contacts_mcp::tools::catalog;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::arguments::{CONTACT, properties, right};
use crate::harness::{Harness, Wishes};

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
    assert!(text.contains("1 changes of 1 contacts") && text.contains("fields: remark 1"), "{text}");
    let refused = desk.fail("plan_cleanup", json!({ "changes": { CONTACT: nulls } })).await;
    assert!(refused.contains("name a field of con_"), "{refused}");
    let refused = desk.fail("plan_cleanup", json!({ "changes": { other: null } })).await;
    assert!(refused.contains("is needed"), "{refused}");
}

fn a_value() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(Value::Null)),
        Just(Some(json!(""))),
        Just(Some(json!("en"))),
        Just(Some(json!("852")))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_written_is_what_the_caller_gave(values in proptest::collection::vec(a_value(), UPDATABLE_FIELDS.len())) {
        let given: Map<String, Value> = UPDATABLE_FIELDS
            .iter()
            .zip(values)
            .filter_map(|(field, value)| Some(((*field).to_owned(), value?)))
            .collect();
        if let Ok(changes) = ContactChanges::check(given.clone()) {
            let operation = UpdateContact { contact_id: CONTACT.parse().unwrap(), changes: changes.to_json() };
            let wanted: Vec<&String> = given.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect();
            let written: Vec<&String> = operation.changes.keys().collect();
            prop_assert_eq!(written, wanted);
        }
    }
}
